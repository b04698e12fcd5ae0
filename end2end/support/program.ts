// The built program's command line, for what must be there before a test begins.
// Called by support/house.ts, support/server.ts and the specs that check the two sides against each other.

import { execFile } from 'node:child_process';
import { join } from 'node:path';

/** A variable that playwright.config.ts sets. */
export function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the suite through playwright.config.ts`);
  return value;
}

/** The data folder of the suite's server. */
export const dataDir = (): string => join(setting('LATCHKEY_E2E_DIR'), 'data');

/** Runs a command and gives what it printed; a refusal is an error with its words. */
export function execute(command: string, args: string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, (error, stdout, stderr) => {
      if (error) reject(new Error(`${command} ${args.slice(0, 4).join(' ')}: ${stderr || error.message}`));
      else resolve(stdout);
    });
    // A command that reads nothing may be gone before an empty input arrives.
    if (input) child.stdin?.end(input);
    else child.stdin?.destroy();
  });
}

/** Runs `latchkey … --json` on a data folder and reads its answer. */
export async function latchkey<T>(args: string[], input = '', folder = dataDir()): Promise<T> {
  return JSON.parse(await execute(setting('LATCHKEY_BIN'), ['--data-dir', folder, ...args, '--json'], input)) as T;
}
