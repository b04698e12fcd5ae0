// People, workspaces and keys of one test alone, made by the command line: tests never meet each other.
// Called by the specs.

import { randomBytes } from 'node:crypto';
import { latchkey } from './program';

export interface Person {
  email: string;
  name: string;
  password: string;
}

export interface Workspace {
  slug: string;
  name: string;
  /** The path of its keys screen. */
  keys: string;
}

export interface Key {
  id: string;
  key: string;
  masked: string;
  name: string;
}

export type Role = 'viewer' | 'developer' | 'admin';

const tag = (): string => randomBytes(4).toString('hex');

export async function person(name = 'Mina Park'): Promise<Person> {
  const made = { email: `${tag()}@example.com`, name, password: 'correct horse battery' };
  const args = ['user', 'create', '--email', made.email, '--name', name, '--password-stdin'];
  await latchkey(args, made.password);
  return made;
}

export async function workspace(name = 'Acme', plan: 'pro' | 'basic' = 'pro'): Promise<Workspace> {
  const slug = `t-${tag()}`;
  await latchkey(['workspace', 'create', '--slug', slug, '--name', name, '--plan', plan]);
  return { slug, name, keys: `/w/${slug}/keys` };
}

export async function join(place: Workspace, member: Person, role: Role): Promise<void> {
  await latchkey(['workspace', 'add-member', '--workspace', place.slug, '--email', member.email, '--role', role]);
}

/** A workspace with one member. */
export async function house(role: Role = 'developer', plan: 'pro' | 'basic' = 'pro') {
  const [place, member] = await Promise.all([workspace('Acme', plan), person()]);
  await join(place, member, role);
  return { place, member };
}

export async function key(place: Workspace, owner: Person, name: string, ...options: string[]): Promise<Key> {
  const args = ['key', 'create', '--workspace', place.slug, '--owner', owner.email, '--name', name, ...options];
  return { ...(await latchkey<Omit<Key, 'name'>>(args)), name };
}
