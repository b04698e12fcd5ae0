// The tour's server: the sample data of `latchkey demo`, and a workspace for each state that it does not have.
// Imported by screens/*.spec.ts in place of support/test.ts.

import { join as path } from 'node:path';
import type { Person } from '../support/house';
import { latchkey } from '../support/program';
import { SIZES, THEMES } from '../support/quality';
import { Server } from '../support/server';
import { test as base } from '../support/test';
import type { Visit } from '../support/visit';

interface Demo {
  server: Server;
  /** Who can sign in, by the first part of the e-mail. */
  people: Map<string, Person>;
}

async function fill(folder: string): Promise<Demo['people']> {
  const told = await latchkey<{ sign_ins: Person[] }>(['demo'], '', folder);
  const ada = 'ada@example.com';
  for (const [slug, plan] of [['umbra', 'pro'], ['contoso', 'basic'], ['long-names', 'pro']] as const) {
    const name = { umbra: 'Umbra', contoso: 'Contoso', 'long-names': 'Gesellschaft für wissenschaftliche Datenverarbeitung' };
    await latchkey(['workspace', 'create', '--slug', slug, '--name', name[slug], '--plan', plan], '', folder);
    await latchkey(['workspace', 'add-member', '--workspace', slug, '--email', ada, '--role', 'admin'], '', folder);
  }
  const long = [
    'Nightly export of the warehouse to the analytics cluster in Frankfurt, second ru',
    'مفتاح الإنتاج الرئيسي للخدمات السحابية',
    'W'.repeat(80),
    '🔑 Key <b>&amp;</b> "quoted"',
  ];
  for (const name of long) {
    const options = ['--description', `${name} ${name}`, '--environment', 'production-europe-west', '--expires-in', '2d'];
    await latchkey(['key', 'create', '--workspace', 'long-names', '--owner', ada, '--name', name, ...options], '', folder);
  }
  return new Map(told.sign_ins.map((person) => [person.email.split('@')[0] ?? '', person]));
}

export const test = base.extend<{ signedIn: (who: string, at: string) => Promise<Visit> }, { demo: Demo }>({
  demo: [
    async ({}, use) => {
      const folder = await Server.folder();
      const people = await fill(folder);
      const server = await Server.start(folder, undefined, { LATCHKEY_ALLOW_PRIVATE_UPSTREAMS: 'true' });
      await use({ server, people });
      await server.stop();
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ demo }, use) => use(demo.server.url),
  signedIn: async ({ visit, demo }, use) => {
    await use(async (who, at) => {
      const person = demo.people.get(who);
      if (!person) throw new Error(`${who} is not in the sample data`);
      await visit.signIn(person, at);
      return visit;
    });
  },
});

/** Shows something at both widths and takes it in both themes. */
export async function take(visit: Visit, name: string, show: () => Promise<unknown>, fullPage = true): Promise<void> {
  const { page } = visit;
  for (const size of SIZES) {
    await page.setViewportSize(size);
    await show();
    for (const colorScheme of THEMES) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const file = `${name}-${size.width}-${colorScheme}.png`;
      await page.screenshot({ path: path(import.meta.dirname, '../../target/screens', file), fullPage });
    }
  }
}
