// The tour's first part: what a person sees before they are signed in.
// Run by screens.config.ts.

import { Server } from '../support/server';
import { expect } from '../support/test';
import { take, test } from './demo';

test('sign-in', async ({ visit }) => {
  await take(visit, 'login', () => visit.open('/login'));
  await take(visit, 'login-error', async () => {
    await visit.open('/login');
    await visit.page.getByLabel('E-mail').fill('ada@example.com');
    await visit.page.getByLabel('Password').fill('a guess');
    await visit.page.getByRole('button', { name: 'Sign in' }).click();
    await expect(visit.page.getByRole('alert')).toBeVisible();
  });
});

const fresh = test.extend<{ fresh: Server }>({
  fresh: async ({}, use) => {
    const server = await Server.start(await Server.folder());
    await use(server);
    await server.stop();
  },
  baseURL: async ({ fresh: server }, use) => use(server.url),
});

fresh('set-up', async ({ visit, fresh: server }) => {
  const link = /^http\S+\/setup\?token=\S+$/m.exec(server.output())?.[0] ?? '';
  await take(visit, 'setup-closed', () => visit.open('/setup?token=old'));
  await take(visit, 'setup', () => visit.open(link));
  await take(visit, 'setup-error', async () => {
    await visit.open(link);
    await visit.page.getByRole('button', { name: 'Create administrator' }).click();
    await expect(visit.page.getByText('Password takes')).toBeVisible();
  });
});
