// The log of a workspace: requests as they were answered, narrowed by key, answer and model, and what is said where none
// matches. Run by playwright.config.ts, with and without JavaScript.

import { house, key } from '../support/house';
import { latchkey } from '../support/program';
import { post } from '../support/relay';
import { API_KEY, provider } from '../support/provider';
import { expect, test } from '../support/test';
import { ask, use } from '../support/use';

test('requests are listed, narrowed and followed to their key', async ({ visit }) => {
  const { page } = visit;
  const upstream = await provider();
  const { place, member } = await house('admin');
  const [ci, agent] = [await key(place, member, 'CI pipeline', '--environment', 'prod'), await key(place, member, 'Agent')];
  const logs = `/w/${place.slug}/logs`;
  await visit.signIn(member, logs);
  await expect(page.getByRole('heading', { name: 'No requests yet' })).toBeVisible();
  // Only a script can let requests come in by themselves; everybody can look again.
  await expect(page.getByRole('switch', { name: 'Live' })).toHaveCount(visit.scripted ? 1 : 0);
  const workspace = place.slug;
  await post(visit, 'register_provider', { workspace, name: 'Local', slug: 'local', url: upstream.url, credential: API_KEY, models: 'small' });
  await post(visit, 'set_price', { workspace, model: 'small', input_price: '2.50', output_price: '10' });
  expect((await use(ci.key)).status).toBe(200);
  expect(await ask(agent.key, 'small')).toBe(200);
  await latchkey(['key', 'disable', ci.id]);
  expect((await use(ci.key)).status).toBe(401);
  const rows = page.getByRole('table').getByRole('row');
  // Each is written a moment after its answer.
  await expect(async () => {
    await page.getByRole('link', { name: 'Refresh' }).click();
    await visit.leadsTo(logs);
    await expect(rows).toHaveCount(4, { timeout: 500 });
  }).toPass();
  // 19 tokens in at 2.50 and 10 out at 10 dollars a million.
  await expect(rows.filter({ hasText: 'relay' })).toContainText(/small\s*relay by local · 29 tokens · \$0\.000148/);
  await expect(rows.filter({ hasText: 'KEY_DISABLED' })).toContainText('prod');

  await page.getByLabel('Key', { exact: true }).fill('agen');
  await page.getByRole('button', { name: 'Filter' }).click();
  await visit.leadsTo(/key=agen/);
  await expect(rows).toHaveCount(2);
  await page.getByRole('combobox', { name: 'Answer' }).selectOption({ label: 'Refused' });
  await page.getByRole('button', { name: 'Filter' }).click();
  await visit.leadsTo(/answer=refused/);
  await expect(page.getByRole('heading', { name: 'No request matches' })).toBeVisible();
  await page.getByRole('main').getByRole('link', { name: 'Clear filters' }).first().click();
  await visit.leadsTo(logs);
  await page.getByLabel('Model').fill('small');
  await page.getByRole('button', { name: 'Filter' }).click();
  await visit.leadsTo(/model=small/);
  await rows.getByRole('link', { name: 'Agent' }).click();
  await visit.leadsTo(`${place.keys}/${agent.id}`);
  await expect(page.getByRole('region', { name: 'Latest requests' })).toContainText('relay by local');
  upstream.close();
});
