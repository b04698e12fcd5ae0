// OpenAI's packages as clients of the relay, and what they throw.
// Called by the specs about clients of models.

import OpenAI, { type ClientOptions } from 'openai';
import { join } from 'node:path';
import { execute } from './program';
import { test, type Relay } from './relay';

/** What the provider says to a chat. */
export const TEXT = 'Hello from the provider.';
export const messages = [{ role: 'user' as const, content: 'Say something.' }];

/** The package for Node with a key of the relay; it tries once, unless the options say otherwise. */
export const client = (relay: Relay, { key }: { key: string }, options: ClientOptions = {}): OpenAI =>
  new OpenAI({ baseURL: relay.url, apiKey: key, maxRetries: 0, ...options });

/** The error that a call ends with. */
export async function refusal(call: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  const refused: unknown = await call.then(() => undefined, (error: unknown) => error);
  if (!(refused instanceof OpenAI.APIError)) throw new Error(`no refusal: ${String(refused)}`);
  return refused;
}

/** Streams a chat that breaks off: the text until then, and the error that it ends with. */
export async function broken(openai: OpenAI, model: string) {
  const stream = await openai.chat.completions.create({ model, messages, stream: true });
  let text = '';
  const read = async (): Promise<void> => {
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
  };
  const error = await refusal(read());
  return { text, error };
}

/** Runs a script with the package for Python and gives what it printed; without the package, the test is skipped. */
export async function python(script: string, ...args: string[]): Promise<unknown> {
  const program = process.env.OPENAI_PYTHON;
  // A build machine has it, or the suite fails.
  test.skip(!program && !process.env.CI, 'OpenAI’s package for Python is not installed');
  // Without a cache of the scripts in the sources.
  return JSON.parse(await execute(program ?? '', ['-B', join(import.meta.dirname, '../python', script), ...args]));
}
