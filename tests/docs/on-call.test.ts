/** Every command of docs/on-call.md, on an evening that goes wrong twice: a version that somebody changed, and rows that are lost. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sha256 } from '../../compiler/artifacts/version.ts';
import { varchar } from '../../compiler/sql-type.ts';
import { compileIn } from '../../runners/cli/load.ts';
import { compiledLambda } from '../../runners/stored-lambda.ts';
import type { StoredLambda } from '../../runners/stream/execute.ts';
import { at, executed, instantOf, marketFolder, materialize, queried } from '../batch/market-file.ts';
import { first, start, until } from '../marketplace/arrivals.ts';
import { catalog } from '../marketplace/world.ts';
import { type Serving, serving } from '../stream/serving.ts';
import { lockstep, type Ran } from '../support/cli.ts';

const name = 'bidder_outbid';
const page = await readFile(new URL('../../docs/on-call.md', import.meta.url), 'utf8');
const commands = [...page.matchAll(/^\$ npx lockstep (.*)$/gm)].map(([, command = '']) => command);
let folder = '';
let store = '';
let server: Serving;
let older: StoredLambda;
let feature = { file: '', text: '' };

const withoutProject = ['lambda show', 'lambda guard', 'lambda roll-back bidder_outbid production --to-proven'];

/** As somebody types it in the project's folder, beside a server that has another port. */
function typed(command: string, ...more: readonly string[]): Promise<Ran> {
  const args = command.split(' ').map((word) => {
    if (word === 'http://127.0.0.1:8080') return server.url;
    return /^(parity\.duckdb|report\.html)$/.test(word) ? join(folder, word) : word;
  });
  const project = withoutProject.some((prefix) => command.startsWith(prefix)) ? [] : ['--project', folder];
  const url = command.startsWith('lambda') ? ['--url', server.url] : [];
  return lockstep(...args, ...project, ...url, ...more);
}

/** The page's next command. */
let next = 0;
async function told(begin: string, ...more: readonly string[]): Promise<Ran> {
  const command = commands[next++] ?? '';
  expect(command.startsWith(begin), `${command}: ${begin} was expected`).toBe(true);
  return typed(command, ...more);
}

const compiledNow = async (): Promise<StoredLambda> => {
  const { compiled } = await compileIn(folder, '2026-01-01');
  const of = compiled.features.find((f) => f.feature.name === name);
  if (of === undefined) throw new Error(name);
  return compiledLambda(of, catalog);
};
const span = ['--from', at(start), '--to', at(instantOf(name, first))];
const production = async (): Promise<string> => (await server.send('GET', '/features')).body.features[0].tags.production;
const shown = async (): Promise<unknown> =>
  (await queried(folder, `SELECT DISTINCT lockstep_version FROM features.${name}`, varchar)).flat();
const compare = `parity --batch local --realtime http://127.0.0.1:8080 --feature ${name} --history parity.duckdb`;

/** No topic says where the history that was loaded ends. */
const hasAll = () => server.send('PUT', '/sources/bids/complete-since', { since: 'beginning' });

beforeAll(async () => {
  folder = await marketFolder(until(first));
  store = join(folder, '.lockstep/store');
  older = await compiledNow();
  expect(await materialize(folder, name, ...span)).toMatchObject({ code: 0 });
  expect(await lockstep('backfill', '--project', folder, '--target', 'local', '--since', 'beginning')).toMatchObject({ code: 0 });
  server = await serving(catalog, { folder: store, lambdas: [older] });
  await hasAll();
  expect(await typed(compare)).toMatchObject({ code: 0, out: expect.stringMatching(/^PROVEN/) });
  expect(await typed(`lambda promote ${name} --history parity.duckdb`)).toMatchObject({ code: 0 });
  // The evening's release: half the window; and somebody changed what was deployed.
  const file = join(folder, `transforms/features/${name}.sql`);
  feature = { file, text: await readFile(file, 'utf8') };
  await writeFile(file, feature.text.replace('window="24 hours"', 'window="12 hours"'));
  const { artifact, sql: right } = await compiledNow();
  const sql = right.replace('MAX(best.amount) OVER', 'MIN(best.amount) OVER');
  expect(sql).not.toBe(right);
  expect((await server.send('POST', '/features', { artifact: { ...artifact, sqlSha256: sha256(sql) }, sql })).status).toBe(201);
  expect(await materialize(folder, name, ...span)).toMatchObject({ code: 0 });
  expect(await typed(`lambda promote ${name} --force`, '--reason', 'release')).toMatchObject({ code: 0 });
  const wrong = await typed(`${compare} --tag production`);
  expect([wrong.code, wrong.out]).toEqual([1, expect.stringContaining('causes: tampered_artifact')]);
}, 120_000);
afterAll(() => server.stop());

test('what is wrong, whether it still is, and whether production serves it', async () => {
  expect(await told('report')).toMatchObject({ code: 0 });
  expect(await readFile(join(folder, 'report.html'), 'utf8')).toContain('tampered_artifact');
  // Asked again is what the project compiles, and that is right: somebody changed what was deployed.
  expect(await told('verify')).toMatchObject({ code: 0, out: expect.stringContaining('agrees now') });
  expect(await told('lambda show')).toMatchObject({ code: 0, out: expect.stringContaining('production at ') });
  const guarded = await told('lambda guard', '--format', 'json');
  expect(JSON.parse(guarded.out).features).toMatchObject([{ feature: name, does: 'goes back', to: older.artifact.version }]);
});

test('going back: the tag, and the name in the warehouse with it', async () => {
  expect(await told('lambda roll-back')).toMatchObject({ code: 0 });
  expect(await production()).toBe(older.artifact.version);
  expect(await shown()).not.toEqual([older.artifact.version]);
  expect(await typed(`lambda promote ${name} --force`, '--reason', 'to go back with both')).toMatchObject({ code: 0 });
  expect((await typed(`lambda show ${name}`)).out).toContain('--force: to go back with both');
  expect(await told('lambda roll-back')).toMatchObject({ code: 0 });
  expect([await production(), await shown()]).toEqual([older.artifact.version, [older.artifact.version]]);
});

test('mending: the sources are looked at, lost rows are computed again, history is loaded, the version is deployed', async () => {
  await writeFile(feature.file, feature.text);
  // Nothing has come since March.
  expect(await told('sources check')).toMatchObject({ code: 0, out: expect.stringMatching(/bids .*[\s\S]*warning\[stale\]/) });
  const table = `features."${name}__${older.artifact.version}"`;
  await executed(folder, `DELETE FROM ${table} WHERE as_of BETWEEN '2026-03-01 13:00' AND '2026-03-01 15:00'`);
  const red = await typed(`${compare} --tag production`);
  expect([red.code, red.out]).toEqual([1, expect.stringContaining('causes: lost')]);
  expect(await told('materialize')).toMatchObject({ code: 0 });
  expect(await told('materialize')).toMatchObject({ code: 0 });
  await server.stop();
  expect(await told('backfill')).toMatchObject({ code: 0 });
  server = await serving(catalog, { folder: store, lambdas: [] });
  await hasAll();
  expect(await told('lambda deploy')).toMatchObject({ code: 0, out: expect.stringContaining('already there') });
});

test('proving it: green, and promoted on that', async () => {
  const green = await told('parity');
  expect([green.code, green.out]).toEqual([0, expect.stringMatching(/^PROVEN +bidder_outbid/)]);
  expect(await told('lambda promote')).toMatchObject({ code: 0 });
  expect(await production()).toBe(older.artifact.version);
  expect(next).toBe(commands.length);
});
