// From an invite to the first key; a role taken while a key is in use; the last administrator; settings that hold.
// Run by playwright.config.ts, with and without JavaScript.

import { house, join, key, person, workspace } from '../support/house';
import { expect, test } from '../support/test';
import { use } from '../support/use';

test('an invite leads to an account and a first key', async ({ visit, another }) => {
  const { page } = visit;
  const { place, member } = await house('admin');
  await visit.signIn(member, `/w/${place.slug}/members`);
  await page.getByLabel('Role of whoever joins').selectOption('developer');
  await page.getByRole('button', { name: 'Create invite link' }).click();
  await visit.ready();
  const link = (await page.locator('#invite-link').textContent()) ?? '';
  expect(link).toContain('/invite?token=');
  await expect(page.getByRole('list', { name: 'Open invites' })).toContainText('Developer');
  await visit.open(`/w/${place.slug}/members`);
  await expect(page.locator('#invite-link')).toHaveCount(0);

  const other = await another();
  await other.open(link);
  await expect(other.page.getByRole('heading', { name: 'Join Acme' })).toBeVisible();
  await expect(other.page.getByText('Mina Park invites you as a developer.')).toBeVisible();
  const email = `${place.slug}@example.com`;
  await other.page.getByLabel('Your name').fill('Zoe Lund');
  await other.page.getByLabel('E-mail').fill(email);
  await other.page.getByLabel('Password').fill('short');
  await other.page.getByRole('button', { name: 'Create account and join' }).click();
  await expect(other.page.getByText('it needs at least 10')).toBeVisible();
  await expect(other.page.getByLabel('E-mail')).toHaveValue(email);
  await other.page.getByLabel('Password').fill('correct horse battery');
  await other.page.getByRole('button', { name: 'Create account and join' }).click();
  await other.leadsTo(place.keys);

  await other.open(`${place.keys}/new`);
  await other.page.getByLabel('Name', { exact: true }).fill('First');
  await other.page.getByRole('button', { name: 'Create key' }).click();
  await other.leadsTo(/\/keys\/\w{8}\/new$/);
  const made = (await other.page.locator('#secret').textContent()) ?? '';
  expect((await use(made)).status).toBe(200);

  await other.open(link);
  await expect(other.page.getByRole('heading', { name: 'This invite opens nothing' })).toBeVisible();
  await visit.open(`/w/${place.slug}/members`);
  await expect(page.getByRole('row', { name: /Zoe Lund/ })).toContainText(email);
});

test('an owner is demoted and removed, and the key follows at once', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house('admin');
  const jonas = await person('Jonas Weber');
  await join(place, jonas, 'developer');
  const { key: text } = await key(place, jonas, 'CI', '--permission', 'read_write');
  expect((await use(text)).body).toMatchObject({ key: { permission: 'read_write' } });

  await visit.signIn(member, `/w/${place.slug}/members`);
  await page.getByLabel('Role of Jonas Weber', { exact: true }).selectOption('viewer');
  await page.getByRole('button', { name: 'Save the role of Jonas Weber' }).click();
  await visit.says('Jonas Weber is a viewer now.');
  await expect(page.getByLabel('Role of Jonas Weber', { exact: true })).toHaveValue('viewer');
  expect((await use(text)).body).toMatchObject({ key: { permission: 'read_only' } });

  await page.getByRole('link', { name: 'Remove Jonas Weber' }).click();
  await visit.leadsTo(/\/remove$/);
  await expect(page.getByText('1 key stops at once.')).toBeVisible();
  await page.getByRole('button', { name: 'Remove member' }).click();
  await visit.leadsTo(`/w/${place.slug}/members`);
  await visit.says('Jonas Weber is no member any more.');
  const refused = await use(text);
  expect([refused.status, refused.body.error?.code]).toEqual([403, 'OWNER_INACTIVE']);
});

test('the last administrator cannot leave', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house('admin');
  await visit.signIn(member, `/w/${place.slug}/members`);
  await page.getByRole('link', { name: 'Leave the workspace' }).click();
  await visit.leadsTo(/\/remove$/);
  await page.getByRole('button', { name: 'Leave workspace' }).click();
  await expect(page.getByRole('alert')).toContainText('the last active administrator of the workspace');
  await visit.open(place.keys);
  await expect(page.getByRole('heading', { level: 1, name: 'Keys' })).toBeVisible();
});

test('settings are saved, kept, and hold', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house('admin');
  const { key: text } = await key(place, member, 'CI');
  await visit.signIn(member, `/w/${place.slug}/settings`);
  await expect(page.getByText('1 key stops at once.')).toBeVisible();
  await page.getByLabel('Name').fill('Acme Labs');
  await page.getByLabel('Active keys of one member').fill('0');
  await page.getByRole('button', { name: 'Save settings' }).click();
  await expect(page.getByText('takes a whole number from 1')).toBeVisible();
  await expect(page.getByLabel('Name')).toHaveValue('Acme Labs');
  await page.getByLabel('Active keys of one member').fill('7');
  await page.getByLabel('Longest expiry, in days').fill('14');
  await page.getByLabel('Basic').check();
  await page.getByRole('button', { name: 'Save settings' }).click();
  await visit.says('Saved.');
  await visit.open(`/w/${place.slug}/settings`);
  await expect(page.getByLabel('Name')).toHaveValue('Acme Labs');
  await expect(page.getByLabel('Active keys of one member')).toHaveValue('7');
  await expect(page.getByLabel('Longest expiry, in days')).toHaveValue('14');
  await expect(page.getByLabel('Basic')).toBeChecked();
  expect((await use(text)).body.error?.code).toBe('PLAN_REQUIRED');
  await page.getByLabel('Pro').check();
  await page.getByRole('button', { name: 'Save settings' }).click();
  await visit.says('Saved.');
  expect((await use(text)).status).toBe(200);
});

test('whoever manages nothing sees no link and is refused', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house('developer');
  await visit.signIn(member, place.keys);
  for (const [name, path] of [
    ['Members', 'members'],
    ['Settings', 'settings'],
  ] as const) {
    await expect(page.getByRole('link', { name })).toHaveCount(0);
    expect((await visit.open(`/w/${place.slug}/${path}`)).status()).toBe(403);
    await expect(page.getByText('Ask one of them.')).toBeVisible();
  }
  await expect(page.getByRole('link', { name: 'Administration' })).toHaveCount(0);
  for (const path of ['/admin/users', '/admin/workspaces']) {
    expect((await visit.open(path)).status(), path).toBe(404);
  }
});

test('somebody with an account comes back from signing in and joins', async ({ visit, another }) => {
  const { place, member } = await house('admin');
  const zoe = await person('Zoe Lund');
  const elsewhere = await workspace('Elsewhere');
  await join(elsewhere, zoe, 'viewer');
  await visit.signIn(member, `/w/${place.slug}/members`);
  await visit.page.getByRole('button', { name: 'Create invite link' }).click();
  await visit.ready();
  const link = (await visit.page.locator('#invite-link').textContent()) ?? '';

  const other = await another();
  const { page } = other;
  await other.open(link);
  await page.getByRole('link', { name: 'Sign in to join' }).click();
  await other.leadsTo(/\/login\?next=/);
  await page.getByLabel('E-mail').fill(zoe.email);
  await page.getByLabel('Password').fill(zoe.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await other.leadsTo(/\/invite\?token=/);
  await page.getByRole('button', { name: 'Join workspace' }).click();
  await other.leadsTo(place.keys);
  await other.says('You are in.');
});
