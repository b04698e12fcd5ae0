// The pages about guardrails, light and dark, at 1280 and 390 pixels: see support/quality.ts for what is asked of them.
// Run by playwright.config.ts.

import { guardrail } from '../support/guardrail';
import { house, key } from '../support/house';
import { expectFlawlessInEveryLook, watchShift } from '../support/quality';
import { post } from '../support/relay';
import { expect, test } from '../support/test';

test.beforeEach(async ({ visit }) => {
  test.slow();
  await watchShift(visit.page);
});

test('guardrails: none, refused, one, many, one that is tried; a key under one', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house('admin');
  const made = await key(place, member, 'Agent');
  const guardrails = `/w/${place.slug}/guardrails`;
  await visit.signIn(member, guardrails);
  await expectFlawlessInEveryLook(visit, guardrails);
  await expectFlawlessInEveryLook(visit, `${guardrails}/new`, async () => {
    await page.getByLabel('Looks for, rule 1').selectOption('Own pattern');
    await page.getByRole('button', { name: 'Add guardrail' }).click();
    await expect(page.getByText('Name is required.')).toBeVisible();
    await visit.ready();
  });
  const long = 'W'.repeat(80);
  const one = await guardrail(visit, place.slug, long, [
    { find: 'email' },
    { find: 'pattern', text: `PROJ-${'x'.repeat(200)}`, replacement: 'W'.repeat(80) },
    { find: 'word', text: 'project x', effect: 'deny', side: 'output' },
  ], { description: `${long} ${long}`, max_input: '100000' });
  await guardrail(visit, place.slug, 'Secrets', [{ find: 'api_key', effect: 'deny' }], { dry_run: 'on' });
  await expectFlawlessInEveryLook(visit, guardrails);
  await expectFlawlessInEveryLook(visit, one, async () => {
    await page.getByRole('textbox', { name: /^Text/ }).fill(`Ask ada@example.com about ${'w'.repeat(200)}`);
    await page.getByRole('button', { name: 'Try it' }).click();
    await visit.drawn();
    await expect(page.locator('#trial mark')).toBeVisible();
  });
  const guardrailId = one.split('/').pop() ?? '';
  await post(visit, 'limit_key_models', { workspace: place.slug, key: made.id, guardrail: guardrailId });
  await expectFlawlessInEveryLook(visit, one);
  await expectFlawlessInEveryLook(visit, `${place.keys}/${made.id}`);
  await expectFlawlessInEveryLook(visit, `${place.keys}/new?like=${made.id}`);
});
