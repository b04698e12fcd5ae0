// The set-up page, closed, open and refused, held to what tests/quality.spec.ts asks of the rest.
// Run by playwright.config.ts; the server is the test's own.

import { test } from '../support/fresh';
import { expectFlawlessInEveryLook, watchShift } from '../support/quality';
import { expect } from '../support/test';

test('set-up', async ({ visit, link }) => {
  test.slow();
  await watchShift(visit.page);
  await expectFlawlessInEveryLook(visit, async () => void (await visit.open('/setup')));
  await expectFlawlessInEveryLook(visit, async () => void (await visit.open(link)));
  await expectFlawlessInEveryLook(visit, async () => {
    await visit.open(link);
    await visit.page.getByRole('button', { name: 'Create administrator' }).click();
    await expect(visit.page.getByLabel('Your name')).toHaveAttribute('aria-invalid', 'true');
  });
});
