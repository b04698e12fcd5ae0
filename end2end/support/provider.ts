// A provider of models that behaves as OpenAI's API does, its faults included: which one is said by the name of the model.
// Called by the specs about models; nothing here is real but the protocol.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Body, calls, chunks, TOOL_CALL, USAGE, words } from './chunks';

export { USAGE } from './chunks';

/** What the provider takes as its API key. */
export const API_KEY = 'sk-e2e-3f1c9e7d20ab4f1c9e7d';

/** The models, by what they do. */
export const MODELS = [
  'dozes', 'embedder', 'fails', 'garbage', 'halts', 'hurried', 'limited', 'pauses', 'short', 'small', 'stalls', 'toolsmith',
  'writes',
];

export interface Asked {
  path: string;
  headers: IncomingMessage['headers'];
  body: Body;
  /** Kept once nothing more of the answer can go out: it is whole, or whoever asked is gone. */
  over: Promise<void>;
}

export interface Provider {
  /** As its form in the console has it. */
  url: string;
  /** What came to it. */
  asked: Asked[];
  close: () => void;
}

/** The dimensions that every embedding has: exact in 32 bits. */
export const EMBEDDING = [0.5, -0.25, 2];

function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

function error(response: ServerResponse, status: number, message: string, headers: Record<string, string> = {}): void {
  json(response, status, { error: { message, type: 'server_error', param: null, code: null } }, headers);
}

function streamChat(response: ServerResponse, body: Body): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  const all = chunks(body);
  if (body.model === 'halts' || body.model === 'pauses') {
    response.write(all.slice(0, 2).map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join(''));
    if (body.model === 'halts') setTimeout(() => response.destroy(), 100);
    return;
  }
  for (const chunk of all) response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  response.end('data: [DONE]\n\n');
}

function chat(response: ServerResponse, body: Body): void {
  if (body.stream) return streamChat(response, body);
  const said = calls(body) ? { content: null, tool_calls: [TOOL_CALL] } : { content: words(body.model).join('') };
  const message = { role: 'assistant', ...said };
  const choices = [{ index: 0, message, finish_reason: calls(body) ? 'tool_calls' : 'stop' }];
  json(response, 200, { id: 'chatcmpl-1', object: 'chat.completion', created: 1, model: body.model, choices, usage: USAGE });
}

function embeddings(response: ServerResponse, body: Body): void {
  const exact = Buffer.from(new Float32Array(EMBEDDING).buffer).toString('base64');
  const embedding = body.encoding_format === 'base64' ? exact : EMBEDDING;
  const usage = { prompt_tokens: 8, total_tokens: 8 };
  json(response, 200, { object: 'list', model: body.model, data: [{ object: 'embedding', index: 0, embedding }], usage });
}

function responses(response: ServerResponse, body: Body): void {
  const content = [{ type: 'output_text', text: words(body.model).join(''), annotations: [] }];
  const item = { id: 'msg_1', type: 'message', role: 'assistant', status: 'completed', content };
  const usage = { input_tokens: 19, output_tokens: 10, total_tokens: 29 };
  const whole = { id: 'resp_1', object: 'response', created_at: 1, status: 'completed', model: body.model, output: [item], usage };
  if (!body.stream) return json(response, 200, whole);
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  const begun = { ...whole, status: 'in_progress', output: [], usage: null };
  const place = { item_id: 'msg_1', output_index: 0, content_index: 0 };
  const events = [
    { type: 'response.created', response: begun },
    { type: 'response.output_item.added', output_index: 0, item: { ...item, status: 'in_progress', content: [] } },
    { type: 'response.content_part.added', ...place, part: { type: 'output_text', text: '', annotations: [] } },
    ...words(body.model).map((delta) => ({ type: 'response.output_text.delta', ...place, delta, logprobs: [] })),
    { type: 'response.completed', response: whole },
  ];
  events.forEach((event, at) => {
    response.write(`event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number: at })}\n\n`);
  });
  response.end();
}

const CALLS: Record<string, (response: ServerResponse, body: Body) => void> = {
  '/v1/chat/completions': chat,
  '/v1/embeddings': embeddings,
  '/v1/responses': responses,
  '/v1/completions': (response, body) => {
    const choices = [{ index: 0, text: words(body.model).join(''), finish_reason: 'stop', logprobs: null }];
    json(response, 200, { id: 'cmpl-1', object: 'text_completion', created: 1, model: body.model, choices, usage: USAGE });
  },
};

/** Answers a call, or fails as its model does; `before` is how often that model was asked already. */
function answer(response: ServerResponse, path: string, body: Body, before: number): void {
  // Not a word, until whoever asked goes away; of the other only the first time.
  if (body.model === 'stalls' || (body.model === 'dozes' && before === 0)) return;
  if (body.model === 'fails') return error(response, 500, 'The server had an error.');
  // Once too often, then not.
  if (body.model === 'hurried' && before === 0) return error(response, 429, 'Rate limit reached.', { 'Retry-After': '0' });
  if (body.model === 'limited') return error(response, 429, 'Rate limit reached.', { 'Retry-After': '0' });
  if (body.model === 'garbage') {
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end('{"choices": [');
    return;
  }
  if (body.model === 'short') {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '1000' });
    response.write('{"choices": []}');
    setTimeout(() => response.destroy(), 50);
    return;
  }
  const call = CALLS[path];
  if (call) call(response, body);
  else error(response, 404, `No such call: ${path}`);
}

/** Serves until `close` is called. */
export async function provider(): Promise<Provider> {
  const asked: Asked[] = [];
  // Connections at rest stay open: after a while in which this process stood still, they would be closed under a request.
  const server: Server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    let text = '';
    request.on('data', (part: Buffer) => (text += part.toString()));
    request.on('end', () => {
      const path = request.url ?? '';
      if (request.headers.authorization !== `Bearer ${API_KEY}`) error(response, 401, 'Incorrect API key provided.');
      else if (path === '/v1/models') json(response, 200, { object: 'list', data: MODELS.map((id) => ({ id, object: 'model' })) });
      else {
        const body = JSON.parse(text) as Body;
        const before = asked.filter((call) => call.body.model === body.model).length;
        const over = new Promise<void>((gone) => response.once('close', gone));
        asked.push({ path, headers: request.headers, body, over });
        answer(response, path, body, before);
      }
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}/v1`, asked, close };
}
