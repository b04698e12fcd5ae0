// The page of the API: found from the door and from the console, read without an account, true to what is answered.
// Run by playwright.config.ts, with and without JavaScript.

import { house, key } from '../support/house';
import { expect, test } from '../support/test';

test('found at the door, and every operation is a click away', async ({ visit, origin }) => {
  const { page } = visit;
  await visit.open('/login');
  await page.getByRole('link', { name: 'API for programs' }).click();
  await visit.leadsTo('/api/docs');
  await expect(page.getByRole('heading', { level: 1, name: 'API' })).toBeVisible();
  const operations = page.getByRole('navigation', { name: 'Operations' }).getByRole('link');
  for (const name of await operations.allTextContents()) {
    const link = operations.filter({ hasText: new RegExp(`^${name.replaceAll('.', '\\.')}$`) });
    await link.click();
    const target = page.locator((await link.getAttribute('href')) ?? 'none');
    await expect(target).toBeInViewport();
  }
  await page.getByRole('link', { name: 'OpenAPI document' }).click();
  await page.waitForURL(`${origin}/api/openapi.json`);
  await expect(page.getByText('"openapi":"3.1.0"')).toBeVisible();
});

test('from the console, and back', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house();
  await visit.signIn(member, place.keys);
  await page.getByRole('banner').getByRole('link', { name: 'API', exact: true }).click();
  await visit.leadsTo('/api/docs');
  await page.getByRole('banner').getByRole('link', { name: 'Latchkey' }).click();
  await visit.leadsTo(place.keys);
});

test('what it says about a key is what the key is told', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house();
  const ci = await key(place, member, 'CI');
  await visit.open('/api/docs');
  const me = page.getByRole('region', { name: 'Which key is this, whose, and what may it do?' });
  const fields = await me.getByRole('table').first().getByRole('row').locator('td:first-child').allTextContents();
  const answer = await page.request.get('/api/me', { headers: { Authorization: `Bearer ${ci.key}` } });
  const body = (await answer.json()) as Record<string, Record<string, unknown>>;
  const told = Object.entries(body).flatMap(([of, parts]) => Object.keys(parts).map((name) => `${of}.${name}`));
  expect(fields.sort()).toEqual(told.sort());
});

test('the example is copied whole', async ({ visit, origin }) => {
  const { page } = visit;
  await visit.open('/api/docs');
  const me = page.getByRole('region', { name: 'Which key is this, whose, and what may it do?' });
  const copy = me.getByRole('button', { name: 'Copy curl for /api/me' });
  await expect(me.getByText(`curl ${origin}/api/me`)).toBeVisible();
  if (!visit.scripted) {
    await expect(copy).toBeHidden();
    return;
  }
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await copy.click();
  // Written a moment after the click.
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  await expect.poll(copied).toBe(`curl ${origin}/api/me \\\n  -H "Authorization: Bearer $KEY"`);
});
