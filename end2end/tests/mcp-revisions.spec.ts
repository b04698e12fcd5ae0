// Both revisions of the protocol between the SDK's client half and its server half (support/mcp-workshop.ts), with Latchkey
// in between. Run by playwright.config.ts, once and without a browser.

import { REVISIONS, expect, refusal, test, words } from '../support/mcp-gate';
import { CREDENTIAL, NOTE } from '../support/mcp-workshop';

const MEGABYTES_10 = 10 * 1024 * 1024;

for (const revision of REVISIONS) {
  test.describe(revision, () => {
    test('tools, prompts and resources', async ({ gate }) => {
      const upstream = await gate.workshop();
      const key = await gate.key('agent');
      const client = await gate.client(gate.at('workshop'), key, revision);
      expect(client.getNegotiatedProtocolVersion()).toBe(revision);
      const names = (await client.listTools()).tools.map(({ name }) => name);
      expect(names).toEqual(['look', 'change', 'route', 'large', 'count', 'ask']);
      expect(words(await client.callTool({ name: 'change', arguments: { text: 'grüße 😀' } }))).toBe('change: grüße 😀');
      const route = { name: 'route', arguments: { region: 'Straße 7' } };
      expect(words(await client.callTool(route))).toBe('route: Straße 7');
      const header = upstream.seen.at(-1)?.headers['mcp-param-region'];
      expect(header).toBe(revision === '2026-07-28' ? `=?base64?${Buffer.from('Straße 7').toString('base64')}?=` : undefined);
      expect((await client.listPrompts()).prompts.map(({ name }) => name)).toEqual(['greet']);
      const { messages } = await client.getPrompt({ name: 'greet', arguments: { name: 'Mina' } });
      expect(messages[0]?.content).toMatchObject({ text: 'Greet Mina.' });
      expect((await client.listResources()).resources.map(({ uri }) => uri)).toEqual([NOTE]);
      expect((await client.readResource({ uri: NOTE })).contents[0]).toMatchObject({ text: 'oil the lathe' });
      expect(await refusal(client.readResource({ uri: 'note://none' }))).toMatchObject({ code: -32602 });

      // The server knows its own credential, and nothing of the key that the client came with.
      const [secret] = key.key.split('_').slice(-1);
      for (const { headers, url, body } of upstream.seen) {
        expect(headers.authorization).toBe(CREDENTIAL);
        expect(JSON.stringify([headers, url, body])).not.toContain(secret);
      }
    });

    test('progress comes as it is made', async ({ gate }) => {
      const upstream = await gate.workshop();
      const client = await gate.client(gate.at('workshop'), await gate.key('agent', 'read_only'), revision);
      const steps: number[] = [];
      // The server makes no more before this came.
      const onprogress = ({ progress }: { progress: number }): void => {
        steps.push(progress);
        upstream.goOn();
      };
      const counted = await client.callTool({ name: 'count', arguments: { to: 5, every: 0 } }, { onprogress });
      expect(words(counted)).toBe('counted to 5');
      expect(steps).toEqual([1, 2, 3, 4, 5]);
    });

    test('what is cancelled stops at the server', async ({ gate }) => {
      const upstream = await gate.workshop();
      const client = await gate.client(gate.at('workshop'), await gate.key('agent'), revision);
      const stop = new AbortController();
      const onprogress = ({ progress }: { progress: number }) => void (progress === 3 && stop.abort('enough'));
      // For longer than a test may take.
      const counting = { name: 'count', arguments: { to: 10_000, every: 20 } };
      await expect(client.callTool(counting, { onprogress, signal: stop.signal })).rejects.toThrow('enough');
      await expect.poll(() => upstream.counting(), { intervals: [20] }).toBe(0);
      expect(words(await client.callTool({ name: 'look', arguments: { text: 'on' } }))).toBe('look: on');
    });

    test('the server asks back', async ({ gate }) => {
      await gate.workshop();
      const options = { capabilities: { elicitation: {} } };
      // A key that only reads may answer, too.
      const client = await gate.client(gate.at('workshop'), await gate.key('agent', 'read_only'), revision, options);
      client.setRequestHandler('elicitation/create', ({ params }) => {
        expect(params.message).toBe('How many?');
        return { action: 'accept', content: { n: 7 } };
      });
      expect(words(await client.callTool({ name: 'ask' }))).toBe('accept: 7');
    });

    test('ten megabytes, whole and looked through', async ({ gate }) => {
      await gate.workshop();
      for (const permission of ['read_write', 'read_only'] as const) {
        const client = await gate.client(gate.at('workshop'), await gate.key(permission, permission), revision);
        const large = await client.callTool({ name: 'large', arguments: { length: MEGABYTES_10 } });
        expect(words(large)).toBe('x'.repeat(MEGABYTES_10));
      }
    });

    test('a hundred calls at once, and each gets its own answer', async ({ gate }) => {
      const upstream = await gate.workshop();
      const client = await gate.client(gate.at('workshop'), await gate.key('agent'), revision);
      const numbers = Array.from({ length: 100 }, (_, number) => String(number));
      const answers = numbers.map(async (text) => words(await client.callTool({ name: 'change', arguments: { text } })));
      expect(await Promise.all(answers)).toEqual(numbers.map((number) => `change: ${number}`));
      // None is left over but the stream that a client with a session listens to.
      await expect.poll(() => upstream.open()).toBe(revision === '2025-11-25' ? 1 : 0);
    });

    test('a read-only key sees and calls what only reads', async ({ gate }) => {
      const upstream = await gate.workshop();
      const client = await gate.client(gate.at('workshop'), await gate.key('reader', 'read_only'), revision);
      const names = (await client.listTools()).tools.map(({ name }) => name);
      expect(names).toEqual(['look', 'route', 'large', 'count', 'ask']);
      const refused = await refusal(client.callTool({ name: 'change', arguments: { text: 'x' } }));
      expect(refused).toMatchObject({ code: -32000, data: { code: 'READ_ONLY' } });
      const unknown = await refusal(client.callTool({ name: 'nothing', arguments: {} }));
      expect(unknown).toMatchObject({ code: -32000, data: { code: 'READ_ONLY' } });
      // The conversation goes on.
      expect(words(await client.callTool({ name: 'look', arguments: { text: 'x' } }))).toBe('look: x');
      expect(upstream.seen.filter(({ body }) => /"(change|nothing)"/.test(body))).toEqual([]);

      await gate.post('mark_tool', { server: 'workshop', tool: 'change', mark: 'read_only' });
      await gate.post('mark_tool', { server: 'workshop', tool: 'look', mark: 'hidden' });
      const now = (await client.listTools(undefined, { cacheMode: 'refresh' })).tools.map(({ name }) => name);
      expect(now).toEqual(['change', 'route', 'large', 'count', 'ask']);
      expect(words(await client.callTool({ name: 'change', arguments: { text: 'x' } }))).toBe('change: x');
      const hidden = await refusal(client.callTool({ name: 'look', arguments: { text: 'x' } }));
      expect(hidden).toMatchObject({ code: -32000, data: { code: 'TOOL_BLOCKED' } });
    });
  });
}

test('who listens without a session hears what it asked for', async ({ gate }) => {
  const upstream = await gate.workshop();
  const client = await gate.client(gate.at('workshop'), await gate.key('reader', 'read_only'), '2026-07-28');
  const [updated, changed]: [string[], string[]] = [[], []];
  client.setNotificationHandler('notifications/resources/updated', ({ params }) => void updated.push(params.uri));
  client.setNotificationHandler('notifications/tools/list_changed', ({ method }) => void changed.push(method));
  const subscription = await client.listen({ resourceSubscriptions: [NOTE], toolsListChanged: true });
  expect(subscription.honoredFilter).toEqual({ resourceSubscriptions: [NOTE], toolsListChanged: true });
  upstream.noteChanged();
  upstream.toolsChanged();
  upstream.noteChanged();
  await expect.poll(() => [updated.length, changed.length]).toEqual([2, 1]);
  expect(updated).toEqual([NOTE, NOTE]);
  await subscription.close();
  await expect.poll(() => upstream.open()).toBe(0);
});
