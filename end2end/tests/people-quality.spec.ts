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

test('members, and none found', async ({ visit }) => {
  const { place, member } = await house('admin');
  const jonas = await person('Jonas Maximilian von und zu Weber-Hohenstein the Third');
  await join(place, jonas, 'viewer');
  await key(place, jonas, 'CI');
  const members = `/w/${place.slug}/members`;
  await visit.signIn(member, members);
  await expectFlawlessInEveryLook(visit, members);
  await expectFlawlessInEveryLook(visit, `${members}?q=nobody-of-that-name`);
});

test('the fresh invite, and a removal', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house('admin');
  await visit.signIn(member, `/w/${place.slug}/members`);
  await page.getByRole('button', { name: 'Create invite link' }).click();
  await expect(page.locator('#invite-link')).toBeVisible();
  await visit.ready();
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 844 });
    await expectFlawlessInBothThemes(page);
  }
  await page.getByRole('link', { name: 'Leave the workspace' }).click();
  await visit.leadsTo(/\/remove$/);
  await expectFlawlessInBothThemes(page);
});

test('what an invite shows', async ({ visit, another }) => {
  const { place, member } = await house('admin');
  const invite = ['workspace', 'invite', '--workspace', place.slug, '--role', 'viewer'];
  const { link } = await latchkey<{ link: string }>(invite);
  const path = link.slice(link.indexOf('/invite'));
  const other = await another();
  await watchShift(other.page);
  await expectFlawlessInEveryLook(other, path);
  await other.page.getByRole('button', { name: 'Create account and join' }).click();
  await expect(other.page.getByText('Name is required.')).toBeVisible();
  await expectFlawlessInBothThemes(other.page);
  await other.open('/invite?token=made-up');
  await expectFlawlessInBothThemes(other.page);
  await visit.signIn(member, path);
  await expectFlawlessInBothThemes(visit.page);
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
  const { place, member } = await house();
  await latchkey(['user', 'admin', '--email', member.email]);
  await visit.signIn(member, '/admin/users');
  // Not every user and workspace of the whole suite.
  await expectFlawlessInEveryLook(visit, `/admin/users?q=${member.email}`);
  await expectFlawlessInEveryLook(visit, `/admin/workspaces?q=${place.slug}`);
  await visit.open('/admin/workspaces/new');
  await expectFlawlessInBothThemes(page);
  await visit.open(`/admin/users?q=${member.email}`);
  await page.getByRole('link', { name: 'Mina Park', exact: true }).click();
  await visit.leadsTo(/\/admin\/users\/[^/]+$/);
  await expectFlawlessInBothThemes(page);
  await visit.open(`/admin/users?q=${member.email}`);
  await page.getByRole('link', { name: 'Deactivate Mina Park' }).click();
  await visit.leadsTo(/\/deactivate$/);
  await expectFlawlessInBothThemes(page);
});
