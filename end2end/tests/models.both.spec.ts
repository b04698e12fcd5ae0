// A provider from its address to a key that uses it: added, asked for its models, priced; a key for some of them and for so
// much money. Run by playwright.config.ts, with and without JavaScript.

import { house, key } from '../support/house';
import { awayFromMidnight } from '../support/midnight';
import { API_KEY, MODELS, provider } from '../support/provider';
import { expect, test } from '../support/test';
import { ask } from '../support/use';

test('a provider is added, asked for its models and priced, and a key spends', async ({ visit }) => {
  const { page } = visit;
  const upstream = await provider();
  const { place, member } = await house('admin');
  const models = `/w/${place.slug}/models`;
  await visit.signIn(member, place.keys);
  if (await page.getByText('Menu').isVisible()) await page.getByText('Menu').click();
  await page.getByRole('link', { name: 'Models' }).first().click();
  await visit.leadsTo(models);
  await expect(page.getByRole('heading', { name: 'No providers yet' })).toBeVisible();
  await page.getByRole('link', { name: 'Add provider' }).click();
  await visit.leadsTo(`${models}/new`);
  await page.getByLabel('Name').fill('Local models');
  await page.getByLabel('Slug').fill('local');
  await page.getByLabel('URL').fill('127.0.0.1/v1');
  await page.getByLabel('API key').fill(API_KEY);
  await page.getByRole('button', { name: 'Add provider' }).click();
  await expect(page.getByText('URL is not one.')).toBeVisible();
  await visit.ready();
  await expect(page.getByLabel('Name')).toHaveValue('Local models');
  await page.getByLabel('URL').fill(upstream.url);
  await page.getByLabel('API key').fill(API_KEY);
  await page.getByRole('button', { name: 'Add provider' }).click();
  await visit.leadsTo(`${models}/local`);

  await page.getByRole('link', { name: 'Ask for its models' }).click();
  await visit.leadsTo(`${models}/local/choose`);
  await expect(page.getByText(`It lists ${MODELS.length} models.`)).toBeVisible();
  await page.getByRole('checkbox', { name: 'small' }).check();
  await page.getByRole('checkbox', { name: 'toolsmith' }).check();
  await page.getByRole('button', { name: 'Save models' }).click();
  await visit.says('Saved.');
  await expect(page.getByRole('list', { name: 'Models' }).getByRole('listitem')).toHaveText(['small', 'toolsmith']);

  await page.getByRole('list', { name: 'Models' }).getByRole('link', { name: 'small' }).click();
  await visit.leadsTo(/\/prices\?model=small$/);
  await expect(page.getByText('2 models have no price')).toBeVisible();
  await page.getByLabel('Input', { exact: true }).fill('2.50');
  await page.getByLabel('Output').fill('ten');
  await page.getByRole('button', { name: 'Set price' }).click();
  await expect(page.getByText('Output price is an amount')).toBeVisible();
  await visit.ready();
  await expect(page.getByLabel('Input', { exact: true })).toHaveValue('2.50');
  await page.getByLabel('Output').fill('10000');
  await page.getByRole('button', { name: 'Set price' }).click();
  await visit.says('The price of small is set.');

  await visit.open(place.keys);
  await page.getByRole('link', { name: 'Create key' }).click();
  if (!visit.scripted) await visit.ready();
  const form = visit.scripted ? page.getByRole('dialog', { name: 'Create key' }) : page.getByRole('main');
  await form.getByLabel('Name').fill('Agent');
  const fold = form.locator('.fold').filter({ hasText: 'without a spend cap' });
  await fold.locator('summary').click();
  await form.getByLabel('Models').fill('small\n*x');
  await form.getByRole('textbox', { name: 'Spend cap' }).fill('2');
  await form.getByLabel('Spend cap is counted').selectOption('day');
  await form.getByRole('button', { name: 'Create key' }).click();
  await expect(form.getByLabel('Models')).toHaveAccessibleDescription(/Line 2: .*has a \* before its end/);
  await expect(form.getByLabel('Models')).toHaveValue('small\n*x');
  await form.getByLabel('Models').fill('small');
  await form.getByRole('button', { name: 'Create key' }).click();
  await visit.leadsTo(/\/keys\/[^/]+\/new$/);
  const secret = await page.locator('#secret').innerText();
  const id = secret.split('_')[1] ?? '';

  await awayFromMidnight();
  expect(await ask(secret, 'toolsmith')).toBe(403);
  expect(await ask(secret, 'small')).toBe(200);
  // 19 tokens in at 2.50 and 10 out at 10,000 dollars a million: settled when the answer is out.
  await expect(async () => {
    await visit.open(`${place.keys}/${id}`);
    await expect(page.getByText('$0.100048 of $2.00 today')).toBeVisible({ timeout: 500 });
  }).toPass();
  const panel = page.getByRole('region', { name: 'Models and spend' });
  await expect(panel).toContainText('Uses small, for $2.00 a day.');
  await panel.getByRole('textbox', { name: 'Spend cap' }).fill('0.05');
  await panel.getByRole('button', { name: 'Save models' }).click();
  await visit.says('Saved.');
  await expect(panel.getByText('Its spend cap is reached')).toBeVisible();
  expect(await ask(secret, 'small')).toBe(402);
  await visit.open(place.keys);
  await expect(visit.row(id)).toContainText('$0.100048 of $0.05 today');
  await expect(visit.row(id)).toContainText('Exhausted');
  upstream.close();
});

test('a price to come is taken back, and a provider is switched and removed', async ({ visit }) => {
  const { page } = visit;
  const upstream = await provider();
  const { place, member } = await house('admin');
  const models = `/w/${place.slug}/models`;
  await visit.signIn(member, `${models}/new`);
  await page.getByLabel('Name').fill('Local models');
  await page.getByLabel('Slug').fill('local');
  await page.getByLabel('URL').fill(upstream.url);
  await page.getByLabel('Models').fill('small');
  await page.getByRole('button', { name: 'Add provider' }).click();
  await visit.leadsTo(`${models}/local`);

  await visit.open(`/w/${place.slug}/prices?model=small`);
  await page.getByLabel('From').fill('2099-01-01');
  await page.getByLabel('Input', { exact: true }).fill('1');
  await page.getByLabel('Output').fill('2');
  await page.getByRole('button', { name: 'Set price' }).click();
  await visit.says('The price of small is set.');
  await page.getByRole('button', { name: 'Take back the price from 1 Jan 2099, 00:00 UTC' }).click();
  await visit.says('The price is taken back.');
  await expect(page.getByText('It has no price yet.')).toBeVisible();

  // Its API key is wrong: it was never typed.
  await visit.open(`${models}/local/choose`);
  await expect(page.getByText('It wants another API key.')).toBeVisible();
  await expect(page.getByRole('checkbox', { name: 'small' })).toBeChecked();
  await visit.open(`${models}/local`);
  await page.getByRole('button', { name: 'Disable provider' }).click();
  await visit.says('The provider is disabled');
  await expect(page.getByText('No request goes to this provider')).toBeVisible();
  await page.getByRole('link', { name: 'Remove provider' }).click();
  await visit.leadsTo(`${models}/local/remove`);
  await page.getByLabel("Type the provider's slug to remove it").fill('local');
  await page.getByRole('button', { name: 'Remove provider' }).click();
  await visit.leadsTo(models);
  await expect(page.getByRole('heading', { name: 'No providers yet' })).toBeVisible();
  upstream.close();
});

test('who does not administer sees no provider, and what keys may use', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house('viewer');
  const made = await key(place, member, 'Agent', '--models', 'small', '--spend-cap', '5', '--spend-period', 'month');
  await visit.signIn(member, place.keys);
  await expect(page.getByRole('link', { name: 'Models' })).toHaveCount(0);
  await expect(visit.row(made.id)).toContainText('$0.00 of $5.00 this month');
  const refused = await page.request.get(`/w/${place.slug}/models`, { headers: { Accept: 'text/html' } });
  expect(refused.status()).toBe(403);
  await visit.open(`${place.keys}/${made.id}`);
  const panel = page.getByRole('region', { name: 'Models and spend' });
  await expect(panel).toContainText('Uses small, for $5.00 a month.');
  await expect(panel.getByRole('button')).toHaveCount(0);
});
