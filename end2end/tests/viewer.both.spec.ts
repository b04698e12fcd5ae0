// A viewer sees every key and is told why there is nothing to create; what is not offered is refused too.
// Run by playwright.config.ts, with and without JavaScript.

import { house, join, key, person } from '../support/house';
import { expect, test } from '../support/test';

test('a viewer looks on', async ({ visit }) => {
  const { page } = visit;
  const { place, member: owner } = await house();
  const viewer = await person('Vera Holm');
  await join(place, viewer, 'viewer');
  const seen = await key(place, owner, 'CI pipeline', '--environment', 'prod');

  await visit.signIn(viewer, place.keys);
  await expect(page.getByText('You are a viewer of Acme')).toBeVisible();
  await expect(page.getByText('An administrator can make you a developer.')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Create key' })).toHaveCount(0);
  await expect(visit.row(seen.id)).toContainText('Mina Park');
  await expect(page.getByRole('switch')).toHaveCount(0);
  await expect(visit.row(seen.id).locator('.key-more')).toHaveCount(0);

  await visit.row(seen.id).getByRole('link', { name: 'CI pipeline' }).click();
  await visit.leadsTo(`${place.keys}/${seen.id}`);
  await expect(page.getByRole('heading', { level: 1, name: 'CI pipeline' })).toBeVisible();
  for (const change of ['Rename', 'Save changes', 'Disable key', 'Delete key']) {
    await expect(page.getByText(change, { exact: true })).toHaveCount(0);
  }
});

test('a viewer is refused the pages that they are not offered', async ({ visit, origin }) => {
  const { page } = visit;
  const { place, member: owner } = await house();
  const viewer = await person('Vera Holm');
  await join(place, viewer, 'viewer');
  const seen = await key(place, owner, 'CI pipeline');
  await visit.signIn(viewer, place.keys);

  for (const path of ['new', `${seen.id}/delete`]) {
    expect((await visit.open(`${place.keys}/${path}`)).status(), path).toBe(403);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  }
  const fields = { workspace: place.slug, key: seen.id, name: 'Mine' };
  for (const action of ['create_key', 'rename_key', 'disable_key', 'delete_key']) {
    const answer = await page.request.post(`/console/${action}`, {
      form: { ...fields, permission: 'read_only', expiry: '30' },
      headers: { Accept: 'application/json', Origin: origin },
    });
    expect(answer.status(), action).toBe(403);
  }
  await visit.open(place.keys);
  await expect(visit.names('Enabled')).toHaveText(['CI pipeline']);
});

test('a viewer of an empty workspace reads what keys are, without a button', async ({ visit }) => {
  const { place, member } = await house('viewer');
  await visit.signIn(member, place.keys);
  await expect(visit.page.getByRole('heading', { name: 'No keys yet' })).toBeVisible();
  await expect(visit.page.getByText('You are a viewer of Acme')).toBeVisible();
  await expect(visit.page.getByRole('link', { name: 'Create key' })).toHaveCount(0);
});
