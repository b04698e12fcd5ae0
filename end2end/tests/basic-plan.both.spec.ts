// A workspace on the plan Basic: the page explains it, and no key can be created.
// Run by playwright.config.ts, with and without JavaScript.

import { house } from '../support/house';
import { expect, test } from '../support/test';

test('a workspace on Basic explains itself', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house('admin', 'basic');
  await visit.signIn(member, place.keys);
  await expect(page.getByText('Keys need the plan Pro')).toBeVisible();
  await expect(page.getByText('An administrator of Acme changes the plan in its settings.')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Create key' })).toHaveCount(0);
  expect((await visit.open(`${place.keys}/new`)).status()).toBe(403);
  await expect(page.getByText('on the plan Basic')).toBeVisible();
});

test('a form sent by hand creates nothing on Basic', async ({ visit, origin }) => {
  const { place, member } = await house('admin', 'basic');
  await visit.signIn(member, place.keys);
  const answer = await visit.page.request.post('/console/create_key', {
    form: { workspace: place.slug, name: 'Mine', permission: 'read_only', expiry: '30' },
    headers: { Accept: 'application/json', Origin: origin },
  });
  expect(answer.status()).toBe(403);
  await visit.open(place.keys);
  await expect(visit.page.getByRole('heading', { name: 'No keys yet' })).toBeVisible();
});
