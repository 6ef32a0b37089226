/** Who may do what: API keys of which only the digest is kept. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { UsageError } from '../../usage-error.ts';
import { RequestError } from '../request-error.ts';

/** Each may do what those before it may. */
export const roles = ['read', 'deploy', 'admin'] as const;
export type Role = (typeof roles)[number];

export interface Caller {
  readonly name: string;
  readonly role: Role;
}

interface Key extends Caller {
  readonly digest: Buffer;
}

export interface Keys {
  /** By the header `Authorization: ApiKey …` or `Bearer …`. Refused with AUTHEXCEPTION. */
  readonly callerOf: (authorization: string | undefined) => Caller;
}

export function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

/** Without keys whoever reaches the server may do everything: for a loopback address only. */
export const everybody: Keys = { callerOf: () => ({ name: 'anybody', role: 'admin' }) };

/** Lines of: name, role, sha256 of the key in hex. `#` begins a comment. */
export async function readKeys(file: string): Promise<Keys> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new UsageError(`the keys ${file} cannot be read`, 'lines of: name role sha256-of-the-key');
  });
  const keys = text.split('\n').flatMap((line, i): readonly Key[] => {
    const [name, role, digest, ...more] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (name === undefined || name === '') return [];
    const known = roles.find((r) => r === role);
    if (known === undefined || digest === undefined || !/^[0-9a-f]{64}$/i.test(digest) || more.length > 0)
      throw new UsageError(`${file}:${i + 1}: no key`, `a line is: name role sha256-of-the-key; roles are ${roles.join(', ')}`);
    return [{ name, role: known, digest: Buffer.from(digest, 'hex') }];
  });
  if (keys.length === 0) throw new UsageError(`${file} has no keys`, 'lines of: name role sha256-of-the-key');
  return {
    callerOf: (authorization) => {
      const given = /^(?:ApiKey|Bearer) (.{1,500})$/i.exec(authorization ?? '')?.[1];
      if (given === undefined) throw new RequestError('AUTHEXCEPTION', 'no API key was sent', 'the header is: Authorization: ApiKey …');
      const digest = digestOf(given);
      // All are compared, however soon one is found: how long it takes says nothing.
      const found = keys.filter((key) => timingSafeEqual(key.digest, digest))[0];
      if (found === undefined) throw new RequestError('AUTHEXCEPTION', 'this API key is not known');
      return found;
    },
  };
}

export function requireRole({ name, role }: Caller, needed: Role): void {
  if (roles.indexOf(role) < roles.indexOf(needed)) throw new RequestError('FORBIDDEN', `${name} may ${role}, and this needs ${needed}`);
}
