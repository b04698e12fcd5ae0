// The pages about MCP, light and dark, at 1280 and 390 pixels: see support/quality.ts for what is asked of them.
// Run by playwright.config.ts.

import { house, key } from '../support/house';
import { mcpServer } from '../support/mcp';
import { expectFlawlessInBothThemes, expectFlawlessInEveryLook, watchShift } from '../support/quality';
import { expect, test } from '../support/test';

test.beforeEach(async ({ visit }) => {
  test.slow();
  await watchShift(visit.page);
});

test('servers: none, one, refused, its removal', async ({ visit }) => {
  const { page } = visit;
  const upstream = await mcpServer();
  const { place, member } = await house('admin');
  const servers = `/w/${place.slug}/servers`;
  await visit.signIn(member, servers);
  await expectFlawlessInEveryLook(visit, servers);
  await expectFlawlessInEveryLook(visit, `${servers}/new`, async () => {
    await page.getByRole('button', { name: 'Add server' }).click();
    await expect(page.getByText('URL is required.')).toBeVisible();
  });
  await page.getByLabel('Name').fill('Files and folders of the analytics cluster in Frankfurt');
  await page.getByLabel('Slug').fill('files-of-the-analytics-cluster-f');
  await page.getByLabel('URL').fill(upstream.url);
  await page.getByRole('button', { name: 'Add server' }).click();
  await visit.leadsTo(/\/servers\/files/);
  const one = new URL(page.url()).pathname;
  await expectFlawlessInEveryLook(visit, one);
  await page.getByRole('button', { name: 'Test connection' }).click();
  await visit.says(/works: 2 tools/);
  await expectFlawlessInEveryLook(visit, one);
  await expectFlawlessInEveryLook(visit, servers);
  await expectFlawlessInEveryLook(visit, `${one}/remove`);
  upstream.close();
});

test('the connect helper, without a key and with one', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house('admin');
  await key(place, member, 'Agent');
  const connect = `/w/${place.slug}/connect`;
  await visit.signIn(member, connect);
  await expectFlawlessInEveryLook(visit, connect);
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 844 });
    await visit.open(connect);
    await page.getByRole('button', { name: 'Create a key for this client' }).click();
    await expect(page.getByLabel('Show the key')).toBeVisible();
    await visit.ready();
    for (const client of ['Claude Code', 'Codex', 'VS Code', 'Zed', 'opencode', 'Another client']) {
      await page.getByRole('radio', { name: client }).check();
      await expectFlawlessInBothThemes(page);
    }
  }
});

test('policies: none, a new one that is tried, one', async ({ visit }) => {
  const { page } = visit;
  const { place, member } = await house('admin');
  const policies = `/w/${place.slug}/policies`;
  await visit.signIn(member, policies);
  await expectFlawlessInEveryLook(visit, policies);
  await expectFlawlessInEveryLook(visit, `${policies}/new`);
  await page.getByLabel('Name').fill('Look, don’t touch');
  await page.getByRole('textbox', { name: 'Rules' }).fill('deny */set_*');
  await page.getByRole('button', { name: 'Add policy' }).click();
  await visit.leadsTo(/\/policies\/(?!new)/);
  await expectFlawlessInEveryLook(visit, new URL(page.url()).pathname);
  await expectFlawlessInEveryLook(visit, policies);
});
