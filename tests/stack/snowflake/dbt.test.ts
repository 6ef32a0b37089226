/**
 * dbt with its adapter for Snowflake, which builds the marketplace on the emulated server, run after run, against the reference; and `lockstep
 * parity --batch TARGET` of what it built against the lambdas, on the raw rows of the same account. Emulated: what dbt, its adapter and our
 * driver ask is tried, and that the statements mean what the reference says as far as the translation goes.
 */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Value } from '../../../compiler/value.ts';
import type { SourceRows } from '../../../runners/data/events.ts';
import { openSession, type Session } from '../../../runners/engines/snowflake/session.ts';
import { compare } from '../../../runners/parity/compare.ts';
import { evaluateFeature } from '../../../runners/reference/index.ts';
import { at, instantOf } from '../../batch/market-file.ts';
import { atLast, busiest, first, hour, second, start, third, until } from '../../marketplace/arrivals.ts';
import { catalog, featureNamed, project } from '../../marketplace/world.ts';
import { folderWith, lockstep, put } from '../../support/cli.ts';
import { type Compared, compared } from '../compared.ts';
import { dbt, vars } from '../dbt-project.ts';
import { missingParts } from '../in-stack.ts';
import { type Fakesnow, startFakesnow } from './fakesnow.ts';
import { database, schema, tableOf, temporaryAsOrdinary, writeProject, writeRaw } from './market.ts';
import { targetLine } from './target.ts';

const isMissing = ['dbt', 'fakesnow', 'apache-arrow'].some((part) => missingParts.includes(part));

const root = fileURLToPath(new URL('../../..', import.meta.url));

describe.skipIf(isMissing)('emulated', () => {
  let server: Fakesnow;
  let session: Session;
  /** Of dbt's project. */
  let folder = '';
  let projectThere = '';

  beforeAll(async () => {
    server = await startFakesnow(temporaryAsOrdinary);
    session = await openSession(server.settings);
    await session.run(`CREATE DATABASE IF NOT EXISTS ${database}`);
    folder = await writeProject(server);
    projectThere = await projectFolder();
  }, 120_000);

  afterAll(async () => {
    await session?.close();
    await server?.stop();
  });

  const built = (end: bigint, more: Readonly<Record<string, bigint | boolean>> = {}): Promise<string> =>
    dbt(folder, 'prod', 'build', ...vars({ lockstep_start: start, lockstep_end: end, ...more }));

  /** Rows that are not what the reference says of these events. */
  async function wrong(name: string, events: ReadonlyMap<string, SourceRows>): Promise<readonly unknown[]> {
    const { feature } = featureNamed(name);
    const keys = feature.entity.length;
    const rows = await tableOf(session, name);
    // All of a small table; of a large one, rows spread over it.
    const asked = rows.filter((_, i) => i % Math.ceil(rows.length / 200) === 0);
    const spine = asked.map((row) => ({ entity: row.slice(0, keys), asOf: row[keys] as bigint }));
    const meant = evaluateFeature(feature, catalog, events, spine, { knowledge: 'event' });
    const given = asked.map((row) => row.slice(keys + 1));
    return compare(feature.outputs, given, meant).differences;
  }

  const names = project.compiled.features.map((f) => f.feature.name);

  async function everythingWrong(events: ReadonlyMap<string, SourceRows>): Promise<readonly (readonly [string, readonly unknown[]])[]> {
    const found: (readonly [string, readonly unknown[]])[] = [];
    for (const name of names) {
      const differences = await wrong(name, events);
      if (differences.length > 0) found.push([name, differences]);
    }
    return found;
  }

  const numbers = async (sql: string): Promise<readonly (readonly (number | null)[])[]> =>
    (await session.run(sql)).map((row) => row.map((value) => (value === null ? null : Number(value))));

  async function projectFolder(): Promise<string> {
    const made = await folderWith({});
    await cp(join(root, 'transforms'), join(made, 'transforms'), { recursive: true });
    await put(made, {
      'lockstep.yml': `name: marketplace\ntargets:\n  ${targetLine({ ...server, settings: { ...server.settings, database, schema } })}\n`,
    });
    return made;
  }

  const said = ({ code, features: [feature] }: Compared) => [code, feature?.verdict, Object.keys(feature?.causes ?? {})];
  const chat = 'stream_chat_activity';
  const table = `${database}.${schema}.${chat}__${featureNamed(chat).version}`;

  describe('run after run', () => {
    test('the first build passes, with its tests and unit tests; each row is what the reference says', async () => {
      await writeRaw(session, until(first));
      expect(await built(first)).toMatch(/Done\. PASS=\d{3} WARN=0 ERROR=0 SKIP=0/);
      expect(await everythingWrong(until(first))).toEqual([]);
      for (const name of names) expect([name, (await tableOf(session, name)).length]).not.toEqual([name, 0]);
    });

    test('parity: every feature is PROVEN', async () => {
      const { code, err, features } = await compared(projectThere, 'snow');
      expect(features.map((f) => [f.feature, f.verdict, f.mismatches, f.referenceMismatches, f.samples > 0])).toEqual(
        project.compiled.features.map(({ feature }) => [feature.name, 'PROVEN', 0, 0, true]),
      );
      expect(code, err).toBe(0);
    }, 300_000);

    test('parity: with an interval only rows of its instants are read, and the statements say for what they are', async () => {
      const before = server.proxy.asked.length;
      const found = await compared(projectThere, 'snow', '--feature', chat, '--interval', `${at(busiest)}/${at(busiest + 3n * hour)}`);
      expect([found.code, found.features[0]?.verdict]).toEqual([0, 'PROVEN']);
      const asked = server.proxy.asked.slice(before);
      expect(asked.filter((sql) => /WHERE "?AS_OF"? >= CAST\(\? AS TIMESTAMP_NTZ\(6\)\) AND "?AS_OF"? <=/i.test(sql))).toHaveLength(1);
      expect(asked.filter((sql) => sql.includes('"command":"parity"'))).toHaveLength(2);
    });

    test('parity: an old version of a model: version_skew', async () => {
      const changed = await projectFolder();
      const file = join(changed, `transforms/features/${chat}.sql`);
      await writeFile(file, (await readFile(file, 'utf8')).replaceAll("'20 minutes'", "'25 minutes'"));
      expect(said(await compared(changed, 'snow', '--feature', chat))).toEqual([1, 'VIOLATED', ['version_skew']]);
    });

    test('parity: a dropped chunk: lost, in its interval', async () => {
      const [from, to] = [busiest - hour, busiest + hour];
      await session.run(`CREATE TABLE ${database}.${schema}.kept AS SELECT * FROM ${table}`);
      await session.run(`DELETE FROM ${table} WHERE as_of >= '${at(from)}' AND as_of < '${at(to)}'`);
      const found = await compared(projectThere, 'snow', '--feature', chat);
      expect(said(found)).toEqual([1, 'VIOLATED', ['lost']]);
      for (const incident of found.features[0]?.incidents ?? [])
        expect([incident.from >= at(from), incident.to < at(to)]).toEqual([true, true]);
      await session.run(
        `INSERT INTO ${table} SELECT * FROM ${database}.${schema}.kept WHERE as_of >= '${at(from)}' AND as_of < '${at(to)}'`,
      );
      expect(said(await compared(projectThere, 'snow', '--feature', chat))).toEqual([0, 'PROVEN', []]);
    });

    test('parity: a relation that is not there', async () => {
      const { out, err, code } = await lockstep('parity', '--project', projectThere, '--batch', 'snow:features.nothing', '--feature', chat);
      expect({ code, out, err }).toEqual({
        code: 2,
        out: '',
        err: `error: the target snow has no relation features.nothing, where the rows of ${chat} would be\nhint: dbt build, or lockstep materialize ${chat} --target snow, fills it; another one: --batch snow:schema.table\n`,
      });
    });

    test('the next one, incremental, with events that were late: each row is what the reference says of all that came', async () => {
      await writeRaw(session, until(second));
      expect(said(await compared(projectThere, 'snow', '--feature', chat))).toEqual([1, 'VIOLATED', ['stale_table']]);
      expect(await built(second)).toMatch(/Done\. PASS=\d{3} WARN=0 ERROR=0 SKIP=0/);
      expect(await everythingWrong(until(second))).toEqual([]);
      const micros = (column: string): string => `DATE_PART(EPOCH_MICROSECOND, ${column})`;
      expect(
        await numbers(
          `SELECT ${micros('interval_start')}, ${micros('interval_end')} FROM ${database}.${schema}.lockstep_runs WHERE feature = 'stream_chat_activity' AND complete ORDER BY recorded_at`,
        ),
      ).toEqual([
        [start, first].map((t) => Number(instantOf('stream_chat_activity', t))),
        // Hourly, ten minutes of lateness: the last instant of the first run is computed once more.
        [instantOf('stream_chat_activity', first) - hour, instantOf('stream_chat_activity', second)].map(Number),
      ]);
      expect(await numbers(`SELECT COUNT(*) FROM ${database}.${schema}.lockstep_late_events`)).toEqual([[0]]);
      expect(said(await compared(projectThere, 'snow', '--feature', chat))).toEqual([0, 'PROVEN', []]);
    });

    test('events that come days late are counted, and a repair computes what they changed', async () => {
      await writeRaw(session, atLast());
      await built(third);
      const dirty = `SELECT late_events FROM ${database}.${schema}.lockstep_dirty WHERE feature = 'stream_chat_activity'`;
      expect((await numbers(dirty)).length).toBe(1);
      expect((await everythingWrong(atLast())).map(([name]) => name)).toContain('stream_chat_activity');
      await built(third, { lockstep_repair: true });
      expect(await numbers(dirty)).toEqual([]);
      expect(await everythingWrong(atLast())).toEqual([]);
    });

    test('a row that is no more goes with its interval, and no other is touched', async () => {
      const name = 'stream_chat_activity';
      const { version } = featureNamed(name);
      const before = await tableOf(session, name);
      const busy = before.map((row) => row[1] as bigint).find((t) => t > start + 10n * hour) ?? 0n;
      const table = `${database}.${schema}.${name}__${version}`;
      const columns = (await session.describe(`SELECT * FROM ${table}`))?.map((c) => c.name) ?? [];
      const items = columns.map((c) => (c === 'STREAM_ID' ? `'nobody'` : c)).join(', ');
      await session.run(`INSERT INTO ${table} SELECT ${items} FROM ${table} WHERE DATE_PART(EPOCH_MICROSECOND, as_of) = ${busy} LIMIT 1`);
      expect((await tableOf(session, name)).length).toBe(before.length + 1);
      await dbt(folder, 'prod', 'run', '--select', `${name}__grid`, ...vars({ lockstep_from: busy, lockstep_to: busy + hour }));
      const strings = (rows: readonly (readonly Value[])[]): readonly string[] => rows.map(String);
      expect(strings(await tableOf(session, name))).toEqual(strings(before));
    });
  });

  test('upstream: fakesnow makes no temporary relation that is named with its database', async () => {
    // Snowflake makes it, and so did dbt's adapter above for every incremental table and unit test.
    const refused = session.run('/* as it is */ CREATE OR REPLACE TEMPORARY TABLE lockstep.public.t AS SELECT 1 AS x');
    await expect(refused).rejects.toThrow('TEMPORARY table names can *only* use the "temp" catalog');
  });
});
