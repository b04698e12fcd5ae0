// Search, filters and order with JavaScript: the list follows at once, and the address with it.
// Run by playwright.config.ts; tests/filters.nojs.spec.ts is the form alone.

import { shelf } from '../support/shelf';
import { expect, test } from '../support/test';

test('the list and the address follow while one types', async ({ visit }) => {
  const { page } = visit;
  const { place, member, charlie } = await shelf();
  await visit.signIn(member, place.keys);
  const search = page.getByRole('searchbox', { name: 'Search name, id or owner' });
  await search.pressSequentially('char');
  await expect(page).toHaveURL(`${place.keys}?q=char`);
  await expect(visit.names('Enabled')).toHaveText(['Charlie CI']);
  await expect(search).toBeFocused();
  await expect(search).toHaveValue('char');

  await visit.row(charlie.id).getByRole('link', { name: 'Charlie CI' }).click();
  await visit.leadsTo(`${place.keys}/${charlie.id}`);
  await page.goBack();
  await visit.leadsTo(`${place.keys}?q=char`);
  await expect(search).toHaveValue('char');
  await expect(visit.names('Enabled')).toHaveText(['Charlie CI']);

  await search.fill('weber');
  await expect(visit.names('Disabled')).toHaveText(['Bravo bot']);
  await search.fill(charlie.id);
  await expect(visit.names('Enabled')).toHaveText(['Charlie CI']);
  await search.fill('');
  await expect(page).toHaveURL(place.keys);
  await expect(visit.names('Enabled')).toHaveCount(2);
});

test('selects filter and sort at once, and show that they are set', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await shelf();
  await visit.signIn(member, place.keys);
  const status = page.getByRole('combobox', { name: 'Status' });
  await status.selectOption('Disabled');
  await expect(page).toHaveURL(`${place.keys}?status=disabled`);
  await expect(visit.names('Disabled')).toHaveText(['Bravo bot']);
  await expect(page.locator('.select-set')).toHaveCount(1);
  await page.getByRole('link', { name: 'Clear filters' }).click();
  await visit.leadsTo(place.keys);
  await expect(status).toHaveValue('');

  await page.getByRole('combobox', { name: 'Owner' }).selectOption('Mine');
  await expect(page).toHaveURL(`${place.keys}?owner=mine`);
  await page.getByRole('combobox', { name: 'Sort' }).selectOption('Sort: name');
  await expect(page).toHaveURL(`${place.keys}?owner=mine&sort=name`);
  await expect(visit.names('Enabled')).toHaveText(['Alpha export', 'Charlie CI']);
  await page.getByRole('combobox', { name: 'Sort' }).selectOption('Sort: expires');
  await expect(visit.names('Enabled')).toHaveText(['Charlie CI', 'Alpha export']);
  await page.getByRole('combobox', { name: 'Environment' }).selectOption('staging');
  await expect(page.getByRole('heading', { name: 'No key matches' })).toBeVisible();
  await expect(page.locator('.select-set')).toHaveCount(2);
  await page.locator('#results').getByRole('link', { name: 'Clear filters' }).click();
  await visit.leadsTo(place.keys);
});

test('a form in a filtered list comes back to the filtered list', async ({ visit }) => {
  const { page } = visit;
  const { place, member, alpha } = await shelf();
  await visit.signIn(member, place.keys);
  await page.getByRole('combobox', { name: 'Environment' }).selectOption('prod');
  await expect(page).toHaveURL(`${place.keys}?environment=prod`);
  await visit.row(alpha.id).getByRole('switch').click();
  await visit.says('The key is disabled');
  await expect(page).toHaveURL(`${place.keys}?environment=prod`);
  await expect(visit.names('Disabled')).toHaveText(['Alpha export']);
  await page.getByRole('banner').getByRole('button', { name: 'Dark theme' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(page).toHaveURL(`${place.keys}?environment=prod`);
});

test('the theme switch keeps a search that was typed', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await shelf();
  await visit.signIn(member, place.keys);
  await page.getByRole('searchbox').fill('alpha');
  await expect(page).toHaveURL(`${place.keys}?q=alpha`);
  await page.getByRole('banner').getByRole('button', { name: 'Dark theme' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(page).toHaveURL(`${place.keys}?q=alpha`);
});
