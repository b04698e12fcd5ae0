// Imported before the MCP project's reference server: it listens on every address, at a port that it is told. Here on this machine
// alone, at any that is free, and its first line on stdout says where. What it says of each request goes to stderr, where its log is.
// Written beside that log and started by bench/src/gateway/upstreams.rs; end2end/support/mcp-reference.ts does the like.
import { Server } from 'node:net';

console.log = console.error;
const { listen } = Server.prototype;
Server.prototype.listen = function (port, ...rest) {
  this.once('listening', () => {
    process.stdout.write(`The reference server serves http://127.0.0.1:${this.address().port}\n`);
  });
  return listen.call(this, { port: 0, host: '127.0.0.1' }, ...rest);
};
