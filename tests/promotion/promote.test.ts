/** The gate on a running server: a tag moves on a verdict about what the server has, and goes back when a night finds it wrong. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sha256 } from '../../compiler/artifacts/version.ts';
import { onTheWire } from '../../examples/marketplace/wire.ts';
import { compileIn } from '../../runners/cli/load.ts';
import { compiledLambda } from '../../runners/stored-lambda.ts';
import type { StoredLambda } from '../../runners/stream/execute.ts';
import { marketFolder } from '../batch/market-file.ts';
import { catalog, project } from '../marketplace/world.ts';
import { type Serving, serving } from '../stream/serving.ts';
import { marketplaceUntilNow } from '../stream/shifted.ts';
import { lockstep } from '../support/cli.ts';

const name = 'bidder_outbid';
const rows = marketplaceUntilNow(21, 300, 'bids', 60_000_000n);
const folder = mkdtempSync(join(tmpdir(), 'lockstep-promote-'));
const history = join(folder, 'parity.duckdb');
const lambdaOf = ({ compiled }: { readonly compiled: typeof project.compiled }): StoredLambda => {
  const found = compiled.features.find((f) => f.feature.name === name);
  if (found === undefined) throw new Error(name);
  return compiledLambda(found, catalog);
};
let server: Serving;
let own = '';
let changed = '';
let next: StoredLambda;

beforeAll(async () => {
  for (const source of catalog.sources)
    writeFileSync(join(folder, `${source.name}.ndjson`), (rows.get(source.name) ?? []).map((row) => `${JSON.stringify(row)}\n`).join(''));
  own = await marketFolder(new Map());
  changed = await marketFolder(new Map());
  const file = join(changed, `transforms/features/${name}.sql`);
  await writeFile(file, (await readFile(file, 'utf8')).replace('window="24 hours"', 'window="3 hours"'));
  next = lambdaOf(await compileIn(changed, '2026-01-01'));
  server = await serving(catalog, { lambdas: [lambdaOf(project)] });
  const messages = (rows.get('bids') ?? []).map((row) => JSON.parse(onTheWire('bids', row).value));
  expect((await server.send('POST', '/events/bids', messages)).body.rejected).toEqual([]);
  await server.send('PUT', '/sources/bids/complete-since', { since: 'beginning' });
}, 60_000);
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const first = lambdaOf(project).artifact.version;
const lambda = (...args: readonly string[]) => lockstep('lambda', ...args, '--url', server.url, '--format', 'json');
const promote = (of: string, ...more: readonly string[]) => lambda('promote', name, '--history', history, '--project', of, ...more);
const parity = (of: string, ...more: readonly string[]) =>
  lockstep('parity', '--batch', folder, '--realtime', server.url, '--feature', name, '--history', history, '--project', of, ...more);
const deployed = async () => (await server.send('GET', '/features')).body.features[0];
const production = async (): Promise<string | undefined> => (await deployed()).tags.production;

test('without a verdict nothing moves, by no way', async () => {
  expect(next.artifact.version).not.toBe(first);
  expect(await promote(own)).toMatchObject({ code: 2, err: expect.stringContaining('there is no history') });
  const other = join(folder, 'other.duckdb');
  expect((await lockstep('parity', '--events', folder, '--feature', 'seller_gmv', '--history', other, '--project', own)).code).toBe(0);
  const refused = await lambda('promote', name, '--history', other, '--project', own);
  expect(refused.code).toBe(1);
  expect(refused.err).toMatch(/^error: bidder_outbid is not promoted: no run of parity compared bidder_outbid\nhint: /);
  expect(JSON.parse(refused.out)).toMatchObject({ promoted: false, version: first, from: null });
  const hint = `lockstep lambda promote ${name} --tag production --history FILE`;
  const conflict = {
    status: 409,
    body: { type: 'CONFLICT', message: 'the tag production of a feature moves on a verdict of parity', hint },
  };
  expect(await server.send('PUT', `/features/${name}/tags/production`, { version: first })).toMatchObject(conflict);
  const rockset = `/v1/orgs/self/ws/features/lambdas/${name}/tags`;
  expect(await server.send('POST', rockset, { tag_name: 'production', version: first })).toMatchObject(conflict);
  expect(await lambda('tag', name, 'production', first)).toMatchObject({ code: 2 });
  expect(await production()).toBeUndefined();
  expect((await lambda('tag', name, 'canary', first)).code).toBe(0);
});

test('a verdict about what the server has moves the tag, and is kept with the move', async () => {
  expect((await parity(own)).code).toBe(0);
  const { code, out } = await promote(own);
  expect(code).toBe(0);
  const run = JSON.parse(out).evidence.run;
  expect(JSON.parse(out)).toMatchObject({ promoted: true, version: first, from: null, evidence: { verdict: 'PROVEN', mode: 'logic' } });
  const { tags, moves } = await deployed();
  expect(tags.production).toBe(first);
  expect(moves.production).toMatchObject([
    { version: first, ground: { evidence: { run, artifacts: { lambda: lambdaOf(project).artifact.sqlSha256 } } } },
  ]);
});

test('evidence that does not fit is refused by the server itself', async () => {
  const { evidence } = (await deployed()).moves.production[0].ground;
  const put = (body: object) => server.send('PUT', `/features/${name}/tags/production`, { version: first, ...body });
  const refusals: readonly [object, RegExp][] = [
    [{ evidence: { ...evidence, verdict: 'UNDECIDED' } }, /left it UNDECIDED/],
    [{ evidence: { ...evidence, version: 'v0' } }, /compared version v0/],
    [{ evidence: { ...evidence, artifacts: { ...evidence.artifacts, lambda: 'x' } } }, /a lambda with other SQL/],
    [{ evidence: { ...evidence, streamEngine: 'duckdb 0.1' } }, /asked the lambda of duckdb 0\.1/],
    [{ evidence: { ...evidence, startedAt: '2026-01-01T00:00:00.000000' } }, /older than 26 hours/],
  ];
  for (const [body, why] of refusals) expect(await put(body)).toMatchObject({ status: 409, body: { message: expect.stringMatching(why) } });
  const wrong: readonly object[] = [
    { evidence: {} },
    { evidence: { ...evidence, more: 1 } },
    { evidence: { ...evidence, samples: '5' } },
    { evidence: { ...evidence, startedAt: 'today' } },
    { evidence, reason: 'both' },
    { reason: ' ' },
    { reason: 'x'.repeat(1001) },
    { reasons: 'x' },
  ];
  for (const body of wrong) expect((await put(body)).status).toBe(400);
});

test('another version is another pair; by force it moves, with the reason; a night that finds it wrong takes it back', async () => {
  // As a faulty compiler, or a hand, would have made it.
  const sql = next.sql.replace('MAX(best.amount) OVER', 'MIN(best.amount) OVER');
  expect(sql).not.toBe(next.sql);
  const artifact = { ...next.artifact, sqlSha256: sha256(sql) };
  expect((await server.send('POST', '/features', { artifact, sql })).status).toBe(201);
  const { version } = artifact;
  expect((await promote(own, '--version', version)).err).toContain(`this project compiles version ${first}`);
  // What is named by nobody is what the project compiles.
  expect(JSON.parse((await promote(own)).out)).toMatchObject({ promoted: true, version: first });
  expect((await promote(changed)).err).toContain(`compared version ${first}`);
  const force = ['promote', name, '--project', changed, '--force'];
  expect(await lambda(...force)).toMatchObject({ code: 2, err: expect.stringContaining('--force needs a --reason') });
  const forced = await lambda(...force, '--reason', 'the home feed is empty');
  expect(forced).toMatchObject({ code: 0, err: 'warning: bidder_outbid was promoted without a verdict: the home feed is empty\n' });
  expect((await deployed()).moves.production.at(-1)).toMatchObject({ version, ground: { reason: 'the home feed is empty' } });

  expect((await parity(changed, '--tag', 'production')).code).toBe(1);
  expect((await promote(changed)).err).toMatch(/found it VIOLATED\nhint: /);
  const guard = (...more: readonly string[]) => lambda('guard', '--history', history, ...more);
  const dry = await guard('--dry-run');
  expect(JSON.parse(dry.out)).toMatchObject({ features: [{ feature: name, version, does: 'goes back', to: first }] });
  expect(await production()).toBe(version);
  expect((await guard()).code).toBe(0);
  expect(await production()).toBe(first);
  expect(JSON.parse((await guard()).out).features).toMatchObject([{ does: 'stays', version: first }]);
  expect(await guard('--tag', 'productoin')).toMatchObject({ code: 3, err: 'no feature has the tag productoin\n' });
  expect((await parity(own, '--tag', 'production')).code).toBe(0);
});

test('a tag is asked by its name; one that is not there is said', async () => {
  expect(await parity(own, '--tag', 'nobody')).toMatchObject({ code: 2, err: expect.stringContaining(`${name} has no tag nobody`) });
});

test('roll-back to a version, and to the last one that was proven', async () => {
  const versions = (await deployed()).versions.map((v: { version: string }) => v.version);
  const [, second] = versions;
  await lambda('promote', name, '--force', '--reason', 'again', '--version', second, '--project', own);
  expect(await lambda('roll-back', name, 'production', '--to', 'v0')).toMatchObject({
    code: 2,
    err: expect.stringContaining('was never at version v0 before'),
  });
  const back = await lambda('rollback', name, 'production', '--to-proven', '--history', history);
  expect(JSON.parse(back.out)).toEqual({ lambda: name, tag: 'production', version: first });
  expect(await production()).toBe(first);
  expect((await deployed()).trails.production).toEqual([first]);
  expect(await lambda('roll-back', name, 'production', '--to-proven', '--history', history)).toMatchObject({ code: 2 });
});
