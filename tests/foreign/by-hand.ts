/** Features of the marketplace that were written by hand twice: a lambda, and a batch form over raw rows made clean by hand. */
import { readFile } from 'node:fs/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { generateMarketplace } from '../../examples/marketplace/generate.ts';
import { askedInstants, iso, minute, evening as period } from '../../examples/marketplace/moments.ts';
import type { Row } from '../../examples/marketplace/rows.ts';
import { spineOf } from '../../examples/marketplace/spine.ts';
import { openByHand } from '../marketplace/by-hand.ts';
import { folderWith } from '../support/cli.ts';

const [evening, end] = period;
const often = [
  ...askedInstants,
  ...Array.from({ length: Number((end - evening) / (5n * minute)) }, (_, i) => evening + BigInt(i) * 5n * minute),
];

/** `entity`: columns with DuckDB's types. `instants`: of the table. */
export const features = {
  stream_chat_activity: { entity: { stream_id: 'VARCHAR' }, instants: often },
  listing_bid_velocity: { entity: { listing_id: 'VARCHAR' }, instants: often },
  buyer_seller_bond: { entity: { buyer_id: 'BIGINT', seller_id: 'BIGINT' }, instants: askedInstants },
} as const;
export type Name = keyof typeof features;

/** What stands there, and what somebody wrote in its place. */
export type Fault = readonly [right: string, wrong: string];

const seed = 1;
const size = 200;

export interface Written {
  /** Holds a file for each source. */
  readonly events: string;
  readonly lambda: (name: Name, ...faults: readonly Fault[]) => Promise<string>;
  /** Rows of the table that the batch form writes. */
  readonly rows: (name: Name, ...faults: readonly Fault[]) => Promise<readonly Row[]>;
  readonly table: (rows: readonly Row[], as?: 'csv' | 'ndjson') => Promise<string>;
  readonly close: () => void;
}

export async function written(): Promise<Written> {
  const raw = generateMarketplace(seed, size);
  const lines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  const events = await folderWith(Object.fromEntries([...raw].map(([source, rows]) => [`${source}.ndjson`, lines(rows)])));
  const byHand = await openByHand(raw);
  const sqlOf = async (file: string, faults: readonly Fault[]): Promise<string> => {
    const text = await readFile(new URL(`sql/${file}`, import.meta.url), 'utf8');
    return faults.reduce((sql, [right, wrong]) => {
      if (!sql.includes(right)) throw new Error(`${file} has no ${right}`);
      return sql.replaceAll(right, wrong);
    }, text);
  };
  return {
    events,
    lambda: async (name, ...faults) => {
      const folder = await folderWith({ [`${name}.sql`]: await sqlOf(`${name}.lambda.sql`, faults) });
      return `${folder}/${name}.sql`;
    },
    rows: async (name, ...faults) => {
      const { entity, instants } = features[name];
      const entities = spineOf(raw, Object.keys(entity), 1000).map(({ as_of: _, ...key }) => key);
      const times = [...new Set(instants)].map(iso);
      const distinct = [...new Map(entities.map((key) => [JSON.stringify(key), key])).values()];
      const spine = times.flatMap((as_of) => distinct.map((key): Row => ({ ...key, as_of })));
      const columns = Object.entries(entity).map(([column, type]) => `${column} ${type}, `);
      const answers = await byHand.ask(await sqlOf(`${name}.batch.sql`, faults), columns.join(''), spine);
      return spine.map((row, i) => ({ ...row, ...(answers[i] as Row) }));
    },
    table: async (rows, as = 'csv') => {
      const names = Object.keys(rows[0] ?? {});
      const cell = (value: unknown): string => (value === null ? '' : `"${String(value)}"`);
      const csv = `${[names, ...rows.map((row) => names.map((name) => cell(row[name] ?? null)))].map((r) => r.join(',')).join('\n')}\n`;
      const folder = await folderWith({ [`by_hand.${as}`]: as === 'csv' ? csv : lines(rows.map(withBooleans)) });
      return `${folder}/by_hand.${as}`;
    },
    close: byHand.close,
  };
}

/** DuckDB's texts are read as they stand, but for booleans. */
const withBooleans = (row: Row): object =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value === 'true' || value === 'false' ? value === 'true' : value]));

/** `types`: for each column of `csv`, what Parquet is to hold. */
export async function parquetOf(csv: string, types: Readonly<Record<string, string>>): Promise<string> {
  const file = csv.replace(/csv$/, 'parquet');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const casts = Object.entries(types).map(([name, type]) => `CAST(${name} AS ${type}) AS ${name}`);
  await connection.run(`COPY (SELECT ${casts.join(', ')} FROM read_csv('${csv}', all_varchar = true)) TO '${file}' (FORMAT parquet)`);
  connection.closeSync();
  instance.closeSync();
  return file;
}
