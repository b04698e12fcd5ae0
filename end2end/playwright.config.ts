// The browser suite's set-up: one `latchkey serve` on an empty data folder, Debian's Chromium, JavaScript on and off.
// Called by scripts/test.sh; by hand after `make build`: cd end2end && npx playwright test.
//
// tests/NAME.spec.ts runs with JavaScript, NAME.nojs.spec.ts without, NAME.both.spec.ts with and without.
// Tests find the administrator in LATCHKEY_E2E_EMAIL and LATCHKEY_E2E_PASSWORD.

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { defineConfig, devices } from '@playwright/test';

const root = resolve(import.meta.dirname, '..');
const env = process.env;

// Playwright reads this file in every worker too; only the first reading makes the folder and picks the port,
// the workers inherit them.
if (!env.LATCHKEY_E2E_DIR) {
  // Settings of somebody's running console, above all its database, must not reach the program under test.
  for (const name of Object.keys(env)) {
    if (name.startsWith('LATCHKEY_') && !['LATCHKEY_BIN', 'LATCHKEY_CHROMIUM'].includes(name)) delete env[name];
  }
  const dir = mkdtempSync(join(tmpdir(), 'latchkey-e2e-'));
  process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
  env.LATCHKEY_E2E_DIR = dir;
  env.LATCHKEY_E2E_EMAIL = 'admin@example.com';
  env.LATCHKEY_E2E_PASSWORD = randomBytes(12).toString('base64url');
  writeFileSync(join(dir, 'password'), env.LATCHKEY_E2E_PASSWORD, { mode: 0o600 });
  // Below those that the system gives to whoever connects: nobody takes it before the program does.
  const freePort = `
    const look = () => {
      const server = require('net').createServer().on('error', look);
      server.listen(require('crypto').randomInt(10_000, 30_000), '127.0.0.1', () => {
        console.log(server.address().port);
        server.close();
      });
    };
    look();`;
  env.LATCHKEY_E2E_PORT = execFileSync(process.execPath, ['-e', freePort], { encoding: 'utf8' }).trim();
  env.LATCHKEY_BIN = resolve(env.LATCHKEY_BIN ?? join(root, 'target/release/latchkey'));
  env.LATCHKEY_E2E_LOG = join(root, 'target/test-logs/e2e-server.log');
  mkdirSync(join(root, 'target/test-logs'), { recursive: true });
}

const baseURL = `http://127.0.0.1:${env.LATCHKEY_E2E_PORT}`;

export default defineConfig({
  testDir: './tests',
  outputDir: './test-results',
  forbidOnly: !!env.CI,
  // A test that passes only at the second try has found something.
  retries: 0,
  workers: 2,
  // Nothing is expected to take this long: a busy machine may stand still for seconds.
  timeout: 120_000,
  expect: { timeout: 20_000, toPass: { timeout: 60_000 } },
  // About 15 minutes on two quiet cores.
  globalTimeout: 70 * 60_000,
  reporter: [['list']],
  use: {
    ...devices['Desktop Chrome'],
    baseURL,
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: env.LATCHKEY_CHROMIUM ?? '/usr/bin/chromium',
      // Root has no sandbox; the rest keeps the browser from talking to anything but the program under test.
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  projects: [
    { name: 'javascript', testMatch: /\.spec\.ts$/, testIgnore: /\.nojs\.spec\.ts$/ },
    { name: 'no-javascript', testMatch: /\.(nojs|both)\.spec\.ts$/, use: { javaScriptEnabled: false } },
  ],
  webServer: {
    command: 'exec "$LATCHKEY_BIN" serve >"$LATCHKEY_E2E_LOG" 2>&1',
    url: `${baseURL}/`,
    env: {
      LATCHKEY_ADDR: `127.0.0.1:${env.LATCHKEY_E2E_PORT}`,
      LATCHKEY_PUBLIC_URL: baseURL,
      // Every test comes from an address of its own (support/test.ts), as people do.
      LATCHKEY_TRUSTED_PROXIES: '127.0.0.1',
      // The MCP servers of the tests stand on this machine.
      LATCHKEY_ALLOW_PRIVATE_UPSTREAMS: 'true',
      // How long a busy machine takes to read a key is no story here.
      LATCHKEY_RECHECK_PATIENCE: '10000',
      LATCHKEY_DATA_DIR: join(env.LATCHKEY_E2E_DIR, 'data'),
      LATCHKEY_ADMIN_EMAIL: env.LATCHKEY_E2E_EMAIL ?? '',
      LATCHKEY_ADMIN_PASSWORD_FILE: join(env.LATCHKEY_E2E_DIR, 'password'),
    },
    reuseExistingServer: false,
    timeout: 120_000,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 5_000 },
  },
});
