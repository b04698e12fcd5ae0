// The reference server behind Latchkey and the SDK's first version before it: all that the two do together passes. Run by
// playwright.config.ts, once and without a browser.

import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { expect, test, words } from '../support/mcp-gate';

/** A key that is none: the reference server asks for nothing. */
const nobody = { key: 'nobody' };
const NOTE = 'demo://resource/dynamic/text/1';
const ANOTHER = 'demo://resource/dynamic/text/2';

test('what it has and says is the same through Latchkey', async ({ gate }) => {
  const server = await gate.everything();
  const through = await gate.first(gate.at('everything'), await gate.key('agent'));
  const direct = await gate.first(new URL(server.url), nobody);
  expect(through.getServerVersion()).toEqual(direct.getServerVersion());
  expect(through.getServerCapabilities()).toEqual(direct.getServerCapabilities());
  expect(through.getInstructions()).toEqual(direct.getInstructions());

  const both = async (ask: (client: typeof direct) => Promise<object>): Promise<object> => {
    const [told, wanted] = [await ask(through), await ask(direct)];
    expect(told).toEqual(wanted);
    return told;
  };
  expect(await both((client) => client.listTools())).toHaveProperty('tools.10.name');
  expect(await both((client) => client.listPrompts())).toHaveProperty('prompts.3.name');
  expect(await both((client) => client.listResources())).toHaveProperty('resources.3.uri');
  expect(await both((client) => client.listResourceTemplates())).toHaveProperty('resourceTemplates.1.uriTemplate');
  const call = (name: string, args: Record<string, unknown>) => both((client) => client.callTool({ name, arguments: args }));
  const echo = await call('echo', { message: 'grüße\u2028 "😀"' });
  expect(echo).toEqual({ content: [{ type: 'text', text: 'Echo: grüße\u2028 "😀"' }] });
  await call('get-sum', { a: 2, b: 0.5 });
  await call('get-structured-content', { location: 'Chicago' });
  await call('get-tiny-image', {});
  await call('get-annotated-message', { messageType: 'error', includeImage: true });
  await call('get-resource-links', { count: 10 });
  expect(await call('get-sum', { a: 'two' })).toMatchObject({ isError: true });
  expect(await call('nothing', {})).toMatchObject({ isError: true });
  await both((client) => client.getPrompt({ name: 'args-prompt', arguments: { city: 'Köln', state: 'NRW' } }));
  const file = 'demo://resource/static/document/features.md';
  expect(await both((client) => client.readResource({ uri: file }))).toHaveProperty('contents.0.text');
  const ref = { type: 'ref/prompt' as const, name: 'completable-prompt' };
  const name = { name: 'name', value: 'A' };
  const context = { arguments: { department: 'Engineering' } };
  const completed = await both((client) => client.complete({ ref, argument: name, context }));
  expect(completed).toMatchObject({ completion: { values: ['Alice'] } });
});

test('it says how far it is', async ({ gate }) => {
  await gate.everything();
  const client = await gate.first(gate.at('everything'), await gate.key('agent'));
  const operation = (duration: number, steps: number) => ({ name: 'trigger-long-running-operation', arguments: { duration, steps } });
  let steps: [number, number | undefined][] = [];
  const onprogress = ({ progress, total }: { progress: number; total?: number | undefined }) => void steps.push([progress, total]);
  expect(words(await client.callTool(operation(0.4, 4), undefined, { onprogress }))).toContain('Steps: 4.');
  expect(steps).toEqual([1, 2, 3, 4].map((step) => [step, 4]));
  // One by one, as they are sent, and not all at the end, which is further away than a test may take.
  steps = [];
  const enough = new AbortController();
  const { signal } = enough;
  const stopped = expect(client.callTool(operation(600, 6_000), undefined, { onprogress, signal })).rejects.toThrow('enough');
  await expect.poll(() => steps.slice(0, 2)).toEqual([1, 2].map((step) => [step, 6_000]));
  enough.abort('enough');
  await stopped;
});

test('it asks the client', async ({ gate }) => {
  await gate.everything();
  const capabilities = { sampling: {}, elicitation: {}, roots: { listChanged: true } };
  const client = await gate.first(gate.at('everything'), await gate.key('agent'), { capabilities });
  client.setRequestHandler(CreateMessageRequestSchema, ({ params }) => ({
    model: 'parrot',
    role: 'assistant',
    content: { type: 'text', text: `it said ${JSON.stringify(params.messages[0]?.content)}` },
  }));
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: { name: 'Mina', check: true } }));
  client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: 'file:///home/mina', name: 'home' }] }));
  const sampling = { name: 'trigger-sampling-request', arguments: { prompt: 'say something', maxTokens: 5 } };
  expect(words(await client.callTool(sampling))).toMatch(/it said .*say something/);
  expect(words(await client.callTool({ name: 'trigger-elicitation-request' }))).toContain('- Name: Mina');
  expect(words(await client.callTool({ name: 'get-roots-list' }))).toContain('URI: file:///home/mina');
});

test('it tells what happens in between', async ({ gate }) => {
  await gate.everything();
  const client = await gate.first(gate.at('everything'), await gate.key('agent'));
  // In turn: both come on the stream that the session listens to.
  const heard: string[] = [];
  const at = (words: string): number => heard.findIndex((one) => one.includes(words));
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => void heard.push(`Updated: ${params.uri}`));
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => void heard.push(String(params.data)));
  await client.setLoggingLevel('info');
  await client.subscribeResource({ uri: NOTE });
  await expect.poll(() => at(`Received Subscribe Resource request for URI: ${NOTE}`)).toBeGreaterThan(-1);
  // It says that it changed at once, and every five seconds.
  await client.callTool({ name: 'toggle-subscriber-updates' });
  await expect.poll(() => at('Updated: ')).toBeGreaterThan(-1);
  await client.callTool({ name: 'toggle-subscriber-updates' });
  await client.unsubscribeResource({ uri: NOTE });
  await client.callTool({ name: 'toggle-subscriber-updates' });
  // What it would have said of the note by now comes before this.
  await client.subscribeResource({ uri: ANOTHER });
  await expect.poll(() => at(`Received Subscribe Resource request for URI: ${ANOTHER}`)).toBeGreaterThan(-1);
  const end = at(`Received Unsubscribe Resource request: ${NOTE}`);
  const updates = heard.slice(0, end).filter((one) => one.startsWith('Updated: '));
  expect(new Set(updates)).toEqual(new Set([`Updated: ${NOTE}`]));
  expect(heard.slice(end)).toContainEqual(expect.stringContaining('Received Unsubscribe'));
  expect(heard.slice(end)).not.toContain(`Updated: ${NOTE}`);
});

test('a task runs on by itself and is asked for', async ({ gate }) => {
  await gate.everything();
  const client = await gate.first(gate.at('everything'), await gate.key('agent'), { capabilities: { tasks: {} } });
  await client.listTools();
  const seen: string[] = [];
  const query = { name: 'simulate-research-query', arguments: { topic: 'keys', ambiguous: false } };
  for await (const message of client.experimental.tasks.callToolStream(query)) {
    seen.push(message.type);
    if (message.type === 'result') expect(words(message.result)).toContain('keys');
    if (message.type === 'error') throw message.error;
  }
  expect(seen.at(0)).toBe('taskCreated');
  expect(seen.at(-1)).toBe('result');
});

test('an answer that was missed is fetched later', async ({ gate }) => {
  await gate.everything();
  const key = await gate.key('agent');
  const before = await gate.first(gate.at('everything'), key);
  const sessionId = before.at.sessionId ?? '';
  let seen = '';
  const long = { name: 'trigger-long-running-operation', arguments: { duration: 0.8, steps: 4 } };
  const missed = before.callTool(long, undefined, {
    onresumptiontoken: (token) => (seen ||= token),
    onprogress: () => void before.close(),
  });
  await expect(missed).rejects.toThrow('Connection closed');
  // The reference server keeps what is said while nobody listens; it has said all of it when one that began later is done.
  const later = await gate.first(gate.at('everything'), key);
  expect(words(await later.callTool(long))).toContain('completed');
  const after = await gate.first(gate.at('everything'), key, {}, { sessionId });
  expect(words(await after.callTool(long, undefined, { resumptionToken: seen }))).toContain('completed');
});

test('a client of the newest revision agrees with it on an earlier one', async ({ gate }) => {
  await gate.everything();
  const client = await gate.client(gate.at('everything'), await gate.key('agent'), 'auto');
  expect(client.getNegotiatedProtocolVersion()).toBe('2025-11-25');
  expect(words(await client.callTool({ name: 'echo', arguments: { message: 'hello' } }))).toBe('Echo: hello');
});

test('a session ends when its client says so', async ({ gate }) => {
  await gate.everything();
  const key = await gate.key('agent');
  const client = await gate.first(gate.at('everything'), key);
  const sessionId = client.at.sessionId ?? '';
  expect(sessionId).not.toBe('');
  await client.at.terminateSession();
  const late = await gate.first(gate.at('everything'), key, {}, { sessionId });
  await expect(late.listTools()).rejects.toThrow(/No valid session/);
});
