/** `lockstep sources import` from what dbt says of our own projects: the declared columns and types come back, those of outputs too. */
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readSources } from '../../compiler/authoring/sources.ts';
import type { Diagnostic } from '../../compiler/diagnostics.ts';
import { typeName } from '../../compiler/sql-type.ts';
import { loadProject } from '../../runners/cli/load.ts';
import { folderWith, lockstep } from '../support/cli.ts';
import { dbt, scratchFolder } from './dbt-project.ts';
import { missingParts } from './in-stack.ts';

const root = resolve(import.meta.dirname ?? '.', '../..');

async function imported(folder: string, ...relations: readonly string[]) {
  const empty = await folderWith({ 'lockstep.yml': 'name: empty\n', 'transforms/sources.yml': 'streams:\n' });
  const manifest = ['--manifest', join(folder, 'target/manifest.json')];
  const relation = relations.length === 0 ? [] : ['--relation', ...relations];
  const { code, out, err } = await lockstep('sources', 'import', '--project', empty, ...manifest, ...relation);
  expect(code, err).toBe(0);
  return { out, err };
}

/** The open lines answered. */
function columnsOf(out: string, answers: Readonly<Record<string, string>>) {
  const answered = Object.entries(answers).reduce(
    (text, [key, value]) => text.replace(new RegExp(`^    ${key}: #`, 'm'), `    ${key}: ${value} #`),
    out,
  );
  const diagnostics: Diagnostic[] = [];
  const { sources } = readSources({ path: 'sources.yml', text: answered }, diagnostics);
  expect(diagnostics).toEqual([]);
  return sources.map(({ name, warehouse, description, columns }) => ({
    name,
    warehouse,
    description,
    columns: columns.map((c) => `${c.name} ${typeName(c.type)}`),
  }));
}

describe.skipIf(missingParts.includes('dbt'))('the project of flights', async () => {
  const { compiled, authored } = await loadProject(join(root, 'examples/flights'));
  const scratch = scratchFolder();

  const names = ['FLIGHT_ID', 'DEPARTED_AT', 'ORIGIN', 'DESTINATION', 'DELAY', 'DISTANCE', 'INGESTED_AT'];

  test('on DuckDB: the source and what dbt was told of it, and the types that its staging model has', async () => {
    await scratch.load(authored.catalog, new Map());
    const folder = scratch.write(compiled.files, 'dbt/duckdb/', 'flights');
    // Without tables there is nothing to compile the views with.
    await dbt(folder, 'duckdb', 'run', '--select', 'stg_flights', 'lockstep_shown');
    await dbt(folder, 'duckdb', 'docs', 'generate');
    const source = await imported(folder);
    // dbt-duckdb has no catalog of what is in a file that is attached.
    const types = names.map((name) => `the type of ${name}`).join(', ');
    expect(source.err).toBe(`left out, as Lockstep wrote them: 27 relations\nflights: still to be said: key, event_time, ${types}\n`);
    expect(source.out).toContain("    # check: ingest_time: it is the loaded_at_field of dbt's freshness, but INGESTED_AT is no column of");
    // A lateness of an hour, and the step of the finest grid, another one.
    expect(source.out).toContain('    lateness: 120 minutes # check: ');
    const answers = { key: 'flight_id', event_time: 'departed_at' };
    const typed = columnsOf(
      source.out.replace(/^( {6}(?:departed_at|ingested_at)):/gm, '$1: TIMESTAMP_NTZ').replace(/^( {6}\w+): #/gm, '$1: VARCHAR #'),
      answers,
    );
    expect(typed).toMatchObject([
      {
        name: 'flights',
        warehouse: 'raw.flights.flights',
        description: 'A flight that left, with its delay. Three million of them, January to June 2001.',
        columns: names.map((name) => expect.stringMatching(new RegExp(`^${name} `))),
      },
    ]);
    const staged = await imported(folder, 'stg_flights');
    // DuckDB has NUMBER(18,0) and NUMBER(9,0) as BIGINT.
    expect(columnsOf(staged.out, answers)).toMatchObject([
      {
        warehouse: "ref('stg_flights')",
        columns: [
          'FLIGHT_ID NUMBER(19,0)',
          'DEPARTED_AT TIMESTAMP_NTZ',
          'ORIGIN VARCHAR',
          'DESTINATION VARCHAR',
          'DELAY NUMBER(19,0)',
          'DISTANCE NUMBER(19,0)',
          'INGESTED_AT TIMESTAMP_NTZ',
        ],
      },
    ]);
  });

  test('on Snowflake: a table of a feature has the types of its contract, to the digit', async () => {
    const folder = scratch.write(compiled.files, 'dbt/snowflake/', 'flights');
    await dbt(folder, 'snowflake', 'parse', '--no-partial-parse');
    const { out } = await imported(folder, 'origin_departures__grid');
    // Its only time is a name that no source may have, so it cannot be one.
    const columns = out.slice(out.indexOf('    columns:\n') + '    columns:\n'.length);
    expect(columns.split('\n').map((line) => line.trim().replace(/\{ type: "?([^,"]*(?:,\d+\))?)"?, .*/, '$1'))).toEqual([
      'origin: VARCHAR',
      '# check: not declared: as_of: Lockstep keeps this name for itself: a view may rename it',
      'departures_1h: NUMBER(18,0)',
      'departures_24h: NUMBER(18,0)',
      'avg_delay_24h: NUMBER(38,6)',
      'worst_delay_24h: NUMBER(9,0)',
      'share_late_24h: NUMBER(24,6)',
      'lockstep_version: VARCHAR',
      '',
    ]);
  });
});
