// The administration: a new workspace, a user who is deactivated and activated, an administrator more and one less.
// Run by playwright.config.ts, with and without JavaScript.

import { house, key, person, type Person } from '../support/house';
import { latchkey, setting } from '../support/program';
import { expect, test } from '../support/test';
import { use } from '../support/use';

/** Somebody who administers the installation; the suite's own administrator stays too. */
async function administrator(): Promise<Person> {
  const somebody = await person('Ada Moreno');
  await latchkey(['user', 'admin', '--email', somebody.email]);
  expect(setting('LATCHKEY_E2E_EMAIL')).not.toBe(somebody.email);
  return somebody;
}

test('a workspace is created, with its slug made from its name', async ({ visit }) => {
  const { page } = visit;
  await visit.signIn(await administrator(), '/admin/workspaces');
  await page.getByRole('link', { name: 'Create workspace' }).click();
  await visit.leadsTo('/admin/workspaces/new');
  const name = `Zebra ${Date.now()} ${String(visit.scripted)}`;
  await page.getByLabel('Name').fill(name);
  await page.getByRole('button', { name: 'Create workspace' }).click();
  await visit.leadsTo(`/w/${name.toLowerCase().replaceAll(' ', '-')}/keys`);
  await visit.says(`${name} is there.`);
  await visit.open(`/admin/workspaces?q=${encodeURIComponent(name)}`);
  await expect(page.getByRole('row', { name: new RegExp(name) })).toContainText('Pro');
});

test('a user is deactivated and activated, and their key with them', async ({ visit, another }) => {
  const { page } = visit;
  const { place, member } = await house();
  const { key: text } = await key(place, member, 'CI');
  const theirs = await another();
  await theirs.signIn(member, place.keys);
  const list = `/admin/users?q=${member.email}`;
  await visit.signIn(await administrator(), list);
  await page.getByRole('link', { name: 'Deactivate Mina Park' }).click();
  await visit.leadsTo(/\/deactivate$/);
  await expect(page.getByText('1 key stops at once.')).toBeVisible();
  await page.getByRole('button', { name: 'Deactivate user' }).click();
  await visit.leadsTo('/admin/users');
  await visit.says('Mina Park is deactivated');
  expect((await use(text)).body.error?.code).toBe('OWNER_INACTIVE');
  await theirs.page.goto(place.keys);
  await theirs.leadsTo(/\/login/);

  await visit.open(list);
  await page.getByRole('button', { name: 'Activate Mina Park' }).click();
  await visit.says('Mina Park may sign in again');
  expect((await use(text)).status).toBe(200);
});

test('all keys, narrowed to a workspace and an environment', async ({ visit }) => {
  const { page } = visit;
  const [here, elsewhere] = await Promise.all([house(), house()]);
  const [ours, dev, theirs] = await Promise.all([
    key(here.place, here.member, 'CI', '--environment', 'prod'),
    key(here.place, here.member, 'Local', '--environment', 'dev'),
    key(elsewhere.place, elsewhere.member, 'CI', '--environment', 'prod'),
  ]);
  await visit.signIn(await administrator(), `/admin/workspaces?q=${here.place.slug}`);
  await page.getByRole('row', { name: new RegExp(here.place.slug) }).getByRole('link', { name: '2' }).click();
  await visit.leadsTo(`/admin/keys?workspace=${here.place.slug}`);
  await expect(visit.row(ours.id)).toBeVisible();
  await expect(visit.row(theirs.id)).toHaveCount(0);
  await page.getByLabel('Environment').selectOption('prod');
  await page.getByRole('button', { name: 'Search' }).click();
  await visit.leadsTo(/environment=prod/);
  await expect(visit.row(ours.id)).toBeVisible();
  await expect(visit.row(dev.id)).toHaveCount(0);
  await expect(page.getByRole('combobox', { name: 'Workspace', exact: true })).toHaveValue(here.place.slug);
});

test('an administrator more, and one less', async ({ visit, another }) => {
  const { page } = visit;
  const { place, member } = await house('viewer');
  await visit.signIn(await administrator(), `/admin/users?q=${member.email}`);
  await page.getByRole('button', { name: 'Make administrator: Mina Park' }).click();
  await visit.says('Mina Park administers this installation now.');
  const theirs = await another();
  await theirs.signIn(member, place.keys);
  await expect(theirs.page.getByRole('banner').getByRole('link', { name: 'Administration' })).toBeVisible();
  await page.getByRole('button', { name: 'Make ordinary user: Mina Park' }).click();
  await visit.says('Mina Park is an ordinary user now.');
  expect((await theirs.open('/admin/users')).status()).toBe(404);
});
