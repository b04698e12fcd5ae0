// Using a key as its bearer does: with curl, from outside the browser.
// Called by the specs that follow a key through its life.

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

/** Runs a command as a person pastes it into a terminal. */
export const paste = (command: string): Promise<string> => execute('sh', ['-c', command]);
