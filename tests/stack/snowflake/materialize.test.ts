/**
 * `lockstep materialize` on the emulated server, with dbt as a process: what it fills, against the reference and against what it fills on
 * DuckDB; stopped, killed, with a warehouse that fails midway, and with a project of dbt that is not the one at hand.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadProject } from '../../../runners/cli/load.ts';
import type { SourceRows } from '../../../runners/data/events.ts';
import { stackFolder } from '../../../runners/engines/clickhouse.ts';
import { openSession, type Session } from '../../../runners/engines/snowflake/session.ts';
import { compare } from '../../../runners/parity/compare.ts';
import { evaluateFeature } from '../../../runners/reference/index.ts';
import { at, instantOf, marketFolder, materialize as materializeHere, tableOf as tableHere } from '../../batch/market-file.ts';
import { atLast, first, forgottenInSight, hour, second, start, third, until } from '../../marketplace/arrivals.ts';
import { catalog, featureNamed } from '../../marketplace/world.ts';
import { folderWith, lockstep, put, type Ran } from '../../support/cli.ts';
import { missingParts } from '../in-stack.ts';
import { type Fakesnow, startFakesnow } from './fakesnow.ts';
import { database, schema, tableOf, temporaryAsOrdinary, writeProject, writeRaw } from './market.ts';
import { queryIdOfErrors } from './rowset.ts';
import { targetLine } from './target.ts';

const isMissing = ['dbt', 'fakesnow', 'apache-arrow'].some((part) => missingParts.includes(part));
const root = fileURLToPath(new URL('../../..', import.meta.url));
const names = ['stream_chat_activity', 'platform_totals'];
const [chat = ''] = names;

describe.skipIf(isMissing)('emulated', () => {
  let server: Fakesnow;
  let session: Session;
  let folder = '';
  let dbtFolder = '';
  /** What the server gets in the place of statements of dbt; null: what they are. */
  let broken: { readonly where: RegExp; readonly sql: string } | null = null;

  beforeAll(async () => {
    server = await startFakesnow((sql) => (broken?.where.test(sql) === true ? broken.sql : temporaryAsOrdinary(sql)));
    session = await openSession(server.settings);
    await session.run(`CREATE DATABASE IF NOT EXISTS ${database}`);
    await session.run(`CREATE SCHEMA IF NOT EXISTS ${database}.${schema}`);
    folder = await folderWith({});
    await cp(join(root, 'transforms'), join(folder, 'transforms'), { recursive: true });
    // dbt reads its whole project for each chunk: with few features that takes half as long.
    for (const file of await readdir(join(folder, 'transforms/features')))
      if (![...names, 'stream_hotness'].includes(file.replace('.sql', ''))) await rm(join(folder, 'transforms/features', file));
    await put(folder, { 'lockstep.yml': 'name: marketplace\n' });
    dbtFolder = await writeProject(server, (await loadProject(folder)).compiled.files);
    await config(`warehouse_size: Small, dbt: ${local(dbtFolder)}`);
    await writeRaw(session, until(first));
  }, 120_000);

  afterAll(async () => {
    await session?.close();
    await server?.stop();
  });

  const local = (project: string): string =>
    `{ project: ${project}, profiles: "{{ env_var('DBT_PROFILES') }}", target: prod, command: ${resolve(stackFolder, 'dbt/bin/dbt')} }`;

  async function config(more: string): Promise<void> {
    process.env['DBT_PROFILES'] = dbtFolder;
    const line = targetLine({ ...server, settings: { ...server.settings, database, schema } }, `, ${more}`);
    await put(folder, { 'lockstep.yml': `name: marketplace\ntargets:\n  ${line}\n` });
  }

  const materialize = (...more: readonly string[]): Promise<Ran> =>
    lockstep('materialize', '--project', folder, '--target', 'snow', ...more);

  async function filled(end: bigint, of: readonly string[], ...more: readonly string[]): Promise<void> {
    for (const name of of) {
      const ran = await materialize(name, '--to', at(instantOf(name, end)), ...more);
      expect(ran.code, ran.err).toBe(0);
    }
  }

  /** As the same command fills a file of DuckDB at once. */
  async function onDuckdb(events: ReadonlyMap<string, SourceRows>, end: bigint, of: readonly string[]): Promise<string> {
    const here = await marketFolder(events);
    for (const name of of) {
      const span = ['--from', at(instantOf(name, start)), '--to', at(instantOf(name, end)), '--chunk', '100000'];
      expect(await materializeHere(here, name, ...span)).toMatchObject({ code: 0 });
    }
    return here;
  }

  async function requireRight(events: ReadonlyMap<string, SourceRows>, end: bigint, of: readonly string[] = names): Promise<void> {
    const here = await onDuckdb(events, end, of);
    for (const name of of) {
      const { feature } = featureNamed(name);
      const keys = feature.entity.length;
      const rows = await tableOf(session, name);
      const spine = rows.map((row) => ({ entity: row.slice(0, keys), asOf: row[keys] as bigint }));
      const given = rows.map((row) => row.slice(keys + 1));
      expect([
        name,
        compare(feature.outputs, given, evaluateFeature(feature, catalog, events, spine, { knowledge: 'event' })).differences,
      ]).toEqual([name, []]);
      const there = rows.map(String).sort();
      expect([name, there]).toEqual([name, (await tableHere(here, name)).map(String).sort()]);
      expect(there.length).toBeGreaterThan(0);
    }
  }

  const numbers = async (sql: string): Promise<readonly (readonly (number | null)[])[]> =>
    (await session.run(sql)).map((row) => row.map((value) => (value === null ? null : Number(value))));
  const relation = (name: string): string => `${database}.${schema}.${name}`;
  const micros = (column: string): string => `DATE_PART(EPOCH_MICROSECOND, ${column})`;
  const runs = (name: string) =>
    numbers(
      `SELECT ${micros('interval_start')}, ${micros('interval_end')}, CASE WHEN whole THEN 1 ELSE 0 END, CASE WHEN explicit THEN 1 ELSE 0 END FROM ${relation('lockstep_runs')} WHERE feature = '${name}' AND complete ORDER BY recorded_at`,
    );
  const since = ['--from', at(instantOf(chat, start))];

  test('a plan: chunks, seconds and credits, and nothing is written', async () => {
    const { code, out } = await materialize(
      chat,
      ...since,
      '--to',
      at(instantOf(chat, first)),
      '--chunk',
      '12',
      '--plan',
      '--format',
      'json',
    );
    expect(code).toBe(0);
    const plan = JSON.parse(out);
    expect(plan.features[0]).toMatchObject({ feature: chat, instants: 31, chunks: 3, skipped: 0, rows: null });
    // Two credits an hour.
    expect(plan.credits).toBeCloseTo((Math.max(plan.seconds, 60) * 2) / 3600, 12);
    expect(
      (await session.run(`SELECT table_name FROM ${database}.information_schema.tables WHERE table_schema = '${schema}'`)).length,
    ).toBe(0);
    const refused = await materialize(chat, ...since, '--to', at(instantOf(chat, first)), '--chunk', '12', '--max-cost', '0.001');
    expect(refused.code).toBe(2);
    expect(refused.err).toMatch(/error: this is estimated to cost 0\.0\d credits, and --max-cost is 0\.001\nhint: nothing was computed/);
  });

  test('in chunks: what the reference says, what DuckDB has, and the ledger has each chunk', async () => {
    for (const name of names) {
      const ran = await materialize(name, '--from', at(instantOf(name, start)), '--to', at(instantOf(name, first)), '--chunk', '16');
      expect(ran.code, ran.err).toBe(0);
      if (name === chat) expect(ran.out).toMatch(new RegExp(`${chat} +\\w{16} .* 2 +${(await tableOf(session, chat)).length} +0 +0 +0 `));
    }
    await requireRight(until(first), first);
    const [from, to] = [instantOf(chat, start), instantOf(chat, first)].map(Number) as [number, number];
    const middle = from + 16 * Number(hour);
    expect(await runs(chat)).toEqual([
      [from, middle, 1, 0],
      [middle, to, 0, 1],
    ]);
    const shown = await numbers(`SELECT COUNT(*) FROM ${relation(chat)}`);
    expect(shown).toEqual([[(await tableOf(session, chat)).length]]);
  });

  test('once more: the last instant alone, and the same rows', async () => {
    const before = (await tableOf(session, chat)).map(String);
    const { code, out } = await materialize(chat, '--to', at(instantOf(chat, first)), '--format', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(out).features[0]).toMatchObject({ instants: 1, chunks: 1, skipped: 30, lateEvents: 0, dirtyInstants: 0 });
    expect((await tableOf(session, chat)).map(String)).toEqual(before);
  });

  test('a relation that was made, and not noted before the process was killed, is made again', async () => {
    const name = 'platform_totals';
    const span = ['--from', at(instantOf(name, start)), '--to', at(instantOf(name, first))];
    await session.run(`DELETE FROM ${relation('lockstep_runs')} WHERE feature = '${name}' AND complete`);
    // As of a chunk that came to its rows.
    await session.run(
      `DELETE FROM ${relation(`${name}__${featureNamed(name).version}`)} WHERE as_of < '${at(instantOf(name, first) - hour)}'`,
    );
    process.env['DBT_FULL_REFRESH'] = 'true';
    process.env['DBT_EMPTY'] = 'true';
    const { code, err } = await materialize(name, ...span, '--chunk', '20').finally(() => {
      delete process.env['DBT_FULL_REFRESH'];
      delete process.env['DBT_EMPTY'];
    });
    expect(code, err).toBe(0);
    await requireRight(until(first), first, [name]);
    await session.run(`DELETE FROM ${relation('lockstep_runs')} WHERE feature = '${name}'`);
    const refused = await materialize(name, ...span);
    expect([refused.code, refused.err]).toEqual([
      2,
      expect.stringMatching(/is there, and lockstep_runs does not say which instants it holds\nhint: drop it/),
    ]);
    await session.run(`DROP TABLE ${relation(`${name}__${featureNamed(name).version}`)}`);
    await session.run(`DROP VIEW ${relation(name)}`);
    expect(await materialize(name, ...span)).toMatchObject({ code: 0 });
  });

  describe('when the warehouse fails midway', () => {
    const failing = async (...more: readonly string[]): Promise<Ran> => {
      // The deletion is done, and the rows that come after it fail.
      const sql = 'SELECT "the-password-from-outside" FROM (SELECT 1 AS x) AS t';
      broken = { where: new RegExp(`^\\s*INSERT INTO ${relation(chat)}__`, 'i'), sql };
      try {
        return await materialize(chat, '--to', at(instantOf(chat, second)), '--chunk', '2', ...more);
      } finally {
        broken = null;
      }
    };

    test('a message without a value, the node, the id of the query; nothing is half-written', async () => {
      const [rows, ledger] = [(await tableOf(session, chat)).map(String), await runs(chat)];
      const { code, out, err } = await failing();
      expect(code).toBe(2);
      expect(err).toContain(
        `error: ${chat}: dbt failed, in words that may hold personal values: --raw shows them\nhint: query ${queryIdOfErrors} in Snowflake's history, node model.marketplace.${chat}__grid\n`,
      );
      expect(out).not.toContain(chat);
      expect((await tableOf(session, chat)).map(String)).toEqual(rows);
      expect(await runs(chat)).toEqual(ledger);
    });

    test('--raw: what Snowflake says, without what the environment gave', async () => {
      const { code, out, err } = await failing('--raw');
      expect(code).toBe(2);
      expect(err).toMatch(new RegExp(`error: ${chat}: dbt failed: ${chat}__grid: Database Error in model ${chat}__grid`));
      expect(err).toContain('***');
      expect(out + err).not.toMatch(/from-outside/i);
    });
  });

  test('killed and begun again, with events that came meanwhile: what a run that nobody disturbed fills', async () => {
    await writeRaw(session, until(second));
    const child = started(folder, [chat, '--to', at(instantOf(chat, second)), '--chunk', '1']);
    const before = (await runs(chat)).length;
    const ended = once(child, 'exit');
    // In the middle: behind a chunk of four.
    for (let tries = 0; (await runs(chat)).length === before; tries++) {
      expect(tries).toBeLessThan(600);
      await after(100);
    }
    child.kill('SIGKILL');
    expect((await ended)[1]).toBe('SIGKILL');
    // The dbt of the killed process is interrupted.
    await after(15_000);
    const left = (await runs(chat)).length;
    expect(left).toBeLessThan(before + 3);
    await after(5_000);
    expect((await runs(chat)).length).toBe(left);
    await filled(second, names, '--chunk', '2');
    await requireRight(until(second), second);
  });

  test('stopped: what is left is said, and the same command goes on with it', async () => {
    const child = started(folder, [chat, '--to', at(instantOf(chat, third)), '--chunk', '5']);
    const said: string[] = [];
    child.stderr?.on('data', (text) => said.push(String(text)));
    const before = (await runs(chat)).length;
    const ended = once(child, 'exit');
    for (let tries = 0; (await runs(chat)).length === before; tries++) {
      expect(tries).toBeLessThan(600);
      await after(100);
    }
    child.kill('SIGINT');
    expect(await ended).toEqual([3, null]);
    expect(said.join('')).toMatch(/stopped with [1-6] chunks? left: the same command goes on with them/);
    const open = `SELECT COUNT(*) FROM ${relation('lockstep_runs')} AS b WHERE NOT complete AND NOT EXISTS (SELECT 1 FROM ${relation('lockstep_runs')} AS d WHERE d.run_id = b.run_id AND d.complete)`;
    expect((await numbers(open))[0]?.[0]).toBeLessThan(4);
  });

  test('events that come days late: said, dirty, and repaired', async () => {
    await writeRaw(session, atLast());
    const ran = await materialize(chat, '--to', at(instantOf(chat, third)), '--format', 'json');
    expect(ran.code, ran.err).toBe(0);
    const [{ lateEvents, dirtyInstants }] = JSON.parse(ran.out).features;
    expect(lateEvents).toBe(forgottenInSight.length);
    expect(dirtyInstants).toBeGreaterThan(0);
    expect(ran.err).toContain(`${dirtyInstants} instants changed by events that came too late; --repair computes them again`);
    const repaired = await materialize(chat, '--to', at(instantOf(chat, third)), '--repair', '--format', 'json');
    expect(repaired.code, repaired.err).toBe(0);
    expect(JSON.parse(repaired.out).features[0]).toMatchObject({ dirtyInstants: 0 });
    await requireRight(atLast(), third, [chat]);
  });

  describe('refused before anything is computed', () => {
    const refused = async (...more: readonly string[]): Promise<string> => {
      const before = await numbers(`SELECT COUNT(*) FROM ${relation('lockstep_runs')}`);
      const { code, err } = await materialize(...more);
      expect(code).toBe(2);
      expect(await numbers(`SELECT COUNT(*) FROM ${relation('lockstep_runs')}`)).toEqual(before);
      return err;
    };

    test('dbt has another version, or reads and writes elsewhere', async () => {
      const again = [chat, '--again', '--from', at(instantOf(chat, start)), '--to', at(instantOf(chat, start) + hour)];
      const { version } = featureNamed(chat);
      const file = join(dbtFolder, `models/grids/${chat}__grid.sql`);
      const model = await readFile(file, 'utf8');
      await writeFile(file, model.replaceAll(version, '0123456789abcdef'));
      expect(await refused(...again)).toContain('error: dbt of the target snow would build another version: its relation is ');
      await writeFile(file, model);
      await config(`warehouse_size: Small, databases: { raw: elsewhere }, dbt: ${local(dbtFolder)}`);
      await session.run('CREATE DATABASE IF NOT EXISTS elsewhere');
      for (const source of catalog.sources) {
        const [, its, table] = source.warehouse.split('.');
        await session.run(`CREATE SCHEMA IF NOT EXISTS elsewhere.${its}`);
        await session.run(`CREATE OR REPLACE TABLE elsewhere.${its}.${table} AS SELECT * FROM raw.${its}.${table}`);
      }
      expect(await refused(...again)).toMatch(
        /error: dbt of the target snow reads the source \w+ in RAW\.\w+\.\w+, and the target says ELSEWHERE\./i,
      );
      await config(`warehouse_size: Small, dbt: ${local(dbtFolder)}`);
    });

    test('a relation that is called like a feature, and is not ours', async () => {
      await session.run(`CREATE TABLE ${relation('stream_hotness')} AS SELECT 1 AS x`);
      const err = await refused('stream_hotness', ...since, '--to', at(instantOf(chat, first)));
      expect(err).toContain(`${database}.${schema}.stream_hotness is a base table that Lockstep has not made`);
      expect(await numbers(`SELECT x FROM ${relation('stream_hotness')}`)).toEqual([[1]]);
    });

    test('dbt is not there, its project is not, or its profile does not sign in', async () => {
      const again = [chat, '--again', '--from', at(instantOf(chat, start)), '--to', at(instantOf(chat, start) + hour)];
      await config(`warehouse_size: Small, dbt: { project: ${dbtFolder}, command: ./no-such-dbt }`);
      expect(await refused(...again)).toMatch(/error: there is no command .*no-such-dbt/);
      await config(`warehouse_size: Small, dbt: ${local('no-such-folder')}`);
      expect(await refused(...again)).toMatch(/error: there is no command .*, or no folder of the dbt project/);
      const other = await folderWith({
        'profiles.yml': `marketplace: {target: prod, outputs: {prod: {type: snowflake, account: emulated, host: 127.0.0.1, port: 1, protocol: http, user: u, password: a-secret-in-clear, database: x, schema: y, connect_retries: 0, login_timeout: 2}}}\n`,
      });
      process.env['DBT_PROFILES'] = other;
      const { code, out, err } = await materialize(...again);
      expect(code).toBe(2);
      expect(out + err).not.toContain('a-secret-in-clear');
      await config(`warehouse_size: Small, dbt: ${local(dbtFolder)}`);
    });
  });
});

/** As people start it. */
function started(folder: string, args: readonly string[]): ChildProcess {
  const script = "import { main } from './runners/cli/main.ts';\nprocess.exitCode = await main(process.argv.slice(1));";
  const all = ['materialize', '--project', folder, '--target', 'snow', ...args];
  return spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script, ...all], { cwd: root });
}

const after = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds));
