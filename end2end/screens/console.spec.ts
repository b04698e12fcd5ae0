// The tour's second part: every page of the console.
// Run by screens.config.ts.

import { expect } from '../support/test';
import { take, test } from './demo';

const KEYS = '/w/acme/keys';

test('keys', async ({ signedIn }) => {
  const visit = await signedIn('ada', KEYS);
  const { page } = visit;
  await take(visit, 'keys', () => visit.open(KEYS));
  const id = ((await page.locator('.key-row').nth(1).getAttribute('id')) ?? '').replace('key-', '');
  await take(visit, 'keys-menu', async () => {
    await visit.open(KEYS);
    await visit.menu(id, 'Rename');
  }, false);
  await take(visit, 'keys-rename', async () => {
    await visit.open(KEYS);
    await (await visit.menu(id, 'Rename')).click();
    await visit.row(id).getByRole('textbox').fill('');
    await visit.row(id).getByRole('button', { name: 'Save' }).click();
    await expect(visit.row(id).getByText('Name is required.')).toBeVisible();
  }, false);
  await take(visit, 'keys-filtered', () => visit.open(`${KEYS}?environment=prod&sort=name`));
  await take(visit, 'keys-filtered-empty', () => visit.open(`${KEYS}?q=nothing+like+this`));
  await take(visit, 'keys-empty', () => visit.open('/w/umbra/keys'));
  await take(visit, 'keys-basic', () => visit.open('/w/contoso/keys'));
  await take(visit, 'keys-long-names', () => visit.open('/w/long-names/keys'));
  await page.setViewportSize({ width: 390, height: 844 });
  await take(visit, 'navigation', async () => {
    await visit.open(KEYS);
    const menus = page.locator('.frame-top > summary, .workspace > summary');
    await menus.filter({ visible: true }).first().click();
  }, false);
});

test('keys for a viewer', async ({ signedIn }) => {
  const visit = await signedIn('deniz', KEYS);
  await take(visit, 'keys-viewer', () => visit.open(KEYS));
  await take(visit, 'error', () => visit.open(`${KEYS}/new`));
  await take(visit, 'not-found', () => visit.open('/no/such/page'));
  await take(visit, 'create-page-viewer', () => visit.open('/w/northwind/keys/new'));
});

test('create', async ({ signedIn }) => {
  const visit = await signedIn('ada', KEYS);
  const { page } = visit;
  const refuse = async () => {
    await page.locator('input[name=environment]').fill('prod eu');
    await page.getByLabel('On a date').check();
    await page.getByLabel('Last day').fill('2020-01-31');
    await page.getByRole('button', { name: 'Create key' }).click();
    await expect(page.getByText('Name is required.')).toBeVisible();
  };
  const dialog = async () => {
    await visit.open(KEYS);
    await page.getByRole('link', { name: 'Create key' }).click();
  };
  await take(visit, 'create-dialog', dialog, false);
  await take(visit, 'create-dialog-errors', () => dialog().then(refuse), false);
  await take(visit, 'create-page', () => visit.open(`${KEYS}/new`));
  await take(visit, 'create-page-errors', () => visit.open(`${KEYS}/new`).then(refuse));
});

test('the fresh key', async ({ signedIn }) => {
  const visit = await signedIn('ben', KEYS);
  const { page } = visit;
  await take(visit, 'reveal-dialog', async () => {
    await visit.open('/w/northwind/keys/new');
    await page.getByLabel('Name').fill(`Claude Code, laptop ${page.viewportSize()?.width}`);
    await page.getByRole('button', { name: 'Create key' }).click();
    await visit.leadsTo(/\/keys\/[^/]+\/new$/);
  }, false);
  await page.keyboard.press('Escape');
  await page.screenshot({ path: '../target/screens/reveal-question-390.png' });
});

test('one key', async ({ signedIn }) => {
  const visit = await signedIn('ada', KEYS);
  const { page } = visit;
  const rows = page.locator('.key-row');
  const used = `${KEYS}/${((await rows.first().getAttribute('id')) ?? '').replace('key-', '')}`;
  const old = `${KEYS}/${((await rows.last().getAttribute('id')) ?? '').replace('key-', '')}`;
  await take(visit, 'key', () => visit.open(used));
  await take(visit, 'key-disabled', () => visit.open(old));
  await take(visit, 'delete-page-recent', () => visit.open(`${used}/delete`));
  await take(visit, 'delete-page', () => visit.open(`${old}/delete`));
  await take(visit, 'delete-page-error', async () => {
    await visit.open(`${used}/delete`);
    await page.getByRole('button', { name: 'Delete key' }).click();
    await expect(page.locator('.field-error')).toBeVisible();
  });
  await take(visit, 'toast', async () => {
    await visit.open(KEYS);
    await rows.nth(2).getByRole('switch').click();
    await expect(page.locator('.toast')).toBeVisible();
    await visit.ready();
  }, false);
});

test('the account', async ({ signedIn, another, demo }) => {
  const visit = await signedIn('chiara', KEYS);
  const chiara = demo.people.get('chiara');
  if (chiara) await (await another()).signIn(chiara, KEYS);
  await take(visit, 'account', () => visit.open('/account'));
});
