// The logs page, light and dark, at 1280 and 390 pixels: see support/quality.ts for what is asked of it.
// Run by playwright.config.ts.

import { house, key } from '../support/house';
import { expectFlawlessInEveryLook, watchShift } from '../support/quality';
import { expect, test } from '../support/test';
import { use } from '../support/use';

test('its look: empty, full, refused', async ({ visit }) => {
  test.slow();
  await watchShift(visit.page);
  const { place, member } = await house('viewer');
  const logs = `/w/${place.slug}/logs`;
  await visit.signIn(member, logs);
  await expectFlawlessInEveryLook(visit, logs);
  const made = await key(place, member, 'Nightly export of the warehouse to the analytics cluster in Frankfurt', '--environment', 'production-europe-west');
  await use(made.key);
  await visit.openUntil(logs, 'Nightly export');
  await expectFlawlessInEveryLook(visit, logs);
  await expectFlawlessInEveryLook(visit, `${logs}?from=yesterday&key=ci`);
});

test('its look while it is live and paused', async ({ visit }) => {
  test.slow();
  await watchShift(visit.page);
  const { place, member } = await house('viewer');
  const made = await key(place, member, 'Nightly export');
  const logs = `/w/${place.slug}/logs`;
  await visit.signIn(member, logs);
  await expectFlawlessInEveryLook(visit, logs, async () => {
    const { page } = visit;
    const rows = page.locator('#log-lines tbody tr');
    const before = await rows.count();
    await page.getByRole('switch', { name: 'Live' }).click();
    await expect(page.getByText('Waiting for requests')).toBeVisible();
    await use(made.key);
    await expect(rows).toHaveCount(before + 1);
    await page.getByRole('button', { name: 'Pause' }).click();
    await use(made.key);
    await expect(page.getByRole('button', { name: '1 new request' })).toBeVisible();
  });
});
