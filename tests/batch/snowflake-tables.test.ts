/** What `materialize` asks of dbt for a chunk on Snowflake, and when it believes that the chunk is done. Ledger and rows are written by hand. */
import { beforeEach, describe, expect, test } from 'vitest';
import { gridOf } from '../../runners/batch/materialize/grid.ts';
import { snowflakeTables } from '../../runners/batch/materialize/snowflake-tables.ts';
import type { Chunk, GridTables } from '../../runners/batch/materialize/tables.ts';
import type { DbtAsked } from '../../runners/dbt/job.ts';
import { catalog, featureNamed } from '../marketplace/world.ts';
import { type ByHand, byHand, type Doing, ranWith } from './snowflake-by-hand.ts';

const name = 'stream_chat_activity';
const grid = gridOf(featureNamed(name), catalog);
const { version } = grid;
const other = '0123456789abcdef';

/** 2026-01-02T00:00:00, in hours since 1970. */
const first = BigInt(Date.UTC(2026, 0, 2) / 3_600_000);
const chunk: Chunk = { first, past: first + 3n, kind: 'given', historyFrom: null };
const model = { id: `model.marketplace.${name}__grid`, status: 'success' };
const view = { id: `model.marketplace.${name}`, status: 'success' };

let here: ByHand;
let tables: GridTables;
let asked: DbtAsked[];
let interrupted: number;
let doing: Doing;
let manifest: unknown;

const relation = (of: string): string => `"${name.toUpperCase()}__${of.toUpperCase()}"`;
const run = (values: string): string => `INSERT INTO lockstep_runs VALUES (${values})`;
const noted = (more: { readonly [key in 'run' | 'of' | 'complete' | 'whole' | 'start' | 'end' | 'at']?: string } = {}): string => {
  const {
    run: id = 'invocation',
    of = version,
    complete = 'true',
    whole = 'false',
    start = '2026-01-02 00:00',
    end = '2026-01-02 03:00',
  } = more;
  return run(`'${name}', '${of}', '${id}', ${complete}, ${whole}, true, '${start}', '${end}', '${more.at ?? '2026-02-02 00:00'}'`);
};
const row = (time: string, of = version): string => `INSERT INTO ${relation(version)} VALUES ('s', '2026-01-02 ${time}', '${of}')`;

beforeEach(async () => {
  here = await byHand();
  asked = [];
  interrupted = 0;
  manifest = {};
  doing = async ({ command }) => {
    if (command === 'build') {
      await here.execute(`CREATE OR REPLACE VIEW ${name.toUpperCase()} AS FROM ${relation(version)}`);
      await here.execute(`INSERT INTO lockstep_shown VALUES ('${name}', '${version}', '2026-02-02 00:00')`);
      return [view];
    }
    await here.execute(noted({ complete: 'false' }), noted());
    return [model];
  };
  const declared = {
    engine: 'snowflake',
    path: null,
    account: {},
    schema: null,
    databases: {},
    schemas: {},
    models: {},
    dbt: null,
  } as const;
  const account = { session: here.session, tag: async () => {}, close: async () => {} };
  const dbt = {
    run: async (given: DbtAsked) => {
      asked.push(given);
      return ranWith('invocation', await doing(given), manifest);
    },
    interrupt: () => void interrupted++,
    startSeconds: 6,
    close: async () => {},
  };
  tables = snowflakeTables({ name: 'snow', declared, folder: '/', environment: {} }, account, dbt, ['analytics', 'features']);
  await here.execute(`CREATE TABLE ${relation(version)} (stream_id VARCHAR, as_of TIMESTAMP, lockstep_version VARCHAR)`);
  // Of the three instants, and of those before and behind them.
  await here.execute(...['00:00', '01:00', '02:00', '03:00'].map((time) => row(time)), row('00:00').replace("'s'", "'t'"));
  await here.execute(`INSERT INTO ${relation(version)} VALUES ('s', '2026-01-01 23:00', '${version}')`);
});

describe('a chunk', () => {
  test('rows and late events are its own', async () => {
    const late = (id: string, n: number): string =>
      `INSERT INTO lockstep_late_events VALUES ('${name}', '${version}', '${id}', 'chats', ${n}, NULL, NULL, '2026-01-01', '2026-01-02', '2026-02-01')`;
    await here.execute(
      late('invocation', 2),
      late('another', 40),
      late('one that is later by its name', 500),
      noted({ run: 'another', start: '2026-01-01 00:00', end: '2026-01-02 00:00' }),
    );
    expect(await tables.compute(grid, chunk)).toMatchObject({ rows: 4, lateEvents: 2, shown: version });
  });

  test.each([
    ['first', { lockstep_start: '2026-01-02T00:00:00.000000', lockstep_end: '2026-01-02T03:00:00.000000' }],
    ['on', { lockstep_start: '2026-01-02T00:00:00.000000', lockstep_end: '2026-01-02T03:00:00.000000' }],
    ['further', { lockstep_from: '2026-01-02T00:00:00.000000', lockstep_to: '2026-01-02T03:00:00.000000' }],
    ['given', { lockstep_from: '2026-01-02T00:00:00.000000', lockstep_to: '2026-01-02T03:00:00.000000' }],
  ] as const)('%s: its instants in UTC, and whether the relation is made', async (kind, vars) => {
    const usual = doing;
    doing = async (given) => {
      if (given.command === 'build') return usual(given);
      await here.execute(noted({ whole: String(kind === 'first') }));
      return [model];
    };
    await tables.compute(grid, { ...chunk, kind });
    expect(asked[0]).toMatchObject({ command: 'run', select: [`${name}__grid`], vars, fullRefresh: kind === 'first' });
  });

  test.each<[string, readonly string[]]>([
    ['nothing', []],
    ['that it began', [noted({ complete: 'false' })]],
    ['an instant less', [noted({ end: '2026-01-02 02:00' })]],
    ['an instant more', [noted({ end: '2026-01-02 04:00' })]],
    ['a later beginning', [noted({ start: '2026-01-02 01:00' })]],
    ['another invocation', [noted({ run: 'earlier' })]],
    ['another version', [noted({ of: other })]],
    ['that the relation was built anew', [noted({ whole: 'true' })]],
    ['two intervals', [noted(), noted({ start: '2026-01-02 03:00', end: '2026-01-02 04:00' })]],
  ])('dbt succeeds, and the ledger says %s: not done', async (_, statements) => {
    doing = async () => {
      await here.execute(...statements);
      return [model];
    };
    await expect(tables.compute(grid, chunk)).rejects.toThrow(
      `${name}: it was to compute the instants from 2026-01-02T00:00:00.000000 to before 2026-01-02T03:00:00.000000, and the ledger does not say so`,
    );
    expect(asked.length).toBe(1);
  });

  test('rows that are there twice: another run was at it; those of other instants are not asked', async () => {
    await here.execute(row('03:00'));
    expect(await tables.compute(grid, chunk)).toMatchObject({ rows: 4 });
    await here.execute('DELETE FROM lockstep_runs', row('02:00'));
    await expect(tables.compute(grid, chunk)).rejects.toMatchObject({
      message: `${name}: 5 rows for 4 keys from 2026-01-02T00:00:00.000000 to before 2026-01-02T03:00:00.000000: another run computed the same instants at the same time`,
      hint: `when no other run is under way: lockstep materialize ${name} --again --from 2026-01-02T00:00:00.000000 --to 2026-01-02T03:00:00.000000`,
    });
  });

  test('the first one has to have made the relation', async () => {
    await expect(tables.compute(grid, { ...chunk, kind: 'first' })).rejects.toThrow('the ledger does not say so');
  });

  test.each(['error', 'fail', 'runtime error', 'partial success', 'skipped', 'no-op'])('a node that is %s: not done', async (status) => {
    const usual = doing;
    doing = (given) => usual(given).then(() => [{ ...model, status }]);
    const thrown = await tables.compute(grid, chunk).catch((error: unknown) => error);
    const isSaid = status !== 'skipped' && status !== 'no-op';
    expect(thrown).toMatchObject({
      message: isSaid ? `${name}__grid: ${status}` : expect.stringContaining(`dbt did not run ${name}__grid`),
    });
  });

  test('no node, or one that failed beside it: not done', async () => {
    const usual = doing;
    doing = (given) => usual(given).then(() => []);
    await expect(tables.compute(grid, chunk)).rejects.toThrow(`dbt did not run ${name}__grid`);
    await here.execute('DELETE FROM lockstep_runs');
    doing = (given) => usual(given).then(() => [model, { id: 'model.marketplace.stg_chats', status: 'error' }]);
    await expect(tables.compute(grid, chunk)).rejects.toThrow('stg_chats: error');
  });
});

describe('the name of the feature', () => {
  test('is built with the tests of its table, once', async () => {
    await tables.compute(grid, chunk);
    await here.execute('DELETE FROM lockstep_runs');
    await tables.compute(grid, chunk);
    expect(asked.filter(({ command }) => command === 'build').map(({ select }) => select)).toEqual([
      [`${name}__grid,test_type:data`, name],
    ]);
  });

  test('does not show a version whose tests fail', async () => {
    const usual = doing;
    doing = async (given) =>
      given.command === 'run'
        ? usual(given)
        : [
            { id: 'test.marketplace.unique_rows', status: 'fail' },
            { ...view, status: 'skipped' },
          ];
    await expect(tables.compute(grid, chunk)).rejects.toThrow('unique_rows: fail');
  });

  test('is an error where the ledger does not say that it moved', async () => {
    const usual = doing;
    doing = async (given) => (given.command === 'run' ? usual(given) : [view]);
    await expect(tables.compute(grid, chunk)).rejects.toThrow(`${name} shows version null, and should show ${version}`);
  });

  test('shows what moved last, and stays where the newer version lacks instants of the older', async () => {
    const moved = (of: string, at: string): string => `INSERT INTO lockstep_shown VALUES ('${name}', '${of}', '2026-01-0${at} 00:00')`;
    await here.execute(moved('a-forgotten-one', '1'), moved(other, '3'), moved('another-one', '2'));
    await here.execute(`CREATE TABLE ${relation(other)} (x INTEGER)`, `CREATE VIEW ${name.toUpperCase()} AS FROM ${relation(other)}`);
    await here.execute(noted({ of: other, run: 'older', whole: 'true', start: '2026-01-01 00:00', end: '2026-01-02 03:00' }));
    expect((await tables.compute(grid, chunk)).shown).toBe(other);
    expect(asked.length).toBe(1);
  });
});

describe('what is there', () => {
  const whole = noted({ run: 'a', whole: 'true', start: '2026-01-01 23:00', end: '2026-01-02 02:00', at: '2026-02-01 00:00' });
  const later = noted({ run: 'b', start: '2026-01-02 03:00', end: '2026-01-02 04:00', at: '2026-02-01 01:00' });

  test('what is complete is held: not what began, nor what another version has, nor what was there before it was built anew', async () => {
    const began = noted({ run: 'c', complete: 'false', start: '2026-01-02 02:00', end: '2026-01-02 03:00' });
    const others = noted({ run: 'd', of: other, whole: 'true', start: '2026-01-01 00:00', end: '2026-01-03 00:00' });
    const before = noted({ run: 'e', start: '2025-01-01 00:00', end: '2025-01-02 00:00', at: '2026-01-31 00:00' });
    await here.execute(whole, later, began, others, before);
    expect((await tables.state(grid)).held).toEqual([
      { first: first - 1n, past: first + 2n },
      { first: first + 3n, past: first + 4n },
    ]);
  });

  test('what late events changed, of this version alone, until it is computed again', async () => {
    const late = (of: string, start: string, end: string): string =>
      `INSERT INTO lockstep_late_events VALUES ('${name}', '${of}', 'x', 'chats', 1, NULL, NULL, '2026-01-0${start}', '2026-01-0${end}', '2026-02-01 02:00')`;
    await here.execute(whole, late(version, '2 00:00', '2 02:00'), late(other, '1 00:00', '2 00:00'));
    expect((await tables.state(grid)).dirty).toEqual([{ first, past: first + 2n }]);
    await here.execute(noted({ run: 'y', start: '2026-01-02 00:00', end: '2026-01-02 01:00', at: '2026-02-01 03:00' }));
    expect((await tables.state(grid)).dirty).toEqual([{ first: first + 1n, past: first + 2n }]);
  });

  test('how long chunks of it took: of those that are complete, from their beginning', async () => {
    const began = (id: string, start: string, end: string, at: string): string => noted({ run: id, complete: 'false', start, end, at });
    await here.execute(began('a', '2026-01-01 23:00', '2026-01-02 02:00', '2026-01-31 23:59:51'), whole);
    await here.execute(began('c', '2026-01-02 02:00', '2026-01-02 03:00', '2026-01-31 00:00'));
    expect((await tables.state(grid)).measured).toEqual({ instants: 3n, seconds: 9, rows: 6 });
  });

  test('a relation that was begun and never complete holds nothing; once it is complete, it does', async () => {
    await here.execute(noted({ complete: 'false', whole: 'true' }));
    expect(await tables.state(grid)).toMatchObject({ held: [], dirty: [], measured: null });
    await here.execute(noted({ whole: 'true' }));
    expect((await tables.state(grid)).held).toEqual([{ first, past: first + 3n }]);
  });

  test('rows of another version, or of which the ledger knows nothing, are an error', async () => {
    await expect(tables.state(grid)).rejects.toThrow('lockstep_runs does not say which instants it holds');
    await here.execute(whole, row('01:00', other));
    await expect(tables.state(grid)).rejects.toThrow(`holds rows of version ${other}, and this is version ${version}`);
  });

  test.each([
    ['a table', 'TABLE', 'AS SELECT 1 AS x', 'base table'],
    ['a view of something else', 'VIEW', 'AS SELECT 1 AS x', 'view'],
    ['a view of a table that is called nearly like one of ours', 'VIEW', `AS SELECT * FROM (SELECT 1 AS ${name}__0123)`, 'view'],
  ])('%s under the feature’s name is somebody else’s', async (_, kind, sql, said) => {
    await here.execute(whole, `CREATE ${kind} ${name.toUpperCase()} ${sql}`);
    await expect(tables.state(grid)).rejects.toThrow(`analytics.features.${name} is a ${said} that Lockstep has not made`);
  });

  test('a view of one of its versions is ours', async () => {
    await here.execute(whole, `CREATE VIEW ${name.toUpperCase()} AS SELECT * FROM ${relation(version)}`);
    expect((await tables.state(grid)).held.length).toBe(1);
  });
});

describe('before the chunks', () => {
  const sources = grid.sources;
  const staged = () => sources.map(({ name }) => ({ id: `model.marketplace.stg_${name.toLowerCase()}`, status: 'success' }));
  const relations = (place: string, of = version, read = 'raw') => ({
    nodes: { m: { resource_type: 'model', name: `${name}__grid`, relation_name: `${place}.${name}__${of}` } },
    sources: Object.fromEntries(
      sources.map((s) => {
        const [, schema = '', table = ''] = s.warehouse.split('.');
        return [s.name, { source_name: `lockstep_raw_${schema}`, name: table, relation_name: `${read}.${schema}.${table}` }];
      }),
    ),
  });
  const prepared = async (given: unknown): Promise<void> => {
    await here.execute(noted({ whole: 'true' }));
    await tables.state(grid);
    manifest = given;
    doing = async () => staged();
    await tables.prepare(sources, () => {});
  };

  test('the same project in the same place', async () => {
    await prepared(relations('ANALYTICS.FEATURES'));
    expect(asked[0]?.select).toEqual([
      ...['lockstep_runs', 'lockstep_seen', 'lockstep_late_events', 'lockstep_shown', 'lockstep_dirty'],
      ...sources.map(({ name }) => `stg_${name.toLowerCase()}`),
    ]);
  });

  test.each<[string, unknown, string]>([
    ['another version', relations('analytics.features', other), 'would build another version'],
    [
      'another schema',
      relations('analytics.other'),
      `dbt of the target snow writes analytics.other.${name}__${version}, and the target says analytics.features.`,
    ],
    [
      'another database',
      relations('dev.features'),
      `dbt of the target snow writes dev.features.${name}__${version}, and the target says analytics.features.`,
    ],
    ['other sources', relations('analytics.features', version, 'raw_dev'), 'dbt of the target snow reads the source '],
    ['no such model', { nodes: {}, sources: {} }, `has no model ${name}__grid`],
    ['no manifest', null, `has no model ${name}__grid`],
  ])('%s: refused', async (_, given, message) => {
    await expect(prepared(given)).rejects.toThrow(message);
  });

  test('a source that dbt did not clean: refused', async () => {
    const [, ...others] = staged();
    doing = async () => others;
    await expect(tables.prepare(sources, () => {})).rejects.toThrow('dbt did not run stg_');
  });
});

test('an interrupt goes to dbt and to the statement under way', () => {
  tables.interrupt();
  expect([interrupted, here.interrupts()]).toEqual([1, 1]);
});
