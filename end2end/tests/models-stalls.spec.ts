// OpenAI's own packages before a provider that stops saying anything, at once or in the middle: the relay loses patience with
// it, or the client does with the relay. Run by playwright.config.ts, once; whatever waits is let go by the other side.

import OpenAI from 'openai';
import { broken, client, messages, python, refusal, TEXT } from '../support/openai';
import type { Provider } from '../support/provider';
import { expect, test } from '../support/relay';

/** Which models were asked for, in turn; nobody is waiting at the provider any more. */
async function asked({ asked }: Provider): Promise<string[]> {
  await Promise.all(asked.map(({ over }) => over));
  return asked.map(({ body }) => body.model);
}

test.describe('the relay loses patience', () => {
  // Long beside what a call takes that is answered, on a busy machine too. The packages have ten minutes.
  test.use({ patience: 10 });

  test('and the package for Node is told, and tries again', async ({ relay }) => {
    const made = await relay.key('agent');
    const openai = client(relay, made);
    const timeout = { status: 504, code: 'UPSTREAM_UNAVAILABLE', type: 'server_error' };
    const silent = await refusal(openai.chat.completions.create({ model: 'stalls', messages }));
    expect(silent).toBeInstanceOf(OpenAI.InternalServerError);
    expect(silent).toMatchObject(timeout);
    // No stream has begun: the status can still say it.
    const stream = await refusal(openai.chat.completions.create({ model: 'stalls', messages, stream: true }));
    expect(stream).toBeInstanceOf(OpenAI.InternalServerError);
    expect(stream).toMatchObject(timeout);
    const { text, error } = await broken(openai, 'pauses');
    expect(text).toBe('Hello from');
    expect(error.constructor).toBe(OpenAI.APIError);
    expect(error).toMatchObject({ ...timeout, status: undefined });
    const patient = client(relay, made, { maxRetries: 1 });
    const chat = await patient.chat.completions.create({ model: 'dozes', messages });
    expect(chat.choices[0]?.message.content).toBe(TEXT);
    expect(await asked(relay.provider)).toEqual(['stalls', 'stalls', 'pauses', 'dozes', 'dozes']);
  });

  test('and the package for Python is told, and tries again', async ({ relay }) => {
    const { key } = await relay.key('python');
    expect(await python('stalls.py', relay.url, key)).toEqual({
      silent: ['InternalServerError', 504, 'UPSTREAM_UNAVAILABLE'],
      in_the_middle: ['Hello from', 'APIError', null, 'UPSTREAM_UNAVAILABLE'],
      second_try: TEXT,
    });
    expect(await asked(relay.provider)).toEqual(['stalls', 'pauses', 'dozes', 'dozes']);
  });
});

test.describe('the client loses patience', () => {
  // Longer than the test has: what ends at the provider was ended by the client's going away.
  test.use({ patience: 300 });

  /** The package's own timeout, in seconds: long beside what a call takes that is answered. */
  const SECONDS = 12;

  test('the package for Node', async ({ relay }) => {
    const made = await relay.key('agent');
    const timeout = SECONDS * 1_000;
    const openai = client(relay, made, { timeout });
    const silent = await refusal(openai.chat.completions.create({ model: 'stalls', messages }));
    expect(silent).toBeInstanceOf(OpenAI.APIConnectionTimeoutError);
    expect(await asked(relay.provider)).toEqual(['stalls']);
    // Its timeout is for the head of a stream; who reads that breaks off by themselves.
    const stream = await openai.chat.completions.create({ model: 'pauses', messages, stream: true });
    let text = '';
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      if (text === 'Hello from') break;
    }
    expect(await asked(relay.provider)).toEqual(['stalls', 'pauses']);
    const again = client(relay, made, { timeout, maxRetries: 1 });
    const chat = await again.chat.completions.create({ model: 'dozes', messages });
    expect(chat.choices[0]?.message.content).toBe(TEXT);
    expect(await asked(relay.provider)).toEqual(['stalls', 'pauses', 'dozes', 'dozes']);
  });

  test('the package for Python', async ({ relay }) => {
    const { key } = await relay.key('python');
    expect(await python('stalls.py', relay.url, key, String(SECONDS))).toEqual({
      silent: ['APITimeoutError', null, null],
      in_the_middle: ['Hello from', 'APITimeoutError', null, null],
      second_try: TEXT,
    });
    expect(await asked(relay.provider)).toEqual(['stalls', 'pauses', 'dozes', 'dozes']);
  });
});
