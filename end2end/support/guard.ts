// Watches a browser while a test runs: nothing leaves the origin, nothing is complained about in the console (errors,
// broken policies), no script asks with a dialog. Called by support/test.ts for every browser of every test.

import type { BrowserContext } from '@playwright/test';

// Chromium notes every refused answer as an error; that a form is refused is what some tests are about.
const REFUSED = /^Failed to load resource: the server responded with a status of 4(01|03|04|09|22|29) /;

// Without JavaScript the module that a page announces is fetched and never started; with it, a busy browser may start it later
// than it is patient. That it is used is asked by tests/bytes.spec.ts.
const UNUSED = /was preloaded using link preload but not used/;

/** Starts watching; the list that it returns stays empty as long as all is well. */
export function watch(context: BrowserContext, origin: string): string[] {
  const problems: string[] = [];
  context.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith(`blob:${origin}/`)) problems.push(`request to ${url}`);
  });
  context.on('console', (message) => {
    const text = message.text();
    if (REFUSED.test(text) || UNUSED.test(text)) return;
    if (['error', 'warning'].includes(message.type())) problems.push(`console: ${text}`);
  });
  context.on('weberror', (error) => problems.push(`script: ${error.error().message}`));
  context.on('dialog', (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return problems;
}
