// The create form refuses: every wrong field says so, nothing typed is lost, nothing is written; limits say which.
// Run by playwright.config.ts, with JavaScript (in the dialog) and without (on its page).

import { house, key } from '../support/house';
import { expect, test } from '../support/test';
import type { Visit } from '../support/visit';

/** Opens the form from the keys screen, and gives what it stands in. */
async function form(visit: Visit) {
  await visit.page.getByRole('link', { name: 'Create key' }).click();
  if (visit.scripted) return visit.page.getByRole('dialog', { name: 'Create key' });
  await visit.ready();
  return visit.page.getByRole('main');
}

test('wrong fields', async ({ visit }) => {
  const { place, member } = await house();
  await key(place, member, 'Laptop');
  await visit.signIn(member, place.keys);
  const create = await form(visit);
  await create.getByLabel('Name').fill('Laptop');
  await create.getByLabel('Description').fill('For the train');
  await create.getByLabel('Environment').fill('prod eu');
  await create.getByLabel('On a date').check();
  await create.getByLabel('Last day').fill('2020-01-31');
  await create.getByRole('button', { name: 'Create key' }).click();

  await expect(create.getByLabel('Environment')).toHaveAccessibleDescription(/at most 32 letters, digits/);
  await expect(create.getByLabel('Last day')).toHaveAccessibleDescription(/That day is over/);
  await expect(create.getByLabel('Description')).toHaveValue('For the train');
  await expect(create.getByLabel('Last day')).toHaveValue('2020-01-31');
  if (visit.scripted) await expect(create.getByLabel('Environment')).toBeFocused();

  await create.getByLabel('Environment').fill('prod');
  await create.getByLabel('7 days').check();
  await create.getByRole('button', { name: 'Create key' }).click();
  await expect(create.getByLabel('Name')).toHaveAccessibleDescription(/Choose another/);
  await expect(create.getByLabel('Environment')).not.toHaveAttribute('aria-invalid', 'true');

  await create.getByLabel('Name').fill('');
  await create.getByRole('button', { name: 'Create key' }).click();
  await expect(create.getByLabel('Name')).toHaveAccessibleDescription('Name is required.');

  await visit.open(place.keys);
  await expect(visit.names('Enabled')).toHaveText(['Laptop']);
});

test('the limit of active keys says which, how many and what helps', async ({ visit }) => {
  const { place, member } = await house();
  await Promise.all(Array.from({ length: 10 }, (_, at) => key(place, member, `Key ${at}`)));
  await visit.signIn(member, place.keys);
  const create = await form(visit);
  await create.getByLabel('Name').fill('One too many');
  await create.getByRole('button', { name: 'Create key' }).click();
  await expect(create.getByRole('alert')).toContainText('10 keys are active already');
  await expect(create.getByRole('alert')).toContainText('Disable or delete one first.');
  await expect(create.getByLabel('Name')).toHaveValue('One too many');
});

test('an administrator may create a gateway key, a developer is not offered one', async ({ visit, another }) => {
  const { place, member } = await house('admin');
  await visit.signIn(member, `${place.keys}/new`);
  await visit.page.getByLabel('Name').fill('Edge proxy');
  await visit.page.getByLabel('Gateway key').check();
  await visit.page.getByRole('button', { name: 'Create key' }).click();
  await visit.leadsTo(/\/keys\/[^/]+\/new$/);
  await visit.open(place.keys);
  await expect(visit.page.getByText('Gateway', { exact: true })).toBeVisible();

  const developer = await house('developer');
  const other = await another();
  await other.signIn(developer.member, `${developer.place.keys}/new`);
  await expect(other.page.getByLabel('Name')).toBeVisible();
  await expect(other.page.getByLabel('Gateway key')).toHaveCount(0);
});
