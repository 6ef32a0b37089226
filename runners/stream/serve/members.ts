/** What a body may have: a member that nobody knows is a mistake of who sent it, and leaving it out would answer another question. */
import { isObject } from '../../../compiler/functions/json-values.ts';
import { RequestError } from '../request-error.ts';
import type { Tree } from '../wire/tree.ts';

export function requireOnly({ value }: Tree, known: readonly string[], what: string, hint?: string): void {
  if (!isObject(value)) return;
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new RequestError('INVALIDINPUT', `${what} has no \`${unknown}\`: it has ${known.map((name) => `\`${name}\``).join(', ')}`, hint);
}
