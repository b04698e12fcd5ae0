// The suite's `test`: every browser has an address of its own (sign-ins are throttled by address) and is watched.
// Imported by every spec in place of Playwright's.

import { randomInt } from 'node:crypto';
import { test as base, expect, type BrowserContext } from '@playwright/test';
import { watch } from './guard';
import { Visit } from './visit';

const address = (): Record<string, string> => ({
  'X-Forwarded-For': `10.${randomInt(256)}.${randomInt(256)}.${randomInt(1, 255)}`,
});

interface Fixtures {
  /** The test's own browser. */
  visit: Visit;
  /** Another browser: another person, or the same one elsewhere. */
  another: () => Promise<Visit>;
  /** The server's origin. */
  origin: string;
}

export const test = base.extend<Fixtures>({
  extraHTTPHeaders: async ({}, use) => use(address()),

  origin: async ({ baseURL }, use) => {
    if (!baseURL) throw new Error('no baseURL');
    await use(baseURL);
  },

  visit: async ({ page, context, javaScriptEnabled, origin }, use) => {
    const problems = watch(context, origin);
    await use(new Visit(page, javaScriptEnabled ?? true, origin));
    expect(problems).toEqual([]);
  },

  another: async ({ browser, javaScriptEnabled, origin }, use) => {
    const watched: string[][] = [];
    const contexts: BrowserContext[] = [];
    await use(async () => {
      const context = await browser.newContext({ extraHTTPHeaders: address() });
      contexts.push(context);
      watched.push(watch(context, origin));
      return new Visit(await context.newPage(), javaScriptEnabled ?? true, origin);
    });
    for (const context of contexts) await context.close();
    expect(watched.flat()).toEqual([]);
  },
});

export { expect };
