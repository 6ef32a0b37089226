/** How a route is described: what every description has in common is said once. */
import type { RequestErrorType } from '../../request-error.ts';
import type { Role } from '../keys.ts';

export type Schema = { readonly [key: string]: unknown };

export interface Described {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** As the server has it: `/features/:feature`. */
  readonly path: string;
  readonly summary: string;
  /** Null: without a key. */
  readonly role: Role | null;
  readonly query?: { readonly [name: string]: { readonly description: string; readonly schema: Schema } };
  readonly body?: Schema;
  readonly answer: Schema;
  /** Of the answer, if it is no JSON. */
  readonly mediaType?: string;
  /** By which it may succeed, beside 200. */
  readonly also?: { readonly [status: string]: string };
  /** Beside those that any route may answer with. */
  readonly errors: readonly RequestErrorType[];
}

export const text: Schema = { type: 'string' };
export const whole: Schema = { type: 'integer' };
export const textOrNull: Schema = { type: ['string', 'null'] };
export const timestamp: Schema = { type: ['string', 'null'], description: 'For example 2026-01-31T12:00:00.000000.' };
export const anything: Schema = {};

export const list = (items: Schema): Schema => ({ type: 'array', items });
export const map = (values: Schema): Schema => ({ type: 'object', additionalProperties: values });
export const named = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** All members are there unless their name ends with `?`; there are no others. */
export function object(members: { readonly [name: string]: Schema }): Schema {
  const names = Object.keys(members);
  return {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name.replace(/\?$/, ''), members[name]])),
    required: names.filter((name) => !name.endsWith('?')),
    additionalProperties: false,
  };
}
