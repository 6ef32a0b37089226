/** The faults: each is put in from outside, through files that anybody may write. One entry each. */
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bench, changeStream, editLambda } from './bench.ts';
import { answers, writeLog } from './served.ts';
import { type Cell, instant, millis, type Row } from './world.ts';

export interface Fault {
  /** As design.md names it. */
  readonly cause: string;
  /** How it is put in. */
  readonly name: string;
  /** Where it is put in. */
  readonly into: 'events' | 'artifact' | 'served log';
  readonly features: readonly string[];
  /** Which auctions it touches. */
  readonly inject: (bench: Bench) => Promise<ReadonlySet<string>>;
}

const minute = 60_000;
const touches = (bench: Bench, row: Row): boolean => bench.chosen.has(String(row['auction_id']));
const all = (bench: Bench): ReadonlySet<string> => new Set(bench.world.auctions);
const shifted = (at: Cell | undefined, by: number): string => {
  const text = String(at);
  return `${instant(millis(text) + by).slice(0, 23)}${text.slice(23)}`;
};

/** Rows of the chosen auctions, one after the other. */
const ofChosen =
  (source: 'bids' | 'auctions', change: (row: Row, bench: Bench, index: number) => readonly Row[]): Fault['inject'] =>
  async (bench) => {
    const touched = new Set<string>();
    await changeStream(bench, source, (row, index) => {
      if (!touches(bench, row)) return [row];
      const changed = change(row, bench, index);
      if (changed.length !== 1 || changed[0] !== row) touched.add(String(row['auction_id']));
      return changed;
    });
    return touched;
  };

const windows = ['bid_window', 'bid_ratio', 'bid_price', 'bid_day'];

const events: readonly Fault[] = [
  {
    cause: 'late',
    name: 'events come half an hour later',
    into: 'events',
    features: ['bid_window', 'bid_last'],
    inject: ofChosen('bids', (row) => [{ ...row, ingested_at: shifted(row['ingested_at'], 30 * minute) }]),
  },
  {
    cause: 'lost',
    name: 'one event in four never comes',
    into: 'events',
    features: [...windows, 'bid_last', 'bid_weight'],
    inject: async (bench) => {
      const copies = new Map<string, boolean>();
      return ofChosen('bids', (row) => {
        const id = String(row['bid_id']);
        if (!copies.has(id)) copies.set(id, bench.random.chance(0.25));
        return copies.get(id) === true ? [] : [row];
      })(bench);
    },
  },
  {
    cause: 'stream_gap',
    name: 'nothing comes for 40 minutes',
    into: 'events',
    features: windows,
    inject: async (bench) => {
      const from = bench.world.begins + 60 * minute + bench.random.below(240) * minute;
      const touched = new Set<string>();
      await changeStream(bench, 'bids', (row) => {
        const at = millis(row['ingested_at'] ?? null);
        if (at < from || at >= from + 40 * minute) return [row];
        touched.add(String(row['auction_id']));
        return [];
      });
      return touched;
    },
  },
  {
    cause: 'duplicate',
    name: 'a producer sends again under a new id',
    into: 'events',
    features: ['bid_window', 'bid_price', 'bid_day'],
    inject: async (bench) => {
      let nth = 0;
      return ofChosen('bids', (row) => {
        nth += 1;
        return nth % 3 === 0
          ? [row, { ...row, bid_id: `${String(row['bid_id'])}-again${nth}`, ingested_at: shifted(row['ingested_at'], 500) }]
          : [row];
      })(bench);
    },
  },
  {
    cause: 'clock_offset',
    name: 'a producer whose clock is 137 seconds slow',
    into: 'events',
    features: windows.slice(0, 3),
    inject: ofChosen('bids', (row) => [{ ...row, bid_at: shifted(row['bid_at'], -137_000) }]),
  },
  {
    cause: 'time_zone',
    name: 'a producer that writes its own wall clock',
    into: 'events',
    features: windows,
    inject: ofChosen('bids', (row) => [{ ...row, bid_at: shifted(row['bid_at'], -5 * 60 * minute) }]),
  },
  {
    cause: 'timestamp_precision',
    name: 'times are cut to the minute',
    into: 'events',
    features: windows.slice(0, 3),
    inject: ofChosen('bids', (row) => [{ ...row, bid_at: `${String(row['bid_at']).slice(0, 16)}:00.000000` }]),
  },
  {
    cause: 'type_coercion',
    name: 'amounts lose their cents',
    into: 'events',
    features: ['bid_window', 'bid_ratio', 'bid_last'],
    inject: ofChosen('bids', (row) => [{ ...row, amount: `${String(row['amount']).split('.')[0]}.00` }]),
  },
  {
    cause: 'type_coercion',
    name: 'codes are read as numbers',
    into: 'events',
    features: ['bid_last'],
    inject: ofChosen('bids', (row) => [{ ...row, code: String(Number(row['code'])) }]),
  },
  {
    cause: 'stale_table',
    name: 'the last version of a row has not come',
    into: 'events',
    features: ['bid_price'],
    inject: async (bench) => {
      const touched = new Set<string>();
      await changeStream(bench, 'auctions', (row, i, rows) => {
        const isLast = !rows.slice(i + 1).some((r) => r['auction_id'] === row['auction_id']);
        if (!touches(bench, row) || !isLast || row['is_deleted'] === true) return [row];
        touched.add(String(row['auction_id']));
        return [];
      });
      return touched;
    },
  },
  {
    cause: 'missed_delete',
    name: 'deletions do not come',
    into: 'events',
    features: ['bid_price'],
    inject: async (bench) => {
      const touched = new Set<string>();
      await changeStream(bench, 'auctions', (row) => {
        if (row['is_deleted'] !== true) return [row];
        touched.add(String(row['auction_id']));
        return [];
      });
      return touched;
    },
  },
];

const edit =
  (find: string | RegExp, replace: string): Fault['inject'] =>
  async (bench) => {
    await editLambda(bench, (sql) => sql.replaceAll(find, replace));
    return all(bench);
  };
const artifact = (cause: string, name: string, features: readonly string[], inject: Fault['inject']): Fault => ({
  cause,
  name,
  into: 'artifact',
  features,
  inject,
});

const artifacts: readonly Fault[] = [
  artifact(
    'boundary',
    'the window begins after its first instant',
    ['bid_window', 'bid_ratio', 'bid_last'],
    edit(/bid_at >= asked/g, 'bid_at > asked'),
  ),
  artifact('boundary', 'events at the instant count', ['bid_window', 'bid_last', 'bid_weight'], edit(/bid_at < asked/g, 'bid_at <= asked')),
  artifact('boundary', 'the inner window begins late', ['bid_window'], edit(/bids\.bid_at >= bids/g, 'bids.bid_at > bids')),
  artifact('empty_default', 'COALESCE is taken out', ['bid_window', 'bid_day'], edit(/COALESCE\((answer\.\w+), 0\)/g, '$1')),
  artifact(
    'empty_default',
    'the defaults are taken out',
    ['bid_defaults'],
    edit(/CASE WHEN answer\.as_of IS NULL THEN \S+ ELSE (answer\.\w+) END/g, '$1'),
  ),
  artifact(
    'division_scale',
    'quotients with two decimals',
    ['bid_ratio'],
    edit(
      /lockstep_quotient\((.*?), CAST\(1000000 AS HUGEINT\), (.*?)\) AS DECIMAL\(38,0\)\)/g,
      '(lockstep_quotient($1, CAST(100 AS HUGEINT), $2) * 10000) AS DECIMAL(38,0))',
    ),
  ),
  artifact(
    'rounding',
    'quotients are cut off',
    ['bid_ratio'],
    edit(/lockstep_quotient\((.*?), CAST\(1000000 AS HUGEINT\), (CAST\(NULLIF\(.*?\) AS HUGEINT\))\)/g, '(($1 * 1000000) // $2)'),
  ),
  artifact('rounding', 'ROUND cuts off', ['bid_ratio'], edit(/round\(/g, 'trunc(')),
  artifact(
    'time_zone',
    'the day begins at midnight UTC',
    ['bid_day'],
    edit(/timezone\('America\/New_York', timezone\('UTC', (\w+\.\w+)\)\)/g, '$1'),
  ),
  artifact('out_of_order', 'the last to come is the last', ['bid_last'], async (bench) => {
    await editLambda(bench, (sql) =>
      sql
        .replace('    bids.bid_at\n', '    bids.bid_at,\n    bids.ingested_at\n')
        .replace('ORDER BY bids.bid_at DESC', 'ORDER BY bids.ingested_at DESC'),
    );
    return all(bench);
  }),
  artifact('tampered_artifact', 'a threshold is changed', ['bid_ratio'], edit('bids.amount > 50', 'bids.amount > 65')),
  artifact('tampered_artifact', 'one too many', ['bid_day', 'bid_price'], edit('COUNT(*)', 'COUNT(*) + 1')),
  artifact('version_skew', 'the lambda of an older definition', ['bid_window', 'bid_ratio'], async (bench) => {
    await rm(join(bench.folder, 'artifacts'), { recursive: true });
    await cp(join(bench.folder, '..', 'older'), join(bench.folder, 'artifacts'), { recursive: true });
    return all(bench);
  }),
];

/** Answers to the chosen auctions, which some replica gave otherwise. */
const served = (
  cause: string,
  name: string,
  features: readonly string[],
  change: (row: Row, bench: Bench) => Row,
  otherwise: (bench: Bench) => Promise<readonly Row[] | undefined> = async () => undefined,
): Fault => ({
  cause,
  name,
  into: 'served log',
  features,
  inject: async (bench) => {
    const log = await answers(bench.place, bench);
    const other = await otherwise(bench);
    const changed = log.map((row, i) => (touches(bench, row) ? change(other?.[i] ?? row, bench) : row));
    await writeLog(bench.folder, changed);
    const isOther = (row: Row, i: number): boolean => JSON.stringify(row) !== JSON.stringify(log[i]);
    return new Set(changed.filter(isOther).map((row) => String(row['auction_id'])));
  },
});
const same = (row: Row): Row => row;

const logs: readonly Fault[] = [
  served('version_skew', 'a replica still has the older version', ['bid_window', 'bid_ratio'], same, (bench) =>
    answers(bench.place, bench, { artifacts: join(bench.folder, '..', 'older') }),
  ),
  served('clock_offset', 'a replica whose clock is 45 seconds slow', ['bid_window', 'bid_last'], same, (bench) =>
    answers(bench.place, bench, { by: -45_000 }),
  ),
  served('time_zone', 'a replica that is five hours behind', ['bid_window', 'bid_price'], same, (bench) =>
    answers(bench.place, bench, { by: -5 * 60 * minute }),
  ),
  served('empty_default', 'nothing is sent as zero', ['bid_ratio'], (row) => ({
    ...row,
    mean_amount: row['mean_amount'] ?? '0.00000000',
    share_high: row['share_high'] ?? '0.000000',
    spent_each: row['spent_each'] ?? '0.0',
  })),
  served('division_scale', 'shares are sent with two decimals', ['bid_ratio'], (row) => ({
    ...row,
    share_high: row['share_high'] === null ? null : `${String(row['share_high']).slice(0, -4)}0000`,
  })),
];

export const faults: readonly Fault[] = [...events, ...artifacts, ...logs];
