// A guardrail from its first rule to a key that is under it: rules added, moved and removed, tried on a text, saved.
// Run by playwright.config.ts, with and without JavaScript.

import { guardrail } from '../support/guardrail';
import { house, key } from '../support/house';
import { expect, test } from '../support/test';

test('a guardrail is put together, tried and saved, and a key goes under it', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house('admin');
  const made = await key(place, member, 'Agent');
  const guardrails = `/w/${place.slug}/guardrails`;
  await visit.signIn(member, place.keys);
  if (await page.getByText('Menu').isVisible()) await page.getByText('Menu').click();
  await page.getByRole('link', { name: 'Guardrails' }).first().click();
  await visit.leadsTo(guardrails);
  await expect(page.getByRole('heading', { name: 'No guardrails yet' })).toBeVisible();
  await page.getByRole('link', { name: 'Add guardrail' }).click();
  await visit.leadsTo(`${guardrails}/new`);

  const rule = (number: number) => page.getByRole('group', { name: `Rule ${number}`, exact: true });
  const text = page.getByRole('textbox', { name: /^Text/ });
  const outcome = page.locator('#trial');
  const press = async (name: string) => {
    await page.getByRole('button', { name, exact: true }).click();
    await visit.drawn();
  };
  await page.getByLabel('Name').fill('Personal data');
  await expect(rule(1).getByLabel('Pattern or phrase')).toBeHidden();
  await press('Add rule');
  await expect(rule(2)).toBeVisible();
  await visit.ready();
  await expect(page.getByLabel('Looks for, rule 2')).toBeFocused();
  await expect(page.getByLabel('Name')).toHaveValue('Personal data');

  await page.getByLabel('Looks for, rule 2').selectOption('Own pattern');
  await rule(2).getByLabel('Pattern or phrase').fill('PROJ-(');
  await page.getByLabel('Then, rule 2').selectOption('Refuse the request');
  await expect(rule(2).getByLabel('Put in its place')).toBeHidden();
  await text.fill('Ask ada@example.com about PROJ-12');
  await press('Try it');
  await expect(outcome).toContainText("Can't be tried yet");
  await expect(rule(2).getByLabel('Pattern or phrase')).toHaveAccessibleDescription(/^Rule 2: The pattern is no regular expression/);
  await visit.ready();
  await expect(rule(2).getByLabel('Pattern or phrase')).toHaveValue('PROJ-(');
  await expect(text).toHaveValue('Ask ada@example.com about PROJ-12');
  await rule(2).getByLabel('Pattern or phrase').fill(String.raw`PROJ-\d+`);
  await press('Try it');
  await expect(outcome).toContainText('Refused by rule 2');
  await visit.ready();

  await press('Move rule 2 up');
  await expect(rule(1).getByLabel('Pattern or phrase')).toHaveValue(String.raw`PROJ-\d+`);
  await visit.ready();
  await expect(outcome).toContainText('Refused by rule 1');
  await press('Remove rule 1');
  await expect(rule(2)).toHaveCount(0);
  await visit.ready();
  await press('Try it');
  await expect(outcome).toContainText('Goes on redacted');
  await expect(outcome.locator('mark')).toHaveText('[e-mail]');
  await expect(outcome).toContainText('Rule 1, E-mail addresses: once');
  await visit.ready();

  await page.getByLabel('Name').fill('');
  await press('Add guardrail');
  await expect(page.getByLabel('Name')).toHaveAccessibleDescription('Name is required.');
  await visit.ready();
  await expect(page.getByLabel('Name')).toBeFocused();
  await expect(text).toHaveValue('Ask ada@example.com about PROJ-12');
  await page.getByLabel('Name').fill('Personal data');
  await page.getByLabel('Dry run').check();
  await press('Add guardrail');
  await visit.leadsTo(/\/guardrails\/(?!new)/);
  await visit.says('The guardrail is there.');
  await expect(page.getByText('No key is under it.').first()).toBeVisible();
  const saved = new URL(page.url()).pathname;

  await visit.open(`${place.keys}/${made.id}`);
  const panel = page.getByRole('region', { name: 'Models and spend' });
  await panel.getByLabel('Guardrail').selectOption({ label: 'Personal data' });
  await panel.getByRole('button', { name: 'Save models' }).click();
  await visit.says('Saved.');
  await panel.getByRole('link', { name: 'Personal data' }).click();
  await visit.leadsTo(saved);
  await expect(page.getByText('1 key is under it.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Delete guardrail' })).toHaveCount(0);
  await visit.open(guardrails);
  await expect(page.getByRole('row', { name: /Personal data/ })).toContainText('Dry run');

  await visit.open(`${place.keys}/${made.id}`);
  await panel.getByLabel('Guardrail').selectOption({ value: '' });
  await panel.getByRole('button', { name: 'Save models' }).click();
  await visit.says('Saved.');
  await visit.open(saved);
  await page.getByRole('button', { name: 'Delete guardrail' }).click();
  await visit.leadsTo(guardrails);
  await expect(page.getByRole('heading', { name: 'No guardrails yet' })).toBeVisible();
});

test('what somebody else saved meanwhile is not overwritten unseen', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house('admin');
  await visit.signIn(member, place.keys);
  const saved = await guardrail(visit, place.slug, 'Secrets', [{ find: 'api_key', effect: 'deny' }]);
  await visit.open(saved);
  const version = await page.locator('#guardrail input[name=version]').inputValue();
  const headers = { Accept: 'text/html', Origin: new URL(page.url()).origin };
  const form = { name: 'Theirs', version, do: 'save' };
  const theirs = await page.request.post(saved, { form, headers, maxRedirects: 0 });
  expect(theirs.status()).toBe(303);

  await page.getByLabel('Name').fill('Mine');
  await page.getByRole('button', { name: 'Save guardrail', exact: true }).click();
  await expect(page.getByText('Somebody changed this guardrail in the meantime.')).toBeVisible();
  await visit.ready();
  await expect(page.getByLabel('Name')).toHaveValue('Mine');
  await expect(page.getByRole('heading', { name: 'Theirs' })).toBeVisible();
  await page.getByRole('button', { name: 'Save guardrail', exact: true }).click();
  await visit.says('Saved.');
  await expect(page.getByRole('heading', { name: 'Mine' })).toBeVisible();
});

test('nor is a policy', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house('admin');
  await visit.signIn(member, `/w/${place.slug}/policies/new`);
  await page.getByLabel('Name').fill('Look only');
  await page.getByRole('button', { name: 'Add policy' }).click();
  await visit.leadsTo(/\/policies\/(?!new)/);
  await visit.ready();
  const saved = new URL(page.url()).pathname;
  const headers = { Accept: 'text/html', Origin: new URL(page.url()).origin };
  const form = {
    workspace: place.slug,
    policy: saved.split('/').pop() ?? '',
    version: await page.locator('input[name=version]').inputValue(),
    name: 'Theirs',
    rules: '',
    default: 'deny',
    step: 'save',
  };
  const theirs = await page.request.post('/console/save_policy', { form, headers, maxRedirects: 0 });
  expect(theirs.status()).toBe(303);

  await page.getByLabel('Name').fill('Mine');
  await page.getByRole('button', { name: 'Save policy' }).click();
  await expect(page.getByText('Somebody changed this policy in the meantime.')).toBeVisible();
  await visit.ready();
  await expect(page.getByLabel('Name')).toHaveValue('Mine');
  await page.getByRole('button', { name: 'Save policy' }).click();
  await visit.says('Saved.');
  await expect(page.getByRole('heading', { name: 'Mine' })).toBeVisible();
});
