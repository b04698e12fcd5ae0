// The tour's third part: servers, policies, and the connect helper.
// Run by screens.config.ts.

import { mcpServer } from '../support/mcp';
import { expect } from '../support/test';
import { take, test } from './demo';

test('servers, policies, connecting', async ({ signedIn }) => {
  const visit = await signedIn('ada', '/w/acme/servers');
  const { page } = visit;
  const upstream = await mcpServer();
  await take(visit, 'servers-empty', () => visit.open('/w/acme/servers'));
  await take(visit, 'policies-empty', () => visit.open('/w/acme/policies'));
  await take(visit, 'server-new-errors', async () => {
    await visit.open('/w/acme/servers/new');
    await page.getByRole('button', { name: 'Add server' }).click();
    await expect(page.getByText('URL is required.')).toBeVisible();
  });
  await page.getByLabel('Name').fill('Files');
  await page.getByLabel('Slug').fill('files');
  await page.getByLabel('URL').fill(upstream.url);
  await page.getByRole('button', { name: 'Add server' }).click();
  await visit.leadsTo(/\/servers\/files$/);
  await page.getByRole('button', { name: 'Test connection' }).click();
  await visit.says(/works: 2 tools/);
  await take(visit, 'server', () => visit.open('/w/acme/servers/files'));
  await take(visit, 'servers', () => visit.open('/w/acme/servers'));
  await visit.open('/w/acme/policies/new');
  await page.getByLabel('Name').fill('Look, don’t touch');
  await page.getByRole('textbox', { name: 'Rules' }).fill('deny */set_*');
  await page.getByRole('button', { name: 'Add policy' }).click();
  await visit.leadsTo(/\/policies\/(?!new)/);
  const policy = new URL(page.url()).pathname;
  await take(visit, 'policy', () => visit.open(policy));
  await take(visit, 'connect', () => visit.open('/w/acme/connect?server=files'));
  await take(visit, 'connect-by-url', async () => {
    await visit.open('/w/acme/connect?server=files');
    await page.getByRole('radio', { name: 'Claude Desktop and ChatGPT' }).check();
  });
  upstream.close();
});
