// Pages and files asked for at the same time keep their own headers: a page its policy, a file none of a page's.
// Run by playwright.config.ts, with and without JavaScript.

import { house } from '../support/house';
import { expect, test } from '../support/test';

test('no answer carries the headers of another', async ({ visit }) => {
  const { place, member } = await house();
  await visit.signIn(member, place.keys);
  const policy = async (path: string) => (await visit.page.request.get(path)).headers()['content-security-policy'];
  const policies = async (path: string) => {
    const found: (string | undefined)[] = [];
    while (found.length < 60) found.push(await policy(path));
    return found;
  };
  const paths = [place.keys, '/favicon.svg', '/account', '/fonts/inter.woff2'];
  const [keys = [], icon = [], account = [], font = []] = await Promise.all(paths.map(policies));
  for (const page of [...keys, ...account]) expect(page).toMatch(/script-src 'nonce-/);
  expect(new Set([...keys, ...account]).size).toBe(120);
  for (const file of [...icon, ...font]) expect(file).toBe("default-src 'none'; frame-ancestors 'none'");
});
