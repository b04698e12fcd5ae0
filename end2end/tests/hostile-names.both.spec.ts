// Names that are markup, quotes, right-to-left, emoji or 80 characters long are text, everywhere, and fit a phone.
// Run by playwright.config.ts, with and without JavaScript; support/guard.ts fails on any dialog that opens.

import { join, key, person, workspace } from '../support/house';
import { expectNoSidewaysScroll } from '../support/quality';
import { expect, test } from '../support/test';

const NAMES = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onfocus='alert(1)' autofocus='",
  '</title></textarea><svg onload=alert(1)>',
  'مفتاح الإنتاج "الرئيسي" 2026',
  'לקוח (בדיקה) & more',
  '🔑 👩‍🚀 👨‍👩‍👧‍👦 ключ 鍵',
  'W'.repeat(80),
];

async function settle() {
  const place = await workspace('Acme <b>&amp;</b> "Söhne" العربية');
  const owner = await person('Mina <i>"Park"</i> & Söhne');
  await join(place, owner, 'developer');
  return { place, owner };
}

test('on every page', async ({ visit }) => {
  test.slow();
  const { page } = visit;
  const { place, owner } = await settle();
  await page.setViewportSize({ width: 390, height: 844 });
  const keys = [];
  for (const name of NAMES) keys.push(await key(place, owner, name, '--description', name));
  await visit.signIn(owner, `${place.keys}?sort=created`);
  await expectNoSidewaysScroll(page);
  await expect(visit.names('Enabled')).toHaveText([...NAMES].reverse());
  await expect(page).toHaveTitle(`Keys · ${place.name} · Latchkey`);
  await expect(page.locator('.frame-top > summary')).toContainText(place.name);
  await expect(page.getByRole('combobox', { name: 'Owner' }).getByRole('option', { name: owner.name })).toHaveCount(1);

  for (const { id, name } of keys) {
    await expect(visit.row(id).getByRole('switch')).toHaveAccessibleName(`${name} enabled`);
    await expect(visit.row(id).locator('.key-context')).toContainText(name);
  }
  for (const { id, name } of keys) {
    await visit.open(`${place.keys}/${id}`);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(name);
    await expect(page).toHaveTitle(`${name} · Latchkey`);
    await expect(page.getByLabel('Name', { exact: true })).toHaveValue(name);
    await expect(page.locator('.facts')).toContainText(owner.name);
    await expectNoSidewaysScroll(page);
    await visit.open(`${place.keys}/${id}/delete`);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Delete “${name}”?`);
    await expectNoSidewaysScroll(page);
    await visit.open(`${place.keys}?q=${encodeURIComponent(name)}`);
    await expect(visit.names('Enabled')).toHaveText([name]);
    await expect(page.getByRole('searchbox')).toHaveValue(name);
    await expectNoSidewaysScroll(page);
  }
});

test('created, renamed and deleted by hand', async ({ visit }) => {
  const { page } = visit;
  const { place, owner } = await settle();
  await page.setViewportSize({ width: 390, height: 844 });
  const [script = '', image = ''] = NAMES;
  await visit.signIn(owner, `${place.keys}/new`);
  await page.getByLabel('Name').fill(script);
  await page.getByRole('button', { name: 'Create key' }).click();
  await visit.leadsTo(/\/keys\/[^/]+\/new$/);
  await expect(page.locator('dialog .field-label').first()).toHaveText(script);
  await expectNoSidewaysScroll(page);
  const id = (await page.locator('#secret').innerText()).split('_')[1] ?? '';
  await page.getByRole('link', { name: "I've saved my key" }).click();
  await visit.leadsTo(place.keys);

  await (await visit.menu(id, 'Rename')).click();
  if (visit.scripted) {
    const name = visit.row(id).getByRole('textbox');
    await expect(name).toHaveValue(script);
    await name.fill(image);
    await name.press('Enter');
  } else {
    await page.getByLabel('Name', { exact: true }).fill(image);
    await page.getByRole('button', { name: 'Rename' }).click();
  }
  await visit.says(`The key is now called “${image}”.`);
  await expectNoSidewaysScroll(page);
  await visit.open(`${place.keys}/${id}/delete`);
  await page.getByRole('button', { name: 'Delete key' }).click();
  await visit.leadsTo(place.keys);
  await visit.says(`“${image}” is deleted.`);
});
