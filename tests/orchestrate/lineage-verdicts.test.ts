/** Events of parity: a verdict, its incidents, what could not be compared. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { environment } from './alert-servers.ts';
import { fill, fine, kinds, of, order, sourcesWithIngest, targets, toldShop } from './lineage-project.ts';
import { bare } from './openlineage.ts';

/** Columns of the table as DuckDB has them. */
const compared = ['--batch', 'local', '--feature', 'revenue', '--interval', '2026-01-01T00:00:00/2026-01-01T12:00:00'];

test('parity: PROVEN, and VIOLATED with its incidents, on the table that was compared', async () => {
  const { folder, run, events, server, sql } = await toldShop();
  await fine(run('materialize', 'revenue', ...fill));
  server.requests.splice(0);
  const proven = await fine(run('parity', ...compared, '--format', 'json', '--history', join(folder, 'h.duckdb')));
  const [report] = JSON.parse(proven.out).features;
  expect(kinds(events())).toEqual([
    'START shop.parity',
    'START shop.parity.revenue',
    'COMPLETE shop.parity.revenue',
    'COMPLETE shop.parity',
  ]);
  const green = of(events(), 'shop.parity.revenue', 'COMPLETE');
  const namespace = `duckdb://${folder}/raw.duckdb`;
  expect(green.inputs.map((i) => [i.namespace, i.name, bare(i.inputFacets)])).toEqual([
    [
      namespace,
      'raw.features.revenue',
      {
        dataQualityAssertions: {
          assertions: [
            { assertion: 'parity', success: true, name: 'revenue logic', severity: 'error', expected: 'PROVEN', actual: 'PROVEN' },
          ],
        },
      },
    ],
    [namespace, 'raw.web.orders', {}],
  ]);
  expect(of(events(), 'shop.parity.revenue', 'START').inputs.map((i) => i.inputFacets)).toEqual([{}, {}]);
  expect(bare(green.run?.facets.test)).toEqual({
    tests: [{ name: 'revenue logic', status: 'pass', type: 'parity', severity: 'error', expected: 'PROVEN', actual: 'PROVEN' }],
  });
  expect(bare(green.run?.facets.nominalTime)).toEqual({
    nominalStartTime: '2026-01-01T00:00:00.000000Z',
    nominalEndTime: '2026-01-01T12:00:00.000000Z',
  });
  expect(bare(green.run?.facets.lockstep_verdict)).toMatchObject({
    verdict: 'PROVEN',
    mode: 'logic',
    version: report.version,
    points: report.samples,
    mismatches: 0,
    bound: report.upperBound,
    incidents: [],
    historyRun: JSON.parse(proven.out).run.id,
  });
  server.requests.splice(0);
  // 12 instants of two shops; at 03:00 and 04:00 both have rows.
  const [[version] = []] = await sql('SELECT min(lockstep_version) FROM features.revenue');
  await sql(`DELETE FROM features."revenue__${version}" WHERE as_of IN (TIMESTAMP '2026-01-01 03:00', TIMESTAMP '2026-01-01 04:00')`);
  const { code } = await run('parity', ...compared);
  expect(code).toBe(1);
  const red = of(events(), 'shop.parity.revenue', 'COMPLETE');
  expect(bare(red.inputs[0]?.inputFacets.dataQualityAssertions)).toEqual({
    assertions: [{ assertion: 'parity', success: false, name: 'revenue logic', severity: 'error', expected: 'PROVEN', actual: 'VIOLATED' }],
  });
  expect(red.run?.facets.test.tests).toMatchObject([{ status: 'fail', severity: 'error', actual: 'VIOLATED' }]);
  const verdict = red.run?.facets.lockstep_verdict;
  expect(verdict).toMatchObject({
    verdict: 'VIOLATED',
    mode: 'logic',
    version,
    batchVersion: version,
    lambdaVersion: version,
    mismatches: 4,
  });
  expect(verdict).toMatchObject({ explained: 0, unexplained: 4, historyRun: null });
  expect(verdict.incidents).toEqual([
    {
      cause: 'lost',
      among: ['lost'],
      explained: false,
      sources: [],
      from: '2026-01-01T03:00:00.000000Z',
      to: '2026-01-01T04:00:00.000000Z',
      points: 4,
      entities: 2,
    },
  ]);
  expect(kinds(events()).at(-1)).toBe('COMPLETE shop.parity');
  expect(JSON.stringify(events())).not.toMatch(/SECRET|shop0|shop1/);
});

test('parity: a source that is not as it is declared ends the run of the feature as failed', async () => {
  const { run, events, server, sql } = await toldShop();
  await fine(run('materialize', 'revenue', ...fill));
  server.requests.splice(0);
  await sql('ALTER TABLE web.orders RENAME price TO prices');
  expect((await run('parity', ...compared)).code).toBe(2);
  expect(kinds(events())).toEqual(['START shop.parity', 'START shop.parity.revenue', 'FAIL shop.parity.revenue', 'FAIL shop.parity']);
  expect(JSON.stringify(of(events(), 'shop.parity.revenue', 'FAIL'))).toContain('the column PRICE is declared NUMBER');
});

/** One order, after the interval: every answer is the one without events. */
test('parity: UNDECIDED is no success; without a table of a target no data are named, unless somebody chose a namespace', async () => {
  const { folder, run, events, server } = await toldShop(targets(), { 'events/orders.ndjson': order() });
  const files = ['--events', join(folder, 'events'), '--feature', 'revenue', '--interval', '2026-01-01T00:00:00/2026-01-01T06:00:00'];
  expect((await run('parity', ...files)).code).toBe(3);
  const unnamed = of(events(), 'shop.parity.revenue', 'COMPLETE');
  expect(unnamed.inputs).toEqual([]);
  expect(bare(unnamed.run?.facets.test)).toMatchObject({
    tests: [{ status: 'fail', severity: 'warn', expected: 'PROVEN', actual: 'UNDECIDED' }],
  });
  expect(unnamed.run?.facets.lockstep_verdict).toMatchObject({ verdict: 'UNDECIDED' });
  server.requests.splice(0);
  environment({ OPENLINEAGE_NAMESPACE: 'market' });
  expect((await run('parity', ...files)).code).toBe(3);
  const named = of(events(), 'shop.parity.revenue', 'COMPLETE');
  expect(named.inputs.map((i) => [i.namespace, i.name, bare(i.inputFacets)])).toEqual([
    [
      'market',
      'revenue',
      {
        dataQualityAssertions: {
          assertions: [
            { assertion: 'parity', success: false, name: 'revenue logic', severity: 'warn', expected: 'PROVEN', actual: 'UNDECIDED' },
          ],
        },
      },
    ],
  ]);
});

test('parity: what arrived late and what was lost, each with its sources', async () => {
  const later = sourcesWithIngest;
  const at = (time: string, came: string, id: string) =>
    order({ order_id: id, ordered_at: `2026-01-01T${time}`, ingested_at: `2026-01-01T${came}` });
  const known = [at('01:10:00', '01:10:01', 'a'), at('04:10:00', '04:10:01', 'b')];
  const { folder, run, events } = await toldShop(targets(), {
    'transforms/sources.yml': later,
    'events/orders.ndjson': [...known, at('08:10:00', '08:10:01', 'c')].join(''),
    'realtime/orders.ndjson': known.join(''),
  });
  const { code } = await run(
    ...['parity', '--mode', 'replay', '--batch', join(folder, 'events'), '--realtime', join(folder, 'realtime'), '--feature', 'revenue'],
    ...['--interval', '2026-01-01T00:00:00/2026-01-01T12:00:00', '--raw'],
  );
  expect(code).toBe(1);
  const { lockstep_verdict: verdict, test: tests } = of(events(), 'shop.parity.revenue', 'COMPLETE').run?.facets ?? {};
  const incidents: readonly Incident[] = verdict.incidents;
  expect([...new Set(incidents.map((i) => `${i.cause} ${i.explained}`))].sort()).toEqual(['ambiguous false', 'late true', 'lost false']);
  // The order of 08:10 never came, and is seen for two hours.
  for (const { cause, from, to, sources, entities } of incidents.filter((i) => !i.explained)) {
    expect([from > '2026-01-01T08:10:00.000000Z', to <= '2026-01-01T10:10:00.000000Z', entities]).toEqual([true, true, 1]);
    expect(sources).toEqual(cause === 'lost' ? ['orders'] : []);
  }
  // The others came a second late.
  expect(incidents.filter((i) => i.explained).map(({ from, to }) => [from.slice(0, 19), to.slice(0, 19)])).toEqual([
    ['2026-01-01T01:10:00', '2026-01-01T01:10:00'],
    ['2026-01-01T04:10:00', '2026-01-01T04:10:00'],
  ]);
  expect(incidents.reduce((sum, i) => sum + (i.explained ? 0 : i.points), 0)).toBe(verdict.unexplained);
  expect(tests.tests).toMatchObject([{ name: 'revenue replay', status: 'fail' }]);
  expect(JSON.stringify(events())).not.toContain('SECRET');
});

interface Incident {
  readonly cause: string;
  readonly explained: boolean;
  readonly sources: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly points: number;
  readonly entities: number;
}

test('parity: one that cannot be compared fails, data that are wrong fail the whole run, and neither shows a value', async () => {
  const { folder, run, events, server } = await toldShop(targets(), { 'events/orders.ndjson': order({ shop: '99999999' }) });
  await fine(run('compile'));
  const file = join(folder, 'build/lambdas/revenue.sql');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, `SELECT * REPLACE (CAST(CAST(shop || 'x' AS INTEGER) AS VARCHAR) AS shop) FROM (${text}) AS answered`);
  server.requests.splice(0);
  const files = ['--events', join(folder, 'events'), '--feature', 'revenue', '--raw'];
  const engine = await run('parity', ...files, '--artifacts', join(folder, 'build'));
  expect([engine.code, engine.err]).toEqual([2, expect.stringContaining('99999999x')]);
  expect(kinds(events())).toEqual(['START shop.parity', 'START shop.parity.revenue', 'FAIL shop.parity.revenue', 'FAIL shop.parity']);
  expect(events()[2]?.run?.facets.errorMessage.message).toBe('duckdb failed');
  expect(events()[3]?.run?.facets.errorMessage.message).toBe('1 feature could not be compared');
  writeFileSync(join(folder, 'events/orders.ndjson'), order({ price: '99999999 or so' }));
  server.requests.splice(0);
  const wrong = await run('parity', ...files);
  expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('99999999 or so')]);
  expect(kinds(events())).toEqual(['START shop.parity', 'FAIL shop.parity']);
  expect(events()[1]?.run?.facets.errorMessage.message).toBe(`${join(folder, 'events/orders.ndjson')}:1:PRICE: not as it is declared`);
  expect(JSON.stringify(events())).not.toContain('99999999');
});
