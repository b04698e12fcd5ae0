// The line above the keys: a stopped key that is still being tried, and keys that expire soon.
// Run by playwright.config.ts, with JavaScript and without.

import { house, key } from '../support/house';
import { latchkey } from '../support/program';
import { expect, test } from '../support/test';
import { use } from '../support/use';

test('what needs a look is told, opened and mended', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house();
  const paused = await key(place, member, 'Old deploys');
  await key(place, member, 'Trial', '--expires-in', '3d');
  await latchkey(['key', 'disable', paused.id]);
  expect((await use(paused.key)).status).toBe(401);
  await visit.signIn(member, place.keys);
  const notices = page.locator('.notices');
  await expect(async () => {
    await visit.open(place.keys);
    await expect(notices).toContainText('1 stopped key is still being tried', { timeout: 200 });
  }).toPass();
  await expect(notices).toContainText('1 key expires within 7 days');
  await expect(notices.getByRole('link', { name: 'Old deploys', exact: true })).toBeHidden();
  await notices.locator('summary').click();
  await expect(notices.getByRole('link', { name: 'Old deploys', exact: true })).toBeVisible();
  await notices.getByRole('link', { name: 'Open Trial' }).click();
  await visit.leadsTo(/\/keys\/[^/]+$/);
  await page.getByRole('button', { name: 'Disable key' }).click();
  await visit.says('The key is disabled');
  await visit.open(place.keys);
  await expect(notices).toContainText('still being tried');
  await expect(notices).not.toContainText('expires within 7 days');
  await notices.locator('summary').click();
  await notices.getByRole('link', { name: 'Delete Old deploys' }).click();
  await visit.leadsTo(`${place.keys}/${paused.id}/delete`);
});
