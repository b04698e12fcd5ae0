// Later in a key's life: batches, rotation, another like it, a secret seen again, and an administrator who steps in.
// Run by playwright.config.ts, with and without JavaScript.

import { house, key, person } from '../support/house';
import { latchkey } from '../support/program';
import { expect, test } from '../support/test';
import { use } from '../support/use';
import type { Visit } from '../support/visit';

/** Uses a key, and waits until its list says so. */
async function used(visit: Visit, secret: string, id: string): Promise<void> {
  expect((await use(secret)).status).toBe(200);
  await expect(async () => {
    await visit.page.reload();
    await expect(visit.row(id)).toContainText('used just now', { timeout: 500 });
  }).toPass();
  await visit.ready();
}

test('several keys are deleted at once, with a warning', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house();
  const [one, two, kept] = [
    await key(place, member, 'One'),
    await key(place, member, 'Two'),
    await key(place, member, 'Kept'),
  ];
  await visit.signIn(member, place.keys);
  await used(visit, one.key, one.id);
  const bar = page.getByRole('form', { name: 'Selected keys' });
  await expect(bar).toBeHidden();
  await page.getByLabel('Select One').check();
  await page.getByLabel('Select Two').check();
  await expect(bar).toBeVisible();
  await bar.getByRole('button', { name: 'Delete' }).click();
  await visit.leadsTo(/\/keys\/batch\?/);

  await expect(page.getByRole('heading', { name: 'Delete 2 keys?' })).toBeVisible();
  await expect(page.getByText('1 of 2 was used in the last 24 hours')).toBeVisible();
  await page.getByRole('button', { name: 'Delete 2 keys' }).click();
  await expect(page.getByLabel('Type the number of keys')).toHaveAccessibleDescription(/Type 2, the number of keys/);
  expect((await use(one.key)).status, 'nothing is deleted yet').toBe(200);
  await page.getByLabel('Type the number of keys').fill('2');
  await page.getByRole('button', { name: 'Delete 2 keys' }).click();
  await visit.leadsTo(place.keys);
  await visit.says('2 keys are deleted.');
  await expect(visit.names('Enabled')).toHaveText(['Kept']);
  expect([(await use(one.key)).status, (await use(two.key)).status, (await use(kept.key)).status]).toEqual([401, 401, 200]);
});

test('a key is rotated with a grace, and then at once', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house();
  const old = await key(place, member, 'CI', '--permission', 'read_write', '--environment', 'prod');
  await visit.signIn(member, place.keys);
  await (await visit.menu(old.id, 'Rotate')).click();
  await visit.leadsTo(/\/rotate$/);
  await page.getByLabel('In 1 hour').check();
  await page.getByRole('button', { name: 'Rotate key' }).click();
  await visit.leadsTo(/\/new$/);
  const secret = await page.locator('#secret').innerText();
  const id = secret.split('_')[1] ?? '';
  expect([(await use(old.key)).status, (await use(secret)).status], 'both work').toEqual([200, 200]);

  await visit.open(`${place.keys}/${old.id}`);
  await expect(page.getByText('This one stops in')).toBeVisible();
  await page.getByRole('link', { name: 'CI', exact: true }).click();
  await visit.leadsTo(`${place.keys}/${id}`);
  await expect(page.getByText('Takes the place of')).toBeVisible();
  await expect(page.getByRole('region', { name: 'Facts' })).toContainText('prod');

  await page.getByRole('link', { name: 'Rotate key' }).click();
  await visit.leadsTo(/\/rotate$/);
  await page.getByLabel('At once').check();
  await page.getByRole('button', { name: 'Rotate key' }).click();
  await visit.leadsTo(/\/new$/);
  const last = await page.locator('#secret').innerText();
  expect((await use(secret)).body.error?.code).toBe('KEY_EXPIRED');
  expect((await use(last)).status).toBe(200);
});

test('another like a deleted key', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house();
  const made = await key(place, member, 'CI', '--permission', 'read_write', '--environment', 'prod');
  await latchkey(['key', 'delete', made.id, '--yes']);
  await visit.signIn(member, `${place.keys}?status=deleted`);
  await page.getByRole('link', { name: 'CI', exact: true }).click();
  await visit.leadsTo(`${place.keys}/${made.id}`);
  await expect(page.getByText('Its secret is erased.')).toBeVisible();
  await page.getByRole('link', { name: 'Create another like this' }).click();
  await visit.leadsTo(/\/new\?like=/);
  await expect(page.getByLabel('Name')).toHaveValue('CI');
  await expect(page.getByLabel('Environment')).toHaveValue('prod');
  await expect(page.getByLabel('Read-write')).toBeChecked();
  await page.getByRole('button', { name: 'Create key' }).click();
  await visit.leadsTo(/\/keys\/[^/]+\/new$/);
  expect((await use(await page.locator('#secret').innerText())).status).toBe(200);
});

test('an administrator of the installation deletes another user’s key', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house();
  const made = await key(place, member, 'CI');
  const ada = await person('Ada Moreno');
  await latchkey(['user', 'admin', '--email', ada.email]);
  await visit.signIn(ada, `/admin/keys?q=${member.email}`);
  await expect(visit.row(made.id)).toContainText(`${member.email} in ${place.name}`);
  await page.getByLabel('Select CI').check();
  await page.getByRole('form', { name: 'Selected keys' }).getByRole('button', { name: 'Delete' }).click();
  await visit.leadsTo(/\/admin\/keys\/batch\?/);
  await page.getByRole('button', { name: 'Delete 1 key' }).click();
  await visit.leadsTo('/admin/keys');
  await visit.says('1 key is deleted.');
  expect((await use(made.key)).status).toBe(401);
});

test('a kept secret is revealed, and the audit log says so', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house('admin');
  await visit.signIn(member, `/w/${place.slug}/settings`);
  const secrets = page.getByRole('region', { name: 'Secrets' });
  await secrets.getByLabel('Kept sealed').check();
  await secrets.getByRole('button', { name: 'Save' }).click();
  await visit.says('Saved.');
  const made = await key(place, member, 'CI');

  await visit.open(`${place.keys}/${made.id}`);
  await page.getByRole('button', { name: 'Reveal key' }).click();
  await visit.leadsTo(/\/new$/);
  await expect(page.locator('#secret')).toHaveText(made.key);
  await visit.open(`/w/${place.slug}/audit`);
  await expect(page.getByRole('row', { name: /Revealed key CI/ })).toContainText(member.email);

  if (visit.scripted) {
    await visit.open(place.keys);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await (await visit.menu(made.id, 'Copy key')).click();
    await expect(page.getByText('The key is copied.')).toBeVisible();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(made.key);
    expect(await page.content(), 'shown nowhere').not.toContain(made.key);
  }

  await visit.open(`/w/${place.slug}/settings`);
  await secrets.getByRole('radio', { name: 'Shown once' }).check();
  await secrets.getByRole('button', { name: 'Save' }).click();
  await expect(secrets.getByText('The kept secret of 1 key would be erased for ever.')).toBeVisible();
  await secrets.getByLabel('Erase the kept secrets').check();
  await secrets.getByRole('radio', { name: 'Shown once' }).check();
  await secrets.getByRole('button', { name: 'Save' }).click();
  await visit.says('Saved.');
  await visit.open(`${place.keys}/${made.id}`);
  await expect(page.getByRole('button', { name: 'Reveal key' })).toHaveCount(0);
  expect((await use(made.key)).status, 'the key itself works on').toBe(200);
});
