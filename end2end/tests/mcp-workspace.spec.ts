// One address for all servers of a workspace, and the SDK's clients before it: the reference server, which has sessions, and
// the workshop, which has none. Run by playwright.config.ts, once and without a browser.

import { REVISIONS, expect, refusal, test, words, type Gate, type Revision } from '../support/mcp-gate';
import { latchkey } from '../support/program';
import { NOTE } from '../support/mcp-workshop';

const MEGABYTES_10 = 10 * 1024 * 1024;
/** Counts for longer than a test may take, unless it is stopped. */
const COUNT = { name: 'workshop__count', arguments: { to: 10_000, every: 20 } };

type Newest = Awaited<ReturnType<Gate['client']>>;
type Asked = 'listTools' | 'listPrompts' | 'listResources' | 'listResourceTemplates' | 'getPrompt' | 'readResource';
/** What both versions of the SDK are asked alike. */
type Caller = Pick<Newest, Asked> & {
  callTool(call: { name: string; arguments?: Record<string, unknown> }): Promise<{ content?: unknown }>;
};

/** A client of each kind. */
const KINDS = ['first version', ...REVISIONS] as const;

async function caller(gate: Gate, key: { key: string }, kind: 'first version' | Revision): Promise<Caller> {
  if (kind !== 'first version') return gate.client(gate.all, key, kind);
  return (await gate.first(gate.all, key)) as unknown as Caller;
}

for (const kind of KINDS) {
  test.describe(kind, () => {
    test('tools, prompts and resources of all servers', async ({ gate }) => {
      await gate.everything();
      await gate.workshop();
      const client = await caller(gate, await gate.key('agent'), kind);
      const tools = (await client.listTools()).tools.map(({ name }) => name);
      const some = ['latchkey__whoami', 'everything__echo', 'workshop__look', 'workshop__change'];
      expect(tools).toEqual(expect.arrayContaining(some));
      expect(words(await client.callTool({ name: 'workshop__change', arguments: { text: 'x' } }))).toBe('change: x');
      const route = { name: 'workshop__route', arguments: { region: 'Straße 7' } };
      expect(words(await client.callTool(route))).toBe('route: Straße 7');
      const whoami = words(await client.callTool({ name: 'latchkey__whoami', arguments: {} }));
      expect(JSON.parse(whoami)).toMatchObject({ key: { name: 'agent' }, servers: ['everything', 'workshop'] });
      const prompts = (await client.listPrompts()).prompts.map(({ name }) => name);
      expect(prompts).toEqual(expect.arrayContaining(['everything__args-prompt', 'workshop__greet']));
      const greeting = await client.getPrompt({ name: 'workshop__greet', arguments: { name: 'Mina' } });
      expect(greeting.messages[0]?.content).toMatchObject({ text: 'Greet Mina.' });
      const resources = (await client.listResources()).resources.map(({ uri }) => uri);
      const file = 'latchkey.everything+demo://resource/static/document/features.md';
      expect(resources).toEqual(expect.arrayContaining([file, `latchkey.workshop+${NOTE}`]));
      const templates = (await client.listResourceTemplates()).resourceTemplates.map(({ uriTemplate }) => uriTemplate);
      expect(templates).toContain('latchkey.everything+demo://resource/dynamic/text/{resourceId}');
      const note = await client.readResource({ uri: `latchkey.workshop+${NOTE}` });
      expect(note.contents).toEqual([expect.objectContaining({ uri: `latchkey.workshop+${NOTE}`, text: 'oil the lathe' })]);
    });

    test('a server of an earlier revision behind it', async ({ gate }) => {
      await gate.everything();
      const client = await caller(gate, await gate.key('agent'), kind);
      expect(words(await client.callTool({ name: 'everything__echo', arguments: { message: 'x' } }))).toBe('Echo: x');
      const weather = { name: 'everything__get-structured-content', arguments: { location: 'Chicago' } };
      expect(await client.callTool(weather)).toMatchObject({ structuredContent: { conditions: 'Light rain / drizzle' } });
      const links = await client.callTool({ name: 'everything__get-resource-links', arguments: { count: 2 } });
      const linked = 'latchkey.everything+demo://resource/dynamic/text/2';
      expect(links.content).toEqual(expect.arrayContaining([expect.objectContaining({ uri: linked })]));
      expect((await client.readResource({ uri: linked })).contents[0]).toMatchObject({ uri: linked });
      const prompt = { name: 'everything__args-prompt', arguments: { city: 'Köln' } };
      expect((await client.getPrompt(prompt)).messages[0]?.content).toMatchObject({ text: "What's weather in Köln?" });
    });

    test('ten megabytes, and a hundred calls at once', async ({ gate }) => {
      await gate.workshop();
      const client = await caller(gate, await gate.key('agent'), kind);
      const large = await client.callTool({ name: 'workshop__large', arguments: { length: MEGABYTES_10 } });
      expect(words(large)).toBe('x'.repeat(MEGABYTES_10));
      const numbers = Array.from({ length: 100 }, (_, number) => String(number));
      const call = async (text: string) => words(await client.callTool({ name: 'workshop__look', arguments: { text } }));
      expect(await Promise.all(numbers.map(call))).toEqual(numbers.map((number) => `look: ${number}`));
    });

    test('a read-only key sees and calls what only reads', async ({ gate }) => {
      const upstream = await gate.workshop();
      const client = await caller(gate, await gate.key('reader', 'read_only'), kind);
      const tools = (await client.listTools()).tools.map(({ name }) => name).filter((name) => name.startsWith('workshop__'));
      expect(tools).toEqual(['look', 'route', 'large', 'count', 'ask'].map((name) => `workshop__${name}`));
      const refused = await refusal(client.callTool({ name: 'workshop__change', arguments: { text: 'x' } }));
      expect(refused).toMatchObject({ code: -32000, data: { code: 'READ_ONLY' } });
      expect(words(await client.callTool({ name: 'workshop__look', arguments: { text: 'x' } }))).toBe('look: x');
      expect(upstream.seen.filter(({ body }) => body.includes('"change"'))).toEqual([]);
    });

    test('a server that is away is left out, and named', async ({ gate }) => {
      const server = await gate.everything();
      await gate.workshop();
      await server.close();
      const client = await caller(gate, await gate.key('agent'), kind);
      const listed = await client.listTools();
      expect(listed.tools.map(({ name }) => name)).toContain('workshop__look');
      expect(listed.tools.filter(({ name }) => name.startsWith('everything__'))).toEqual([]);
      expect(listed._meta).toMatchObject({ 'latchkey/left_out': ['everything'] });
      const away = await refusal(client.callTool({ name: 'everything__echo', arguments: { message: 'x' } }));
      expect(away).toMatchObject({ code: -32000, data: { code: 'UPSTREAM_UNAVAILABLE' } });
    });

    test('a call ends with its key, here and at the server', async ({ gate }) => {
      const upstream = await gate.workshop();
      const key = await gate.key('agent');
      const client = await caller(gate, key, kind);
      let told = false;
      const counting = refusal(client.callTool(COUNT)).finally(() => (told = true));
      await expect.poll(() => upstream.counting()).toBe(1);
      await latchkey(['key', 'disable', key.id]);
      await gate.expectWithinASecond(() => told, true);
      expect(String(await counting)).toContain('KEY_DISABLED');
      await expect.poll(() => upstream.counting()).toBe(0);
    });
  });
}

test('a client that goes away cancels its call at the server', async ({ gate }) => {
  const upstream = await gate.workshop();
  const key = await gate.key('agent');
  // The newest revision has no other word for it than to close the request.
  const client = await gate.client(gate.all, key, '2026-07-28');
  const stop = new AbortController();
  const counting = expect(client.callTool(COUNT, { signal: stop.signal })).rejects.toThrow('enough');
  await expect.poll(() => upstream.counting()).toBe(1);
  stop.abort('enough');
  await counting;
  await expect.poll(() => upstream.counting()).toBe(0);

  const another = await gate.first(gate.all, key);
  const cut = expect(another.callTool(COUNT)).rejects.toThrow('Connection closed');
  await expect.poll(() => upstream.counting()).toBe(1);
  await another.close();
  await cut;
  await expect.poll(() => upstream.counting()).toBe(0);
});

test('what the address does not offer is said, and not waited for', async ({ gate }) => {
  await gate.workshop();
  const key = await gate.key('agent');
  const first = await gate.first(gate.all, key);
  expect(first.getServerCapabilities()).toEqual({ tools: {}, prompts: {}, resources: {} });
  expect(await refusal(first.subscribeResource({ uri: `latchkey.workshop+${NOTE}` }))).toMatchObject({ code: -32601 });
  expect(await refusal(first.setLoggingLevel('info'))).toMatchObject({ code: -32601 });
  const steps: number[] = [];
  const counting = { name: 'workshop__count', arguments: { to: 3, every: 20 } };
  const counted = await first.callTool(counting, undefined, { onprogress: ({ progress }) => void steps.push(progress) });
  expect([words(counted), steps]).toEqual(['counted to 3', []]);

  const newest = await gate.client(gate.all, key, '2026-07-28', { capabilities: { elicitation: {} } });
  expect(await refusal(newest.listen({ toolsListChanged: true }))).toMatchObject({ data: { status: 404 } });
  newest.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: { n: 7 } }));
  // A server that would ask back is not told that somebody could answer.
  expect(await refusal(newest.callTool({ name: 'workshop__ask' }))).toMatchObject({ code: -32021 });
});
