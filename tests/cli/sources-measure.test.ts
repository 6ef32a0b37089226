/** What is counted of random rows of a DuckDB file, against the same counted here, row by row. Names of columns are those that the SQL uses itself. */
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readSources } from '../../compiler/authoring/sources.ts';
import type { Source } from '../../compiler/catalog.ts';
import { openDuckdbReal } from '../../runners/sources/real/duckdb.ts';
import type { Measured } from '../../runners/sources/real/warehouse.ts';
import { folderWith } from '../support/cli.ts';

const sources = `streams:
  events:
    warehouse: main.events
    key: [day, raw_rows]
    event_time: dated_at
    ingest_time: dated
    max_skew: 2 seconds
    columns: { day: "NUMBER(2,0)", raw_rows: VARCHAR, dated_at: TIMESTAMP_NTZ, dated: TIMESTAMP_NTZ, '"In ""quotes"""': VARCHAR }
tables:
  versions:
    warehouse: main.events
    key: raw_rows
    updated_at: dated_at
    version_by: day
    columns: { day: "NUMBER(2,0)", raw_rows: VARCHAR, dated_at: TIMESTAMP_NTZ }
`;

interface Row {
  readonly day: number | null;
  readonly key: string | null;
  /** Microseconds. */
  readonly time: number | null;
  readonly ingest: number | null;
  readonly value: string | null;
}

const midnight = 1_767_225_600_000_000;
const second = 1_000_000;
const dayLength = 86_400 * second;
const now = midnight + 2 * dayLength;
/** Around two midnights, the second of which is now. */
const time = fc
  .tuple(fc.constantFrom(midnight, now), fc.constantFrom(-3 * second, -1, 0, 1, 2 * second, 2 * second + 1))
  .map(([at, more]) => at + more);
const row: fc.Arbitrary<Row> = fc.record({
  day: fc.option(fc.constantFrom(1, 2, 99, 100), { freq: 8 }),
  key: fc.option(fc.constantFrom('a', 'b', ''), { freq: 8 }),
  time: fc.option(time, { freq: 8 }),
  ingest: fc.option(time, { freq: 4 }),
  value: fc.option(fc.constantFrom('x', 'y', "o'z", ''), { freq: 4 }),
});

type Expected = Omit<Measured, 'values' | 'unfit'> & { readonly values: readonly unknown[]; readonly unfit: readonly string[] };

function counted(rows: readonly Row[], kind: 'stream' | 'table'): Expected {
  const isAhead = (r: Row): boolean => kind === 'stream' && r.time !== null && r.ingest !== null && r.time > r.ingest + 2 * second;
  const lacks = (field: keyof Row): number => rows.filter((r) => r[field] === null).length;
  const clean = rows.filter((r) => (kind === 'table' || r.day !== null) && r.key !== null && r.time !== null && !isAhead(r));
  const identities = new Set(clean.map((r) => JSON.stringify([r.key, r.time, r.day])));
  const keys = new Set(clean.map((r) => JSON.stringify([r.key, r.day])));
  const arrivals = rows.flatMap((r) => (kind === 'stream' ? r.ingest : r.time) ?? []);
  const past = clean.flatMap((r) => (r.time === null || r.time > now ? [] : [{ at: r.time, value: r.value }]));
  const days = new Map<number, number>();
  for (const { at } of past) days.set(Math.floor(at / dayLength), (days.get(Math.floor(at / dayLength)) ?? 0) + 1);
  const values = [...new Set(past.flatMap((p) => p.value ?? []))].sort().map((value) => {
    const own = past.filter((p) => p.value === value).map((p) => p.at);
    return { value, rows: own.length, first: BigInt(Math.min(...own)) };
  });
  return {
    rows: rows.length,
    clean: clean.length,
    breaches:
      kind === 'stream'
        ? [
            { reason: 'day is NULL', rows: lacks('day') },
            { reason: 'raw_rows is NULL', rows: lacks('key') },
            { reason: 'dated_at is NULL', rows: lacks('time') },
            { reason: 'dated_at is ahead of its ingest', rows: rows.filter(isAhead).length },
          ]
        : [
            { reason: 'raw_rows is NULL', rows: lacks('key') },
            { reason: 'dated_at is NULL', rows: lacks('time') },
          ],
    copies: clean.length - identities.size,
    otherTimes: kind === 'stream' ? identities.size - keys.size : 0,
    newest: arrivals.some((a) => a <= now) ? BigInt(Math.max(...arrivals.filter((a) => a <= now))) : null,
    ahead: arrivals.filter((a) => a > now).length,
    unfit: rows.some((r) => r.day === 100) ? ['DAY'] : [],
    days,
    values,
  };
}

async function measured(rows: readonly Row[], name: 'events' | 'versions'): Promise<Expected> {
  const folder = await folderWith({});
  const instance = await DuckDBInstance.create(join(folder, 'raw.duckdb'));
  const connection = await instance.connect();
  await connection.run(
    `CREATE TABLE events ("day" HUGEINT, raw_rows VARCHAR, dated_at TIMESTAMP, dated TIMESTAMP, "In ""quotes""" VARCHAR)`,
  );
  const at = (microseconds: number | null): string => (microseconds === null ? 'NULL' : `make_timestamp(${microseconds})`);
  const text = (value: string | null): string => (value === null ? 'NULL' : `'${value.replaceAll("'", "''")}'`);
  const tuples = rows.map((r) => `(${r.day ?? 'NULL'}, ${text(r.key)}, ${at(r.time)}, ${at(r.ingest)}, ${text(r.value)})`);
  if (rows.length > 0) await connection.run(`INSERT INTO events VALUES ${tuples.join(', ')}`);
  connection.closeSync();
  instance.closeSync();
  const target = {
    engine: 'duckdb' as const,
    path: 'raw.duckdb',
    schema: null,
    account: {},
    dbt: null,
    databases: {},
    schemas: {},
    models: {},
  };
  const warehouse = await openDuckdbReal({ name: 'local', declared: target, folder, environment: {} });
  const source = readSources({ path: 'sources.yml', text: sources }, []).sources.find((s) => s.name === name) as Source;
  const found = (await warehouse.columns(source)) ?? [];
  const valuesOf = ['In "quotes"'];
  const bounded = source.columns.filter((c) => c.name === 'DAY');
  const { values, unfit, ...counts } = await warehouse.measure(source, {
    now: BigInt(now),
    found,
    bounded,
    valuesOf,
    mostValues: 1000,
    step: () => {},
  });
  warehouse.close();
  const listed = [...(values.get('In "quotes"') ?? [])].sort((a, b) => (a.value < b.value ? -1 : 1));
  return { ...counts, values: listed, unfit: unfit.map((u) => u.column) };
}

test.each(['events', 'versions'] as const)(
  'rows of %s are counted as one by one',
  async (name) => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 30 }), async (rows) => {
        expect(await measured(rows, name)).toEqual(counted(rows, name === 'events' ? 'stream' : 'table'));
      }),
      { numRuns: 40, seed: 7 },
    );
  },
  60_000,
);
