// Samples of model calls: turned on by an administrator, told to a viewer, read from the logs with a line in the audit log, and
// erased. Run by playwright.config.ts, with and without JavaScript.

import { house, join, key, person } from '../support/house';
import { API_KEY, provider } from '../support/provider';
import { post } from '../support/relay';
import { expect, test } from '../support/test';
import { ask } from '../support/use';

test('what is said in calls is kept for a while, told, read and erased', async ({ visit, another }) => {
  test.slow();
  const { page } = visit;
  const upstream = await provider();
  const { place, member } = await house('admin');
  const viewer = await person('Vera Lind');
  await join(place, viewer, 'viewer');
  const [agent, later] = [await key(place, member, 'Agent'), await key(place, member, 'Later')];
  const [logs, settings] = [`/w/${place.slug}/logs`, `/w/${place.slug}/settings`];
  await visit.signIn(member, settings);
  const workspace = place.slug;
  await post(visit, 'register_provider', { workspace, name: 'Local', slug: 'local', url: upstream.url, credential: API_KEY, models: 'small' });
  expect(await ask(agent.key, 'small')).toBe(200);

  const panel = page.getByRole('region', { name: 'Samples of model calls' });
  await expect(panel.getByRole('radio', { name: /^Off/ })).toBeChecked();
  await panel.getByRole('radio', { name: /^Every call/ }).check();
  await panel.getByLabel('Samples are kept for').selectOption({ label: '6 hours' });
  await panel.getByRole('button', { name: 'Save samples' }).click();
  await visit.says('Saved.');
  expect(await ask(later.key, 'small')).toBe(200);

  const other = await another();
  await other.signIn(viewer, logs);
  await other.openUntil(logs, 'Later');
  await expect(other.page.getByText('Of every model call, prompt and answer are kept sealed for 6 hours')).toBeVisible();
  await expect(other.page.getByRole('link', { name: /^Sample/ })).toHaveCount(0);

  await visit.openUntil(logs, 'Sample of the call');
  const links = page.getByRole('link', { name: /^Sample/ });
  await expect(links).toHaveCount(1);
  const sample = new URL((await links.getAttribute('href')) ?? '', page.url()).pathname;
  // Written a moment after the call, as its line is.
  await expect(async () => {
    expect((await visit.open(sample)).status()).toBe(200);
  }).toPass();
  await expect(page.getByRole('region', { name: 'Call' })).toContainText(/Later.*Mina Park.*small.*in [56] h/s);
  await expect(page.getByText('Say something.')).toHaveCount(0);
  await page.getByRole('button', { name: 'Show what was said' }).click();
  await expect(page.getByRole('region', { name: 'Request', exact: true })).toContainText('Say something.');
  await expect(page.getByRole('region', { name: 'Answer', exact: true })).toContainText('Hello from the provider.');
  await visit.ready();
  expect(new URL(page.url()).pathname).toBe(sample);

  expect((await other.open(sample)).status()).toBe(403);
  await visit.open(`/w/${place.slug}/audit`);
  await expect(page.getByText('Read a sample of a call with key')).toHaveCount(1);
  await visit.open(`${place.keys}/${later.id}`);
  await expect(page.getByText('Sample of a call read')).toBeVisible();

  await visit.open(settings);
  await panel.getByRole('radio', { name: /^Off/ }).check();
  await panel.getByRole('button', { name: 'Save samples' }).click();
  // Where the box is, with and without a script.
  const box = page.getByRole('checkbox', { name: /^Erase/ });
  await expect(panel.locator('.field', { has: box })).toContainText('would be erased for ever.');
  await expect(box).toHaveAccessibleDescription(/would be erased for ever/);
  await visit.ready();
  await box.check();
  await panel.getByRole('button', { name: 'Save samples' }).click();
  await visit.says('Saved.');
  expect((await visit.open(sample)).status()).toBe(404);
  await visit.open(logs);
  await expect(page.getByText('No prompt and no answer is in it.')).toBeVisible();
  await expect(links).toHaveCount(0);
  upstream.close();
});
