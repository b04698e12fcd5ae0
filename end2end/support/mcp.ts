// An MCP server of a test's own: two tools, one of which only reads. Called by the specs about servers and connecting.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const TOOLS = [
  { name: 'get_file', description: 'Reads a file.', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } },
  { name: 'set_file', description: 'Writes a file.', inputSchema: { type: 'object' } },
];

interface Message {
  id?: number;
  method: string;
}

function result({ method }: Message): object | undefined {
  if (method === 'initialize') {
    const serverInfo = { name: 'Files', version: '1.2' };
    return { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo };
  }
  return method === 'tools/list' ? { tools: TOOLS } : undefined;
}

/** Serves until `close` is called. */
export async function mcpServer(): Promise<{ url: string; close: () => void }> {
  // Connections at rest stay open: after a while in which this process stood still, they would be closed under a request.
  const server: Server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      const message = (request.method === 'POST' ? JSON.parse(body) : { method: '' }) as Message;
      if (request.method !== 'POST') response.writeHead(405).end();
      else if (message.id === undefined) response.writeHead(202).end();
      else {
        const found = result(message);
        const rest = found ? { result: found } : { error: { code: -32601, message: 'unknown' } };
        response.writeHead(200, { 'Content-Type': 'application/json' });
        response.end(JSON.stringify({ jsonrpc: '2.0', id: message.id, ...rest }));
      }
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}/mcp`, close };
}
