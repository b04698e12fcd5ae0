// The pages about samples of model calls, light and dark, at 1280 and 390 pixels: see support/quality.ts for what is asked of
// them. Run by playwright.config.ts.

import { house, key } from '../support/house';
import { API_KEY, provider } from '../support/provider';
import { expectFlawlessInEveryLook, watchShift } from '../support/quality';
import { post } from '../support/relay';
import { expect, test } from '../support/test';
import { ask } from '../support/use';

test('their look: the setting, the logs, a sample that is closed and open', async ({ visit }) => {
  test.slow();
  const { page } = visit;
  await watchShift(page);
  const upstream = await provider();
  const { place, member } = await house('admin');
  const made = await key(place, member, 'Nightly export of the warehouse to the analytics cluster in Frankfurt');
  const [logs, settings] = [`/w/${place.slug}/logs`, `/w/${place.slug}/settings`];
  await visit.signIn(member, settings);
  const workspace = place.slug;
  await post(visit, 'register_provider', { workspace, name: 'Local', slug: 'local', url: upstream.url, credential: API_KEY, models: 'small' });
  await post(visit, 'change_samples', { workspace, samples: '1', samples_keep: '1' });
  expect(await ask(made.key, 'small')).toBe(200);
  await visit.openUntil(logs, 'Sample of the call');
  await expectFlawlessInEveryLook(visit, logs);
  const sample = new URL((await page.getByRole('link', { name: /^Sample/ }).getAttribute('href')) ?? '', page.url()).pathname;
  await expect(async () => {
    expect((await visit.open(sample)).status()).toBe(200);
  }).toPass();
  await expectFlawlessInEveryLook(visit, sample);
  await expectFlawlessInEveryLook(visit, sample, async () => {
    await page.getByRole('button', { name: 'Show what was said' }).click();
    await expect(page.getByRole('region', { name: 'Answer', exact: true })).toBeVisible();
    await visit.ready();
  });
  await expectFlawlessInEveryLook(visit, settings, async () => {
    const panel = page.getByRole('region', { name: 'Samples of model calls' });
    await panel.getByRole('radio', { name: /^Off/ }).check();
    await panel.getByRole('button', { name: 'Save samples' }).click();
    await expect(panel.getByText('would be erased for ever.')).toBeVisible();
  });
  await expectFlawlessInEveryLook(visit, `${place.keys}/${made.id}`);
  upstream.close();
});
