// Going through a page with the Tab key alone, looking for the focus at every step.
// Called by tests/keyboard.spec.ts.

import { expect, type Locator, type Page } from '@playwright/test';

/** More stops than any page of the suite has. */
const MOST_STOPS = 60;

/** Fails unless what has the focus is in sight and outlined, by itself or by what stands around it. */
export async function expectFocusInSight(page: Page): Promise<void> {
  const found = () => page.evaluate(() => {
    const focused = document.activeElement;
    if (!focused || focused === document.body) return 'nothing';
    const box = focused.getBoundingClientRect();
    const inSight = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    for (let at: Element | null = focused; at; at = at.parentElement) {
      const { outlineStyle, outlineWidth } = getComputedStyle(at);
      if (inSight && outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) return 'outlined';
    }
    return `${inSight ? 'no outline' : 'out of sight'}: ${focused.outerHTML.slice(0, 200)}`;
  });
  await expect.poll(found).toBe('outlined');
}

/** Presses Tab until the focus is there. */
export async function tabTo(page: Page, target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  for (let stops = 0; stops < MOST_STOPS; stops += 1) {
    await page.keyboard.press(key);
    if (await target.evaluate((element) => element === document.activeElement)) {
      await expectFocusInSight(page);
      return;
    }
  }
  throw new Error(`${MOST_STOPS} stops did not lead to ${target.toString()}`);
}

/** Whether the focus stays in a dialog, however often Tab is pressed. (Between last and first it may be nowhere.) */
export async function expectTrap(page: Page, dialog: Locator): Promise<void> {
  for (const key of ['Tab', 'Shift+Tab']) {
    for (let stops = 0; stops < 25; stops += 1) {
      await page.keyboard.press(key);
      const escaped = await dialog.evaluate((element) => {
        const focused = document.activeElement;
        return focused === document.body || element.contains(focused) ? 'nothing' : focused?.outerHTML;
      });
      expect(escaped).toBe('nothing');
    }
  }
}
