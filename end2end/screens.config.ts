// The screenshot tour: every page at two widths in two themes, with the sample data, into target/screens (not committed),
// and docs/images/keys.png (committed). After `make build`: cd end2end && npm run screens.

import { defineConfig } from '@playwright/test';
import suite from './playwright.config';

const { use = {}, expect = {}, outputDir, workers, reporter } = suite;

export default defineConfig({
  testDir: './screens',
  outputDir,
  workers,
  reporter,
  expect,
  timeout: 120_000,
  use: { ...use, trace: 'off', screenshot: 'off' },
});
