// The audit log: found by who, what and to which, followed from a key's page, taken away as a file.
// Run by playwright.config.ts, with and without JavaScript.

import { readFile } from 'node:fs/promises';
import { house, join, key, person } from '../support/house';
import { latchkey } from '../support/program';
import { expect, test } from '../support/test';

async function scene() {
  const { place, member } = await house('admin');
  const ci = await key(place, member, 'CI pipeline');
  const deploy = await key(place, member, '=Deploy');
  await latchkey(['key', 'disable', ci.id]);
  return { place, member, ci, deploy };
}

test('reading, filtering, following', async ({ visit }) => {
  const { page } = visit;
  const { place, member, ci } = await scene();
  await visit.signIn(member, place.keys);
  await page.getByRole('banner').getByRole('link', { name: 'Audit log' }).click();
  await visit.leadsTo(`/w/${place.slug}/audit`);
  const rows = page.getByRole('table').getByRole('row');
  await expect(rows.filter({ hasText: 'Disabled key' })).toContainText('CI pipeline');
  await expect(rows.filter({ hasText: 'Disabled key' })).toContainText('command line');

  await page.getByRole('combobox', { name: 'What' }).selectOption({ label: 'Key created' });
  await page.getByRole('button', { name: 'Filter' }).click();
  await visit.leadsTo(/action=key\.create/);
  await expect(rows.filter({ hasText: 'Created key' })).toHaveCount(2);
  await expect(rows.filter({ hasText: 'Disabled key' })).toHaveCount(0);
  await page.getByLabel('To which').fill('pipe');
  await page.getByRole('button', { name: 'Filter' }).click();
  await visit.leadsTo(/target=pipe/);
  await expect(rows.filter({ hasText: 'Created key' })).toHaveCount(1);
  await page.getByRole('link', { name: 'Clear filters' }).click();
  await visit.leadsTo(`/w/${place.slug}/audit`);
  await page.getByLabel('Who').fill('nobody');
  await page.getByRole('button', { name: 'Filter' }).click();
  await expect(page.getByRole('heading', { name: 'No event matches' })).toBeVisible();

  await visit.open(`${place.keys}/${ci.id}`);
  await page.getByRole('link', { name: 'In the audit log' }).click();
  await visit.leadsTo(new RegExp(`audit\\?target=${ci.id}`));
  await expect(rows).toHaveCount(3);
});

test('exporting', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await scene();
  await visit.signIn(member, `/w/${place.slug}/audit?action=key.create`);
  const file = async (name: string): Promise<string> => {
    const coming = page.waitForEvent('download');
    await page.getByRole('link', { name }).click();
    const download = await coming;
    expect(download.suggestedFilename()).toMatch(new RegExp(`^audit-${place.slug}-\\d{4}-\\d\\d-\\d\\d\\.`));
    return readFile(await download.path(), 'utf8');
  };
  const csv = (await file('Export CSV')).trim().split('\r\n');
  expect(csv).toHaveLength(3);
  expect(csv[1]).toContain("'=Deploy");
  const events = JSON.parse(await file('Export JSON')) as { action: string; target_name: string }[];
  expect(events.map((event) => event.target_name)).toEqual(['=Deploy', 'CI pipeline']);
});

test('it is for administrators', async ({ visit }) => {
  const { page } = visit;
  const { place } = await scene();
  const developer = await person('Jonas Weber');
  await join(place, developer, 'developer');
  await visit.signIn(developer, place.keys);
  await expect(page.getByRole('link', { name: 'Audit log' })).toHaveCount(0);
  const answer = await visit.open(`/w/${place.slug}/audit`);
  expect(answer.status()).toBe(403);
  await expect(page.getByText('The audit log is for administrators of the workspace.')).toBeVisible();
});
