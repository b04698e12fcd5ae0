// The tour's fourth part: providers, the choice of their models, prices, and a key's models and spend.
// Run by screens.config.ts.

import { API_KEY, provider } from '../support/provider';
import { post } from '../support/relay';
import { expect } from '../support/test';
import { take, test } from './demo';

test('providers, prices, spend', async ({ signedIn }) => {
  const visit = await signedIn('ada', '/w/acme/models');
  const { page } = visit;
  const upstream = await provider();
  await take(visit, 'models-empty', () => visit.open('/w/acme/models'));
  await take(visit, 'prices-empty', () => visit.open('/w/acme/prices'));
  await take(visit, 'provider-new-errors', async () => {
    await visit.open('/w/acme/models/new');
    await page.getByRole('button', { name: 'Add provider' }).click();
    await expect(page.getByText('URL is required.')).toBeVisible();
  });
  const workspace = 'acme';
  await post(visit, 'register_provider', {
    workspace, name: 'OpenAI', slug: 'openai', url: upstream.url, credential: API_KEY, models: 'small\ntoolsmith\nold-one',
  });
  await post(visit, 'register_provider', {
    workspace, name: 'Our own machines', slug: 'own', url: 'https://models.example.com/v1', models: 'small', priority: '10',
  });
  await post(visit, 'set_price', { workspace, model: 'small', input_price: '2.5', cached_input_price: '0.25', output_price: '10' });
  await post(visit, 'set_price', { workspace, model: 'small', input_price: '3', output_price: '12', from: '2099-01-01' });
  await take(visit, 'models', () => visit.open('/w/acme/models'));
  await take(visit, 'provider', () => visit.open('/w/acme/models/openai'));
  await take(visit, 'provider-choose', () => visit.open('/w/acme/models/openai/choose'));
  await take(visit, 'provider-choose-fails', () => visit.open('/w/acme/models/own/choose'));
  await take(visit, 'provider-remove', () => visit.open('/w/acme/models/openai/remove'));
  await take(visit, 'prices', () => visit.open('/w/acme/prices'));
  await take(visit, 'prices-one', () => visit.open('/w/acme/prices?model=small'));
  await visit.open('/w/acme/keys/new');
  await page.getByLabel('Name').fill('Agent with a cap');
  await page.locator('.fold').filter({ hasText: 'without a spend cap' }).locator('summary').click();
  await page.getByLabel('Models').fill('small');
  await page.getByRole('textbox', { name: 'Spend cap' }).fill('25');
  await take(visit, 'key-create-models', () => Promise.resolve());
  await page.getByRole('button', { name: 'Create key' }).click();
  await visit.leadsTo(/\/keys\/[^/]+\/new$/);
  const made = new URL(page.url()).pathname.replace(/\/new$/, '');
  await take(visit, 'key-models', () => visit.open(made));
  await take(visit, 'keys-spend', () => visit.open('/w/acme/keys'));
  upstream.close();
});

test('the log', async ({ signedIn }) => {
  const visit = await signedIn('ada', '/w/acme/logs');
  await take(visit, 'logs', () => visit.open('/w/acme/logs'), false);
  await take(visit, 'logs-filtered', () => visit.open('/w/acme/logs?answer=refused&surface=verify'), false);
  await take(visit, 'logs-none', () => visit.open('/w/acme/logs?model=none&from=x'));
});
