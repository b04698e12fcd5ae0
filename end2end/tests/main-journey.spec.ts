// The main journey with JavaScript: sign in, create, copy, use, rename, disable, enable, delete.
// Run by playwright.config.ts; tests/main-journey.nojs.spec.ts is the same without JavaScript.

import { readFile } from 'node:fs/promises';
import { hear } from '../support/hear';
import { house, key } from '../support/house';
import { expect, test } from '../support/test';
import { use, useAsShown } from '../support/use';

test('a key from its creation to its end', async ({ visit, context }) => {
  const { page } = visit;
  const { place, member } = await house();
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);

  await test.step('sign in', () => visit.signInByForm(member, place.keys));

  await test.step('create, in a dialog over the empty page', async () => {
    await expect(page.getByRole('heading', { name: 'No keys yet' })).toBeVisible();
    await page.getByRole('link', { name: 'Create key' }).click();
    const dialog = page.getByRole('dialog', { name: 'Create key' });
    await expect(dialog.getByLabel('Name')).toBeFocused();
    await expect(dialog.getByLabel('Read-only')).toBeChecked();
    await expect(dialog.getByLabel('30 days')).toBeChecked();
    await dialog.getByLabel('Name').fill('CI pipeline');
    await dialog.getByLabel('Environment').fill('prod');
    await dialog.getByLabel('Read-write').check();
    await dialog.getByRole('button', { name: 'Create key' }).click();
    await visit.leadsTo(/\/keys\/[^/]+\/new$/);
  });

  const reveal = page.getByRole('dialog', { name: 'Save this key now' });
  const secret = await reveal.locator('#secret').innerText();
  const id = secret.split('_')[1] ?? '';
  expect(page.url()).toContain(id);

  await test.step('copy and download', async () => {
    const copy = reveal.getByRole('button', { name: 'Copy', exact: true });
    await expect(copy).toBeFocused();
    const heard = await hear(page);
    await copy.click();
    for (const by of ['button', 'status']) {
      await expect.poll(heard).toContainEqual(expect.objectContaining({ word: 'Copied', by, modal: true }));
    }
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(secret);
    await expect(copy).toBeVisible();
    const downloading = page.waitForEvent('download');
    await reveal.getByRole('button', { name: 'Download .env' }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe('latchkey.env');
    const origin = new URL(page.url()).origin;
    expect(await readFile(await download.path(), 'utf8')).toBe(`LATCHKEY_URL=${origin}\nLATCHKEY_API_KEY=${secret}\n`);
  });

  await test.step('use it as the page shows', () => useAsShown(reveal, id, secret));

  await test.step('saved: nothing leads back to the secret', async () => {
    const revealed = page.url();
    await reveal.getByRole('link', { name: "I've saved my key" }).click();
    await visit.leadsTo(place.keys);
    expect(await page.content()).not.toContain(secret);
    await page.goBack();
    await visit.ready();
    expect(page.url()).not.toBe(revealed);
    expect(await page.content()).not.toContain(secret);
    await visit.open(revealed);
    await expect(page).toHaveURL(`${place.keys}/${id}`);
    expect(await page.content()).not.toContain(secret);
  });

  await test.step('the list shows the use within seconds', async () => {
    await expect(async () => {
      await visit.open(place.keys);
      await expect(visit.row(id).getByText('used just now')).toBeVisible({ timeout: 100 });
    }).toPass();
    await expect(visit.row(id)).toContainText('prod');
    await expect(visit.row(id)).toContainText('read-write');
    await expect(visit.names('Enabled')).toHaveText(['CI pipeline']);
  });

  await test.step('rename in place', async () => {
    const taken = await key(place, member, 'Nightly export');
    await visit.open(place.keys);
    await (await visit.menu(id, 'Rename')).click();
    const name = visit.row(id).getByRole('textbox', { name: 'Name of CI pipeline' });
    await expect(name).toBeFocused();
    await name.fill('Something else');
    await name.press('Escape');
    await expect(name).toHaveCount(0);
    await expect(visit.row(id).getByRole('link', { name: 'CI pipeline' })).toBeVisible();

    await (await visit.menu(id, 'Rename')).click();
    await name.fill(taken.name);
    await name.press('Enter');
    await expect(visit.row(id).getByText('has a key of this name already')).toBeVisible();
    await expect(name).toHaveValue(taken.name);
    await expect(name).toHaveAccessibleDescription(/Choose another name/);
    await name.fill('Deploys');
    await name.press('Enter');
    await visit.says('The key is now called “Deploys”.');
    await expect(visit.row(id).getByRole('link', { name: 'Deploys' })).toBeVisible();
  });

  await test.step('disable and enable', async () => {
    const toggle = visit.row(id).getByRole('switch', { name: 'Deploys enabled' });
    await expect(toggle).toBeChecked();
    await toggle.click();
    await visit.says('The key is disabled: its next request is refused.');
    await expect(visit.names('Disabled')).toHaveText(['Deploys']);
    await expect(toggle).not.toBeChecked();
    expect(await use(secret)).toMatchObject({ status: 401, body: { error: { code: 'KEY_DISABLED' } } });
    await toggle.click();
    await visit.says('The key is enabled.');
    expect(await use(secret)).toMatchObject({ status: 200, body: { key: { name: 'Deploys' } } });
  });

  await test.step('delete: used lately, so its name is typed', async () => {
    await (await visit.menu(id, 'Delete')).click();
    await visit.leadsTo(`${place.keys}/${id}/delete`);
    await expect(page.getByText(/^Used (just now|\d min ago) from 127\.0\.0\.1 \(curl\//)).toBeVisible();
    await expect(page.getByRole('link', { name: 'Keep key' })).toBeFocused();
    await page.getByRole('button', { name: 'Delete key' }).click();
    const typed = page.getByLabel("Type the key's name to delete it");
    await expect(typed).toBeFocused();
    await expect(typed).toHaveAccessibleDescription(/used in the last 24 hours/);
    expect(await use(secret)).toMatchObject({ status: 200 });
    await typed.fill('Deploys');
    await page.getByRole('button', { name: 'Delete key' }).click();
    await visit.leadsTo(place.keys);
    await visit.says('“Deploys” is deleted.');
    await expect(visit.row(id)).toHaveCount(0);
    expect(await use(secret)).toMatchObject({ status: 401, body: { error: { code: 'UNAUTHORIZED' } } });
  });
});
