// The keyboard alone: Tab, Enter, Space and Escape suffice, focus is seen, kept in dialogs, and returns where it was.
// Run by playwright.config.ts.

import { hear } from '../support/hear';
import { house, key } from '../support/house';
import { expectFocusInSight, expectTrap, tabTo } from '../support/keyboard';
import { expect, test } from '../support/test';
import { use } from '../support/use';

test('create a key, copy it, close', async ({ visit, context }) => {
  // The page is asked after each of some two hundred keys.
  test.slow();
  const { page } = visit;
  const { place, member } = await house();
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await visit.signIn(member, place.keys);
  const create = page.getByRole('link', { name: 'Create key' });
  const dialog = page.getByRole('dialog', { name: 'Create key' });
  const name = dialog.getByLabel('Name');

  await tabTo(page, create);
  await page.keyboard.press('Enter');
  await expect(name).toBeFocused();
  await expectTrap(page, dialog);
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(create).toBeFocused();
  await expectFocusInSight(page);

  await page.keyboard.press('Enter');
  await expect(name).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(name).toHaveAccessibleDescription('Name is required.');
  await expect(name).toBeFocused();
  await page.keyboard.type('Laptop');
  await tabTo(page, dialog.getByLabel('Read-only'));
  await page.keyboard.press('ArrowDown');
  await expect(dialog.getByLabel('Read-write')).toBeChecked();
  await tabTo(page, dialog.getByLabel('30 days'));
  await tabTo(page, dialog.getByRole('button', { name: 'Create key' }));
  await page.keyboard.press('Space');
  await visit.leadsTo(/\/keys\/[^/]+\/new$/);

  const reveal = page.getByRole('dialog', { name: 'Save this key now' });
  const secret = await reveal.locator('#secret').innerText();
  await expect(reveal.getByRole('button', { name: 'Copy', exact: true })).toBeFocused();
  const heard = await hear(page);
  await page.keyboard.press('Space');
  await expect.poll(heard).toContainEqual({ word: 'Copied', by: 'button', modal: true, focused: true });
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(secret);
  await expectTrap(page, reveal);
  await page.keyboard.press('Escape');
  await expect(reveal).toBeVisible();
  await expect(reveal.getByText("Saved it? The key can't be shown again.")).toBeVisible();
  await expect(reveal.getByRole('link', { name: "I've saved my key" })).toBeFocused();
  await page.keyboard.press('Enter');
  await visit.leadsTo(place.keys);
  await expect(visit.names('Enabled')).toHaveText(['Laptop']);
});

test('open the menu of a row, disable, enable, rename; focus returns', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house();
  const keys = [await key(place, member, 'Alpha'), await key(place, member, 'Bravo')];
  const [alpha, bravo] = keys as [(typeof keys)[0], (typeof keys)[0]];
  await visit.signIn(member, `${place.keys}?sort=name`);
  const more = visit.row(alpha.id).getByLabel('More for Alpha');
  const toggle = visit.row(alpha.id).getByRole('switch');

  await tabTo(page, more);
  await page.keyboard.press('Enter');
  await expect(visit.row(alpha.id).getByRole('link', { name: 'Rename' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(visit.row(alpha.id).getByRole('link', { name: 'Rename' })).toBeHidden();
  await expect(more).toBeFocused();

  await page.keyboard.press('Enter');
  await tabTo(page, visit.row(alpha.id).getByRole('button', { name: 'Disable' }));
  await page.keyboard.press('Enter');
  await visit.says('The key is disabled');
  await expect(visit.names('Disabled')).toHaveText(['Alpha']);
  expect(await use(alpha.key)).toMatchObject({ status: 401 });
  await expect(more).toBeFocused();
  await expectFocusInSight(page);

  await tabTo(page, toggle, 'Shift+Tab');
  await page.keyboard.press('Space');
  await visit.says('The key is enabled.');
  expect(await use(alpha.key)).toMatchObject({ status: 200 });
  await expect(toggle).toBeFocused();

  await tabTo(page, more);
  await page.keyboard.press('Space');
  await tabTo(page, visit.row(alpha.id).getByRole('link', { name: 'Rename' }));
  await page.keyboard.press('Enter');
  const name = visit.row(alpha.id).getByRole('textbox', { name: 'Name of Alpha' });
  await expect(name).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(more).toBeFocused();
  await page.keyboard.press('Enter');
  await tabTo(page, visit.row(alpha.id).getByRole('link', { name: 'Rename' }));
  await page.keyboard.press('Enter');
  await page.keyboard.type('Aleph');
  await page.keyboard.press('Enter');
  await visit.says('The key is now called “Aleph”.');
  await expect(visit.row(alpha.id).getByLabel('More for Aleph')).toBeFocused();

  // One menu at a time, and a choice that stays on the page gives the focus back.
  await page.keyboard.press('Enter');
  await tabTo(page, visit.row(alpha.id).locator('.menu-item', { hasText: 'Copy id' }));
  await page.keyboard.press('Enter');
  await expect(visit.row(alpha.id).getByLabel('More for Aleph')).toBeFocused();
  await tabTo(page, visit.row(bravo.id).getByLabel('More for Bravo'));
});

test('the first stop of a page skips to its content', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house();
  await visit.signIn(member, place.keys);
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await expectFocusInSight(page);
  await page.keyboard.press('Enter');
  await tabTo(page, page.getByRole('link', { name: 'Create key' }));
});
