/** Tables that dbt built on the emulated server against the lambdas, on the raw rows of the same account: `lockstep parity --batch TARGET`. */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSession, type Session } from '../../../runners/engines/snowflake/session.ts';
import { at } from '../../batch/market-file.ts';
import { busiest, first, hour, second, start, until } from '../../marketplace/arrivals.ts';
import { featureNamed, project } from '../../marketplace/world.ts';
import { folderWith, lockstep, put } from '../../support/cli.ts';
import { dbt, vars } from '../dbt-project.ts';
import { missingParts } from '../in-stack.ts';
import { type Fakesnow, startFakesnow } from './fakesnow.ts';
import { database, schema, temporaryAsOrdinary, writeProject, writeRaw } from './market.ts';
import { targetLine } from './target.ts';

const isMissing = ['dbt', 'fakesnow', 'apache-arrow'].some((part) => missingParts.includes(part));
const root = fileURLToPath(new URL('../../..', import.meta.url));
const name = 'stream_chat_activity';

interface Compared {
  readonly code: number;
  readonly err: string;
  readonly features: readonly {
    readonly feature: string;
    readonly verdict: string;
    readonly samples: number;
    readonly mismatches: number;
    readonly referenceMismatches: number;
    readonly causes: Readonly<Record<string, number>>;
    readonly incidents: readonly { readonly from: string; readonly to: string }[];
  }[];
}

describe.skipIf(isMissing)('emulated', () => {
  let server: Fakesnow;
  let session: Session;
  let dbtFolder = '';
  let folder = '';

  beforeAll(async () => {
    server = await startFakesnow(temporaryAsOrdinary);
    session = await openSession(server.settings);
    await session.run(`CREATE DATABASE IF NOT EXISTS ${database}`);
    dbtFolder = await writeProject(server);
    folder = await projectFolder();
    await writeRaw(session, until(first));
    expect(await built(first)).toMatch(/Done\. PASS=\d+ WARN=0 ERROR=0 SKIP=0/);
  }, 300_000);

  afterAll(async () => {
    await session?.close();
    await server?.stop();
  });

  const built = (end: bigint, ...more: readonly string[]): Promise<string> =>
    dbt(dbtFolder, 'prod', 'build', ...vars({ lockstep_start: start, lockstep_end: end }), ...more);

  async function projectFolder(): Promise<string> {
    const made = await folderWith({});
    await cp(join(root, 'transforms'), join(made, 'transforms'), { recursive: true });
    await put(made, {
      'lockstep.yml': `name: marketplace\ntargets:\n  ${targetLine({ ...server, settings: { ...server.settings, database, schema } })}\n`,
    });
    return made;
  }

  async function compared(of: string, ...more: readonly string[]): Promise<Compared> {
    const { code, out, err } = await lockstep('parity', '--project', of, '--batch', 'snow', '--format', 'json', ...more);
    return { code, err, features: code === 2 ? [] : (JSON.parse(out) as Pick<Compared, 'features'>).features };
  }

  const said = ({ code, features: [feature] }: Compared) => [code, feature?.verdict, Object.keys(feature?.causes ?? {})];
  const table = `${database}.${schema}.${name}__${featureNamed(name).version}`;

  test('every feature is PROVEN', async () => {
    const { code, err, features } = await compared(folder);
    expect(features.map((f) => [f.feature, f.verdict, f.mismatches, f.referenceMismatches, f.samples > 0])).toEqual(
      project.compiled.features.map(({ feature }) => [feature.name, 'PROVEN', 0, 0, true]),
    );
    expect(code, err).toBe(0);
  }, 300_000);

  test('with an interval only rows of its instants are read, and the statements say for what they are', async () => {
    const before = server.proxy.asked.length;
    const found = await compared(folder, '--feature', name, '--interval', `${at(busiest)}/${at(busiest + 3n * hour)}`);
    expect([found.code, found.features[0]?.verdict]).toEqual([0, 'PROVEN']);
    const asked = server.proxy.asked.slice(before);
    expect(asked.filter((sql) => /WHERE "?AS_OF"? >= CAST\(\? AS TIMESTAMP_NTZ\(6\)\) AND "?AS_OF"? <=/i.test(sql))).toHaveLength(1);
    expect(asked.filter((sql) => sql.includes('"command":"parity"'))).toHaveLength(2);
  });

  test('an old version of a model: version_skew', async () => {
    const changed = await projectFolder();
    const file = join(changed, `transforms/features/${name}.sql`);
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll("'20 minutes'", "'25 minutes'"));
    expect(said(await compared(changed, '--feature', name))).toEqual([1, 'VIOLATED', ['version_skew']]);
  });

  test('a dropped chunk: lost, in its interval', async () => {
    const [from, to] = [busiest - hour, busiest + hour];
    await session.run(`CREATE TABLE ${database}.${schema}.kept AS SELECT * FROM ${table}`);
    await session.run(`DELETE FROM ${table} WHERE as_of >= '${at(from)}' AND as_of < '${at(to)}'`);
    const found = await compared(folder, '--feature', name);
    expect(said(found)).toEqual([1, 'VIOLATED', ['lost']]);
    for (const incident of found.features[0]?.incidents ?? [])
      expect([incident.from >= at(from), incident.to < at(to)]).toEqual([true, true]);
    await session.run(`INSERT INTO ${table} SELECT * FROM ${database}.${schema}.kept WHERE as_of >= '${at(from)}' AND as_of < '${at(to)}'`);
    expect(said(await compared(folder, '--feature', name))).toEqual([0, 'PROVEN', []]);
  });

  test('a table that was not built when it was due: stale_table, and PROVEN again when it is', async () => {
    await writeRaw(session, until(second));
    expect(said(await compared(folder, '--feature', name))).toEqual([1, 'VIOLATED', ['stale_table']]);
    await built(second, '--select', `+${name}`);
    expect(said(await compared(folder, '--feature', name))).toEqual([0, 'PROVEN', []]);
  }, 120_000);

  test('a relation that is not there', async () => {
    const { out, err, code } = await lockstep('parity', '--project', folder, '--batch', 'snow:features.nothing', '--feature', name);
    expect({ code, out, err }).toEqual({
      code: 2,
      out: '',
      err: `error: the target snow has no relation features.nothing, where the rows of ${name} would be
hint: dbt build, or lockstep materialize ${name} --target snow, fills it; another one: --batch snow:schema.table
`,
    });
  });
});
