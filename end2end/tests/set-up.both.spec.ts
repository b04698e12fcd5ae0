// The first start: the printed link makes the first administrator and workspace, once.
// Run by playwright.config.ts, with and without JavaScript; it starts a server of its own.

import { test } from '../support/fresh';
import { expect } from '../support/test';

test('from the printed link to the empty keys page', async ({ visit, link }) => {
  const { page } = visit;
  await visit.open('/');
  await expect(page).toHaveURL('/setup');
  await expect(page.getByText('Open the link that Latchkey printed')).toBeVisible();
  await visit.open('/setup?token=guessed');
  await expect(page.getByText('This link is not the one of the running program')).toBeVisible();
  await expect(page.getByRole('button')).toHaveCount(0);

  await visit.open(link);
  await page.getByLabel('Your name').fill('Ada Moreno');
  await page.getByLabel('E-mail').fill('ada@example.com');
  await page.getByLabel('Password').fill('short');
  await page.getByLabel('Workspace name').fill('Acme');
  await page.getByLabel('Slug').fill('Acme Labs');
  await page.getByRole('button', { name: 'Create administrator' }).click();

  // Refused: what was typed stays, but for the password.
  await expect(page.getByLabel('Password')).toHaveAccessibleDescription(/at least 10 characters/i);
  await expect(page.getByLabel('Slug')).toHaveAccessibleDescription(/lower-case letters/i);
  await expect(page.getByLabel('Slug')).toHaveAttribute('aria-invalid', 'true');
  await visit.ready();
  await expect(page.getByLabel('Your name')).toHaveValue('Ada Moreno');
  await page.getByLabel('Password').fill('correct horse battery');
  await page.getByLabel('Slug').fill('acme-labs');
  await page.getByRole('button', { name: 'Create administrator' }).click();

  await visit.leadsTo('/w/acme-labs/keys');
  await expect(page.getByRole('heading', { level: 1, name: 'Keys' })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'No keys yet' })).toBeVisible();

  // The link is used up, for everybody.
  await visit.open(link);
  await expect(page).toHaveURL('/w/acme-labs/keys');
});
