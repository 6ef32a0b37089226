/** What is wrapped around the columns of a row: one entry a convention. */

import type { Source } from '../../../compiler/catalog.ts';
import { isObject } from '../../../compiler/functions/json-values.ts';
import { at, member, type Tree } from './tree.ts';

export interface Opened {
  /** Where the row's own columns are. */
  readonly row: Tree;
  /** Around it: where a column with a declared path is looked for, too. */
  readonly around: Tree;
  readonly deleted: boolean;
}

type Open = (document: Tree) => Opened | { readonly problem: string };

export const envelopes: Readonly<Record<Source['envelope'], Open>> = {
  plain: (document) =>
    isObject(document.value) ? { row: document, around: document, deleted: false } : { problem: 'the message is no JSON object' },
  segment: (document) => {
    if (!isObject(document.value)) return { problem: 'the message is no JSON object' };
    const row = member(document, 'properties');
    if (row !== undefined && !isObject(row.value)) return { problem: '`properties` is no object' };
    return { row: row ?? { value: {}, exact: null }, around: document, deleted: false };
  },
  debezium: (document) => {
    // With schemas switched on, the change is one level down.
    const around = isObject(member(document, 'schema')?.value) ? (member(document, 'payload') ?? document) : document;
    const op = member(around, 'op')?.value;
    const side = typeof op === 'string' ? sideOf[op] : undefined;
    if (side === undefined)
      return { problem: typeof op === 'string' ? 'a change of a kind that no row has' : 'the change does not say what it is (`op`)' };
    const row = at(around, [side]);
    if (row === undefined || !isObject(row.value)) return { problem: `the change has no \`${side}\`` };
    return { row, around, deleted: op === 'd' };
  },
};

/** Created, read in a snapshot, updated, deleted. */
const sideOf: Readonly<Record<string, 'before' | 'after'>> = { c: 'after', r: 'after', u: 'after', d: 'before' };
