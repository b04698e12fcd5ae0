// What every page holds to, in both themes and at both widths: axe, one heading, a title, no sideways scroll, no shift.
// Called by tests/quality.spec.ts and tests/hostile-names.both.spec.ts.

import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import type { Visit } from './visit';

/** Widths of a desk and of a pocket. */
export const SIZES = [
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
];
export const THEMES = ['light', 'dark'] as const;

/** Sums up layout shifts from the first paint on, in `window.shifted`; before the page is opened. */
export async function watchShift(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const sum = window as typeof window & { shifted: number };
    sum.shifted = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) sum.shifted += (entry as PerformanceEntry & { value: number }).value;
    }).observe({ type: 'layout-shift', buffered: true });
  });
}

/** Fails if anything moved since the page was opened, once fonts are there and two frames are drawn. */
export async function expectNoShift(page: Page): Promise<void> {
  const shifted = await page.evaluate(async () => {
    await document.fonts.ready;
    for (let frames = 0; frames < 2; frames += 1) await new Promise(requestAnimationFrame);
    return (window as typeof window & { shifted: number }).shifted;
  });
  expect(shifted, `layout shift on ${page.url()}`).toBeLessThan(0.01);
}

export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wider, `sideways scroll on ${page.url()}`).toBeLessThanOrEqual(0);
}

async function expectFlawless(page: Page): Promise<void> {
  await expectNoSidewaysScroll(page);
  await expect(page).toHaveTitle(/Latchkey/);
  await expect(page.locator('h1:visible')).toHaveCount(1);
  const { violations } = await new AxeBuilder({ page }).analyze();
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join('\n')}`);
  expect(told, page.url()).toEqual([]);
}

/** Opens a page at both widths, does something there, and checks it in both themes. */
export async function expectFlawlessInEveryLook(
  visit: Visit,
  path: string,
  act: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  // axe looks at the page four times: that has a time of its own, so that a test of many pages may take longer on a busy machine.
  test.setTimeout(test.info().timeout + 30_000);
  for (const size of SIZES) {
    await visit.page.setViewportSize(size);
    await visit.open(path);
    await expectNoShift(visit.page);
    await act();
    await expectFlawlessInBothThemes(visit.page);
  }
}

/** Checks what is shown now. */
export async function expectFlawlessInBothThemes(page: Page): Promise<void> {
  for (const colorScheme of THEMES) {
    // Colours that are still on their way from one theme to the other are nobody's.
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await expectFlawless(page);
  }
}
