// The pages about models, light and dark, at 1280 and 390 pixels: see support/quality.ts for what is asked of them.
// Run by playwright.config.ts.

import { house, key } from '../support/house';
import { API_KEY, MODELS, provider } from '../support/provider';
import { expectFlawlessInEveryLook, watchShift } from '../support/quality';
import { post } from '../support/relay';
import { expect, test } from '../support/test';

test.beforeEach(async ({ visit }) => {
  test.slow();
  await watchShift(visit.page);
});

test('providers: none, refused, one, the choice of its models, its removal', async ({ visit }) => {
  const { page } = visit;
  const upstream = await provider();
  const { place, member } = await house('admin');
  const models = `/w/${place.slug}/models`;
  await visit.signIn(member, models);
  await expectFlawlessInEveryLook(visit, models);
  await expectFlawlessInEveryLook(visit, `${models}/new`, async () => {
    await page.getByRole('button', { name: 'Add provider' }).click();
    await expect(page.getByText('URL is required.')).toBeVisible();
  });
  const name = 'The gateway of the analytics cluster in Frankfurt';
  const long = 'models-of-the-analytics-cluster-';
  const form = { workspace: place.slug, name, slug: `${long}f`.slice(0, 32).replace(/-$/, 'f'), url: upstream.url };
  await post(visit, 'register_provider', { ...form, credential: API_KEY, models: `${MODELS.join('\n')}\n${'m'.repeat(120)}` });
  const one = `${models}/${form.slug}`;
  await expectFlawlessInEveryLook(visit, one);
  await expectFlawlessInEveryLook(visit, models);
  await expectFlawlessInEveryLook(visit, `${one}/choose`);
  await expectFlawlessInEveryLook(visit, `${one}/remove`);
  upstream.close();
});

test('prices: none, many, one model; a key with a cap', async ({ visit }) => {
  const { place, member } = await house('admin');
  const made = await key(place, member, 'Agent', '--models', 'small', '--spend-cap', '5', '--spend-period', 'month');
  const prices = `/w/${place.slug}/prices`;
  await visit.signIn(member, prices);
  await expectFlawlessInEveryLook(visit, prices);
  const workspace = place.slug;
  await post(visit, 'register_provider', {
    workspace, name: 'Local', slug: 'local', url: 'https://models.example.com/v1', models: MODELS.join('\n'),
  });
  await post(visit, 'set_price', { workspace, model: 'small', input_price: '2.5', output_price: '10' });
  await post(visit, 'set_price', { workspace, model: 'small', input_price: '3', output_price: '12', from: '2099-01-01' });
  await post(visit, 'set_price', { workspace, model: 'm'.repeat(120), input_price: '0.000001', output_price: '1000000' });
  await expectFlawlessInEveryLook(visit, prices);
  await expectFlawlessInEveryLook(visit, `${prices}?model=small`);
  await expectFlawlessInEveryLook(visit, `${place.keys}/${made.id}`);
  await expectFlawlessInEveryLook(visit, `${place.keys}/new?like=${made.id}`);
});
