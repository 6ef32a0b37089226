/** `--both`: the tag and the name in the warehouse go to the same version, and later runs leave the name there. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { varchar } from '../../compiler/sql-type.ts';
import { compileIn } from '../../runners/cli/load.ts';
import { compiledLambda } from '../../runners/stored-lambda.ts';
import { at, executed, marketFolder, materialize, queried } from '../batch/market-file.ts';
import { first, hour, start, until } from '../marketplace/arrivals.ts';
import { catalog } from '../marketplace/world.ts';
import { type Serving, serving } from '../stream/serving.ts';
import { lockstep } from '../support/cli.ts';

const name = 'bidder_outbid';
let folder = '';
let server: Serving;
const versions: string[] = [];

async function deployed(): Promise<string> {
  const { compiled } = await compileIn(folder, '2026-01-01');
  const of = compiled.features.find((f) => f.feature.name === name);
  if (of === undefined) throw new Error(name);
  const { artifact, sql } = compiledLambda(of, catalog);
  expect((await server.send('POST', '/features', { artifact, sql })).status).toBe(201);
  return of.version;
}

const span = ['--from', at(start), '--to', at((first / hour) * hour)];
const filled = () => materialize(folder, name, ...span);

beforeAll(async () => {
  folder = await marketFolder(until(first));
  server = await serving(catalog, { lambdas: [] });
  const file = join(folder, `transforms/features/${name}.sql`);
  const text = await readFile(file, 'utf8');
  for (const window of ['24 hours', '12 hours']) {
    await writeFile(file, text.replace('window="24 hours"', `window="${window}"`));
    versions.push(await deployed());
    expect(await filled()).toMatchObject({ code: 0 });
    expect((await lambda('promote', name, '--force', '--reason', 'first')).code).toBe(0);
  }
}, 120_000);
afterAll(() => server.stop());

const lambda = (...args: readonly string[]) =>
  lockstep('lambda', ...args, '--url', server.url, '--format', 'json', ...(args[0] === 'promote' ? ['--project', folder] : []));
const production = async (): Promise<string> => (await server.send('GET', '/features')).body.features[0].tags.production;
const shown = async (): Promise<unknown> =>
  (await queried(folder, `SELECT DISTINCT lockstep_version FROM features.${name}`, varchar)).flat();
const both = ['--both', '--target', 'local'];
const back = (...more: readonly string[]) => lambda('roll-back', name, 'production', '--project', folder, ...more);

test('both go back, and a run of the version that was taken back leaves the name where it is', async () => {
  const [older, newer] = versions;
  expect([await production(), await shown()]).toEqual([newer, [newer]]);
  const { code, out } = await back(...both);
  expect([code, JSON.parse(out)]).toEqual([
    0,
    { lambda: name, tag: 'production', version: older, batch: { target: 'local', before: newer, version: older } },
  ]);
  expect([await production(), await shown()]).toEqual([older, [older]]);
  const moves = 'SELECT version, refused FROM features.lockstep_shown ORDER BY recorded_at DESC LIMIT 1';
  expect(await queried(folder, moves, varchar, varchar)).toEqual([[older, newer]]);
  const again = await materialize(folder, name, ...span, '--again', '--format', 'json');
  expect([again.code, await shown()]).toEqual([0, [older]]);
});

test('promoted again, the name is where the version is, and runs leave it there', async () => {
  const [, newer] = versions;
  const { code, out } = await lambda('promote', name, '--force', '--reason', 'it was the data', ...both);
  expect([code, JSON.parse(out).batch]).toEqual([0, { target: 'local', before: versions[0], version: newer }]);
  expect([await production(), await shown()]).toEqual([newer, [newer]]);
  expect((await materialize(folder, name, ...span, '--again')).code).toBe(0);
  expect(await shown()).toEqual([newer]);
});

test('without rows of the version nothing moves', async () => {
  const [older, newer] = versions;
  await executed(folder, `ALTER TABLE features."${name}__${older}" RENAME TO kept`);
  const refused = await back(...both);
  expect(refused).toMatchObject({ code: 2, err: expect.stringContaining(`no rows of version ${older} of ${name}: nothing was moved`) });
  expect([await production(), await shown()]).toEqual([newer, [newer]]);
  await executed(folder, `ALTER TABLE features.kept RENAME TO "${name}__${older}"`);
});

test('a version that is not built yet is taken back, too: the run that builds it leaves the name', async () => {
  const [older] = versions;
  expect((await back('--to', older ?? '', ...both)).code).toBe(0);
  const file = join(folder, `transforms/features/${name}.sql`);
  await writeFile(file, (await readFile(file, 'utf8')).replace('window="12 hours"', 'window="6 hours"'));
  const hasty = await deployed();
  expect((await lambda('promote', name, '--force', '--reason', 'before the build')).code).toBe(0);
  expect([await production(), await shown()]).toEqual([hasty, [older]]);
  expect(await back(...both)).toMatchObject({ code: 0, err: `${name} in local shows version ${older}, and no run moves it to ${hasty}\n` });
  expect((await filled()).code).toBe(0);
  expect([await production(), await shown()]).toEqual([older, [older]]);
  await writeFile(file, (await readFile(file, 'utf8')).replace('window="6 hours"', 'window="12 hours"'));
  expect((await lambda('promote', name, '--version', versions[1] ?? '', '--force', '--reason', 'again', ...both)).code).toBe(0);
});

test('one of the two options alone is refused, and nothing moves', async () => {
  const before = [await production(), await shown()];
  for (const half of [['--both'], ['--target', 'local']]) {
    expect((await back(...half)).err).toContain('give both --both and --target');
    expect((await lambda('promote', name, '--force', '--reason', 'x', ...half)).err).toContain('give both --both and --target');
  }
  expect([await production(), await shown()]).toEqual(before);
});

test('a ledger of an older Lockstep gets the column', async () => {
  await executed(folder, 'ALTER TABLE features.lockstep_shown DROP COLUMN refused');
  const [older, newer] = versions;
  expect((await back(...both)).code).toBe(0);
  expect(await queried(folder, 'SELECT refused FROM features.lockstep_shown WHERE refused IS NOT NULL', varchar)).toEqual([[newer]]);
  expect(await shown()).toEqual([older]);
  await executed(folder, 'ALTER TABLE features.lockstep_shown DROP COLUMN refused');
  expect((await filled()).code).toBe(0);
});
