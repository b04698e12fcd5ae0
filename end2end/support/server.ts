// A server of a test's own, on an empty folder: for what only a fresh installation shows.
// Called by tests/set-up.both.spec.ts, tests/components.spec.ts and the screenshot tour.

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { setting } from './program';

export class Server {
  private constructor(
    readonly folder: string,
    readonly url: string,
    private readonly child: ChildProcess,
    private readonly said: () => string,
  ) {}

  /** An empty data folder. */
  static folder(): Promise<string> {
    return mkdtemp(join(tmpdir(), 'latchkey-e2e-'));
  }

  /** Starts one on a free port, without an administrator in its environment: the built program, or another one. */
  static async start(folder: string, program = setting('LATCHKEY_BIN'), more: Record<string, string> = {}): Promise<Server> {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('LATCHKEY_'));
    const env = { ...Object.fromEntries(inherited), ...more };
    const args = ['serve', '--data-dir', folder, '--addr', '127.0.0.1:0', '--trusted-proxies', '127.0.0.1'];
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    const url = await new Promise<string>((resolve, reject) => {
      child.stdout.on('data', () => {
        const found = /Latchkey serves (\S+)\n/.exec(said)?.[1];
        if (found) resolve(found);
      });
      child.once('exit', (code) => reject(new Error(`latchkey serve ended with ${String(code)}`)));
      child.once('error', reject);
    });
    return new Server(folder, url, child, () => said);
  }

  /** Waits until it has printed what matches, and gives that. */
  async says(pattern: RegExp): Promise<string> {
    await expect.poll(this.said).toMatch(pattern);
    return pattern.exec(this.said())?.[0] ?? '';
  }

  /** Stops it and removes its folder. */
  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    await ended;
    await rm(this.folder, { recursive: true });
  }
}
