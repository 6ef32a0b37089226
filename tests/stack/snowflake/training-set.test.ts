/** `lockstep training-set --target` on the emulated server: every feature of the marketplace, against the reference and against DuckDB. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { relationParts } from '../../../compiler/artifacts/warehouse-name.ts';
import { timestamp, varchar } from '../../../compiler/sql-type.ts';
import { snowflakeOn } from '../../../runners/engines/snowflake/connection.ts';
import { openSession, type Session } from '../../../runners/engines/snowflake/session.ts';
import { landedMarketplace } from '../../marketplace/landed.ts';
import { expected, featureNames, labelRows, parquetRows, requireOutputs } from '../../marketplace/training.ts';
import { catalog, project, valueOf, worldOf } from '../../marketplace/world.ts';
import { lockstep, put, type Ran } from '../../support/cli.ts';
import { missingParts } from '../in-stack.ts';
import { type Fakesnow, startFakesnow } from './fakesnow.ts';
import { targetLine } from './target.ts';

const isMissing = missingParts.includes('fakesnow') || missingParts.includes('apache-arrow');
const world = worldOf(11, 60);
const labels = labelRows(world);

describe.skipIf(isMissing)('emulated', () => {
  let server: Fakesnow;
  let session: Session;
  let folder = '';

  beforeAll(async () => {
    server = await startFakesnow();
    session = await openSession(server.settings);
    const connection = snowflakeOn(session);
    await session.run('CREATE DATABASE IF NOT EXISTS landed');
    for (const source of catalog.sources) {
      const [table = '', schema = ''] = [...relationParts(source)].reverse();
      await session.run(`CREATE SCHEMA IF NOT EXISTS landed.${schema}`);
      const columns = source.columns.map(({ name, type }) => ({ name, type }));
      await connection.load(`landed.${schema}.${table}`, columns, world.events.get(source.name)?.rows ?? []);
    }
    const types = new Map(project.compiled.features.flatMap(({ feature }) => feature.entity.map((e) => [e.name.toLowerCase(), e.type])));
    const columns = Object.keys(labels[0] ?? {}).map((name) => ({
      name: name.toUpperCase(),
      type: name === 'as_of' ? timestamp : (types.get(name) ?? varchar),
    }));
    await session.run('CREATE SCHEMA IF NOT EXISTS landed.ml');
    await connection.load(
      'landed.ml.labels',
      columns,
      labels.map((row) => columns.map(({ name, type }) => valueOf(row[name.toLowerCase()] ?? null, type))),
    );
    folder = await landedMarketplace(world);
    await put(folder, { 'lockstep.yml': `name: marketplace\ntargets:\n  ${targetLine(server, ', databases: { raw: landed }')}\n` });
    await writeFile(join(folder, 'labels.ndjson'), labels.map((row) => `${JSON.stringify(row)}\n`).join(''));
  }, 300_000);

  afterAll(async () => {
    await session?.close();
    await server?.stop();
  });

  const run = (given: string, ...more: string[]): Promise<Ran> =>
    lockstep('training-set', '--project', folder, '--features', featureNames, '--labels', given, ...more);
  const onSnowflake = (given: string, ...more: string[]): Promise<Ran> => run(given, '--target', 'snow', ...more);
  const file = (): string => join(folder, 'labels.ndjson');

  test.each(['event', 'arrived'] as const)('by %s time, labels from a file: the reference’s, and as DuckDB makes it', async (knowledge) => {
    const [there, here] = [join(folder, 'there.parquet'), join(folder, 'here.parquet')];
    expect(await onSnowflake(file(), '--knowledge', knowledge, '--out', there)).toMatchObject({ code: 0 });
    const rows = await parquetRows(there);
    requireOutputs(rows, expected(world, labels, knowledge), labels);
    expect(rows.map((row) => row['label'])).toEqual(labels.map((row) => row['label']));
    expect(await run(file(), '--events', join(folder, 'events'), '--knowledge', knowledge, '--out', here)).toMatchObject({ code: 0 });
    const [schema, wanted] = await Promise.all([described(there), described(here)]);
    expect(schema).toEqual(wanted);
    const duckdb = await parquetRows(here);
    rows.forEach((row, i) => {
      for (const [column, value] of Object.entries(duckdb[i] ?? {}))
        if (typeof value === 'number') expect(Math.abs(Number(row[column]) - value)).toBeLessThanOrEqual(Math.abs(value) * 1e-12);
        else expect([column, row[column]]).toEqual([column, value]);
    });
  });

  test('CSV: the letters are those of DuckDB, but for FLOATs, which depend on the order of additions', async () => {
    const [there, here] = [join(folder, 'there.csv'), join(folder, 'here.csv')];
    const names = project.compiled.features.flatMap(({ feature: { name, outputs } }) =>
      outputs.some(({ type }) => type.kind === 'float') ? [] : [name],
    );
    const made = (...more: string[]): Promise<Ran> =>
      lockstep('training-set', '--project', folder, '--labels', file(), '--features', names.join(','), ...more);
    expect(await made('--target', 'snow', '--out', there)).toMatchObject({ code: 0 });
    expect(await made('--events', join(folder, 'events'), '--out', here)).toMatchObject({ code: 0 });
    expect(await readFile(there, 'utf8')).toBe(await readFile(here, 'utf8'));
  });

  test('what is made is temporary, tagged by feature and version, and no value of a label is in a statement', async () => {
    const before = server.proxy.asked.length;
    expect(await onSnowflake(file(), '--out', join(folder, 'out.csv'))).toMatchObject({ code: 0 });
    const asked = server.proxy.asked.slice(before);
    for (const { feature, version } of project.compiled.features)
      expect(asked).toContain(
        `ALTER SESSION SET QUERY_TAG = 'nightly {"tool":"lockstep","command":"training-set","feature":"${feature.name}","version":"${version}"}'`,
      );
    const written = asked.filter((sql) => !/^(SELECT|ALTER SESSION SET) /.test(sql));
    expect(written.filter((sql) => !/^(CREATE TEMPORARY TABLE|INSERT INTO) lockstep_[0-9a-f]{12}_\w+\b/.test(sql))).toEqual([]);
    const stream = String(labels.find((row) => typeof row['stream_id'] === 'string')?.['stream_id']);
    expect(asked.filter((sql) => sql.includes(`'${stream}'`) || sql.includes('l1, '))).toEqual([]);
    expect((await readdir(folder)).filter((name) => name.startsWith('.training-set'))).toEqual([]);
  });

  test('labels from a relation: every column and row stays', async () => {
    const out = join(folder, 'relation.parquet');
    const ran = await onSnowflake('landed.ml.labels', '--out', out);
    expect(ran).toMatchObject({ code: 0, err: expect.stringMatching(/^warning: landed\.ml\.labels: \d+ of 179 labels have no as_of /) });
    const rows = await parquetRows(out);
    const wanted = expected(world, labels, 'event');
    // Of a relation no order is promised: what tells the labels apart does.
    const key = (row: Readonly<Record<string, unknown>>): string =>
      JSON.stringify(
        Object.keys(labels[0] ?? {}).map((name) =>
          String(row[name] ?? row[name.toUpperCase()] ?? '')
            .slice(0, 26)
            .padEnd(26, '0'),
        ),
      );
    const order = (of: readonly Readonly<Record<string, unknown>>[]): number[] =>
      of.map((_, i) => i).sort((a, b) => (key(of[a] ?? {}) < key(of[b] ?? {}) ? -1 : 1));
    const [got, given] = [order(rows), order(labels)];
    expect(got.length).toBe(given.length);
    expect(Object.keys(rows[0] ?? {}).slice(0, Object.keys(labels[0] ?? {}).length)).toEqual(
      Object.keys(labels[0] ?? {}).map((name) => name.toUpperCase()),
    );
    requireOutputs(
      got.map((i) => rows[i] ?? {}),
      given.map((i) => wanted[i] ?? {}),
      given.map((i) => labels[i] ?? {}),
    );
  });

  test.each(['a file', 'a relation'])('--table, labels from %s: one statement makes it, and nothing is overwritten', async (from) => {
    const given = from === 'a file' ? file() : 'landed.ml.labels';
    await session.run('DROP TABLE IF EXISTS landed.ml.training');
    const before = server.proxy.asked.length;
    expect(await onSnowflake(given, '--table', 'landed.ml.training')).toMatchObject({ code: 0 });
    const asked = server.proxy.asked.slice(before);
    expect(asked.filter((sql) => /landed\.ml\.training/.test(sql) && !sql.startsWith('SELECT')).length).toBe(1);
    const [[rows] = []] = await session.run('SELECT COUNT(*) FROM landed.ml.training');
    expect(Number(rows)).toBe(labels.length);
    const out = join(folder, 'file.csv');
    expect(await onSnowflake(file(), '--out', out)).toMatchObject({ code: 0 });
    const numbers = project.compiled.features.flatMap(({ feature }) =>
      feature.outputs.flatMap(({ name, type }) => (type.kind === 'number' ? [`${feature.name}__${name}`] : [])),
    );
    const columns = ['label', 'stream_id', ...numbers];
    const there = await session.run(`SELECT ${columns.join(', ')} FROM landed.ml.training`);
    const here = await inMemory(`SELECT ${columns.join(', ')} FROM read_csv('${out}', all_varchar = true)`);
    const inOrder = (of: readonly (readonly unknown[])[]): readonly string[] =>
      of.map((row) => JSON.stringify(row.map((value, i) => (i < 2 || value === null ? (value ?? '') : Number(value))))).sort();
    expect(inOrder(there)).toEqual(inOrder(here));
    const refused = await onSnowflake(given, '--table', 'landed.ml.training');
    expect(refused).toEqual({
      code: 2,
      out: '',
      err: 'error: the target snow has a relation landed.ml.training already\nhint: nothing is overwritten: drop it, or name another one\n',
    });
  });

  test('labels that are wrong: said with their place, and nothing is written', async () => {
    const out = join(folder, 'never.parquet');
    const failing = async (sql: string, given = 'landed.ml.odd'): Promise<Ran> => {
      await session.run(`CREATE OR REPLACE TABLE landed.ml.odd AS ${sql}`);
      return lockstep('training-set', '--project', folder, '--features', 'seller_gmv', '--labels', given, '--target', 'snow', '--out', out);
    };
    const seller = '1::NUMBER(38, 0) AS seller_id';
    expect((await failing(`SELECT ${seller}`)).err).toBe(
      'error: landed.ml.odd: as_of: the labels do not have this column: the instant of each row\n',
    );
    expect((await failing(`SELECT ${seller}, '2026-01-01' AS as_of`)).err).toBe(
      'error: landed.ml.odd: AS_OF: the labels have VARCHAR where TIMESTAMP_NTZ is declared\nhint: CAST(AS_OF AS TIMESTAMP_NTZ) where the labels are made\n',
    );
    expect((await failing(`SELECT ${seller}, '10000-01-01'::TIMESTAMP_NTZ AS as_of`)).err).toMatch(
      /^error: landed\.ml\.odd: AS_OF: 1 of 1 rows have what TIMESTAMP_NTZ does not hold/,
    );
    expect((await failing(`SELECT ${seller}, '2026-01-01'::TIMESTAMP_NTZ AS as_of, '12:00:00'::TIME AS x`)).err).toMatch(
      /^error: the labels landed\.ml\.odd have a column X of type TIME, which no file takes exactly\nhint: /,
    );
    expect((await failing(`SELECT ${seller}`, 'landed.ml.nothing_there')).err).toMatch(
      /^error: the target snow has no relation landed\.ml\.nothing_there, or its role may not see it\n/,
    );
    expect((await readdir(folder)).filter((name) => /never|training-set/.test(name))).toEqual([]);
  });
});

async function inMemory(sql: string): Promise<readonly (readonly unknown[])[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const rows = (await connection.runAndReadAll(sql)).getRowsJson();
  connection.closeSync();
  instance.closeSync();
  return rows;
}

async function described(file: string): Promise<readonly string[]> {
  return (await inMemory(`DESCRIBE FROM '${file}'`)).map(([name, type]) => `${name} ${type}`);
}
