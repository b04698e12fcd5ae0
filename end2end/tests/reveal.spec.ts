// The fresh key's dialog: asks before it closes, copies even where the clipboard refuses, and is shown once.
// Run by playwright.config.ts.

import { hear } from '../support/hear';
import { house } from '../support/house';
import { expect, test } from '../support/test';
import type { Visit } from '../support/visit';

/** Signs a member in and creates a key; gives the dialog that shows it. */
async function reveal(visit: Visit) {
  const { place, member } = await house();
  await visit.signIn(member, `${place.keys}/new`);
  await visit.page.getByLabel('Name').fill('Laptop');
  await visit.page.getByRole('button', { name: 'Create key' }).click();
  await visit.leadsTo(/\/keys\/[^/]+\/new$/);
  const dialog = visit.page.getByRole('dialog', { name: 'Save this key now' });
  return { place, dialog, secret: await dialog.locator('#secret').innerText() };
}

test('Escape asks and does not close, however often', async ({ visit }) => {
  const { page } = visit;
  const { dialog } = await reveal(visit);
  const question = dialog.getByText("Saved it? The key can't be shown again.");
  await expect(question).toBeHidden();
  for (let times = 0; times < 3; times += 1) {
    await page.keyboard.press('Escape');
    await expect(question).toBeVisible();
    await expect(dialog).toBeVisible();
    await expect.poll(() => dialog.evaluate((element) => element.matches(':modal'))).toBe(true);
    await expect(dialog.getByRole('link', { name: "I've saved my key" })).toBeFocused();
  }
});

test('copies by selection where the clipboard is refused', async ({ visit, context }) => {
  const { page } = visit;
  await context.grantPermissions(['clipboard-read']);
  await page.addInitScript(() => {
    navigator.clipboard.writeText = () => Promise.reject(new DOMException('refused', 'NotAllowedError'));
  });
  const { dialog, secret } = await reveal(visit);
  const heard = await hear(page);
  await dialog.getByRole('button', { name: 'Copy', exact: true }).click();
  await expect.poll(heard).toContainEqual({ word: 'Copied', by: 'button', modal: true, focused: true });
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(secret);
});

test('says so where nothing can be copied', async ({ visit }) => {
  const { page } = visit;
  await page.addInitScript(() => {
    navigator.clipboard.writeText = () => Promise.reject(new DOMException('refused', 'NotAllowedError'));
    document.execCommand = () => false;
  });
  const { dialog, secret } = await reveal(visit);
  await dialog.getByRole('button', { name: 'Copy', exact: true }).click();
  await expect(page.getByText('The browser refused to copy.')).toBeVisible();
  await expect(dialog.locator('#secret')).toHaveText(secret);
});

test('reload, back and forward show nothing of the secret', async ({ visit }) => {
  const { page } = visit;
  const { place, secret } = await reveal(visit);
  const id = secret.split('_')[1] ?? '';
  await page.reload();
  await visit.leadsTo(`${place.keys}/${id}`);
  expect(await page.content()).not.toContain(secret);
  await visit.open(place.keys);
  await page.goBack();
  await visit.ready();
  expect(await page.content()).not.toContain(secret);
  await page.goForward();
  await visit.ready();
  expect(await page.content()).not.toContain(secret);
});

test('leaving by the address bar and coming back shows nothing of the secret', async ({ visit }) => {
  const { page } = visit;
  const { place, secret } = await reveal(visit);
  const revealed = page.url();
  await visit.open(place.keys);
  await page.goBack();
  await visit.ready();
  expect(page.url()).not.toBe(revealed);
  expect(await page.content()).not.toContain(secret);
});

test('another browser is shown nothing of the key', async ({ visit, another }) => {
  const { secret } = await reveal(visit);
  const other = await another();
  await other.open(visit.page.url());
  await expect(other.page).toHaveURL(/\/login/);
  expect(await other.page.content()).not.toContain(secret);
});
