// The usage page of a workspace: requests, tokens and spend in figures, a chart and tables, narrowed by days, key and model, and as
// a file. Run by playwright.config.ts, with and without JavaScript.

import { house, key } from '../support/house';
import { awayFromMidnight } from '../support/midnight';
import { API_KEY, provider } from '../support/provider';
import { post } from '../support/relay';
import { latchkey } from '../support/program';
import { expect, test } from '../support/test';
import { ask, use } from '../support/use';

test('usage is summed up, compared, narrowed and exported', async ({ visit }) => {
  const { page } = visit;
  const upstream = await provider();
  const { place, member } = await house('admin');
  const [ci, agent] = [await key(place, member, 'CI pipeline', '--environment', 'prod'), await key(place, member, 'Agent')];
  const usage = `/w/${place.slug}/usage`;
  await visit.signIn(member, place.keys);
  await page.getByRole('link', { name: 'Usage', exact: true }).click();
  await visit.leadsTo(usage);
  await expect(page.getByRole('heading', { name: 'No requests in these days' })).toBeVisible();
  const workspace = place.slug;
  await post(visit, 'register_provider', { workspace, name: 'Local', slug: 'local', url: upstream.url, credential: API_KEY, models: 'small' });
  await post(visit, 'set_price', { workspace, model: 'small', input_price: '2.50', output_price: '10' });
  await awayFromMidnight();
  expect((await use(ci.key)).status).toBe(200);
  for (let n = 0; n < 2; n += 1) expect(await ask(agent.key, 'small')).toBe(200);
  await latchkey(['key', 'disable', ci.id]);
  expect((await use(ci.key)).status).toBe(401);
  const figures = page.locator('.figures');
  const days = page.getByRole('region', { name: 'By day' });
  await expect(async () => {
    await visit.open(usage);
    await expect(figures).toContainText(/Requests\s*4\s*none/, { timeout: 500 });
    // Twice 19 tokens in at 2.50 and 10 out at 10 dollars a million.
    await expect(figures).toContainText('$0.000296', { timeout: 500 });
    await expect(figures).toContainText(/Refused\s*1\s*none/, { timeout: 500 });
    await expect(figures).toContainText(/Tokens\s*58\s*none/, { timeout: 500 });
    await expect(days).toContainText('3 accepted', { timeout: 500 });
  }).toPass();
  await expect(days.getByRole('img', { name: /^Requests, / })).toBeVisible();
  const models = page.getByRole('region', { name: 'By model' }).getByRole('row');
  await expect(models.filter({ hasText: 'small' })).toContainText('50%');
  await expect(page.getByRole('region', { name: 'By environment' })).toContainText('prod');
  await expect(page.getByRole('region', { name: 'By member' })).toContainText(member.name);

  await days.getByRole('link', { name: 'Spend' }).click();
  await visit.leadsTo(/show=spend/);
  await expect(days).toContainText('$0.000296 spent');
  await days.getByText('Show as a table').click();
  await expect(days.getByRole('table').getByRole('row')).toHaveCount(31);
  await expect(models.filter({ hasText: 'small' })).toContainText('100%');

  await page.getByRole('region', { name: 'By key' }).getByRole('link', { name: 'CI pipeline' }).click();
  await visit.leadsTo(new RegExp(`key=${ci.id}`));
  await expect(page.getByRole('region', { name: 'By key' }).getByRole('row')).toHaveCount(2);
  await page.getByRole('link', { name: '7 days' }).click();
  await visit.leadsTo(/range=7d/);
  await expect(page.getByLabel('Key', { exact: true })).toHaveValue(ci.id);
  await page.getByLabel('Model', { exact: true }).fill('small');
  await page.getByRole('button', { name: 'Filter' }).click();
  await visit.leadsTo(/model=small/);
  await expect(page.getByRole('heading', { name: 'No request matches' })).toBeVisible();
  await page.getByRole('main').getByRole('link', { name: 'Clear filters' }).last().click();
  await visit.leadsTo(/\?range=7d&show=spend$/);
  await expect(page.getByRole('link', { name: '7 days' })).toHaveAttribute('aria-current', 'true');

  const file = await page.request.get(`${usage}.csv?model=small`);
  expect(file.status()).toBe(200);
  const [, row] = (await file.text()).trim().split('\r\n');
  expect(row).toContain(`${agent.id},Agent,${member.name},,small,2,0,38,0,20,0,0.000296`);
  upstream.close();
});
