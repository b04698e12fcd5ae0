// Using a key as its bearer does: with curl, from outside the browser.
// Called by the specs that follow a key through its life.

import { expect, type Locator } from '@playwright/test';
import { execute, setting } from './program';

export interface Answer {
  status: number;
  body: { error?: { code: string }; key?: { id: string; name: string } };
}

/** `GET /api/me` with a key. */
export async function use(key: string): Promise<Answer> {
  const url = `http://127.0.0.1:${setting('LATCHKEY_E2E_PORT')}/api/me`;
  const args = ['-sS', '-w', '\n%{http_code}', '-H', `Authorization: Bearer ${key}`, url];
  const printed = await execute('curl', args);
  const at = printed.lastIndexOf('\n');
  return { status: Number(printed.slice(at)), body: JSON.parse(printed.slice(0, at)) as Answer['body'] };
}

/** A short chat with a model, by a key: the answer's status. */
export async function ask(key: string, model: string): Promise<number> {
  const url = `http://127.0.0.1:${setting('LATCHKEY_E2E_PORT')}/v1/chat/completions`;
  const body = JSON.stringify({ model, max_tokens: 100, messages: [{ role: 'user', content: 'Say something.' }] });
  const headers = ['-H', `Authorization: Bearer ${key}`, '-H', 'Content-Type: application/json'];
  return Number(await execute('curl', ['-sS', '-o', '/dev/null', '-w', '%{http_code}', ...headers, '-d', body, url]));
}

/** Runs a command as a person pastes it into a terminal. */
const paste = (command: string): Promise<string> => execute('sh', ['-c', command]);

/** Uses a fresh key as the place that shows it says: by curl, pasted; every other language has it filled in, too. */
export async function useAsShown(place: Locator, id: string, secret: string): Promise<void> {
  const shown = place.locator('.tab-panel pre:visible');
  expect(JSON.parse(await paste(await shown.innerText()))).toMatchObject({ key: { id, name: 'CI pipeline' } });
  for (const language of ['JavaScript', 'Python', 'Swift', 'env']) {
    await place.getByRole('radio', { name: language }).check();
    await expect(shown).toHaveCount(1);
    await expect(shown).toContainText(secret);
  }
}
