// The pages of a key's later life, light and dark, at 1280 and 390 pixels: see support/quality.ts for what is asked.
// Run by playwright.config.ts.

import { house, key } from '../support/house';
import { latchkey } from '../support/program';
import { expectFlawlessInBothThemes, expectFlawlessInEveryLook, watchShift } from '../support/quality';
import { expect, test } from '../support/test';
import { use } from '../support/use';

const LONG = 'Nightly export of the warehouse to the analytics cluster in Frankfurt, second ru';

test.beforeEach(async ({ visit }) => {
  test.slow();
  await watchShift(visit.page);
});

test('the selection, and what is asked about it', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house();
  const [one, two] = [await key(place, member, LONG), await key(place, member, 'Deploy')];
  expect((await use(one.key)).status).toBe(200);
  await visit.signIn(member, place.keys);
  await expectFlawlessInEveryLook(visit, place.keys, async () => {
    await page.getByLabel(`Select ${one.name}`).check();
    await expect(page.getByRole('form', { name: 'Selected keys' })).toBeVisible();
  });
  const asked = `${place.keys}/batch?do=delete&key=${one.id}&key=${two.id}`;
  await expect(async () => {
    await visit.open(asked);
    await expect(page.getByText('1 of 2 was used')).toBeVisible({ timeout: 500 });
  }).toPass();
  await expectFlawlessInEveryLook(visit, asked);
  await expectFlawlessInEveryLook(visit, asked, async () => {
    await page.getByRole('button', { name: 'Delete 2 keys' }).click();
    await expect(page.getByText('Type 2, the number of keys')).toBeVisible();
    await visit.ready();
  });
  await expectFlawlessInEveryLook(visit, asked.replace('delete', 'enable'));
});

test('rotating, a key with everything, and a tombstone', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house('admin');
  const settings = `/w/${place.slug}/settings`;
  await visit.signIn(member, settings);
  const secrets = page.getByRole('region', { name: 'Secrets' });
  await secrets.getByRole('radio', { name: 'Kept sealed' }).check();
  await secrets.getByRole('button', { name: 'Save' }).click();
  await visit.says('Saved.');
  const made = await key(place, member, LONG, '--environment', 'production-europe-west', '--description', `${LONG} ${LONG}`);
  const [full, ask] = [`${place.keys}/${made.id}`, `${place.keys}/${made.id}/rotate`];
  for (let times = 0; times < 3; times += 1) expect((await use(made.key)).status).toBe(200);
  await expectFlawlessInEveryLook(visit, settings);
  await expectFlawlessInEveryLook(visit, ask);
  await visit.open(ask);
  await page.getByRole('button', { name: 'Rotate key' }).click();
  await visit.leadsTo(/\/new$/);
  await expectFlawlessInBothThemes(page);
  // Rotated, used, its secret kept: all that the page can have.
  await expectFlawlessInEveryLook(visit, full);
  await latchkey(['key', 'delete', made.id, '--yes']);
  await expectFlawlessInEveryLook(visit, full);
  await expectFlawlessInEveryLook(visit, `${place.keys}?status=deleted`);
});

test('all keys of the installation', async ({ visit }) => {
  const { place, member } = await house();
  await latchkey(['user', 'admin', '--email', member.email]);
  const [one] = [await key(place, member, LONG, '--environment', 'prod'), await key(place, member, 'Deploy')];
  await visit.signIn(member, '/admin/keys');
  // Not every key of the whole suite.
  await expectFlawlessInEveryLook(visit, `/admin/keys?q=${member.email}`);
  await expectFlawlessInEveryLook(visit, '/admin/keys?q=nobody-of-that-name');
  await expectFlawlessInEveryLook(visit, `/admin/keys/batch?do=disable&key=${one.id}`);
});
