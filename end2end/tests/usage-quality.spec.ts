// The usage page, light and dark, at 1280 and 390 pixels: see support/quality.ts for what is asked of it.
// Run by playwright.config.ts.

import { house, key } from '../support/house';
import { latchkey } from '../support/program';
import { API_KEY, provider } from '../support/provider';
import { expectFlawlessInEveryLook, watchShift } from '../support/quality';
import { post } from '../support/relay';
import { expect, test } from '../support/test';
import { ask, use } from '../support/use';

test('its look: empty, full, each measure, nothing found, refused', async ({ visit }) => {
  test.slow();
  await watchShift(visit.page);
  const { page } = visit;
  const upstream = await provider();
  const { place, member } = await house('admin');
  const usage = `/w/${place.slug}/usage`;
  await visit.signIn(member, usage);
  await expectFlawlessInEveryLook(visit, usage);
  const workspace = place.slug;
  await post(visit, 'register_provider', { workspace, name: 'Local', slug: 'local', url: upstream.url, credential: API_KEY, models: 'small' });
  await post(visit, 'set_price', { workspace, model: 'small', input_price: '2.50', output_price: '10' });
  const made = await key(place, member, 'Nightly export of the warehouse to the analytics cluster in Frankfurt', '--environment', 'production-europe-west');
  expect(await ask(made.key, 'small')).toBe(200);
  await latchkey(['key', 'disable', made.id]);
  expect((await use(made.key)).status).toBe(401);
  await latchkey(['key', 'delete', made.id, '--yes']);
  await expect(async () => {
    await visit.open(usage);
    await expect(page.locator('.figures')).toContainText('$0.000148', { timeout: 500 });
  }).toPass();
  for (const query of ['', '?show=tokens&range=7d', '?show=spend&range=90d', '?key=nothing', '?from=yesterday&key=ci']) {
    await expectFlawlessInEveryLook(visit, `${usage}${query}`);
  }
  await expectFlawlessInEveryLook(visit, usage, async () => {
    await page.getByText('Show as a table').click();
  });
  upstream.close();
});
