// Search, filters and order without JavaScript: a form that gets, everything in the address.
// Run by playwright.config.ts; tests/filters.spec.ts is the same with JavaScript.

import { shelf } from '../support/shelf';
import { expect, test } from '../support/test';

test('the form filters and sorts', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await shelf();
  await visit.signIn(member, place.keys);
  const submit = () => page.getByRole('button', { name: 'Search' }).click();

  await page.getByRole('searchbox', { name: 'Search name, id or owner' }).fill('a');
  await page.getByRole('combobox', { name: 'Environment' }).selectOption('prod');
  await page.getByRole('combobox', { name: 'Sort' }).selectOption('Sort: expires');
  await submit();
  await expect(page).toHaveURL(/\?q=a&status=&environment=prod&owner=&sort=expires$/);
  await expect(visit.names('Enabled')).toHaveText(['Charlie CI', 'Alpha export']);
  await expect(page.getByRole('searchbox')).toHaveValue('a');
  await expect(page.getByRole('combobox', { name: 'Environment' })).toHaveValue('prod');

  await page.getByRole('combobox', { name: 'Status' }).selectOption('Expired');
  await submit();
  await expect(page.getByRole('heading', { name: 'No key matches' })).toBeVisible();
  await page.locator('#results').getByRole('link', { name: 'Clear filters' }).click();
  await visit.leadsTo(place.keys);
  await expect(visit.names('Enabled')).toHaveCount(2);
  await expect(visit.names('Disabled')).toHaveText(['Bravo bot']);

  await page.getByRole('combobox', { name: 'Owner' }).selectOption('Jonas Weber');
  await submit();
  await expect(visit.names('Disabled')).toHaveText(['Bravo bot']);
  await expect(visit.names('Enabled')).toHaveCount(0);
});

test('a filtered address can be kept', async ({ visit }) => {
  const { place, member } = await shelf();
  await visit.signIn(member, `${place.keys}?q=no+such+key`);
  await expect(visit.page.getByRole('heading', { name: 'No key matches' })).toBeVisible();
  await visit.open(`${place.keys}?owner=mine&sort=name&status=nonsense`);
  await expect(visit.names('Enabled')).toHaveText(['Alpha export', 'Charlie CI']);
});
