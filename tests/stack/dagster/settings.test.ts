/** What a night does with the settings that the example leaves out: a budget, a running server and its tag, a link, and the way back. */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../../compiler/artifacts/version.ts';
import type { Row } from '../../../examples/marketplace/rows.ts';
import { compileIn } from '../../../runners/cli/load.ts';
import { formatValue, type Printed } from '../../../runners/data/format-value.ts';
import { compiledLambda } from '../../../runners/stored-lambda.ts';
import type { StoredLambda } from '../../../runners/stream/execute.ts';
import { at, materialize } from '../../batch/market-file.ts';
import { first, start, until } from '../../marketplace/arrivals.ts';
import { catalog } from '../../marketplace/world.ts';
import { folderWith, lockstep } from '../../support/cli.ts';
import { missingParts } from '../in-stack.ts';
import { fill, type Served, serve } from '../python-package/servers.ts';
import { type Check, day, marketNight, type Night, python, valuesOf } from './market-night.ts';

const name = 'bidder_outbid';
const nextDay = '2026-03-02';
let project = '';
let server: Served;

/** The example as somebody has it who added these lines to its defs.yaml. */
async function withSettings(settings: Readonly<Record<string, unknown>>): Promise<string> {
  const packages = await folderWith({});
  await cp(resolve('examples/dagster'), packages, { recursive: true });
  const file = join(packages, 'marketplace/defs/features/defs.yaml');
  const lines = Object.entries(settings).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}\n`);
  await writeFile(file, (await readFile(file, 'utf8')) + lines.join(''));
  return packages;
}

async function night(settings: Readonly<Record<string, unknown>>, ...features: readonly string[]): Promise<Night> {
  return python({ project, packages: await withSettings(settings) }, 'run', day, 'checks', ...features);
}

const checkOf = ({ checks }: Night, feature = name): Check => {
  const check = checks[feature];
  if (check === undefined) throw new Error(`no check of ${feature}`);
  return check;
};

/** The rows that the warehouse has, as its services send them. */
const sent = (): ReadonlyMap<string, readonly Row[]> =>
  new Map(
    catalog.sources.map(({ name: source, columns }) => {
      const rows = until(first).get(source)?.rows ?? [];
      const printed = (row: (typeof rows)[number]): Readonly<Record<string, Printed>> =>
        Object.fromEntries(columns.map((c, i) => [c.name.toLowerCase(), formatValue(row[i] ?? null, c.type)]));
      return [source, rows.map((row) => printed(row) as Row)];
    }),
  );

async function compiledNow(): Promise<StoredLambda> {
  const { compiled } = await compileIn(project, '2026-01-01');
  const of = compiled.features.find((f) => f.feature.name === name);
  if (of === undefined) throw new Error(name);
  return compiledLambda(of, catalog);
}

/** Another window: its version. */
async function release(from: string, to: string): Promise<StoredLambda> {
  const file = join(project, `transforms/features/${name}.sql`);
  const text = await readFile(file, 'utf8');
  expect(text).toContain(from);
  await writeFile(file, text.replace(from, to));
  expect(await lockstep('compile', '--project', project)).toMatchObject({ code: 0 });
  return compiledNow();
}

const built = (feature: string) => materialize(project, feature, '--from', at(start), '--to', `${nextDay}T00:00:00`);
const lambda = (...args: readonly string[]) => lockstep('lambda', ...args, '--url', server.url);
async function force(): Promise<void> {
  expect(await lambda('promote', name, '--force', '--reason', 'release', '--project', project)).toMatchObject({ code: 0 });
}
async function production(): Promise<string> {
  const answer = await fetch(`${server.url}/features`);
  const { features } = (await answer.json()) as { features: readonly { feature: string; tags: { production: string } }[] };
  return features.find((f) => f.feature === name)?.tags.production ?? '';
}

describe.skipIf(missingParts.includes('dagster'))('settings of a night in Dagster', () => {
  let proven: StoredLambda;
  let asked: Readonly<Record<string, unknown>>;

  beforeAll(async () => {
    project = await marketNight();
    proven = await compiledNow();
    for (const feature of [name, 'seller_gmv']) expect(await built(feature)).toMatchObject({ code: 0 });
    const { KAFKA_BROKERS: _, LOCKSTEP_API_KEY: __, ...environment } = process.env;
    server = await serve(environment, project, join(project, '.lockstep/store'));
    await fill(server, { raw: sent(), events: new Map() });
    await force();
    asked = { realtime: server.url, tag: 'production', roll_back: 'production' };
  });
  afterAll(() => server?.stop());

  test('budget: what is not reached warns, and says so; what was compared is green', async () => {
    // More than reading takes, and fewer than a feature does.
    const found = await night({ budget: { queries: 12 } }, name, 'seller_gmv');
    expect(found.success).toBe(true);
    expect(checkOf(found).passed).toBe(true);
    expect([checkOf(found, 'seller_gmv').passed, checkOf(found, 'seller_gmv').severity]).toEqual([false, 'WARN']);
    expect(valuesOf(checkOf(found, 'seller_gmv'))).toMatchObject({
      verdict: 'UNDECIDED',
      population: 'not reached: the budget of 12 queries was used up before',
      points: '0',
    });
  });

  test('realtime, tag, report: the version behind the tag is asked, and the check has a link', async () => {
    const report = 'https://reports.example/parity.html';
    const found = await night({ ...asked, report }, name);
    expect([found.success, checkOf(found).passed, found.errors]).toEqual([true, true, []]);
    expect(checkOf(found).metadata).toMatchObject({
      verdict: ['TextMetadataValue', 'PROVEN'],
      lambda_version: ['TextMetadataValue', proven.artifact.version],
      report: ['UrlMetadataValue', report],
    });
    expect(Number(valuesOf(checkOf(found))['points'])).toBeGreaterThan(100);
    expect(found.logs.join('\n')).toMatch(new RegExp(`${name} +${proven.artifact.version} +stays .* proved it`));
  });

  test('a guard that fails is in the log, and changes no verdict', async () => {
    const withoutGuard = ['sh', '-c', '[ "$1" != lambda ] || { echo no guard tonight >&2; exit 2; }; exec npx --no lockstep "$@"', 'sh'];
    const found = await night({ ...asked, lockstep: withoutGuard }, name);
    expect([found.success, checkOf(found).passed, found.errors]).toEqual([true, true, ['no guard tonight\n']]);
  });

  test('an older version behind the tag: red, and nothing says that another would be right', async () => {
    const newer = await release('window="24 hours"', 'window="12 hours"');
    expect(await lambda('deploy', name, '--project', project)).toMatchObject({ code: 0, out: expect.stringContaining('deployed') });
    expect(await built(name)).toMatchObject({ code: 0 });
    const found = await night(asked, name);
    expect([checkOf(found).passed, checkOf(found).severity]).toEqual([false, 'ERROR']);
    expect(valuesOf(checkOf(found))).toMatchObject({
      verdict: 'VIOLATED',
      version: newer.artifact.version,
      lambda_version: proven.artifact.version,
      why: expect.stringContaining('**version_skew**'),
    });
    expect(checkOf(found).incidents.map(({ cause }) => cause)).toEqual(['version_skew']);
    expect(await production()).toBe(proven.artifact.version);
  });

  test('roll_back: a version that is to blame goes back to the one that was proven, and the check stays red', async () => {
    const { artifact, sql: right } = await release('window="12 hours"', 'window="6 hours"');
    const sql = right.replace('MAX(best.amount) OVER', 'MIN(best.amount) OVER');
    expect(sql).not.toBe(right);
    await server.send('POST', '/features', JSON.stringify({ artifact: { ...artifact, sqlSha256: sha256(sql) }, sql }));
    expect(await built(name)).toMatchObject({ code: 0 });
    await force();
    expect(await production()).toBe(artifact.version);
    const found = await night(asked, name);
    expect([checkOf(found).passed, valuesOf(checkOf(found))['verdict']]).toEqual([false, 'VIOLATED']);
    expect(checkOf(found).incidents.map(({ cause }) => cause)).toContain('tampered_artifact');
    expect(found.logs.join('\n')).toMatch(new RegExp(`${name} +${artifact.version} +goes back +${proven.artifact.version} `));
    expect(await production()).toBe(proven.artifact.version);
  });

  test('roll_back without a server is refused when the location is loaded', async () => {
    const packages = await withSettings({ roll_back: 'production' });
    await expect(python({ project, packages }, 'definitions')).rejects.toThrow('roll_back: production is a tag of a server');
  });

  test('a command that says nothing to Dagster fails the step, whatever its exit code', async () => {
    const mute = ['env', '-u', 'DAGSTER_PIPES_CONTEXT', '-u', 'DAGSTER_PIPES_MESSAGES', 'npx', '--no', 'lockstep'];
    const found = await night({ lockstep: mute }, 'seller_gmv');
    expect([found.success, found.checks]).toEqual([false, {}]);
    expect(found.failures.join('\n')).toContain('parity said nothing of seller_gmv');
  });
});
