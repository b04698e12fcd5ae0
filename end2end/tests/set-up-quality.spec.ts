// The set-up page, closed, open and refused, held to what tests/quality.spec.ts asks of the rest.
// Run by playwright.config.ts; the server is the test's own.

import { test } from '../support/fresh';
import { expectFlawlessInEveryLook, watchShift } from '../support/quality';
import { expect } from '../support/test';

test('set-up', async ({ visit, link }) => {
  test.slow();
  await watchShift(visit.page);
  await expectFlawlessInEveryLook(visit, '/setup');
  await expectFlawlessInEveryLook(visit, link);
  await expectFlawlessInEveryLook(visit, link, async () => {
    await visit.page.getByRole('button', { name: 'Create administrator' }).click();
    await expect(visit.page.getByLabel('Your name')).toHaveAttribute('aria-invalid', 'true');
  });
});
