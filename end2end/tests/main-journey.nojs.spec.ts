// The main journey without JavaScript: every step is a page and a form.
// Run by playwright.config.ts; tests/main-journey.spec.ts is the same with JavaScript.

import { house, key } from '../support/house';
import { expect, test } from '../support/test';
import { use, useAsShown } from '../support/use';

test('a key from its creation to its end', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house();

  await test.step('sign in', () => visit.signInByForm(member, place.keys));

  await test.step('create, on a page of its own', async () => {
    await expect(page.getByRole('heading', { name: 'No keys yet' })).toBeVisible();
    await page.getByRole('link', { name: 'Create key' }).click();
    await visit.leadsTo(`${place.keys}/new`);
    await page.getByLabel('Name').fill('CI pipeline');
    await page.getByLabel('Environment').fill('prod eu');
    await page.getByLabel('Read-write').check();
    await page.getByLabel('90 days').check();
    await page.getByRole('button', { name: 'Create key' }).click();
    await expect(page.getByLabel('Environment')).toHaveAccessibleDescription(/letters, digits, dots/);
    await expect(page.getByLabel('Environment')).toHaveValue('prod eu');
    await expect(page.getByLabel('Name')).toHaveValue('CI pipeline');
    await expect(page.getByLabel('Read-write')).toBeChecked();
    await expect(page.getByLabel('90 days')).toBeChecked();
    await page.getByLabel('Environment').fill('prod');
    await page.getByRole('button', { name: 'Create key' }).click();
    await visit.leadsTo(/\/keys\/[^/]+\/new$/);
  });

  await expect(page.getByRole('heading', { level: 1, name: 'Save this key now' })).toBeVisible();
  const secret = await page.locator('#secret').innerText();
  const id = secret.split('_')[1] ?? '';

  await test.step('use it as the page shows', () => useAsShown(page.locator('main'), id, secret));

  await test.step('saved: nothing leads back to the secret', async () => {
    const revealed = page.url();
    await page.getByRole('link', { name: "I've saved my key" }).click();
    await visit.leadsTo(place.keys);
    expect(await page.content()).not.toContain(secret);
    await page.goBack();
    await visit.leadsTo(`${place.keys}/${id}`);
    expect(await page.content()).not.toContain(secret);
    await visit.open(revealed);
    await expect(page).toHaveURL(`${place.keys}/${id}`);
  });

  await test.step('the list shows the use within seconds', async () => {
    await expect(async () => {
      await visit.open(place.keys);
      await expect(visit.row(id).getByText('used just now')).toBeVisible({ timeout: 100 });
    }).toPass();
  });

  await test.step('rename on the page of the key', async () => {
    const taken = await key(place, member, 'Nightly export');
    await (await visit.menu(id, 'Rename')).click();
    await visit.leadsTo(new RegExp(`/keys/${id}#name$`));
    await page.getByLabel('Name', { exact: true }).fill(taken.name);
    await page.getByRole('button', { name: 'Rename' }).click();
    await expect(page.getByLabel('Name', { exact: true })).toHaveAccessibleDescription(/Choose another name/);
    await expect(page.getByLabel('Name', { exact: true })).toHaveValue(taken.name);
    await page.getByLabel('Name', { exact: true }).fill('Deploys');
    await page.getByRole('button', { name: 'Rename' }).click();
    await visit.says('The key is now called “Deploys”.');
    await expect(page.getByRole('heading', { level: 1, name: 'Deploys' })).toBeVisible();
  });

  await test.step('disable and enable', async () => {
    await visit.open(place.keys);
    const toggle = visit.row(id).getByRole('switch', { name: 'Deploys enabled' });
    await toggle.click();
    await visit.says('The key is disabled: its next request is refused.');
    await expect(page).toHaveURL(place.keys);
    await expect(visit.names('Disabled')).toHaveText(['Deploys']);
    expect(await use(secret)).toMatchObject({ status: 401, body: { error: { code: 'KEY_DISABLED' } } });
    await toggle.click();
    await visit.says('The key is enabled.');
    expect(await use(secret)).toMatchObject({ status: 200, body: { key: { name: 'Deploys' } } });
  });

  await test.step('delete: used lately, so its name is typed', async () => {
    await (await visit.menu(id, 'Delete')).click();
    await visit.leadsTo(`${place.keys}/${id}/delete`);
    await expect(page.getByText(/^Used (just now|\d min ago) from 127\.0\.0\.1 \(curl\//)).toBeVisible();
    await page.getByLabel("Type the key's name to delete it").fill('deploys');
    await page.getByRole('button', { name: 'Delete key' }).click();
    const typed = page.getByLabel("Type the key's name to delete it");
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
