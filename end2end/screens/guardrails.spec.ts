// The tour's fifth part: guardrails, their form, and what came of trying them.
// Run by screens.config.ts.

import { guardrail } from '../support/guardrail';
import { expect } from '../support/test';
import { take, test } from './demo';

test('guardrails', async ({ signedIn }) => {
  const visit = await signedIn('ada', '/w/umbra/guardrails');
  const { page } = visit;
  await take(visit, 'guardrails-empty', () => visit.open('/w/umbra/guardrails'));
  await take(visit, 'guardrail-new-errors', async () => {
    await visit.open('/w/umbra/guardrails/new');
    await page.getByRole('button', { name: 'Add rule' }).click();
    await page.getByLabel('Looks for, rule 2').selectOption('Own pattern');
    await page.getByLabel('Looks for, rule 1').selectOption('Word or phrase');
    await page.getByRole('button', { name: 'Add guardrail' }).click();
    await expect(page.getByText('Name is required.')).toBeVisible();
    await visit.ready();
  });
  const personal = await guardrail(visit, 'umbra', 'Personal data', [
    { find: 'email' },
    { find: 'phone' },
    { find: 'payment_card' },
    { find: 'pattern', text: String.raw`\bPROJ-\d+\b`, replacement: '[ticket]' },
    { find: 'word', text: 'project nightfall', effect: 'deny' },
  ], { description: 'What must not reach a provider outside the company', max_input: '200000' });
  await guardrail(visit, 'umbra', 'Secrets in answers', [{ find: 'api_key', effect: 'deny', side: 'output' }], { dry_run: 'on' });
  await take(visit, 'guardrails', () => visit.open('/w/umbra/guardrails'));
  const tried = async (text: string, outcome: string) => {
    await visit.open(personal);
    await page.getByRole('textbox', { name: /^Text/ }).fill(text);
    await page.getByRole('button', { name: 'Try it' }).click();
    await expect(page.locator('#trial')).toContainText(outcome);
  };
  await take(visit, 'guardrail-redacted', () =>
    tried('Write to ada@example.com or call +49 171 1234567 about PROJ-12.\nCard: 4111 1111 1111 1111.', 'Goes on redacted'));
  await take(visit, 'guardrail-denied', () => tried('What is Project Nightfall?', 'Refused by rule 5'));
});
