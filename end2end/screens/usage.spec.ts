// The tour's part about the usage of a workspace: empty, full, by tokens and spend, nothing found, refused; the log live, a
// key with a spend cap under a guardrail, and a sample of a call.
// Run by screens.config.ts.

import { guardrail } from '../support/guardrail';
import { API_KEY, provider } from '../support/provider';
import { post } from '../support/relay';
import { expect } from '../support/test';
import { take, test } from './demo';

test('usage', async ({ signedIn }) => {
  const visit = await signedIn('ada', '/w/acme/usage');
  const { page } = visit;
  await take(visit, 'usage-empty', () => visit.open('/w/umbra/usage'));
  const upstream = await provider();
  const workspace = 'acme';
  await post(visit, 'register_provider', { workspace, name: 'Local', slug: 'usage-tour', url: upstream.url, credential: API_KEY, models: 'tour' });
  await post(visit, 'set_price', { workspace, model: 'tour', input_price: '2.5', output_price: '10' });
  await visit.open('/w/acme/keys/new');
  await page.getByLabel('Name').fill('Agent for the usage page');
  await page.locator('.fold').filter({ hasText: 'without a spend cap' }).locator('summary').click();
  await page.getByRole('textbox', { name: 'Spend cap' }).fill('0.05');
  await page.getByRole('button', { name: 'Create key' }).click();
  await visit.leadsTo(/\/keys\/[^/]+\/new$/);
  const secret = /lk_[0-9A-Za-z]+_[0-9A-Za-z]+/.exec(await page.content())?.[0] ?? '';
  const origin = new URL(page.url()).origin;
  const call = async (): Promise<void> => {
    const answer = await page.request.post(`${origin}/v1/chat/completions`, {
      headers: { Authorization: `Bearer ${secret}` },
      data: { model: 'tour', max_tokens: 100, messages: [{ role: 'user', content: 'Say something.' }] },
    });
    expect(answer.status()).toBe(200);
  };
  for (let n = 0; n < 12; n += 1) await call();
  await expect(async () => {
    await visit.open('/w/acme/usage?model=tour');
    await expect(page.locator('.figures')).toContainText('$0.001776', { timeout: 500 });
  }).toPass();
  await take(visit, 'usage', () => visit.open('/w/acme/usage'));
  await take(visit, 'usage-tokens', () => visit.open('/w/acme/usage?show=tokens'));
  await take(visit, 'usage-spend', () => visit.open('/w/acme/usage?show=spend&range=7d'));
  await take(visit, 'usage-none', () => visit.open('/w/acme/usage?key=nothing+like+this'));
  await take(visit, 'usage-refused', () => visit.open('/w/acme/usage?from=yesterday'));

  const live = page.getByRole('switch', { name: 'Live' });
  await take(visit, 'logs-live', async () => {
    await visit.open('/w/acme/logs?model=tour');
    await live.click();
    await call();
    await expect(page.locator('#log-lines tbody tr').first()).toContainText('now', { timeout: 10_000 });
  });
  const id = secret.split('_')[1] ?? '';
  const personal = await guardrail(visit, 'acme', 'Personal data', [{ find: 'email' }, { find: 'phone' }]);
  await visit.open(`/w/acme/keys/${id}`);
  const panel = page.getByRole('region', { name: 'Models and spend' });
  await panel.getByLabel('Guardrail').selectOption({ label: 'Personal data' });
  await panel.getByRole('button', { name: 'Save models' }).click();
  await visit.says('Saved.');
  expect(personal).toContain('/guardrails/');
  await take(visit, 'key-spend', () => visit.open(`/w/acme/keys/${id}`));
  await take(visit, 'keys-spend', () => visit.open('/w/acme/keys?q=usage+page'));

  await post(visit, 'change_samples', { workspace, samples: '1', samples_keep: '24' });
  await call();
  const sample = page.getByRole('link', { name: /^Sample/ }).first();
  await expect(async () => {
    await visit.open('/w/acme/logs?model=tour');
    await expect(sample).toBeVisible({ timeout: 500 });
  }).toPass();
  const said = new URL((await sample.getAttribute('href')) ?? '', page.url()).pathname;
  await take(visit, 'logs-samples', () => visit.open('/w/acme/logs?model=tour'));
  await take(visit, 'sample', () => visit.open(said));
  await take(visit, 'sample-read', async () => {
    await visit.open(said);
    await page.getByRole('button', { name: 'Show what was said' }).click();
    await expect(page.getByText('Hello from the provider.')).toBeVisible();
  });
  await take(visit, 'settings-samples', () => visit.open('/w/acme/settings'));
  await take(visit, 'settings-samples-refused', async () => {
    const panel = page.getByRole('region', { name: 'Samples of model calls' });
    await visit.open('/w/acme/settings');
    await panel.getByRole('radio', { name: /^Off/ }).check();
    await panel.getByRole('button', { name: 'Save samples' }).click();
    await expect(panel.getByText('would be erased for ever.')).toBeVisible();
  });
  upstream.close();
});
