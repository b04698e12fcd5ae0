// Words that the script takes away after two seconds: noted when they come, for a busy machine may look only when they are gone.
// Called by the specs about copying and about the live log.

import type { Page } from '@playwright/test';

/** What was said, and how. */
export interface Heard {
  word: string;
  /** In the region for it, or as the name that a button has for a while. */
  by: 'status' | 'button';
  /** Inside the dialog that is open: what lies under it is not heard. */
  modal: boolean;
  focused: boolean;
}

/** Listens to a page from now on; what this gives tells what was heard since. */
export async function hear(page: Page): Promise<() => Promise<Heard[]>> {
  const heard = await page.evaluateHandle(() => {
    const heard: Heard[] = [];
    const note = (by: Heard['by'], at: HTMLElement, word: string): void => {
      const modal = at.closest('dialog:modal') !== null;
      heard.push({ word: word.trim(), by, modal, focused: document.activeElement === at });
    };
    const listen = new MutationObserver((changes) => {
      for (const { target, addedNodes } of changes) {
        if (target instanceof HTMLButtonElement && target.hasAttribute('data-copied')) note('button', target, target.innerText);
        if (!(target instanceof HTMLElement && target.role === 'status')) continue;
        for (const { textContent } of addedNodes) note('status', target, textContent ?? '');
      }
    });
    listen.observe(document, { subtree: true, childList: true, attributeFilter: ['data-copied'] });
    return heard;
  });
  return () => heard.jsonValue();
}
