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
    // Printed after the address, which the server is known to stand by; a whole line.
    await use(await server.says(/^http\S+\/setup\?token=\S+(?=\n)/m));
  },
});
