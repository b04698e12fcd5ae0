// What of MCP's traffic must not stand in Latchkey's log, whatever the libraries inside it like to tell: addresses of servers,
// which may hold a credential, and what servers and clients say to each other. Run by playwright.config.ts, without a browser.

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { REVISIONS, expect, refusal, test } from '../support/mcp-gate';
import { setting } from '../support/program';

/** A word that is nowhere else. */
const word = (): string => randomBytes(12).toString('hex');

test('neither addresses of servers nor what is said', async ({ gate }) => {
  const [credential, said, name] = [word(), word(), word()];
  const upstream = await gate.workshop();
  await gate.register('workshop-2', `${upstream.url}?credential=${credential}`, 'Bearer another');
  await gate.register('away', `http://127.0.0.1:9/mcp?credential=${credential}`);
  const key = await gate.key('agent');
  for (const revision of REVISIONS) {
    for (const url of [gate.at('workshop'), gate.at('workshop-2'), gate.at('away'), gate.all]) {
      const client = await gate.client(url, key, revision).catch(() => undefined);
      if (!client) continue;
      const own = url.pathname === gate.all.pathname ? 'workshop__' : '';
      await client.listTools();
      await client.callTool({ name: `${own}count`, arguments: { to: 2, every: 10 } }, { onprogress: () => undefined });
      await refusal(client.callTool({ name: `${own}change`, arguments: { text: said } }));
      await refusal(client.callTool({ name: `${own}${name}`, arguments: {} }));
      for (const server of ['away', 'workshop-2']) {
        await refusal(client.callTool({ name: `${server}__look`, arguments: { text: said } }));
        await refusal(client.getPrompt({ name: `${server}__greet`, arguments: { name: said } }));
      }
    }
  }
  const log = () => readFile(setting('LATCHKEY_E2E_LOG'), 'utf8');
  await expect.poll(log).toContain('workshop-2');
  const lines = (await log()).split('\n').filter((line) => [credential, said, name, 'planing'].some((secret) => line.includes(secret)));
  expect(lines.map((line) => line.slice(0, 400))).toEqual([]);
});
