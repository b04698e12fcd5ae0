// OpenAI's own packages before the relay: their ordinary calls, streams, tools, errors and second tries. Run by
// playwright.config.ts, once; the browser only sets the provider up.

import OpenAI from 'openai';
import { broken, client, messages, python, refusal, TEXT } from '../support/openai';
import { guardrail } from '../support/guardrail';
import { API_KEY, EMBEDDING, MODELS, USAGE } from '../support/provider';
import type { Key } from '../support/house';
import { expect, test, type Relay } from '../support/relay';
import type { Visit } from '../support/visit';

test('ordinary calls', async ({ relay }) => {
  const openai = client(relay, await relay.key('agent'));
  const models: string[] = [];
  for await (const { id } of openai.models.list()) models.push(id);
  expect(models).toEqual(MODELS);
  expect((await openai.models.retrieve('small')).id).toBe('small');
  const chat = await openai.chat.completions.create({ model: 'small', messages });
  expect(chat.choices[0]?.message.content).toBe(TEXT);
  expect(chat.usage).toMatchObject(USAGE);
  const old = await openai.completions.create({ model: 'small', prompt: 'Say' });
  expect(old.choices[0]?.text).toBe(TEXT);
  // The package asks for them in base64, and reads that.
  const embedded = await openai.embeddings.create({ model: 'embedder', input: 'words' });
  expect(embedded.data[0]?.embedding).toEqual(EMBEDDING);
  const response = await openai.responses.create({ model: 'small', input: 'Say something.' });
  expect(response.output_text).toBe(TEXT);
  for (const { headers } of relay.provider.asked) {
    expect(headers.authorization).toBe(`Bearer ${API_KEY}`);
    expect(Object.keys(headers).filter((name) => name.startsWith('x-'))).toEqual([]);
  }
});

test('streams, with their usage and without', async ({ relay }) => {
  const openai = client(relay, await relay.key('agent', '--spend-cap', '1', '--spend-period', 'day'));
  const read = async (include_usage?: boolean): Promise<{ text: string; usage: unknown; chunks: number }> => {
    const stream_options = include_usage === undefined ? undefined : { include_usage };
    const stream = await openai.chat.completions.create({ model: 'small', messages, stream: true, stream_options });
    const told = { text: '', usage: undefined as unknown, chunks: 0 };
    for await (const chunk of stream) {
      told.text += chunk.choices[0]?.delta.content ?? '';
      told.usage = chunk.usage;
      told.chunks += 1;
    }
    return told;
  };
  expect(await read()).toEqual({ text: TEXT, usage: undefined, chunks: 6 });
  expect(relay.provider.asked.at(-1)?.body.stream_options).toEqual({ include_usage: true });
  expect(await read(false)).toMatchObject({ text: TEXT, chunks: 6 });
  expect(await read(true)).toEqual({ text: TEXT, usage: USAGE, chunks: 7 });
  const whole = await openai.chat.completions.stream({ model: 'small', messages }).finalChatCompletion();
  expect(whole.choices[0]?.message.content).toBe(TEXT);
  let said = '';
  for await (const event of await openai.responses.create({ model: 'small', input: 'Say', stream: true })) {
    if (event.type === 'response.output_text.delta') said += event.delta;
    if (event.type === 'response.completed') expect(event.response.usage?.output_tokens).toBe(10);
  }
  expect(said).toBe(TEXT);
});

test('tools are called and answered', async ({ relay }) => {
  const openai = client(relay, await relay.key('agent'));
  const cities: string[] = [];
  const weather = {
    type: 'function' as const,
    function: {
      name: 'weather',
      description: 'The weather of a city.',
      parameters: { type: 'object', properties: { city: { type: 'string' } } },
      parse: (text: string) => JSON.parse(text) as { city: string },
      function: ({ city }: { city: string }) => {
        cities.push(city);
        return 'Sun.';
      },
    },
  };
  const runner = openai.chat.completions.runTools({ model: 'toolsmith', messages, tools: [weather] });
  expect(await runner.finalContent()).toBe(TEXT);
  expect(cities).toEqual(['Ulm']);
  expect(relay.provider.asked.at(-1)?.body.messages?.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool']);
  // The same in streams, of which the package puts the call together.
  const streaming = openai.chat.completions.runTools({ model: 'toolsmith', messages, tools: [weather], stream: true });
  expect(await streaming.finalContent()).toBe(TEXT);
  expect(cities).toEqual(['Ulm', 'Ulm']);
  expect(relay.provider.asked.at(-1)?.body.messages?.at(-1)).toMatchObject({ role: 'tool', content: 'Sun.' });
});

test('refusals have the code and the class that the package knows', async ({ relay }) => {
  const narrow = client(relay, await relay.key('narrow', '--models', 'sm*'));
  const names: string[] = [];
  for await (const { id } of narrow.models.list()) names.push(id);
  expect(names).toEqual(['small']);
  const ask = (openai: OpenAI, model: string) => openai.chat.completions.create({ model, messages });
  const not = await refusal(ask(narrow, 'toolsmith'));
  expect(not).toBeInstanceOf(OpenAI.PermissionDeniedError);
  expect(not).toMatchObject({ code: 'MODEL_NOT_ALLOWED', type: 'invalid_request_error' });
  const open = client(relay, await relay.key('open'));
  expect(await refusal(ask(open, 'gpt-0'))).toBeInstanceOf(OpenAI.NotFoundError);
  const nobody = await refusal(ask(client(relay, { key: 'sk-nobody' }), 'small'));
  expect(nobody).toBeInstanceOf(OpenAI.AuthenticationError);
  const poor = client(relay, await relay.key('poor', '--spend-cap', '0.000001', '--spend-period', 'total'), { maxRetries: 2 });
  expect(await refusal(ask(poor, 'small'))).toMatchObject({ status: 402, code: 'KEY_EXHAUSTED', type: 'insufficient_quota' });
  const unpriced = client(relay, await relay.key('capped', '--spend-cap', '5', '--spend-period', 'total'));
  expect(await refusal(ask(unpriced, 'toolsmith'))).toMatchObject({ status: 403, code: 'MODEL_NOT_ALLOWED' });
  expect(relay.provider.asked).toEqual([]);
});

test('faults of the provider, and the package’s second tries', async ({ relay }) => {
  const made = await relay.key('agent');
  const ask = (model: string, maxRetries: number) =>
    client(relay, made, { maxRetries }).chat.completions.create({ model, messages });
  expect((await ask('hurried', 2)).choices[0]?.message.content).toBe(TEXT);
  expect(relay.provider.asked.length).toBe(2);
  const limited = await refusal(ask('limited', 0));
  expect(limited).toBeInstanceOf(OpenAI.RateLimitError);
  expect(limited.headers?.get('retry-after')).toBe('0');
  for (const model of ['fails', 'garbage', 'short']) {
    const failed = await refusal(ask(model, 1));
    expect(failed, model).toBeInstanceOf(OpenAI.InternalServerError);
    expect(failed, model).toMatchObject({ status: 502, code: 'UPSTREAM_UNAVAILABLE' });
    expect(relay.provider.asked.filter(({ body }) => body.model === model).length, model).toBe(2);
  }
  const { text, error } = await broken(client(relay, made), 'halts');
  expect(text).toBe('Hello from');
  expect(error).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
});

/** Makes a guardrail that redacts addresses, and a key under it. */
async function guarded(relay: Relay, visit: Visit): Promise<Key> {
  await guardrail(visit, relay.workspace, 'Personal data', [{ find: 'email' }]);
  return relay.key('guarded', '--guardrail', 'Personal data');
}
const REDACTED = 'Write to [e-mail].';

test('under a guardrail', async ({ relay, visit }) => {
  const openai = client(relay, await guarded(relay, visit));
  const asked = { model: 'writes', messages: [{ role: 'user' as const, content: 'I am bob@example.com.' }] };
  const chat = await openai.chat.completions.create(asked);
  expect(chat.choices[0]?.message.content).toBe(REDACTED);
  expect(relay.provider.asked.at(-1)?.body.messages?.[0]?.content).toBe('I am [e-mail].');
  const stream = await openai.chat.completions.stream(asked).finalChatCompletion();
  expect(stream.choices[0]).toMatchObject({ message: { content: REDACTED }, finish_reason: 'stop' });
  let said = '';
  for await (const event of await openai.responses.create({ model: 'writes', input: 'Say', stream: true })) {
    if (event.type === 'response.output_text.delta') said += event.delta;
    if (event.type === 'response.completed') expect(event.response.output).toMatchObject([{ content: [{ text: REDACTED }] }]);
  }
  expect(said).toBe(REDACTED);
});

test('the package for Python', async ({ relay, visit }) => {
  const keys = [await relay.key('python'), await relay.key('narrow', '--models', 'sm*'), await guarded(relay, visit)];
  expect(await python('client.py', relay.url, ...keys.map(({ key }) => key))).toEqual({
    models: MODELS,
    chat: TEXT,
    usage: USAGE.total_tokens,
    stream: TEXT,
    stream_usage: null,
    stream_asked_usage: USAGE.total_tokens,
    completion: TEXT,
    embedding: EMBEDDING,
    response: TEXT,
    response_stream: TEXT,
    tool: { name: 'weather', arguments: { city: 'Ulm' } },
    tool_streamed: { name: 'weather', arguments: { city: 'Ulm' } },
    tool_answered: TEXT,
    refused: ['PermissionDeniedError', 403, 'MODEL_NOT_ALLOWED'],
    unknown: ['NotFoundError', 404, 'MODEL_NOT_FOUND'],
    failed: ['InternalServerError', 502, 'UPSTREAM_UNAVAILABLE'],
    no_json: ['InternalServerError', 502, 'UPSTREAM_UNAVAILABLE'],
    cut_short: ['InternalServerError', 502, 'UPSTREAM_UNAVAILABLE'],
    limited: ['RateLimitError', 429, null],
    second_try: TEXT,
    broken: ['Hello from', 'APIError', null, 'UPSTREAM_UNAVAILABLE'],
    guarded: REDACTED,
    guarded_stream: REDACTED,
  });
});
