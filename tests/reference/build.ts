/** Small checked features, written by hand. */
import type { Catalog, Stream, Table } from '../../compiler/catalog.ts';
import type {
  CheckedBody,
  CheckedColumn,
  CheckedCte,
  CheckedFeature,
  CheckedFrom,
  CheckedQuery,
  CheckedSelect,
  Expr,
  Frame,
  SortKey,
} from '../../compiler/check/checked.ts';
import type { Arg } from '../../compiler/functions/define.ts';
import { findFunction } from '../../compiler/functions/index.ts';
import { parseTimestamp } from '../../compiler/functions/iso-time.ts';
import { boolean, integer, type SqlType, timestamp, varchar } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { evaluateFeature, type SourceRows } from '../../runners/reference/index.ts';

const span = { file: 'test.sql', start: 0, end: 0 };

export const at = (time: string): bigint => parseTimestamp(`2024-01-01 ${time}`) as bigint;
export const asOf: Expr = { kind: 'as-of', type: timestamp, span };
export const text = (value: string): Expr => ({ kind: 'literal', text: value, type: varchar, span });
export const num = (value: number, type: SqlType = integer): Expr => ({ kind: 'literal', text: String(value), type, span });
export const nothing: Expr = { kind: 'literal', text: null, type: integer, span };
export const column = (relation: string, name: string, type: SqlType = varchar): Expr => ({
  kind: 'column',
  relation,
  name,
  type,
  nullable: true,
  span,
});

const argOf = (expr: Expr): Arg => ({ type: expr.type, nullable: true, ...(expr.kind === 'literal' ? { literal: expr.text } : {}) });

/** Types as the row resolves them; arguments are expected to need no cast. */
function resolved(fn: string, args: readonly Expr[]): SqlType {
  const row = findFunction(fn);
  if (row === undefined) throw new Error(`no row ${fn}`);
  const signature = row.kind === 'aggregate' ? row.resolve(args.map(argOf), false) : row.resolve(args.map(argOf));
  if ('refused' in signature) throw new Error(signature.message);
  return signature.type;
}

export const call = (fn: string, ...args: Expr[]): Expr => ({ kind: 'call', fn, args, type: resolved(fn, args), nullable: true, span });
export const and = (...args: Expr[]): Expr => args.reduce((a, b) => call('AND', a, b));
export const aggregate = (
  fn: string,
  args: readonly Expr[] = [],
  more: { distinct?: boolean; orderBy?: readonly SortKey[] } = {},
): Expr => ({
  kind: 'aggregate',
  fn,
  args,
  distinct: more.distinct ?? false,
  orderBy: more.orderBy ?? [],
  type: resolved(fn, args),
  nullable: true,
  span,
});
export const sort = (expr: Expr, descending = false, nullsFirst = descending): SortKey => ({
  expr,
  descending,
  nullsFirst,
  implied: false,
});
export const wholeFrame: Frame = { unit: 'rows', start: { kind: 'unbounded-preceding' }, end: { kind: 'unbounded-following' } };
export const over = (
  fn: string,
  args: readonly Expr[],
  partitionBy: readonly Expr[],
  orderBy: readonly SortKey[],
  frame: Frame | null = null,
): Expr => ({
  kind: 'window',
  fn,
  args,
  partitionBy,
  orderBy,
  frame,
  type: resolved(fn, args),
  nullable: true,
  span,
});
export const inQuery = (argument: Expr, query: CheckedQuery, negated = false): Expr => ({
  kind: 'in-query',
  argument,
  query,
  negated,
  type: boolean,
  nullable: true,
  span,
});
export const subquery = (query: CheckedQuery, type: SqlType): Expr => ({ kind: 'subquery', query, type, nullable: true, span });

const checked = (name: string, type: SqlType): CheckedColumn => ({ name, type, nullable: true });

export function select(items: Readonly<Record<string, Expr>>, more: Partial<CheckedSelect> = {}): CheckedSelect {
  return {
    kind: 'select',
    from: null,
    where: null,
    groupBy: null,
    having: null,
    qualify: null,
    distinct: false,
    items: Object.entries(items).map(([name, expr]) => ({ name, expr })),
    columns: Object.entries(items).map(([name, expr]) => checked(name, expr.type)),
    ...more,
  };
}

export const query = (body: CheckedBody, ctes: readonly CheckedCte[] = []): CheckedQuery => ({ ctes, body, columns: body.columns });
export const cte = (id: string, body: CheckedBody, ctes: readonly CheckedCte[] = []): CheckedCte => ({
  id,
  name: id,
  query: query(body, ctes),
});
export const fromCte = (id: string, source: CheckedCte): CheckedFrom => ({
  kind: 'cte',
  id,
  cte: source.id,
  alias: id,
  columns: source.query.columns,
});
export const join = (
  kind: 'inner' | 'left' | 'full' | 'cross',
  left: CheckedFrom,
  right: CheckedFrom,
  on: Expr | null = null,
): CheckedFrom => ({ kind: 'join', join: kind, left, right, on });

const base = { description: null, warehouse: 'w', topic: null, envelope: 'plain', span } as const;
const columnOf = ([name, type]: readonly [string, SqlType]) => ({
  name,
  type,
  pii: false,
  maskingPolicy: null,
  topicPath: null,
  unit: null,
  max: null,
});

/** ID, E (the entity), N, SENT_AT, INGESTED_AT. */
const chats: Stream = {
  ...base,
  kind: 'stream',
  name: 'chats',
  key: ['ID'],
  eventTime: 'SENT_AT',
  ingestTime: 'INGESTED_AT',
  lateness: 0n,
  maxSkew: 300_000_000n,
  columns: (
    [
      ['ID', varchar],
      ['E', varchar],
      ['N', integer],
      ['SENT_AT', timestamp],
      ['INGESTED_AT', timestamp],
    ] as const
  ).map(columnOf),
};
/** K, V, LSN, UPDATED_AT, GONE. */
const sellers: Table = {
  ...base,
  kind: 'table',
  name: 'sellers',
  key: ['K'],
  updatedAt: 'UPDATED_AT',
  versionBy: 'LSN',
  deleted: 'GONE',
  lateness: 0n,
  columns: (
    [
      ['K', varchar],
      ['V', integer],
      ['LSN', integer],
      ['UPDATED_AT', timestamp],
      ['GONE', boolean],
    ] as const
  ).map(columnOf),
};
const catalog: Catalog = { sources: [chats, sellers] };

export const scan = (
  id: string,
  source = 'chats',
  mode: 'stream' | 'table' | 'history' = source === 'chats' ? 'stream' : 'table',
): CheckedFrom => ({ kind: 'source', id, source, mode, alias: id, columns: [] });

export type Chat = readonly [id: string | null, e: string | null, n: number | null, sentAt: string | null, ingestedAt?: string | null];
export type Seller = readonly [k: string, v: number, lsn: number | null, updatedAt: string, gone?: boolean];
const time = (value: string | null): Value => (value === null ? null : at(value));
const whole = (value: number | null): Value => (value === null ? null : BigInt(value));

export function rows(chatRows: readonly Chat[], sellerRows: readonly Seller[] = []): ReadonlyMap<string, SourceRows> {
  return new Map<string, SourceRows>([
    [
      'chats',
      {
        columns: chats.columns.map(({ name }) => name),
        rows: chatRows.map(([id, e, n, sent, ingested = sent]) => [id, e, whole(n), time(sent), time(ingested)]),
      },
    ],
    [
      'sellers',
      {
        columns: sellers.columns.map(({ name }) => name),
        rows: sellerRows.map(([k, v, lsn, updated, gone = false]) => [k, whole(v), whole(lsn), time(updated), gone]),
      },
    ],
  ]);
}

export function feature(of: CheckedQuery, more: Partial<CheckedFeature> = {}): CheckedFeature {
  const entity = more.entity ?? of.columns.filter(({ name }) => name === 'E');
  const others = of.columns.filter(({ name }) => !entity.some((column) => column.name === name));
  return {
    name: 'f',
    file: 'f.sql',
    description: null,
    owner: null,
    status: 'active',
    deprecationDate: null,
    consumers: [],
    every: null,
    latencyBudget: null,
    blocking: false,
    includeAsOf: false,
    entity,
    span,
    outputs: others.map((column) => ({ ...column, default: null, exactness: 'exact' as const })),
    groupsByEntity: false,
    query: of,
    sources: ['chats', 'sellers'],
    universe: null,
    ...more,
  };
}

/** `e@time` per spine row. */
export function ask(
  of: CheckedFeature,
  events: ReadonlyMap<string, SourceRows>,
  spine: readonly string[],
  knowledge: 'event' | 'arrived' = 'event',
): readonly (readonly Value[])[] {
  const asked = spine.map((row) => {
    const [e = '', when = ''] = row.split('@');
    return { entity: of.entity.length === 0 ? [] : [e], asOf: at(when) };
  });
  return evaluateFeature(of, catalog, events, asked, { knowledge });
}
