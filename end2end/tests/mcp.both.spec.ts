// A server from its address to an agent that reaches it: added, tested, marked; a key for a client, tested through the real
// gateway; a policy tried out and put over a key. Run by playwright.config.ts, with and without JavaScript.

import { house, key } from '../support/house';
import { mcpServer } from '../support/mcp';
import { expect, test } from '../support/test';
import type { Visit } from '../support/visit';

async function add(visit: Visit, servers: string, url: string): Promise<void> {
  const { page } = visit;
  await visit.open(servers);
  await page.getByRole('link', { name: 'Add server' }).click();
  await visit.leadsTo(/\/servers\/new$/);
  await page.getByLabel('Name').fill('Files');
  await page.getByLabel('Slug').fill('files');
  await page.getByLabel('URL').fill(url);
  await page.getByLabel('Credential', { exact: false }).first().fill('Bearer upstream-secret');
  await page.getByRole('button', { name: 'Add server' }).click();
  await visit.leadsTo(/\/servers\/files$/);
}

test('a server is added and tested, and an agent is connected to it', async ({ visit }) => {
  const { page } = visit;
  const upstream = await mcpServer();
  const { place, member } = await house('admin');
  const servers = `/w/${place.slug}/servers`;
  await visit.signIn(member, servers);
  await expect(page.getByRole('heading', { name: 'No servers yet' })).toBeVisible();
  await add(visit, servers, upstream.url);
  await page.getByRole('button', { name: 'Test connection' }).click();
  await visit.says(/Files 1\.2 works: 2 tools/);
  const row = page.getByRole('row', { name: /set_file/ });
  await row.getByLabel('How set_file stands').selectOption('hidden');
  await row.getByRole('button', { name: 'Save for set_file' }).click();
  await visit.says('Saved for set_file.');
  await expect(page.getByRole('row', { name: /set_file/ })).toContainText('Hidden');

  await page.getByRole('button', { name: 'Connect an agent' }).click();
  await visit.leadsTo(/\/connect\?server=files$/);
  const shown = page.locator('.client-panel pre:visible');
  await expect(shown.first()).toContainText('claude mcp add --transport http');
  await expect(page.locator('.veil-key:visible')).toHaveCount(0);
  await page.getByLabel('Show the key').check();
  await expect(shown.first().locator('.veil-key')).toHaveText(/^lk_\w{47}$/);
  await page.getByRole('radio', { name: 'PowerShell' }).check();
  await expect(shown.first()).toContainText('claude');
  await page.getByRole('radio', { name: 'Cursor' }).check();
  await expect(page.getByRole('link', { name: 'Add to Cursor' })).toHaveAttribute('href', /^cursor:\/\/anysphere\.cursor-deeplink\//);
  await page.getByRole('button', { name: 'Test this connection' }).click();
  await expect(page.getByText(/It works: the key sees 1 tool/)).toBeVisible();
  await expect(page.getByRole('radio', { name: 'Cursor' })).toBeChecked();
  await visit.ready();
  await visit.open(place.keys);
  await expect(page.getByRole('link', { name: 'Claude Code' })).toBeVisible();

  await visit.open(`${servers}/files/remove`);
  await expect(page.getByText('Up to 1 key loses it at once.')).toBeVisible();
  await page.getByLabel("Type the server's slug to remove it").fill('files');
  await page.getByRole('button', { name: 'Remove server' }).click();
  await visit.leadsTo(servers);
  await expect(page.getByRole('heading', { name: 'No servers yet' })).toBeVisible();
  upstream.close();
});

test('a client that takes no header gets a key that was made for URLs', async ({ visit }) => {
  const { page } = visit;
  const upstream = await mcpServer();
  const { place, member } = await house('admin');
  const servers = `/w/${place.slug}/servers`;
  await visit.signIn(member, servers);
  await add(visit, servers, upstream.url);
  await page.getByRole('button', { name: 'Test connection' }).click();
  await visit.says(/Files 1\.2 works: 2 tools/);
  await page.getByRole('button', { name: 'Connect an agent' }).click();
  await visit.leadsTo(/\/connect\?server=files$/);
  await page.getByRole('radio', { name: 'Claude Desktop and ChatGPT' }).check();
  const panel = page.getByRole('region', { name: 'Claude Desktop and ChatGPT', exact: true });
  await expect(panel).toContainText('The key that is filled in for the others is refused there.');
  await expect(panel.locator('pre')).toContainText('/mcp-connect/files?api_key=YOUR_LATCHKEY_KEY');
  await panel.getByRole('button', { name: 'Create a key for URLs' }).click();
  await visit.leadsTo(/\/connect\?server=files&client=connector$/);
  await expect(page.getByRole('radio', { name: 'Claude Desktop and ChatGPT' })).toBeChecked();
  await expect(panel.locator('.veil-key')).toBeHidden();
  await page.getByLabel('Show the key').check();
  await expect(panel.locator('.veil-key')).toHaveText(/^lk_\w{47}$/);
  await page.getByRole('button', { name: 'Test this connection' }).click();
  await expect(page.getByText(/It works: the key sees 1 tool/)).toBeVisible();
  await visit.ready();
  await visit.open(place.keys);
  const row = page.getByRole('listitem').filter({ has: page.getByRole('link', { name: 'Claude Desktop and ChatGPT' }) });
  await expect(row.getByText('URL', { exact: true })).toBeVisible();
  upstream.close();
});

test('a policy is tried out, and a key is put under it', async ({ visit }) => {
  const { page } = visit;
  const upstream = await mcpServer();
  const { place, member } = await house('admin');
  const made = await key(place, member, 'Agent');
  await visit.signIn(member, place.keys);
  await add(visit, `/w/${place.slug}/servers`, upstream.url);
  await page.getByRole('button', { name: 'Test connection' }).click();
  await visit.says(/works: 2 tools/);

  await visit.open(`/w/${place.slug}/policies/new`);
  await page.getByLabel('Name').fill('Look only');
  await page.getByRole('textbox', { name: 'Rules' }).fill('deny */set_*\nforbid x');
  await page.getByRole('button', { name: "Try on today's tools" }).click();
  await expect(page.getByText('begins with neither allow nor deny')).toBeVisible();
  await visit.ready();
  await expect(page.getByRole('textbox', { name: 'Rules' })).toHaveValue('deny */set_*\nforbid x');
  await page.getByRole('textbox', { name: 'Rules' }).fill('deny */set_*');
  await page.getByRole('button', { name: "Try on today's tools" }).click();
  await expect(page.getByText('It blocks 1 of 2 tools.')).toBeVisible();
  await visit.ready();
  await page.getByRole('button', { name: 'Add policy' }).click();
  await visit.leadsTo(/\/policies\/(?!new)/);

  await visit.open(`${place.keys}/${made.id}`);
  const scope = page.getByRole('region', { name: 'MCP servers' });
  await scope.getByLabel('Chosen servers').check();
  await scope.getByLabel('Files').check();
  await scope.getByLabel('Firewall policy').selectOption({ label: 'Look only' });
  await scope.getByRole('button', { name: 'Save servers' }).click();
  await visit.says('Saved.');
  await expect(page.getByText('Reaches Files alone, under the firewall policy Look only.')).toBeVisible();
  upstream.close();
});
