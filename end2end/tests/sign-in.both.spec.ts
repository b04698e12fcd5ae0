// Signing in: refused in words that tell nothing, accepted and led to where one wanted to go, and nowhere else.
// Run by playwright.config.ts, with and without JavaScript.

import { house, person } from '../support/house';
import { expect, test } from '../support/test';

test('a wrong password says no more than that, and keeps the e-mail', async ({ visit }) => {
  const { page } = visit;
  const mina = await person();
  await visit.open('/login');
  for (const email of [mina.email, 'nobody@example.com']) {
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password').fill('not her password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('alert')).toHaveText('E-mail or password is wrong.');
    await expect(page.getByLabel('E-mail')).toHaveValue(email);
    await visit.ready();
  }
});

test('signing in leads to the page that was asked for', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house();
  await visit.open(`${place.keys}?sort=name`);
  await expect(page).toHaveURL(/\/login\?next=/);
  await page.getByLabel('E-mail').fill(member.email);
  await page.getByLabel('Password').fill(member.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await visit.leadsTo(`${place.keys}?sort=name`);
  await visit.open('/login');
  await expect(page).toHaveURL(place.keys);
});

test('signing in never leads to another site', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house();
  await visit.open('/login?next=%2F%2Fevil.example%2Fkeys');
  await page.getByLabel('E-mail').fill(member.email);
  await page.getByLabel('Password').fill(member.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await visit.leadsTo(place.keys);
});

test('signing out ends the session', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house();
  await visit.signIn(member, place.keys);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await visit.leadsTo('/login');
  await visit.open(place.keys);
  await expect(page).toHaveURL(/\/login\?next=/);
});
