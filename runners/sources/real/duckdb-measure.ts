/**
 * The rows of a source in a DuckDB file, counted in two passes that read only the columns they need: one over everything, one by day and by
 * value. What breaks the contract is asked by the expressions that the warehouse's own models ask it by.
 */
import { breaches } from '../../../compiler/artifacts/staging.ts';
import type { Source, SourceColumn } from '../../../compiler/catalog.ts';
import { duckdb, identifier } from '../../../compiler/emit/dialect.ts';
import { printExpression } from '../../../compiler/emit/print.ts';
import type { Value } from '../../../compiler/value.ts';
import { sameName } from '../../data/column.ts';
import { exactValue } from '../../data/duckdb-exact.ts';
import { ingestPlace, timePlace } from '../../data/row-time.ts';
import type { DuckdbReader } from '../../engines/duckdb-reader.ts';
import { exactWithoutNanos } from '../../warehouse/declared-columns.ts';
import { rowsOf } from './duckdb-rows.ts';
import { groupedBy } from './grouped.ts';
import type { Asked, Measured } from './warehouse.ts';

type Reader = Pick<DuckdbReader, 'rows'>;

export async function measureOnDuckdb(reader: Reader, source: Source, relation: string, asked: Asked): Promise<Measured> {
  const reading = readingOf(source, relation, asked);
  const counted = await counts(reader, source, reading, asked);
  asked.step(0.5);
  return { ...counted, ...(await groups(reader, reading, asked)) };
}

interface Reading {
  /** Of a declared column. */
  readonly name: (column: string) => string;
  /** The raw rows, with the columns that say which they are, and when, under their declared names. */
  readonly rows: (more: readonly string[]) => string;
  /** As the relation has it. */
  readonly raw: (column: string) => string;
  readonly broken: readonly { readonly reason: string; readonly test: string }[];
  readonly isClean: string;
  readonly time: string;
}

function readingOf(source: Source, relation: string, { found }: Asked): Reading {
  const name = (column: string): string => identifier(column, duckdb);
  const raw = (column: string): string => identifier(found.find((f) => sameName(f.name, column))?.name ?? column, duckdb);
  const time = source.columns[timePlace(source)]?.name ?? '';
  const ingest = source.columns[ingestPlace(source)]?.name;
  const times = [...new Set([time, ...(ingest === undefined ? [] : [ingest])])];
  const others = [...source.key, ...(source.kind === 'table' && source.versionBy !== null ? [source.versionBy] : [])];
  const items = [
    ...times.map((column) => `CAST(${raw(column)} AS TIMESTAMP) AS ${name(column)}`),
    ...[...new Set(others)].filter((column) => !times.includes(column)).map((column) => `${raw(column)} AS ${name(column)}`),
  ];
  const broken = breaches(source, duckdb).map(({ reason, test }) => ({ reason, test: `(${printExpression(test, duckdb)})` }));
  return {
    name,
    raw,
    rows: (more) => `(SELECT ${[...items, ...more].join(', ')} FROM ${relation})`,
    broken,
    isClean: `(${broken.map(({ test }) => test).join(' OR ')}) IS NOT TRUE`,
    time: name(time),
  };
}

/** A name that no declared column can have. */
const extra = (n: number): string => `__row_key_${n}`;

type Counts = Omit<Measured, 'days' | 'values'>;

async function counts(reader: Reader, source: Source, reading: Reading, { found, bounded, now }: Asked): Promise<Counts> {
  const { name, raw, rows, broken, isClean, time } = reading;
  const ends = bounded.map((column) => {
    const type = found.find((f) => sameName(f.name, column.name))?.type ?? '';
    const exact = exactWithoutNanos(raw(column.name), type, column.type);
    if (exact === null) throw new Error(`${column.name} is not read as it is declared`);
    return { column, exact };
  });
  const key = `row(${source.key.map(name).join(', ')})`;
  const version =
    source.kind === 'stream' ? [source.eventTime] : [source.updatedAt, ...(source.versionBy === null ? [] : [source.versionBy])];
  const identity = `row(${[...new Set([...source.key, ...version])].map(name).join(', ')})`;
  const arrival = source.kind === 'stream' && source.ingestTime !== null ? name(source.ingestTime) : time;
  const items = [
    'count(*)',
    `count(*) FILTER (WHERE ${isClean})`,
    `count(DISTINCT ${identity}) FILTER (WHERE ${isClean})`,
    `count(DISTINCT ${key}) FILTER (WHERE ${isClean})`,
    `epoch_us(max(${arrival}) FILTER (WHERE isfinite(${arrival}) AND ${arrival} <= $now))`,
    `count(*) FILTER (WHERE ${arrival} > $now)`,
    ...broken.map(({ test }) => `count(*) FILTER (WHERE ${test})`),
    ...ends.flatMap((_, i) => [`min(${extra(i)})`, `max(${extra(i)})`]),
  ];
  const more = ends.map(({ exact }, i) => `${exact.sql} AS ${extra(i)}`);
  const [row = []] = await rowsOf(reader, `SELECT ${items.join(',\n  ')}\nFROM ${rows(more)} AS raw_rows`, { now });
  const [all, clean, identities, keys, newest, ahead] = row;
  const extremes = row.slice(6 + broken.length);
  return {
    rows: Number(all),
    clean: Number(clean),
    breaches: broken.map(({ reason }, i) => ({ reason, rows: Number(row[6 + i]) })),
    copies: Number(clean) - Number(identities),
    otherTimes: source.kind === 'stream' ? Number(identities) - Number(keys) : 0,
    newest: typeof newest === 'bigint' ? newest : null,
    ahead: Number(ahead),
    unfit: ends.flatMap(({ column, exact }, i) => {
      const problem = extremes.slice(2 * i, 2 * i + 2).flatMap((end) => {
        const read = exactValue(end, exact.scale, column.type);
        return 'problem' in read ? [read.problem] : beyondMax(read.value, column);
      })[0];
      return problem === undefined ? [] : [{ column: column.name, problem }];
    }),
  };
}

function beyondMax(value: Value, { type, max }: SourceColumn): readonly string[] {
  if (max === null || type.kind !== 'number' || typeof value !== 'bigint') return [];
  const most = max * 10n ** BigInt(type.scale);
  return value > most || value < -most ? [`the number is beyond its \`max: ${max}\``] : [];
}

async function groups(reader: Reader, reading: Reading, { valuesOf, mostValues, now }: Asked): Promise<Pick<Measured, 'days' | 'values'>> {
  const { raw, rows, isClean, time } = reading;
  const values = valuesOf.map((_, i) => extra(i));
  const columns = ['day', ...values];
  const inner = `SELECT CAST(${time} AS DATE) - DATE '1970-01-01' AS day, ${time} AS dated_at${values.map((v) => `, ${v}`).join('')}
FROM ${rows(valuesOf.map((column, i) => `CAST(${raw(column)} AS VARCHAR) AS ${extra(i)}`))} AS raw_rows
WHERE ${isClean} AND isfinite(${time}) AND ${time} <= $now`;
  const sets = columns.map((column) => `(${column})`).join(', ');
  const flags = columns.map((column) => `grouping(${column})`).join(', ');
  const sql = `SELECT ${[flags, ...columns].join(', ')}, count(*), epoch_us(min(dated_at))\nFROM (${inner}) AS dated\nGROUP BY GROUPING SETS (${sets})`;
  const { add, found } = groupedBy(valuesOf, mostValues, (given) => BigInt(String(given)));
  for await (const chunk of reader.rows(sql, { now })) for (const row of chunk) add(row);
  return found;
}
