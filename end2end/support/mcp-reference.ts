// The MCP project's own reference server, as npm has it (server-everything over streamable HTTP), in a process of its own.
// Started by support/mcp-gate.ts.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * It listens on every address, at a port that it is told: here on this machine alone, at any that is free. Connections at rest
 * stay open: after a while in which the process stood still, they would be closed under a request.
 */
const LOOPBACK = `
import { Server } from 'node:net';
const { listen } = Server.prototype;
Server.prototype.listen = function (port, ...rest) {
  this.keepAliveTimeout = 0;
  this.once('listening', () => console.log('serves at ' + this.address().port));
  return listen.call(this, { port: 0, host: '127.0.0.1' }, ...rest);
};`;

export interface Upstream {
  url: string;
  close(): Promise<void>;
}

/** Serves until `close` is called. */
export async function referenceServer(): Promise<Upstream> {
  const main = fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js'));
  const args = ['--import', `data:text/javascript,${encodeURIComponent(LOOPBACK)}`, main, 'streamableHttp'];
  // One of its tools tells its environment.
  const child = spawn(process.execPath, args, { env: {}, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const port = await new Promise<string>((resolve, reject) => {
    let said = '';
    const hear = (text: string): void => {
      said += text;
      const found = /serves at (\d+)\n/.exec(said)?.[1];
      if (found) resolve(found);
    };
    child.stdout.setEncoding('utf8').on('data', hear);
    child.stderr.setEncoding('utf8').on('data', hear);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the reference server ended with ${String(code)}: ${said}`)));
  });
  const close = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  return { url: `http://127.0.0.1:${port}/mcp`, close };
}
