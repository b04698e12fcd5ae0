// Fifty keys a page: every key is met once, by links, with and without a filter.
// Run by playwright.config.ts, with and without JavaScript.

import { house, key } from '../support/house';
import { expect, test } from '../support/test';

test('120 keys on three pages', async ({ visit }) => {
  test.slow();
  const { page } = visit;
  const { place, member } = await house();
  const names = Array.from({ length: 120 }, (_, at) => `Key ${String(at).padStart(3, '0')}`);
  while (names.length > 0) {
    await Promise.all(names.splice(0, 4).map((name) => key(place, member, name)));
  }
  await visit.signIn(member, `${place.keys}?sort=name`);
  await expect(page.getByRole('region', { name: 'Enabled' }).locator('.count')).toHaveText('120');
  const seen: string[] = await visit.names('Enabled').allTextContents();
  for (const length of [100, 120]) {
    await page.getByRole('link', { name: 'More keys' }).click();
    await visit.leadsTo(/after=/);
    await expect(visit.names('Enabled').first()).toHaveText(`Key ${String(seen.length).padStart(3, '0')}`);
    // The whole of that page, and not only its beginning.
    await visit.ready();
    seen.push(...(await visit.names('Enabled').allTextContents()));
    expect(seen).toHaveLength(length);
  }
  expect(seen).toEqual(Array.from({ length: 120 }, (_, at) => `Key ${String(at).padStart(3, '0')}`));
  await expect(page.getByRole('link', { name: 'More keys' })).toHaveCount(0);

  await page.getByRole('link', { name: 'First page' }).click();
  await visit.leadsTo(`${place.keys}?sort=name`);
  await expect(visit.names('Enabled').first()).toHaveText('Key 000');
  await visit.open(`${place.keys}?q=Key+11&sort=name`);
  await expect(visit.names('Enabled')).toHaveCount(10);
  await expect(page.getByRole('navigation', { name: 'Pages of Enabled' })).toHaveCount(0);
});
