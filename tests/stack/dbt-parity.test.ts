/** Tables that dbt built against the lambdas, on the raw rows of the same file: `lockstep parity --batch TARGET`, on the marketplace and on flights. */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Compiled } from '../../compiler/artifacts/compile.ts';
import type { Catalog } from '../../compiler/catalog.ts';
import type { SourceRows } from '../../runners/data/events.ts';
import { openDuckdb } from '../../runners/engines/duckdb.ts';
import { at, copyOf, executed, fileOf, marketFolder, writeRaw } from '../batch/market-file.ts';
import { loadFlights } from '../flights/data.ts';
import { busiest, first, hour, second, start, until } from '../marketplace/arrivals.ts';
import { project } from '../marketplace/world.ts';
import { folderWith } from '../support/cli.ts';
import { compared } from './compared.ts';
import { dbt, scratchFolder, vars } from './dbt-project.ts';
import { missingParts } from './in-stack.ts';

const scratch = scratchFolder();

/** In the file of a folder, as its target has it. */
async function build(
  folder: string,
  name: string,
  compiled: Compiled,
  span: readonly [bigint, bigint],
  select: readonly string[] = [],
): Promise<string> {
  const written = scratch.write(compiled.files, 'dbt/duckdb/', name);
  await writeFile(
    join(written, 'profiles.yml'),
    `${name}: {target: local, outputs: {local: {type: duckdb, path: ${fileOf(folder)}, schema: features, threads: 1}}}\n`,
  );
  return dbt(written, 'local', 'build', ...vars({ lockstep_start: span[0], lockstep_end: span[1] }), ...select);
}

describe.skipIf(missingParts.includes('dbt'))('what dbt built of the marketplace', () => {
  const name = 'stream_chat_activity';
  const table = `features."${name}__${project.compiled.features.find((f) => f.feature.name === name)?.version}"`;
  let folder = '';

  beforeAll(async () => {
    folder = await marketFolder(until(first));
    expect(await build(folder, 'marketplace', project.compiled, [start, first])).toMatch(/Done\. PASS=\d+ WARN=0 ERROR=0 SKIP=0/);
  });

  test('is PROVEN, every feature', async () => {
    const { code, err, features } = await compared(folder, 'local');
    expect(features.map((f) => [f.feature, f.verdict, f.mismatches, f.referenceMismatches, f.samples > 0])).toEqual(
      project.compiled.features.map(({ feature }) => [feature.name, 'PROVEN', 0, 0, true]),
    );
    expect(code, err).toBe(0);
  });

  test('an old version of a model: version_skew', async () => {
    const copy = await copyOf(folder);
    const file = join(copy, `transforms/features/${name}.sql`);
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll("'20 minutes'", "'25 minutes'"));
    const { code, features } = await compared(copy, 'local', '--feature', name);
    expect([code, features[0]?.verdict, Object.keys(features[0]?.causes ?? {})]).toEqual([1, 'VIOLATED', ['version_skew']]);
  });

  test('a dropped chunk: lost, in its interval', async () => {
    const copy = await copyOf(folder);
    const [from, to] = [busiest - hour, busiest + hour];
    await executed(copy, `DELETE FROM ${table} WHERE as_of >= '${at(from)}' AND as_of < '${at(to)}'`);
    const { code, features } = await compared(copy, 'local', '--feature', name);
    expect([code, features[0]?.verdict, Object.keys(features[0]?.causes ?? {})]).toEqual([1, 'VIOLATED', ['lost']]);
    for (const incident of features[0]?.incidents ?? []) expect([incident.from >= at(from), incident.to < at(to)]).toEqual([true, true]);
  });

  test('a table that was not built when it was due: stale_table, and PROVEN again when it is', async () => {
    const copy = await copyOf(folder);
    await writeRaw(copy, until(second));
    const { code, features } = await compared(copy, 'local', '--feature', name);
    expect([code, features[0]?.verdict, Object.keys(features[0]?.causes ?? {})]).toEqual([1, 'VIOLATED', ['stale_table']]);
    await build(copy, 'marketplace', project.compiled, [start, second], ['--select', `+${name}`]);
    expect(await compared(copy, 'local', '--feature', name)).toMatchObject({ code: 0, features: [{ verdict: 'PROVEN', mismatches: 0 }] });
  });
});

describe.skipIf(missingParts.includes('dbt'))('what dbt built of flights', () => {
  const [from, to] = [BigInt(Date.UTC(2001, 0, 9, 18)) * 1000n, BigInt(Date.UTC(2001, 0, 10, 1)) * 1000n];

  test('is PROVEN, every feature; with a changed cell it is not', async () => {
    const { byHand, events, project: own } = await loadFlights();
    byHand.close();
    const folder = await folderWith({
      'lockstep.yml': 'name: flights\ntargets:\n  local: { engine: duckdb, path: raw.duckdb, schema: features }\n',
    });
    await cp(join(fileURLToPath(new URL('../../examples/flights', import.meta.url)), 'transforms'), join(folder, 'transforms'), {
      recursive: true,
    });
    await load(folder, own.authored.catalog, new Map([['flights', events]]));
    expect(await build(folder, 'flights', own.compiled, [from, to])).toMatch(/Done\. PASS=\d+ WARN=0 ERROR=0 SKIP=0/);
    const { code, err, features } = await compared(folder, 'local');
    expect(features.map((f) => [f.feature, f.verdict, f.mismatches, f.samples > 0])).toEqual(
      own.compiled.features.map(({ feature }) => [feature.name, 'PROVEN', 0, true]),
    );
    expect(code, err).toBe(0);
    const { version } = own.compiled.features.find((f) => f.feature.name === 'origin_departures') ?? { version: '' };
    await executed(folder, `UPDATE features."origin_departures__${version}" SET departures_24h = departures_24h + 1 WHERE origin = 'ORD'`);
    expect(await compared(folder, 'local', '--feature', 'origin_departures')).toMatchObject({
      code: 1,
      features: [{ verdict: 'VIOLATED' }],
    });
  });
});

async function load(folder: string, catalog: Catalog, events: ReadonlyMap<string, SourceRows>): Promise<void> {
  const raw = await openDuckdb({ file: fileOf(folder) });
  for (const source of catalog.sources) {
    const [, schema, table] = source.warehouse.split('.');
    await raw.schema(String(schema));
    await raw.load(`${schema}.${table}`, source.columns, events.get(source.name)?.rows ?? []);
  }
  raw.close();
}
