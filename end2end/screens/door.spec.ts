// The tour's first part: what a person sees before they are signed in.
// Run by screens.config.ts.

import { test as fresh } from '../support/fresh';
import { expect } from '../support/test';
import { take, test } from './demo';

test('sign-in', async ({ visit }) => {
  await take(visit, 'login', () => visit.open('/login'));
  await take(visit, 'login-error', async () => {
    await visit.open('/login');
    await visit.page.getByLabel('E-mail').fill('ada@example.com');
    await visit.page.getByLabel('Password').fill('a guess');
    await visit.page.getByRole('button', { name: 'Sign in' }).click();
    await expect(visit.page.getByRole('alert')).toBeVisible();
  });
});

fresh('set-up', async ({ visit, link }) => {
  await take(visit, 'setup-closed', () => visit.open('/setup?token=old'));
  await take(visit, 'setup', () => visit.open(link));
  await take(visit, 'setup-error', async () => {
    await visit.open(link);
    await visit.page.getByRole('button', { name: 'Create administrator' }).click();
    await expect(visit.page.getByLabel('Your name')).toHaveAttribute('aria-invalid', 'true');
  });
});
