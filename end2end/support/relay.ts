// A workspace with a provider behind it, and keys for its models: what the specs about the relay begin with.

import { test as base } from './test';
import { house, key, type Key } from './house';
import { setting } from './program';
import { API_KEY, MODELS, provider, type Provider } from './provider';
import type { Visit } from './visit';

export interface Relay {
  provider: Provider;
  /** The slug of its workspace. */
  workspace: string;
  /** What clients are given as their base URL. */
  url: string;
  /** A key of the workspace. */
  key: (name: string, ...options: string[]) => Promise<Key>;
}

/** Posts a form of the console as its script does. */
export async function post(visit: Visit, form: string, fields: Record<string, string>): Promise<void> {
  const origin = new URL(visit.page.url()).origin;
  const headers = { Accept: 'application/json', Origin: origin };
  const answer = await visit.page.request.post(`/console/${form}`, { form: fields, headers });
  if (!answer.ok()) throw new Error(`${form}: ${await answer.text()}`);
}

export const test = base.extend<{ patience: number; relay: Relay }>({
  /** The seconds that the relay waits for the provider: more than any test has, but for those that are about them. */
  patience: [300, { option: true }],
  relay: async ({ visit, patience }, use) => {
    const [upstream, { place, member }] = await Promise.all([provider(), house('admin')]);
    await visit.signIn(member, place.keys);
    const workspace = place.slug;
    const models = MODELS.join('\n');
    await post(visit, 'register_provider', {
      workspace, name: 'Local', slug: 'local', url: upstream.url, credential: API_KEY, models, timeout: String(patience),
    });
    for (const model of ['small', 'embedder']) {
      await post(visit, 'set_price', { workspace, model, input_price: '2.50', output_price: '10' });
    }
    const url = `http://127.0.0.1:${setting('LATCHKEY_E2E_PORT')}/v1`;
    await use({ provider: upstream, workspace, url, key: (name, ...options) => key(place, member, name, ...options) });
    upstream.close();
  },
});

export { expect } from '@playwright/test';
