// Every component in each of its states, light and dark, at 1280 and 390 pixels: the page that only a debug build has, from
// the debug program that `cargo test` built, over the style sheet and scripts of the release. And that the release has none.
// Run by playwright.config.ts.

import { access, copyFile, link, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { person } from '../support/house';
import { latchkey } from '../support/program';
import { expectFlawlessInBothThemes, expectFlawlessInEveryLook, SIZES, THEMES, watchShift } from '../support/quality';
import { Server } from '../support/server';
import { expect, test as base } from '../support/test';

const PAGE = '/dev/components';
const target = join(import.meta.dirname, '../../target');

const test = base.extend<{ debug: Server }>({
  debug: async ({}, use) => {
    const built = join(target, 'debug/latchkey');
    await access(built).catch(() => {
      throw new Error(`${built} is not there: cargo build --bin latchkey (make test builds it with its tests)`);
    });
    // Beside it stands what the release's files are called.
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-debug-'));
    const program = join(folder, 'latchkey');
    await link(built, program).catch(() => copyFile(built, program));
    await copyFile(join(target, 'release/hash.txt'), join(folder, 'hash.txt'));
    const server = await Server.start(await Server.folder(), program, { LEPTOS_SITE_ROOT: join(target, 'site') });
    await use(server);
    await server.stop();
    await rm(folder, { recursive: true });
  },
  baseURL: async ({ debug }, use) => use(debug.url),
});

test('every component is flawless', async ({ visit, debug }) => {
  test.slow();
  const { page } = visit;
  await watchShift(page);
  const user = ['user', 'create', '--email', 'dev@example.com', '--name', 'Mina Park', '--admin', '--password-stdin'];
  await latchkey(user, 'correct horse battery', debug.folder);
  await visit.signIn({ email: 'dev@example.com', name: 'Mina Park', password: 'correct horse battery' }, PAGE);
  await expectFlawlessInEveryLook(visit, PAGE);
  for (const size of SIZES) {
    await page.setViewportSize(size);
    for (const colorScheme of THEMES) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const path = join(target, 'screens', `components-${size.width}-${colorScheme}.png`);
      await page.screenshot({ path, fullPage: true });
    }
  }
  // What a click opens, where there is the least room: a row's menu, the bar of what is selected, a dialog.
  await (await visit.menu('Soon00B2', 'Rename')).scrollIntoViewIfNeeded();
  await expectFlawlessInBothThemes(page);
  await page.keyboard.press('Escape');
  await visit.row('Plain0A1').getByRole('checkbox').check();
  await expect(page.locator('.batch-bar')).toBeVisible();
  await expectFlawlessInBothThemes(page);
  await page.getByRole('link', { name: 'Open a dialog' }).click();
  await expect(page.getByRole('dialog', { name: 'A dialog over the page' })).toBeVisible();
  await expectFlawlessInBothThemes(page);
});

base('a release has no such page', async ({ visit }) => {
  await visit.signIn(await person(), '/account');
  expect((await visit.open(PAGE)).status()).toBe(404);
  await expect(visit.page.getByRole('heading', { name: 'There is nothing here' })).toBeVisible();
});
