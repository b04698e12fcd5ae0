// What the guardrail's form does with JavaScript alone: the outcome follows while one types, and nothing typed or focused is lost.
// Run by playwright.config.ts.

import { guardrail } from '../support/guardrail';
import { house } from '../support/house';
import { expect, test } from '../support/test';

test('the outcome follows while one types', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house('admin');
  await visit.signIn(member, `/w/${place.slug}/guardrails/new`);
  const text = page.getByRole('textbox', { name: /^Text/ });
  const outcome = page.locator('#trial');
  await text.pressSequentially('Ask ada@example.com');
  await expect(outcome).toContainText('Goes on redacted');
  await expect(outcome.locator('mark')).toHaveText('[e-mail]');
  await expect(text).toBeFocused();
  await text.pressSequentially(' and bob@example.com');
  await expect(outcome).toContainText('Rule 1, E-mail addresses: 2 times');
  await page.getByLabel('Then, rule 1').selectOption('Refuse the request');
  await expect(outcome).toContainText('Refused by rule 1');
  await page.getByLabel('In, rule 1').selectOption('Answers');
  await expect(outcome).toContainText('Passes as it is');
  await page.getByLabel('An answer').check();
  await expect(outcome).toContainText('Refused by rule 1');
  await page.getByLabel('Looks for, rule 1').selectOption('Word or phrase');
  await expect(outcome).toContainText('Rule 1: Word is required.');
  await expect(page.locator('.field-error')).toHaveCount(0);
  await text.fill('');
  await expect(outcome).toContainText('What would become of the text stands here.');
});

test('Enter in a field saves', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house('admin');
  await visit.signIn(member, place.keys);
  const saved = await guardrail(visit, place.slug, 'Secrets', [{ find: 'api_key', effect: 'deny' }, { find: 'email' }]);
  await visit.open(saved);
  await page.getByLabel('Name').fill('All secrets');
  await page.getByLabel('Name').press('Enter');
  await visit.says('Saved.');
  await expect(page.getByRole('heading', { name: 'All secrets' })).toBeVisible();
  await expect(page.getByRole('group', { name: 'Rule 2', exact: true })).toBeVisible();
});
