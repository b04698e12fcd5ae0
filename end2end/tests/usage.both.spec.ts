// A key's use, as its page tells it: the chart over three ranges, and all requests by outcome.
// Run by playwright.config.ts, with and without JavaScript.

import { house, key } from '../support/house';
import { latchkey } from '../support/program';
import { expect, test } from '../support/test';
import { use } from '../support/use';

test('chart and requests', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house();
  const made = await key(place, member, 'Deploy');
  for (let n = 0; n < 3; n += 1) expect((await use(made.key)).status).toBe(200);
  await latchkey(['key', 'disable', made.id]);
  expect((await use(made.key)).status).toBe(401);

  await visit.signIn(member, `${place.keys}/${made.id}`);
  const usage = page.getByRole('region', { name: 'Usage' });
  await expect(async () => {
    await page.reload();
    await expect(usage).toContainText('3 accepted', { timeout: 500 });
    await expect(usage).toContainText('1 refused', { timeout: 500 });
  }).toPass();
  await visit.ready();
  await expect(usage.getByRole('img', { name: 'Requests with this key within 7 days' })).toBeVisible();
  await usage.getByRole('link', { name: '24 hours' }).click();
  await visit.leadsTo(/range=24h/);
  await expect(usage.getByRole('link', { name: '24 hours' })).toHaveAttribute('aria-current', 'true');
  await usage.getByText('Show as a table').click();
  await expect(usage.getByRole('table').getByRole('row')).toHaveCount(25);

  await page.getByRole('link', { name: 'All requests' }).click();
  await visit.leadsTo(/\/requests$/);
  const rows = page.getByRole('table').getByRole('row');
  // The list is written apart from the figures.
  await expect(async () => {
    await page.reload();
    await expect(rows).toHaveCount(5, { timeout: 500 });
  }).toPass();
  await visit.ready();
  await page.getByRole('link', { name: 'Refused' }).click();
  await visit.leadsTo(/outcome=refused/);
  await expect(rows).toHaveCount(2);
  await expect(rows.last()).toContainText('KEY_DISABLED');
});
