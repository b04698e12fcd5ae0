// One person at one browser: opening pages, signing in, and waiting until a page is alive.
// Handed to the specs by support/test.ts.

import { expect, type Locator, type Page, type Response } from '@playwright/test';
import type { Person } from './house';

export class Visit {
  constructor(
    readonly page: Page,
    /** Whether this browser runs scripts. */
    readonly scripted: boolean,
    private readonly origin: string,
  ) {}

  /** Opens a page of the console. */
  async open(path: string): Promise<Response> {
    const answer = await this.page.goto(path);
    await this.ready();
    if (!answer) throw new Error(`${path} was not answered`);
    return answer;
  }

  /** Opens a page again and again until its table has a text: what is written a moment after it was done. */
  async openUntil(path: string, text: string): Promise<void> {
    await expect(async () => {
      await this.open(path);
      await expect(this.page.getByRole('table').getByText(text).first()).toBeVisible({ timeout: 500 });
    }).toPass();
  }

  /** Waits until the page is there and its script, if it may run, has started. */
  async ready(): Promise<void> {
    await this.page.waitForLoadState();
    if (this.scripted) await expect(this.page.locator('html')).toHaveAttribute('data-ready', '');
  }

  /** Waits until a form that is drawn anew in its place is there: a press before is dropped, and what is typed may be lost. */
  async drawn(): Promise<void> {
    await expect(this.page.locator('form[aria-busy]')).toHaveCount(0);
  }

  /** Waits until what was done leads to an address. */
  async leadsTo(url: string | RegExp): Promise<void> {
    await this.page.waitForURL(url);
    await this.ready();
  }

  /** Waits for the word about what was done: it stands on the page that came after. */
  async says(text: string | RegExp): Promise<void> {
    await expect(this.page.getByRole('status').getByText(text)).toBeVisible();
    await this.ready();
  }

  /** Signs in without the form (tests/sign-in.both.spec.ts is about that) and opens a page. */
  async signIn(person: Person, path: string): Promise<void> {
    const { email, password } = person;
    const answer = await this.page.request.post('/console/sign_in', {
      form: { email, password },
      headers: { Accept: 'application/json', Origin: this.origin },
    });
    expect(answer.status(), await answer.text()).toBe(200);
    await this.open(path);
  }

  /** Signs in as a person does: by the form that a page leads to, and back to it. */
  async signInByForm({ email, password }: Person, path: string): Promise<void> {
    await this.open(path);
    await this.page.getByLabel('E-mail').fill(email);
    await this.page.getByLabel('Password').fill(password);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
    await this.leadsTo(path);
  }

  /** A key's row on the keys screen. */
  row(id: string): Locator {
    return this.page.locator(`#key-${id}`);
  }

  /** The rows' ids of a section, from top to bottom. */
  names(section: 'Enabled' | 'Disabled'): Locator {
    return this.page.getByRole('region', { name: section, exact: true }).locator('.key-name > a');
  }

  /** Opens a row's menu and gives one of its items. */
  async menu(id: string, item: string): Promise<Locator> {
    await this.row(id).locator('.key-more > summary').click();
    return this.row(id).locator('.menu-item', { hasText: item });
  }
}
