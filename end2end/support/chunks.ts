// What the provider of models says, and the chunks that it streams it in: words, and the call of a tool.
// Called by provider.ts.

export const USAGE = { prompt_tokens: 19, completion_tokens: 10, total_tokens: 29 };

export interface Body {
  model: string;
  stream?: boolean;
  stream_options?: { include_usage?: boolean };
  encoding_format?: string;
  tools?: unknown[];
  messages?: { role: string; content?: unknown }[];
}

/** The pieces of a text; of the model `writes`, one with an address that is cut in the middle. */
export const words = (model: string): string[] =>
  model === 'writes' ? ['Write', ' to', ' ada', '@exam', 'ple.com', '.'] : ['Hello', ' from', ' the', ' provider', '.'];

/** Whether a tool is to be called: it was offered, and has not answered yet. */
export const calls = ({ model, tools, messages }: Body): boolean =>
  model === 'toolsmith' && tools !== undefined && !messages?.some(({ role }) => role === 'tool');

const ARGUMENTS = ['{"ci', 'ty":"', 'Ulm"}'];
const CALL = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '' } };
export const TOOL_CALL = { ...CALL, function: { ...CALL.function, arguments: ARGUMENTS.join('') } };

/** What each chunk of a chat adds: a call comes by its name first, then its arguments in pieces. */
function deltas(body: Body): object[] {
  const adds = calls(body)
    ? [CALL, ...ARGUMENTS.map((piece) => ({ function: { arguments: piece } }))].map((call) => ({ tool_calls: [{ index: 0, ...call }] }))
    : words(body.model).map((content) => ({ content }));
  return adds.map((added, at) => (at === 0 ? { role: 'assistant', ...added } : added));
}

/** The chunks of a streamed chat, and the usage where it was asked for. */
export function chunks(body: Body): object[] {
  const usage = body.stream_options?.include_usage ?? false;
  const base = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: body.model };
  const told = { ...base, ...(usage ? { usage: null } : {}) };
  const said = deltas(body).map((delta) => ({ ...told, choices: [{ index: 0, delta, finish_reason: null }] }));
  const end = { ...told, choices: [{ index: 0, delta: {}, finish_reason: calls(body) ? 'tool_calls' : 'stop' }] };
  return [...said, end, ...(usage ? [{ ...base, choices: [], usage: USAGE }] : [])];
}
