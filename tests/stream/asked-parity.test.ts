/** `parity --realtime URL` in logic mode: a running server is asked about the past, and batch says what happened. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Row } from '../../examples/marketplace/rows.ts';
import { onTheWire } from '../../examples/marketplace/wire.ts';
import { compileIn } from '../../runners/cli/load.ts';
import { compiledLambda } from '../../runners/stored-lambda.ts';
import { marketFolder } from '../batch/market-file.ts';
import { catalog, project } from '../marketplace/world.ts';
import { lockstep } from '../support/cli.ts';
import { type Serving, serving } from './serving.ts';
import { marketplaceUntilNow } from './shifted.ts';

const minute = 60_000_000n;
const rows = marketplaceUntilNow(21, 600, 'bids', minute);
const bids = rows.get('bids') ?? [];
const folder = mkdtempSync(join(tmpdir(), 'lockstep-asked-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
for (const { name } of catalog.sources)
  writeFileSync(join(folder, `${name}.ndjson`), (rows.get(name) ?? []).map((row) => `${JSON.stringify(row)}\n`).join(''));

const feature = 'bidder_outbid';
const own = project.compiled.features.flatMap((f) => (f.feature.name === feature ? [compiledLambda(f, catalog)] : []));

async function server(keep: (bid: Row) => boolean, since = 'beginning', lambdas = own): Promise<Serving> {
  const started = await serving(catalog, { lambdas });
  const messages = bids.filter(keep).map((row) => JSON.parse(onTheWire('bids', row).value));
  const { body } = await started.send('POST', '/events/bids', messages);
  expect(body.rejected).toEqual([]);
  await started.send('PUT', '/sources/bids/complete-since', { since });
  return started;
}

async function asked(running: Serving, ...more: readonly string[]) {
  const given = ['--batch', folder, '--realtime', running.url, '--feature', feature, '--format', 'json', ...more];
  const { code, out, err } = await lockstep('parity', ...given);
  await running.stop();
  const [report] = out === '' ? [undefined] : JSON.parse(out).features;
  return { code, err, report };
}

test('it has everything: PROVEN, by its own answers', async () => {
  const running = await server(() => true);
  const metrics = async (): Promise<number> =>
    Number(/^lockstep_queried_rows_total (\d+)/m.exec((await running.send('GET', '/metrics')).body)?.[1] ?? 0);
  const given = ['--batch', folder, '--realtime', running.url, '--feature', feature, '--format', 'json'];
  const { code, out, err } = await lockstep('parity', ...given);
  const requests = await metrics();
  await running.stop();
  const [report] = JSON.parse(out).features;
  expect(err).toBe('');
  expect({ code, verdict: report.verdict, mismatches: report.mismatches, lambda: report.lambda }).toEqual({
    code: 0,
    verdict: 'PROVEN',
    mismatches: 0,
    lambda: 'compiled',
  });
  expect(report.samples).toBeGreaterThan(500);
  expect(requests).toBeGreaterThanOrEqual(report.samples);
});

test('every seventh bid never came: lost', async () => {
  const { code, report } = await asked(await server((bid) => !String(bid['bid_id']).endsWith('7')));
  expect({ code, verdict: report.verdict }).toEqual({ code: 1, verdict: 'VIOLATED' });
  expect(Object.keys(report.causes)).toContain('lost');
  expect(report.causes['unknown'] ?? 0).toBe(0);
});

test('another version answers: version_skew, by its name', async () => {
  const older = await marketFolder(new Map());
  const file = join(older, `transforms/features/${feature}.sql`);
  const text = await readFile(file, 'utf8');
  const changed = text.replace('window="24 hours"', 'window="3 hours"');
  expect(changed).not.toBe(text);
  await writeFile(file, changed);
  const { compiled } = await compileIn(older, '2026-01-01');
  const lambdas = compiled.features.flatMap((f) => (f.feature.name === feature ? [compiledLambda(f, catalog)] : []));
  const { code, report } = await asked(await server(() => true, 'beginning', lambdas));
  expect({ code, verdict: report.verdict, lambdaVersion: report.lambdaVersion }).toEqual({
    code: 1,
    verdict: 'VIOLATED',
    lambdaVersion: compiled.features.find((f) => f.feature.name === feature)?.version,
  });
  expect(Object.keys(report.causes)).toEqual(['version_skew']);
});

test('what it does not have is not asked, and said', async () => {
  const since = new Date(Date.now() - 30 * 3_600_000).toISOString().slice(0, 19);
  const { code, err, report } = await asked(await server(() => true, since), '--interval', '2026-01-01T00:00:00/2999-01-01T00:00:00');
  expect(err).toMatch(/^warning: bidder_outbid: the server can be asked about instants from \S+ to \S+\n$/);
  expect({ code, verdict: report.verdict }).toEqual({ code: 0, verdict: 'PROVEN' });
});

test('events younger than the window: nobody is asked about what is still to come', async () => {
  const highest = project.compiled.features.flatMap((f) => (f.feature.name === 'listing_highest_bid' ? [compiledLambda(f, catalog)] : []));
  const running = await server(() => true, 'beginning', highest);
  const given = ['--batch', folder, '--realtime', running.url, '--feature', 'listing_highest_bid', '--format', 'json'];
  const { code, out, err } = await lockstep('parity', ...given);
  const hours = 3_600_000;
  const [from, to] = [5 * hours, 4 * hours].map((ago) => new Date(Date.now() - ago).toISOString().slice(0, 19));
  const few = await lockstep('parity', ...given, '--interval', `${from}/${to}`);
  await running.stop();
  expect([code, err, few.code, few.err]).toEqual([0, '', 0, '']);
  expect(JSON.parse(out).features[0]).toMatchObject({ verdict: 'PROVEN', mismatches: 0 });
  expect(JSON.parse(few.out).features[0]).toMatchObject({ verdict: 'PROVEN', mismatches: 0 });
});

test('without the feature it says so', async () => {
  const { code, err } = await asked(await server(() => true, 'beginning', []));
  expect(code).toBe(2);
  expect(err).toContain('has no feature bidder_outbid');
});
