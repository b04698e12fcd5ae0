// An MCP server by the SDK's server half: in the revision without sessions and in those with, behind a credential, with
// tools that read, change, take an argument in a header, answer at length, count for as long as somebody listens, and ask
// back. Called by support/mcp-gate.ts.

import { randomUUID } from 'node:crypto';
import { EventEmitter, on } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { NodeStreamableHTTPServerTransport, toNodeHandler, toWebRequest } from '@modelcontextprotocol/node';
import {
  McpServer,
  acceptedContent,
  createMcpHandler,
  fromJsonSchema,
  inputRequired,
  isLegacyRequest,
  type CallToolResult,
  type McpRequestContext,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { Upstream } from './mcp-reference';

/** What the workshop wants in `Authorization`. */
export const CREDENTIAL = 'Bearer workshop-5b1e0c7794d24a0c';

/** The address of its one resource. */
export const NOTE = 'note://bench';

/** A request that arrived. */
interface Seen {
  headers: IncomingHttpHeaders;
  url: string;
  body: string;
}

export interface Workshop extends Upstream {
  seen: Seen[];
  /** Calls of `count` that are at work. */
  counting(): number;
  /** The last number that `count` said, or is about to. */
  counted(): number;
  /** Lets a `count` that has no time of its own say its next number. */
  goOn(): void;
  /** Answers and streams that are open. */
  open(): number;
  /** Says to who listens without a session that the note changed, and the tools. */
  noteChanged(): void;
  toolsChanged(): void;
}

type Era = McpRequestContext['era'];

const reads = { readOnlyHint: true };
const text = (said: string): CallToolResult => ({ content: [{ type: 'text', text: said }] });
interface Field {
  type: 'string' | 'number';
  'x-mcp-header'?: string;
}
const fields = <T>(properties: Record<string, Field>) =>
  fromJsonSchema<T>({ type: 'object', properties: { ...properties }, required: Object.keys(properties) });
const question = {
  message: 'How many?',
  requestedSchema: { type: 'object' as const, properties: { n: { type: 'number' as const } }, required: ['n'] },
};

class Counter {
  counting = 0;
  counted = 0;
  private readonly released = new EventEmitter();

  goOn(): void {
    this.released.emit('step');
  }

  /**
   * Counts, and says so, up to `to`, or until whoever asked went away: once every `every` milliseconds; of 0, whenever it is
   * let, and the first number at once.
   */
  async count(to: number, every: number, { mcpReq }: ServerContext): Promise<CallToolResult> {
    const progressToken = mcpReq._meta?.progressToken;
    const { signal } = mcpReq;
    // Releases that come before they are waited for are kept.
    const releases = on(this.released, 'step', { signal });
    this.counting += 1;
    try {
      for (let progress = 1; progress <= to; progress += 1) {
        if (every > 0) await pause(every, undefined, { signal });
        else if (progress > 1) await releases.next();
        if (progressToken === undefined) continue;
        this.counted = progress;
        const params = { progressToken, progress, total: to, message: 'planing' };
        await mcpReq.notify({ method: 'notifications/progress', params });
      }
      return text(`counted to ${String(to)}`);
    } finally {
      this.counting -= 1;
      await releases.return?.();
    }
  }
}

/** Asks whoever called for a number, as the revision has it. */
async function ask(era: Era, { mcpReq }: ServerContext) {
  if (era === 'legacy') {
    const told = await mcpReq.elicitInput(question);
    return text(`${told.action}: ${String(told.content?.n)}`);
  }
  const told = acceptedContent<{ n: number }>(mcpReq.inputResponses, 'n');
  if (told) return text(`accept: ${String(told.n)}`);
  return inputRequired({ inputRequests: { n: inputRequired.elicit(question) } });
}

/** Serves until `close` is called. */
export async function workshop(): Promise<Workshop> {
  const seen: Seen[] = [];
  const counter = new Counter();
  let open = 0;

  const make = (era: Era): McpServer => {
    const server = new McpServer({ name: 'workshop', version: '1.0.0' }, { capabilities: { resources: { subscribe: true } } });
    const said = fields<{ text: string }>({ text: { type: 'string' } });
    server.registerTool('look', { annotations: reads, inputSchema: said }, (args) => text(`look: ${args.text}`));
    server.registerTool('change', { inputSchema: said }, (args) => text(`change: ${args.text}`));
    // In the newest revision this argument travels in a header, too, and the server compares.
    const region = fields<{ region: string }>({ region: { type: 'string', 'x-mcp-header': 'Region' } });
    server.registerTool('route', { annotations: reads, inputSchema: region }, (args) => text(`route: ${args.region}`));
    const large = fields<{ length: number }>({ length: { type: 'number' } });
    server.registerTool('large', { annotations: reads, inputSchema: large }, ({ length }) => text('x'.repeat(length)));
    const counted = fields<{ to: number; every: number }>({ to: { type: 'number' }, every: { type: 'number' } });
    server.registerTool('count', { annotations: reads, inputSchema: counted }, ({ to, every }, context) =>
      counter.count(to, every, context),
    );
    server.registerTool('ask', { annotations: reads }, (context) => ask(era, context));
    const greeting = { argsSchema: fields<{ name: string }>({ name: { type: 'string' } }) };
    server.registerPrompt('greet', greeting, ({ name }) => ({
      messages: [{ role: 'user', content: { type: 'text', text: `Greet ${name}.` } }],
    }));
    const note = { mimeType: 'text/plain' };
    server.registerResource('note', NOTE, note, () => ({ contents: [{ uri: NOTE, text: 'oil the lathe' }] }));
    return server;
  };

  const modern = createMcpHandler(({ era }) => make(era), { legacy: 'reject' });
  const answer = toNodeHandler(modern);
  const sessions = new Map<string, NodeStreamableHTTPServerTransport>();

  async function session(request: IncomingMessage, response: ServerResponse, message: unknown): Promise<void> {
    const known = sessions.get(String(request.headers['mcp-session-id']));
    if (known) return known.handleRequest(request, response, message);
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void sessions.set(id, transport),
      onsessionclosed: (id) => void sessions.delete(id),
    });
    await make('legacy').connect(transport);
    return transport.handleRequest(request, response, message);
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    open += 1;
    response.once('close', () => (open -= 1));
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts).toString();
    seen.push({ headers: request.headers, url: request.url ?? '', body });
    if (request.headers.authorization !== CREDENTIAL) {
      response.writeHead(401).end();
      return;
    }
    const message: unknown = body ? JSON.parse(body) : undefined;
    const legacy = await isLegacyRequest(await toWebRequest(request, message ?? {}), message);
    await (legacy ? session(request, response, message) : answer(request, response, message));
  }

  // Connections at rest stay open: after a while in which this process stood still, they would be closed under a request.
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    serve(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/mcp`,
    seen,
    counting: () => counter.counting,
    counted: () => counter.counted,
    goOn: () => counter.goOn(),
    open: () => open,
    noteChanged: () => modern.notify.resourceUpdated(NOTE),
    toolsChanged: () => modern.notify.toolsChanged(),
    close: async () => {
      await modern.close();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
