// The pages about people, light and dark, at 1280 and 390 pixels: see support/quality.ts for what is asked of them.
// Run by playwright.config.ts.

import { house, join, key, person } from '../support/house';
import { latchkey } from '../support/program';
import { expectFlawlessInBothThemes, expectFlawlessInEveryLook, watchShift } from '../support/quality';
import { expect, test } from '../support/test';

test.beforeEach(async ({ visit }) => {
  test.slow();
  await watchShift(visit.page);
});

test('members, the fresh invite, removal', async ({ visit, another }) => {
  const { page } = visit;
  const { place, member } = await house('admin');
  const jonas = await person('Jonas Maximilian von und zu Weber-Hohenstein the Third');
  await join(place, jonas, 'viewer');
  await key(place, jonas, 'CI');
  const members = `/w/${place.slug}/members`;
  await visit.signIn(member, members);
  await expectFlawlessInEveryLook(visit, members);
  await expectFlawlessInEveryLook(visit, `${members}?q=nobody-of-that-name`);
  await page.getByRole('link', { name: 'Show all' }).click();
  await page.getByRole('link', { name: /^Remove Jonas/ }).click();
  await visit.leadsTo(/\/remove$/);
  await expectFlawlessInBothThemes(page);
  await page.goBack();
  await page.getByRole('button', { name: 'Create invite link' }).click();
  const shown = page.locator('#invite-link');
  await expect(shown).toBeVisible();
  await visit.ready();
  await expectFlawlessInBothThemes(page);

  const link = (await shown.textContent()) ?? '';
  const other = await another();
  await watchShift(other.page);
  await expectFlawlessInEveryLook(other, link);
  await expectFlawlessInEveryLook(other, link, async () => {
    await other.page.getByRole('button', { name: 'Create account and join' }).click();
    await expect(other.page.getByText('Name is required.')).toBeVisible();
  });
  await expectFlawlessInEveryLook(other, '/invite?token=made-up');
  await expectFlawlessInEveryLook(visit, link);
});

test('settings, and refused', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house('admin');
  await visit.signIn(member, place.keys);
  await expectFlawlessInEveryLook(visit, `/w/${place.slug}/settings`);
  await expectFlawlessInEveryLook(visit, `/w/${place.slug}/settings`, async () => {
    await page.getByLabel('Active keys of one member').fill('0');
    await page.getByRole('button', { name: 'Save settings' }).click();
    await expect(page.getByText('takes a whole number from 1')).toBeVisible();
  });
});

test('the administration', async ({ visit }) => {
  const { page } = visit;
  const { member } = await house();
  await latchkey(['user', 'admin', '--email', member.email]);
  await visit.signIn(member, '/admin/users');
  for (const path of ['/admin/users', '/admin/workspaces', '/admin/workspaces/new']) {
    await expectFlawlessInEveryLook(visit, path);
  }
  await visit.open(`/admin/users?q=${member.email}`);
  await page.getByRole('link', { name: 'Deactivate Mina Park' }).click();
  await visit.leadsTo(/\/deactivate$/);
  await expectFlawlessInBothThemes(page);
});
