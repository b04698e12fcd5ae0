// What the SDK's clients meet when they may not, or no longer, and when the server is away. Run by playwright.config.ts,
// once and without a browser.

import { discoverAuthorizationServerMetadata, discoverOAuthProtectedResourceMetadata } from '@modelcontextprotocol/client';
import type { Key } from '../support/house';
import { REVISIONS, expect, refusal, test, words, type Gate } from '../support/mcp-gate';
import { latchkey } from '../support/program';

/** Counts for longer than a test may take, unless it is stopped. */
const COUNT = { name: 'count', arguments: { to: 10_000, every: 20 } };

/** `fetch` that notes how many streams ended. */
function noting(): { ended: () => number; fetch: typeof fetch } {
  let ended = 0;
  const noted: typeof fetch = async (input, init) => {
    const answer = await fetch(input, init);
    if (!answer.headers.get('content-type')?.startsWith('text/event-stream')) return answer;
    const end = new TransformStream<Uint8Array, Uint8Array>({ flush: () => void (ended += 1) });
    return new Response(answer.body?.pipeThrough(end), answer);
  };
  return { ended: () => ended, fetch: noted };
}

/** How an ask of the endpoint with a session of somebody's is answered. */
async function goOn(gate: Gate, method: string, key: Key, session: string): Promise<[number, string]> {
  const headers = {
    Authorization: `Bearer ${key.key}`,
    Accept: 'application/json, text/event-stream',
    'Content-Type': 'application/json',
    'Mcp-Session-Id': session,
  };
  const body = method === 'POST' ? JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }) : null;
  const answer = await fetch(gate.at('everything'), { method, headers, body });
  // In JSON, as an event, or nothing.
  const [told] = /\{.*\}/.exec(await answer.text()) ?? ['{}'];
  const { error } = JSON.parse(told) as { error?: { data?: { code?: string } } };
  return [answer.status, error?.data?.code ?? ''];
}

test('a session is nobody else’s', async ({ gate }) => {
  await gate.everything();
  const [mine, other] = [await gate.key('mine'), await gate.key('other')];
  const client = await gate.first(gate.at('everything'), mine);
  const session = client.at.sessionId ?? '';
  for (const method of ['POST', 'GET', 'DELETE']) {
    expect(await goOn(gate, method, other, session)).toEqual([404, 'SESSION_NOT_FOUND']);
  }
  // Nor is the server's own id of it, which is the end of what the client was given.
  expect(await goOn(gate, 'POST', mine, session.slice(-36))).toEqual([404, 'SESSION_NOT_FOUND']);
  const stolen = await gate.first(gate.at('everything'), other, {}, { sessionId: session });
  expect(await refusal(stolen.listTools())).toMatchObject({ code: 404 });
  // It was not ended by those who tried.
  expect(words(await client.callTool({ name: 'echo', arguments: { message: 'still' } }))).toBe('Echo: still');
  expect(await goOn(gate, 'POST', mine, session)).toEqual([200, '']);
});

for (const revision of REVISIONS) {
  test(`what is open ends with its key, ${revision}`, async ({ gate }) => {
    const upstream = await gate.workshop();
    const { ended, fetch } = noting();
    const key = await gate.key('agent');
    const client = await gate.client(gate.at('workshop'), key, revision, {}, { fetch });
    let passed = 0;
    const onprogress = ({ progress }: { progress: number }): void => void (passed = progress);
    const counting = refusal(client.callTool(COUNT, { onprogress }));
    if (revision === '2026-07-28') await client.listen({ toolsListChanged: true });
    // The answer that is counted into, and the stream that is listened to.
    await expect.poll(() => upstream.open()).toBe(2);
    await expect.poll(() => passed).toBeGreaterThan(0);
    const before = ended();

    await latchkey(['key', 'disable', key.id]);
    const acknowledged = upstream.counted();
    await gate.expectWithinASecond(() => [ended() - before, upstream.open()], [2, 0]);
    // Who waits for an answer is told, and not left to its patience.
    expect(await counting).toMatchObject({ code: -32000, data: { code: 'KEY_DISABLED' } });
    expect(await refusal(client.callTool(COUNT))).toMatchObject({ data: { status: 401 } });
    // Of what the server said after the acknowledgement, nothing passed.
    expect(passed).toBeLessThanOrEqual(acknowledged);
  });
}

test('a server that is away is a JSON-RPC error', async ({ gate }) => {
  const server = await gate.everything();
  const key = await gate.key('agent');
  const client = await gate.first(gate.at('everything'), key);
  await server.close();
  const away = await refusal(client.callTool({ name: 'echo', arguments: { message: 'hello' } }));
  expect(away).toMatchObject({ code: 502 });
  const [, told] = /(\{.*\})/.exec(String(away)) ?? [];
  expect(JSON.parse(told ?? '')).toMatchObject({
    jsonrpc: '2.0',
    id: 1,
    error: { code: -32000, data: { code: 'UPSTREAM_UNAVAILABLE' } },
  });
  for (const revision of REVISIONS) {
    expect(await refusal(gate.client(gate.at('everything'), key, revision))).toMatchObject({ data: { status: 502 } });
  }
});

test('a server that goes away while it answers', async ({ gate }) => {
  const server = await gate.everything();
  const { ended, fetch } = noting();
  const client = await gate.first(gate.at('everything'), await gate.key('agent'), {}, { fetch });
  const long = { name: 'trigger-long-running-operation', arguments: { duration: 60, steps: 600 } };
  let [steps, told] = [0, ''];
  client.callTool(long, undefined, { onprogress: () => (steps += 1) }).catch((error: unknown) => (told = String(error)));
  await expect.poll(() => steps).toBeGreaterThan(1);
  const before = ended();
  await server.close();
  // Its answer, and the stream that the session listened to.
  await expect.poll(() => ended() - before).toBe(2);
  expect(told).toBe('');
});

test('nobody is led to an authorization server', async ({ gate, origin }) => {
  await gate.workshop();
  const asked: string[] = [];
  const noted: typeof fetch = async (input, init) => {
    const answer = await fetch(input, init);
    asked.push(`${String(answer.status)} ${new URL(String(input)).pathname} ${answer.headers.get('content-type') ?? ''}`);
    return answer;
  };
  for (const url of [gate.at('workshop'), gate.all]) {
    await expect(discoverOAuthProtectedResourceMetadata(url, {}, noted)).rejects.toThrow(/does not implement/);
    expect(await discoverAuthorizationServerMetadata(url, { fetchFn: noted })).toBeUndefined();
    expect(await discoverAuthorizationServerMetadata(origin, { fetchFn: noted })).toBeUndefined();
    // A wrong key is told what it is told elsewhere, and nothing of where another would be had.
    const refused = await fetch(url, { method: 'POST', headers: { Authorization: 'Bearer lk_none' }, body: '{}' });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).not.toContain('resource_metadata');
    for (const path of [`${url.pathname}/mcp`, `${url.pathname}/sse`, `${url.pathname}/.well-known/oauth-protected-resource`]) {
      await noted(new URL(path, origin), { method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json' } });
    }
  }
  expect(asked.length).toBeGreaterThan(12);
  for (const one of asked) expect(one).toMatch(/^404 \S+ application\/json$/);

  // A client that would sign in somewhere if it were told to is content with its key, and with none it fails.
  const authProvider = {
    token: () => Promise.resolve(undefined),
    onUnauthorized: () => Promise.reject(new Error('it was sent to sign in')),
  };
  const key = await gate.key('agent');
  const client = await gate.client(gate.at('workshop'), key, '2026-07-28', {}, { authProvider });
  expect((await client.listTools()).tools.length).toBe(6);
  const wrong = { key: `${key.key.slice(0, -1)}${key.key.endsWith('a') ? 'b' : 'a'}` };
  expect(await refusal(gate.client(gate.at('workshop'), wrong, '2026-07-28'))).toMatchObject({ data: { status: 401 } });
});
