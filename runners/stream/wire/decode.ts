/** A message to a row of its source, in declared order; or the reason why it is none. Reasons never hold a value. */

import type { Source, SourceColumn } from '../../../compiler/catalog.ts';
import { isObject } from '../../../compiler/functions/json-values.ts';
import type { Value } from '../../../compiler/value.ts';
import { sameName } from '../../data/column.ts';
import { inRange, type ParsedValue, parseJsonValue, parseText } from '../../data/parse-value.ts';
import { envelopes, type Opened } from './envelope.ts';
import { at, instantOf, leaf, member, type ReadTree, type Tree } from './tree.ts';

export interface WireMessage {
  readonly key: ReadTree | null;
  /** Null: a tombstone. */
  readonly value: ReadTree | null;
  /** Microseconds, as the broker has it. */
  readonly timestamp: bigint;
}

export type Decoded =
  | {
      readonly kind: 'row';
      readonly row: readonly Value[];
      /** Fields that no column reads. */
      readonly unknown: readonly string[];
      /** Columns that the message does not mention; a column that is null is mentioned. */
      readonly absent: readonly string[];
    }
  /** What follows a deletion that has come already. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'rejected'; readonly problem: string; readonly column: string | null };

/** Why a message without a part of its key, or without its time, is none. */
export const missingField = 'a required field is missing';

export type Decode = (message: WireMessage) => Decoded;

export function decoderOf(source: Source): Decode {
  const open = envelopes[source.envelope];
  const columns = source.columns.map((column): Lookup => ({ column, path: column.topicPath?.split('.') ?? null, key: column.name }));
  const required = requiredOf(source);
  return ({ key, value, timestamp }) => {
    if (value === null) return tombstone(source, key, timestamp);
    if ('problem' in value) return { kind: 'rejected', problem: value.problem, column: null };
    const opened = open(value);
    if ('problem' in opened) return { kind: 'rejected', problem: opened.problem, column: null };
    if (opened.deleted && (source.kind === 'stream' || source.deleted === null))
      return { kind: 'rejected', problem: `a deletion, and \`${source.name}\` declares no column \`deleted\``, column: null };
    const row: Value[] = [];
    const absent: string[] = [];
    for (const lookup of columns) {
      const { column } = lookup;
      const found = find(lookup, opened, source);
      if (found === undefined) {
        if (required.has(column.name)) return { kind: 'rejected', problem: missingField, column: column.name };
        absent.push(column.name);
        row.push(null);
        continue;
      }
      const parsed = 'now' in found ? { value: found.now } : typed(found.tree, column);
      if ('problem' in parsed) return { kind: 'rejected', problem: parsed.problem, column: column.name };
      row.push(parsed.value);
    }
    return { kind: 'row', row, unknown: unread(opened.row, columns), absent };
  };
}

interface Lookup {
  readonly column: SourceColumn;
  /** Declared; null: the column's own name, in the row itself. */
  readonly path: readonly string[] | null;
  /** The name under which it was found last: case may differ. */
  key: string;
}

/** Without them a row has no identity. */
function requiredOf(source: Source): ReadonlySet<string> {
  return new Set([...source.key, source.kind === 'stream' ? source.eventTime : source.updatedAt]);
}

type Found = { readonly tree: Tree } | { readonly now: Value } | undefined;

function find(lookup: Lookup, { row, around, deleted }: Opened, source: Source): Found {
  const { column, path } = lookup;
  const { name } = column;
  if (source.kind === 'table' && name === source.deleted && source.envelope === 'debezium') return { now: deleted };
  const own = path === null ? named(lookup, row) : at(row, path);
  // A deleted row is shown as it was last, and so is its time: it was deleted when the database says.
  if (deleted && source.kind === 'table' && name === source.updatedAt && (own !== undefined || path === null)) return deletionTime(around);
  if (own !== undefined) return { tree: own };
  const outside = path === null ? undefined : at(around, path);
  return outside === undefined ? undefined : { tree: outside };
}

function named(lookup: Lookup, row: Tree): Tree | undefined {
  const direct = member(row, lookup.key);
  if (direct !== undefined || !isObject(row.value)) return direct;
  const key = Object.keys(row.value).find((k) => sameName(k, lookup.column.name));
  if (key === undefined) return undefined;
  lookup.key = key;
  return member(row, key);
}

function deletionTime(around: Tree): Found {
  for (const [path, unit] of [
    [['source', 'ts_us'], 1n],
    [['source', 'ts_ms'], 1000n],
    [['ts_ms'], 1000n],
  ] as const) {
    const tree = at(around, path);
    const instant = tree && instantOf(tree);
    if (instant !== undefined) return { now: instant };
    const time = tree?.value;
    if (typeof time === 'number' && Number.isSafeInteger(time)) return { now: BigInt(time) * unit };
  }
  return undefined;
}

/** Of a table whose topic is compacted: the key is all that is left. */
function tombstone(source: Source, key: ReadTree | null, timestamp: bigint): Decoded {
  if (source.envelope === 'debezium') return { kind: 'nothing' };
  if (source.kind === 'stream') return { kind: 'rejected', problem: 'a message without a value is no event', column: null };
  if (source.deleted === null)
    return { kind: 'rejected', problem: `a deletion, and \`${source.name}\` declares no column \`deleted\``, column: null };
  if (key === null || 'problem' in key) return { kind: 'rejected', problem: 'a deletion without a key that can be read', column: null };
  const row: Value[] = [];
  for (const column of source.columns) {
    if (column.name === source.updatedAt) row.push(timestamp);
    else if (column.name === source.deleted) row.push(true);
    else if (!source.key.includes(column.name)) row.push(null);
    else {
      const part = isObject(key.value) ? named({ column, path: null, key: column.name }, key) : source.key.length === 1 ? key : undefined;
      if (part === undefined) return { kind: 'rejected', problem: 'the key of a deletion does not have it', column: column.name };
      const parsed = typed(part, column);
      if ('problem' in parsed) return { kind: 'rejected', problem: parsed.problem, column: column.name };
      row.push(parsed.value);
    }
  }
  return { kind: 'row', row, unknown: [], absent: [] };
}

const outOfTime: ParsedValue = { problem: 'a time outside of the years 0001 to 9999' };

/** Digits after the point that a number of this unit keeps as microseconds. */
const scaleOf = { s: 6, ms: 3, us: 0 } as const;

function typed(tree: Tree, { type, unit }: SourceColumn): ParsedValue {
  const instant = instantOf(tree);
  if (instant !== undefined && type.kind === 'timestamp') return inRange(instant) ? { value: instant } : outOfTime;
  const json = leaf(tree);
  if (json === null || type.kind !== 'timestamp' || unit === null || unit === 'iso') return parseJsonValue(json, type);
  if (typeof json === 'boolean' || json.kind === 'other') return { problem: `no number of ${unit}` };
  const scale = scaleOf[unit];
  const [whole = '', fraction = ''] = json.text.split('.');
  // More digits than a microsecond has are cut, as in files.
  const kept = /^\d+$/.test(fraction) ? `${whole}.${fraction.slice(0, scale)}` : json.text;
  const parsed = parseText(kept, { kind: 'number', precision: 38, scale });
  if ('problem' in parsed) return { problem: `no number of ${unit}` };
  return parsed.value !== null && inRange(parsed.value as bigint) ? parsed : outOfTime;
}

function unread(row: Tree, columns: readonly Lookup[]): readonly string[] {
  if (!isObject(row.value)) return [];
  return Object.keys(row.value).filter((key) => !columns.some((c) => (c.path === null ? c.key === key : c.path[0] === key)));
}
