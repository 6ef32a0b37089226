/** Features as SQL written by hand: one correlated query for each asked row, over raw rows made clean by hand. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Row } from '../../examples/marketplace/rows.ts';

interface Stream {
  readonly columns: string;
  readonly key: string;
  readonly time: string;
  /** Seconds that an event may be dated ahead; null where no arrival is known. */
  readonly skew: number | null;
}

const streams: Readonly<Record<string, Stream>> = {
  chats: {
    columns: 'chat_id VARCHAR, stream_id VARCHAR, user_id BIGINT, body VARCHAR, sent_at TIMESTAMP, ingested_at TIMESTAMP',
    key: 'chat_id',
    time: 'sent_at',
    skew: 300,
  },
  views: {
    columns: 'heartbeat_id VARCHAR, view_id VARCHAR, stream_id VARCHAR, user_id BIGINT, watched_at TIMESTAMP, ingested_at TIMESTAMP',
    key: 'heartbeat_id',
    time: 'watched_at',
    skew: 300,
  },
  bids: {
    columns:
      'bid_id VARCHAR, listing_id VARCHAR, stream_id VARCHAR, bidder_id BIGINT, amount DECIMAL(12,2), bid_at TIMESTAMP, ingested_at TIMESTAMP',
    key: 'bid_id',
    time: 'bid_at',
    skew: 30,
  },
  orders: {
    columns:
      'order_id VARCHAR, listing_id VARCHAR, stream_id VARCHAR, seller_id BIGINT, buyer_id BIGINT, quantity INTEGER, ordered_at TIMESTAMP, ingested_at TIMESTAMP',
    key: 'order_id',
    time: 'ordered_at',
    skew: 300,
  },
  cancellations: {
    columns: 'cancellation_id VARCHAR, order_id VARCHAR, cancelled_by VARCHAR, cancelled_at TIMESTAMP, ingested_at TIMESTAMP',
    key: 'cancellation_id',
    time: 'cancelled_at',
    skew: 300,
  },
  follows: {
    columns: 'user_id BIGINT, seller_id BIGINT, stream_id VARCHAR, followed_at TIMESTAMP',
    key: 'user_id, seller_id',
    time: 'followed_at',
    skew: null,
  },
  comment_flags: {
    columns:
      'flag_id VARCHAR, chat_id VARCHAR, stream_id VARCHAR, flagged_by VARCHAR, reason VARCHAR, flagged_at TIMESTAMP, ingested_at TIMESTAMP',
    key: 'flag_id',
    time: 'flagged_at',
    skew: 300,
  },
};

const tables: Readonly<Record<string, string>> = {
  streams:
    'stream_id VARCHAR, seller_id BIGINT, category VARCHAR, started_at TIMESTAMP, ended_at TIMESTAMP, lsn BIGINT, updated_at TIMESTAMP, is_deleted BOOLEAN',
  sellers: 'seller_id BIGINT, handle VARCHAR, country VARCHAR, lsn BIGINT, updated_at TIMESTAMP, is_deleted BOOLEAN',
  listings:
    'listing_id VARCHAR, seller_id BIGINT, stream_id VARCHAR, category VARCHAR, price DECIMAL(12,2), lsn BIGINT, updated_at TIMESTAMP, is_deleted BOOLEAN',
};

const names = (columns: string): readonly string[] =>
  columns
    .replaceAll('(12,2)', '')
    .split(', ')
    .map((c) => c.split(' ')[0] as string);

/** DISTINCT ON keeps the first row of its ORDER BY. */
function cleanStream(name: string, { columns, key, time, skew }: Stream): string {
  const present = [...key.split(', '), time].map((c) => `${c} IS NOT NULL`).join(' AND ');
  const timely = skew === null ? 'TRUE' : `coalesce(${time} - INTERVAL '${skew} seconds' <= ingested_at, TRUE)`;
  const order = [key, time, ...(skew === null ? [] : ['ingested_at NULLS LAST']), ...names(columns).map((c) => `${c} NULLS LAST`)];
  return `CREATE TABLE ${name} AS SELECT DISTINCT ON (${key}, ${time}) * FROM raw_${name} WHERE ${present} AND ${timely} ORDER BY ${order.join(', ')}`;
}

export interface ByHand {
  /** Text cells; the query reads `spine s` and gives one row for each, in the order of s.ordinal. */
  readonly ask: (sql: string, spineColumns: string, spine: readonly Row[]) => Promise<readonly Record<string, unknown>[]>;
  readonly close: () => void;
}

export async function openByHand(raw: ReadonlyMap<string, readonly Row[]>): Promise<ByHand> {
  const folder = await mkdtemp(join(tmpdir(), 'marketplace-'));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const load = async (table: string, columns: string, rows: readonly Row[]): Promise<void> => {
    const file = join(folder, `${table}.ndjson`);
    await writeFile(file, rows.map((row) => JSON.stringify(row)).join('\n'));
    const types = columns
      .replaceAll('(12,2)', '#')
      .split(', ')
      .map((c) => c.replace('#', '(12,2)').split(' '));
    await connection.run(
      `CREATE OR REPLACE TABLE ${table} AS SELECT * FROM read_json('${file}', format = 'newline_delimited', columns = {${types.map(([n, t]) => `${n}: '${t}'`).join(', ')}})`,
    );
  };
  for (const [name, stream] of Object.entries(streams)) {
    await load(`raw_${name}`, stream.columns, raw.get(name) ?? []);
    await connection.run(cleanStream(name, stream));
  }
  for (const [name, columns] of Object.entries(tables)) {
    await load(`raw_${name}`, columns, raw.get(name) ?? []);
    const key = names(columns)[0] as string;
    await connection.run(`CREATE TABLE ${name} AS SELECT DISTINCT * FROM raw_${name} WHERE ${key} IS NOT NULL AND updated_at IS NOT NULL`);
  }
  // The version of a listing that was in force just before an instant; NULL where it was deleted or did not exist.
  for (const column of ['price', 'category']) {
    await connection.run(
      `CREATE MACRO ${column}_before(listing, moment) AS (SELECT CASE WHEN is_deleted THEN NULL ELSE ${column} END FROM listings v WHERE v.listing_id = listing AND v.updated_at < moment ORDER BY v.updated_at DESC, v.lsn DESC LIMIT 1)`,
    );
  }
  await connection.run(
    `CREATE MACRO listed_before(listing, moment) AS coalesce((SELECT NOT is_deleted FROM listings v WHERE v.listing_id = listing AND v.updated_at < moment ORDER BY v.updated_at DESC, v.lsn DESC LIMIT 1), FALSE)`,
  );
  return {
    ask: async (sql, spineColumns, spine) => {
      await load(
        'spine',
        `ordinal INTEGER, ${spineColumns}as_of TIMESTAMP`,
        spine.map((row, ordinal) => ({ ordinal, ...row })),
      );
      const reader = await connection.runAndReadAll(`SELECT columns(*)::VARCHAR FROM (${sql}) ORDER BY ordinal::INTEGER`);
      return reader.getRowObjectsJson().map(({ ordinal: _, ...rest }) => rest);
    },
    close: () => {
      connection.closeSync();
      instance.closeSync();
      void rm(folder, { recursive: true });
    },
  };
}
