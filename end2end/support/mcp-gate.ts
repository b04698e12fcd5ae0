// `test` with MCP on both sides of Latchkey: a workspace, real servers behind it and the npm world's clients before it.
// No browser is opened. Imported by the specs about MCP clients in place of support/test.ts.

import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import {
  Client,
  StreamableHTTPClientTransport,
  type ClientOptions,
  type FetchLike,
  type StreamableHTTPClientTransportOptions,
} from '@modelcontextprotocol/client';
import { Client as FirstClient, type ClientOptions as FirstOptions } from '@modelcontextprotocol/sdk/client/index.js';
import {
  StreamableHTTPClientTransport as FirstTransport,
  type StreamableHTTPClientTransportOptions as FirstTransportOptions,
} from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { expect, type APIRequestContext } from '@playwright/test';
import { house, key, type Key, type Person, type Workspace } from './house';
import { referenceServer, type Upstream } from './mcp-reference';
import { CREDENTIAL, workshop, type Workshop } from './mcp-workshop';
import { test as base } from './test';

/** The revisions that the SDK's second version speaks: with sessions, and without. */
export const REVISIONS = ['2025-11-25', '2026-07-28'] as const;
export type Revision = (typeof REVISIONS)[number];

const myself = { name: 'suite', version: '1' };

/** What the SDK's transports are told of a key. */
const bearer = ({ key }: Pick<Key, 'key'>) => ({ requestInit: { headers: { Authorization: `Bearer ${key}` } } });

/**
 * `fetch` that tells when a client of a revision with sessions got an answer to the stream it listens to. Both versions of the
 * SDK ask for it once they are connected, and do not wait for it; what a server says before is never heard.
 */
function listening(ask: FetchLike = fetch): { fetch: FetchLike; begun: Promise<void> } {
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const noted: FetchLike = async (input, init) => {
    try {
      return await ask(input, init);
    } finally {
      if (init?.method === 'GET') begin();
    }
  };
  return { fetch: noted, begun };
}

export class Gate {
  private readonly closing: (() => Promise<unknown>)[] = [];

  private constructor(
    private readonly origin: string,
    private readonly request: APIRequestContext,
    readonly place: Workspace,
    readonly member: Person,
  ) {}

  /** A workspace whose administrator is signed in. */
  static async open(origin: string, request: APIRequestContext): Promise<Gate> {
    const { place, member } = await house('admin');
    const gate = new Gate(origin, request, place, member);
    await gate.post('sign_in', { email: member.email, password: member.password });
    return gate;
  }

  /** Does what a form of the console does. */
  async post(form: string, fields: Record<string, string>): Promise<void> {
    const headers = { Accept: 'application/json', Origin: this.origin };
    const answer = await this.request.post(`/console/${form}`, { form: { workspace: this.place.slug, ...fields }, headers });
    expect(answer.status(), await answer.text()).toBe(200);
  }

  /** Registers a server that every member may use. */
  async register(slug: string, url: string, credential = ''): Promise<void> {
    await this.post('register_server', { name: slug, slug, url, credential });
  }

  /** Starts the reference server and registers it as `everything`. */
  async everything(): Promise<Upstream> {
    const server = await referenceServer();
    this.closing.push(() => server.close());
    await this.register('everything', server.url);
    return server;
  }

  /** Starts the workshop and registers it as `workshop`. */
  async workshop(): Promise<Workshop> {
    const server = await workshop();
    this.closing.push(() => server.close());
    await this.register('workshop', server.url, CREDENTIAL);
    return server;
  }

  key(name: string, permission: 'read_only' | 'read_write' = 'read_write'): Promise<Key> {
    return key(this.place, this.member, name, '--permission', permission);
  }

  /** The address of one server. */
  at(slug: string): URL {
    return new URL(`/mcp-connect/${slug}`, this.origin);
  }

  /** The address of all of them. */
  get all(): URL {
    return new URL(`/mcp/${this.place.slug}`, this.origin);
  }

  /** The SDK's second version, in one revision, or in whichever the server speaks. */
  async client(
    url: URL,
    key: Pick<Key, 'key'>,
    revision: Revision | 'auto',
    options: ClientOptions = {},
    more: StreamableHTTPClientTransportOptions = {},
  ): Promise<Client> {
    const mode = revision === '2025-11-25' ? 'legacy' : revision === 'auto' ? revision : { pin: revision };
    const client = new Client(myself, { versionNegotiation: { mode }, ...options });
    this.closing.push(() => client.close());
    const stream = listening(more.fetch);
    await client.connect(new StreamableHTTPClientTransport(url, { ...bearer(key), ...more, fetch: stream.fetch }));
    if (client.getNegotiatedProtocolVersion() === '2025-11-25') await stream.begun;
    return client;
  }

  /** The SDK's first version, which most agents are built with. */
  async first(
    url: URL,
    key: Pick<Key, 'key'>,
    options: FirstOptions = {},
    more: FirstTransportOptions = {},
  ): Promise<FirstClient & { at: FirstTransport }> {
    const stream = listening(more.fetch);
    const at = new FirstTransport(url, { ...bearer(key), ...more, fetch: stream.fetch });
    const client = Object.assign(new FirstClient(myself, options), { at });
    this.closing.push(() => client.close());
    await client.connect(at);
    // Who goes on with a session does not begin it, and listens to nothing.
    if (more.sessionId === undefined) await stream.begun;
    return client;
  }

  /**
   * Whether something becomes what it has to be within a second, counted in answers of Latchkey and not by the clock: while the
   * machine stands still, no time passes.
   */
  async expectWithinASecond(read: () => unknown, wanted: unknown): Promise<void> {
    for (let beats = 0; beats < 50 && !isDeepStrictEqual(read(), wanted); beats += 1) {
      await pause(20);
      expect((await fetch(new URL('/healthz', this.origin))).status).toBe(200);
    }
    expect(read()).toEqual(wanted);
  }

  /** Closes clients, then servers. */
  async close(): Promise<void> {
    for (const close of this.closing.reverse()) await close();
  }
}

export const test = base.extend<{ gate: Gate }>({
  gate: async ({ origin, request }, use) => {
    const gate = await Gate.open(origin, request);
    await use(gate);
    await gate.close();
  },
});

/** The words of a tool's answer. */
export function words(answer: { content?: unknown } | { toolResult: unknown }): string {
  const content = 'content' in answer ? answer.content : [];
  return (content as { text?: string }[]).map(({ text }) => text ?? '').join('\n');
}

/** What an endpoint told in a JSON-RPC error. */
export async function refusal(asked: Promise<unknown>): Promise<{ code: number; data?: { code?: string } }> {
  const refused: unknown = await asked.then(
    (answer) => new Error(`it was answered: ${JSON.stringify(answer)}`),
    (error: unknown) => error,
  );
  return refused as { code: number; data?: { code?: string } };
}

export { expect };
