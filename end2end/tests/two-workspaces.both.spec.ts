// Two people in two workspaces never see each other: not in lists, not by addresses, not in the switcher.
// Run by playwright.config.ts, with and without JavaScript.

import { house, join, key, workspace } from '../support/house';
import { expect, test } from '../support/test';

test('each sees the own workspace alone', async ({ visit, another, origin }) => {
  const [here, there] = await Promise.all([house('admin'), house('admin')]);
  const [mine, theirs] = [await key(here.place, here.member, 'Mine'), await key(there.place, there.member, 'Theirs')];
  const other = await another();
  await Promise.all([visit.signIn(here.member, here.place.keys), other.signIn(there.member, there.place.keys)]);
  await expect(visit.names('Enabled')).toHaveText(['Mine']);
  await expect(other.names('Enabled')).toHaveText(['Theirs']);

  const foreign = there.place.keys;
  const unknown = '/w/no-such-workspace/keys';
  for (const path of [foreign, `${foreign}/new`, `${foreign}/${theirs.id}`, `${foreign}/${theirs.id}/delete`, unknown]) {
    expect((await visit.open(path)).status(), path).toBe(404);
    await expect(visit.page.getByRole('heading', { name: 'There is nothing here' })).toBeVisible();
    expect(await visit.page.content()).not.toContain('Theirs');
  }
  // A key of another workspace is not found under the own one either.
  for (const path of [theirs.id, `${theirs.id}/delete`]) {
    expect((await visit.open(`${here.place.keys}/${path}`)).status(), path).toBe(404);
  }
  for (const slug of [here.place.slug, there.place.slug]) {
    const answer = await visit.page.request.post('/console/disable_key', {
      form: { workspace: slug, key: theirs.id },
      headers: { Accept: 'application/json', Origin: origin },
    });
    expect(answer.status(), slug).toBe(404);
  }
  await other.open(`${there.place.keys}/${theirs.id}`);
  await expect(other.page.getByText('Enabled', { exact: true })).toBeVisible();
  await visit.open(`${here.place.keys}?q=${theirs.id}`);
  await expect(visit.page.getByRole('heading', { name: 'No key matches' })).toBeVisible();
  await visit.open(`${here.place.keys}?q=${mine.id}`);
  await expect(visit.names('Enabled')).toHaveText(['Mine']);
});

test('the switcher leads to the own workspaces alone', async ({ visit }) => {
  const { page } = visit;
  const [{ place, member }, second, foreign] = await Promise.all([
    house(),
    workspace('Northwind'),
    workspace('Umbrella'),
  ]);
  await join(second, member, 'viewer');
  await visit.signIn(member, place.keys);
  const switcher = page.getByRole('banner').locator('.workspace');
  await switcher.locator('summary').click();
  await expect(switcher.getByRole('link')).toHaveCount(2);
  expect((await switcher.getByRole('link').allTextContents()).sort()).toEqual(['Acme', 'Northwind']);
  await expect(page.getByText(foreign.name)).toHaveCount(0);
  await switcher.getByRole('link', { name: 'Northwind' }).click();
  await visit.leadsTo(second.keys);
  await expect(switcher.locator('summary')).toContainText('Northwind');
});
