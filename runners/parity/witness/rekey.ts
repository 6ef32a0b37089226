/** Rows without what is personal in them: other values for it, equal where they were equal, and the times of another week. */
import { createHmac } from 'node:crypto';
import type { Catalog, Source } from '../../../compiler/catalog.ts';
import type { SqlType } from '../../../compiler/sql-type.ts';
import type { Value } from '../../../compiler/value.ts';
import type { SpineRow } from '../../data/spine.ts';
import type { Pair } from '../evidence/pairs.ts';

type Row = readonly Value[];

export interface Case {
  readonly pairs: readonly Pair[];
  readonly row: SpineRow;
}

export function holdsPersonal({ pairs }: Case, catalog: Catalog): boolean {
  return pairs.some((p) => catalog.sources.some((s) => s.name === p.source && s.columns.some((c) => c.pii)));
}

/** `personal`: of the entity columns, in order. Who knows `secret` can try values out. */
export function withoutPersonal(
  { pairs, row }: Case,
  catalog: Catalog,
  entity: readonly SqlType[],
  personal: readonly boolean[],
  secret: string,
): Case {
  const change = (source: Source) => (values: Row | null) =>
    values?.map((value, i) => {
      const column = source.columns[i];
      return column?.pii === true ? replaced(value, column.type, secret) : value;
    }) ?? null;
  return {
    pairs: eachRow(pairs, catalog, change),
    row: { ...row, entity: row.entity.map((value, i) => (personal[i] === true ? replaced(value, entity[i] as SqlType, secret) : value)) },
  };
}

/** The same value for the same value, of whichever column: joins find each other. */
function replaced(value: Value, type: SqlType, secret: string): Value {
  if (value === null) return null;
  const digest = createHmac('sha256', secret)
    .update(`${type.kind} ${String(value)}`)
    .digest();
  if (type.kind === 'varchar') return `p-${digest.toString('hex').slice(0, 10)}`;
  if (type.kind !== 'number') return null;
  const digits = Math.max(1, Math.min(9, type.precision - type.scale));
  return (1n + (digest.readBigUInt64BE() % (10n ** BigInt(digits) - 1n))) * 10n ** BigInt(type.scale);
}

/** All timestamps, and the instant, later by so many microseconds. */
export function moved({ pairs, row }: Case, catalog: Catalog, by: bigint): Case {
  const change = (source: Source) => (values: Row | null) =>
    values?.map((value, i) => (source.columns[i]?.type.kind === 'timestamp' && typeof value === 'bigint' ? value + by : value)) ?? null;
  const arrived = row.arrivedBy === undefined ? {} : { arrivedBy: row.arrivedBy + by };
  const later = pairs.map((p) => ({ ...p, arrivedAt: p.arrivedAt === null ? null : p.arrivedAt + by }));
  return { pairs: eachRow(later, catalog, change), row: { ...row, asOf: row.asOf + by, ...arrived } };
}

function eachRow(pairs: readonly Pair[], catalog: Catalog, change: (source: Source) => (row: Row | null) => Row | null): readonly Pair[] {
  return pairs.map((pair) => {
    const source = catalog.sources.find((s) => s.name === pair.source) as Source;
    // What both sides share stays shared: pairs are told apart by that.
    const batch = change(source)(pair.batch);
    return { ...pair, batch, stream: pair.stream === pair.batch ? batch : change(source)(pair.stream) };
  });
}

const week = 7n * 86_400_000_000n;
/** A Monday. */
const somewhere = BigInt(Date.UTC(2024, 0, 1)) * 1000n;

/** By whole weeks, so that the instant lies in the first of 2024: days and hours stay what they are. */
export function toAnotherWeek({ row }: Case): bigint {
  const weeks = (row.asOf - somewhere) / week - (row.asOf < somewhere ? 1n : 0n);
  return -weeks * week;
}
