// A workspace with a few keys that differ in everything that can be searched, filtered and sorted by.
// Called by tests/filters.spec.ts, tests/filters.nojs.spec.ts and tests/quality.spec.ts.

import { house, join, key, person } from './house';
import { latchkey } from './program';

export async function shelf() {
  const { place, member } = await house();
  const jonas = await person('Jonas Weber');
  await join(place, jonas, 'developer');
  // One after the other: "created" must have an order.
  const alpha = await key(place, member, 'Alpha export', '--environment', 'prod', '--expires-in', '90d');
  const bravo = await key(place, jonas, 'Bravo bot', '--environment', 'staging', '--permission', 'read_write');
  const charlie = await key(place, member, 'Charlie CI', '--environment', 'prod', '--expires-in', '2d');
  await latchkey(['key', 'disable', bravo.id]);
  return { place, member, jonas, alpha, bravo, charlie };
}
