// The page of the API, light and dark, at 1280 and 390 pixels: see support/quality.ts for what is asked of it.
// Run by playwright.config.ts.

import { expectFlawlessInEveryLook, watchShift } from '../support/quality';
import { test } from '../support/test';

test('the description of the API', async ({ visit }) => {
  test.slow();
  await watchShift(visit.page);
  await expectFlawlessInEveryLook(visit, '/api/docs');
});
