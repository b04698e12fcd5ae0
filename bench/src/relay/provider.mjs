// Serves the mock of OpenAI's API that it is told (@copilotkit/aimock) on this machine alone, at any free port, and its first line
// on stdout says where. Written beside its log and started by bench/src/gateway/upstreams.rs.
import { pathToFileURL } from 'node:url';

const { LLMock } = await import(pathToFileURL(process.argv[2]).href);
const mock = new LLMock({ host: '127.0.0.1', port: 0, logLevel: 'silent' });
mock.onMessage(/./, { content: 'Hello.' });
await mock.start();
console.log(`The mock of a provider serves ${mock.url}`);
