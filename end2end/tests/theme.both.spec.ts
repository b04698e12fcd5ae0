// The theme follows the system until it is chosen; the choice stands in the HTML as it is sent, so nothing flashes.
// Run by playwright.config.ts, with and without JavaScript.

import { house } from '../support/house';
import { expect, test } from '../support/test';

test('the theme is chosen, kept and given back', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house();
  await page.emulateMedia({ colorScheme: 'dark' });
  await visit.signIn(member, place.keys);
  const root = page.locator('html');
  const bar = page.getByRole('banner');
  const choose = (theme: string) => bar.getByRole('button', { name: `${theme} theme` }).click();
  const ground = () => page.locator('body').evaluate((body) => getComputedStyle(body).backgroundColor);

  await expect(root).not.toHaveAttribute('data-theme');
  const dark = await ground();
  await choose('Light');
  await expect(root).toHaveAttribute('data-theme', 'light');
  await visit.ready();
  await expect.poll(ground).not.toBe(dark);
  await expect(bar.getByRole('button', { name: 'Light theme' })).toHaveAttribute('aria-pressed', 'true');
  const sent = await (await visit.open('/account')).text();
  expect(sent).toMatch(/^<!DOCTYPE html><html lang="en" data-theme="light">/);

  await bar.getByRole('button', { name: 'Sign out' }).click();
  await visit.leadsTo('/login');
  await expect(root).toHaveAttribute('data-theme', 'light');

  await visit.signIn(member, place.keys);
  await choose('Dark');
  await expect(root).toHaveAttribute('data-theme', 'dark');
  await visit.ready();
  await choose('System');
  await expect(root).not.toHaveAttribute('data-theme');
  // That is true as soon as the new page begins, before it has its style sheet.
  await visit.ready();
  await expect.poll(ground).toBe(dark);
});
