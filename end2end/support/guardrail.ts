// A guardrail of a workspace, made as its form makes it: what the specs about guardrails begin with.

import type { Visit } from './visit';

export interface Rule {
  find: string;
  text?: string;
  effect?: 'redact' | 'deny';
  side?: 'both' | 'input' | 'output';
  replacement?: string;
}

/** Adds a guardrail and says where its page is. The visit is signed in. */
export async function guardrail(
  visit: Visit,
  workspace: string,
  name: string,
  rules: Rule[],
  more: Record<string, string> = {},
): Promise<string> {
  const form: Record<string, string> = { ...more, name, do: 'save' };
  rules.forEach((rule, at) => {
    const whole = { text: '', effect: 'redact', side: 'both', replacement: '', ...rule };
    for (const [field, value] of Object.entries(whole)) form[`rules.${at + 1}.${field}`] = value;
  });
  const headers = { Accept: 'text/html', Origin: new URL(visit.page.url()).origin };
  const path = `/w/${workspace}/guardrails/new`;
  const answer = await visit.page.request.post(path, { form, headers, maxRedirects: 0 });
  const page = answer.headers()['location'];
  if (answer.status() !== 303 || !page) throw new Error(`${path}: ${answer.status()}`);
  return page;
}
