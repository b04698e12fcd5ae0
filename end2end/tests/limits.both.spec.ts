// Limits of a key: from where and how often it may be used, set in the create form and changed on the key's page.
// Run by playwright.config.ts, with JavaScript (in the dialog) and without (on its page).

import { house, key } from '../support/house';
import { expect, test } from '../support/test';
import { use } from '../support/use';

test('a key for other addresses is refused here, until its list is widened', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house();
  await visit.signIn(member, place.keys);
  await page.getByRole('link', { name: 'Create key' }).click();
  if (!visit.scripted) await visit.ready();
  const form = visit.scripted ? page.getByRole('dialog', { name: 'Create key' }) : page.getByRole('main');
  await form.getByLabel('Name').fill('CI pipeline');
  await expect(form.getByLabel('Allowed addresses')).toBeHidden();
  await form.locator('.fold > summary').click();
  await form.getByLabel('Allowed addresses').fill('10.0.0.0/8\n10.0.0.5/24');
  await form.locator('.fold > summary').click();
  await expect(form.locator('.fold > summary')).toContainText('Addresses');
  await form.getByRole('button', { name: 'Create key' }).click();

  await expect(form.getByLabel('Allowed addresses')).toBeVisible();
  await expect(form.getByLabel('Allowed addresses')).toHaveAccessibleDescription(/Line 2: .*Write 10\.0\.0\.0\/24/);
  await expect(form.getByLabel('Allowed addresses')).toHaveValue('10.0.0.0/8\n10.0.0.5/24');
  if (visit.scripted) await expect(form.getByLabel('Allowed addresses')).toBeFocused();
  await form.getByLabel('Allowed addresses').fill('10.0.0.0/8');
  await form.getByRole('button', { name: 'Create key' }).click();
  await visit.leadsTo(/\/keys\/[^/]+\/new$/);
  const secret = await page.locator('#secret').innerText();
  const id = secret.split('_')[1] ?? '';
  expect(await use(secret)).toMatchObject({ status: 403, body: { error: { code: 'IP_NOT_ALLOWED' } } });

  await visit.open(`${place.keys}/${id}`);
  const limits = page.getByRole('region', { name: 'Limits' });
  await expect(limits).toContainText('Works from one address or block');
  await limits.getByLabel('Allowed addresses').fill('10.0.0.0/8\n127.0.0.1');
  await limits.getByLabel('Requests per minute').fill('1');
  await limits.getByRole('button', { name: 'Save limits' }).click();
  await visit.says('The limits hold');
  expect(await use(secret)).toMatchObject({ status: 200 });
  expect(await use(secret)).toMatchObject({ status: 429, body: { error: { code: 'RATE_LIMITED' } } });
});

test('who may not change a key sees its limits', async ({ visit }) => {
  const { place, member } = await house('viewer');
  const made = await key(place, member, 'CI', '--allow-ip', '10.0.0.0/8', '--allow-ip', '::1', '--rate-limit', '60');
  await visit.signIn(member, `${place.keys}/${made.id}`);
  const limits = visit.page.getByRole('region', { name: 'Limits' });
  await expect(limits).toContainText('Works from 2 addresses and blocks, 60 times a minute.');
  await expect(limits.getByRole('listitem')).toHaveText(['10.0.0.0/8', '::1']);
  await expect(limits.getByRole('button')).toHaveCount(0);
});
