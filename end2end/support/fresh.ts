// `test` with a server of the test's own that nobody has set up yet, and the link that it printed.
// Imported by tests/set-up.both.spec.ts, tests/set-up-quality.spec.ts and screens/door.spec.ts.

import { Server } from './server';
import { test as base } from './test';

export const test = base.extend<{ server: Server; link: string }>({
  server: async ({}, use) => {
    const server = await Server.start(await Server.folder());
    await use(server);
    await server.stop();
  },
  baseURL: async ({ server }, use) => use(server.url),
  link: async ({ server }, use) => {
    const link = /^http\S+\/setup\?token=\S+$/m.exec(server.output())?.[0];
    if (!link) throw new Error(`no link was printed: ${server.output()}`);
    await use(link);
  },
});
