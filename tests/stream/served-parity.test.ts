/** What a server answered, against what the warehouse says once everything arrived: the whole way, from its log and its own memory of what came when. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Row } from '../../examples/marketplace/rows.ts';
import { onTheWire } from '../../examples/marketplace/wire.ts';
import { compiledLambda } from '../../runners/stored-lambda.ts';
import { catalog, project } from '../marketplace/world.ts';
import { lockstep } from '../support/cli.ts';
import { type Serving, serving } from './serving.ts';
import { marketplaceUntilNow } from './shifted.ts';

const hour = 3_600_000_000n;
const rows = marketplaceUntilNow(21, 600, 'bids', hour / 60n);
const folder = mkdtempSync(join(tmpdir(), 'lockstep-served-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
for (const { name } of catalog.sources)
  writeFileSync(join(folder, `${name}.ndjson`), (rows.get(name) ?? []).map((row) => `${JSON.stringify(row)}\n`).join(''));

/** Milliseconds. */
const instant = (time: unknown): number => Date.parse(`${String(time).slice(0, 23)}Z`) + Number(String(time).slice(23, 26)) / 1000;

const feature = 'bidder_outbid';
const compiled = project.compiled.features.find((f) => f.feature.name === feature);
const bidders = [...new Set((rows.get('bids') ?? []).flatMap((row) => (row['bidder_id'] === null ? [] : [row['bidder_id']])))];

/** `about`: the instant in the past that is asked about, before the others come and once more after them; null: now, and once. */
async function served(first: (bid: Row) => boolean, afterwards: boolean, about: string | null = null): Promise<Serving> {
  const server = await serving(catalog, { lambdas: compiled === undefined ? [] : [compiledLambda(compiled, catalog)] });
  const post = async (bids: readonly Row[]): Promise<void> => {
    const messages = bids.map((row) => JSON.parse(onTheWire('bids', row).value));
    const { body } = await server.send('POST', '/events/bids', messages);
    expect([body.rejected, body.taken + body.quarantined.length]).toEqual([[], bids.length]);
  };
  const bids = rows.get('bids') ?? [];
  await post(bids.filter(first));
  await server.send('PUT', '/sources/bids/complete-since', { since: 'beginning' });
  const ask = async (): Promise<void> => {
    const entities = bidders.map((bidder_id) => ({ bidder_id }));
    const asked = await server.send('POST', '/features/query', { features: [feature], entities, as_of: about });
    expect(asked.status).toBe(200);
  };
  await ask();
  if (afterwards) await post(bids.filter((bid) => !first(bid)));
  if (about !== null) await ask();
  return server;
}

async function parity(server: Serving) {
  const log = join(server.folder, 'served');
  const given = [
    '--mode',
    'served',
    '--served-log',
    log,
    '--batch',
    folder,
    '--realtime',
    server.url,
    '--feature',
    feature,
    '--format',
    'json',
  ];
  const { code, out, err } = await lockstep('parity', ...given);
  await server.stop();
  expect(err).toBe('');
  const [report] = JSON.parse(out).features;
  if (process.env['SHOW'])
    console.log(JSON.stringify({ ...report, strata: undefined, differences: report.differences.slice(0, 3) }, null, 1).slice(0, 6000));
  return { code, report };
}

describe('a log of answers, and the server that gave them', () => {
  test('everything had come: PROVEN', async () => {
    const { code, report } = await parity(await served(() => true, false));
    expect({ code, verdict: report.verdict, mismatches: report.mismatches }).toEqual({ code: 0, verdict: 'PROVEN', mismatches: 0 });
    expect(report.population).toContain(`${bidders.length} answers`);
    // Each came at another time than the warehouse has noted; what both refuse, and what is dated ahead, is missed by nobody.
    expect(report.deviations.map((d: { cause: string }) => d.cause)).toEqual(['late']);
  });

  test('some came after the answer: the differences are explained by lateness', async () => {
    const { code, report } = await parity(await served((bid) => !String(bid['bid_id']).endsWith('4'), true));
    expect(report.mismatches).toBeGreaterThan(5);
    expect({ code, verdict: report.verdict, unexplained: report.unexplained, causes: Object.keys(report.causes) }).toEqual({
      code: 0,
      verdict: 'PROVEN',
      unexplained: 0,
      causes: ['late'],
    });
  });

  test('asked about the past, long before anything was loaded, before some came and after: the one is late, the other right', async () => {
    const past = new Date(Date.now() - 900_000).toISOString().slice(0, 23);
    const { code, report } = await parity(await served((bid) => !String(bid['bid_id']).endsWith('4'), true, past));
    expect(report.population).toContain(`${2 * bidders.length} answers`);
    expect(report.mismatches).toBeGreaterThan(5);
    expect(report.mismatches).toBeLessThan(bidders.length);
    expect({ code, verdict: report.verdict, unexplained: report.unexplained, causes: Object.keys(report.causes) }).toEqual({
      code: 0,
      verdict: 'PROVEN',
      unexplained: 0,
      causes: ['late'],
    });
  });

  test('an hour of a partition never came: VIOLATED, the gap named', async () => {
    const to = Date.now() - 3_600_000;
    const inHour = (bid: Row): boolean => {
      const at = instant(bid['ingested_at']);
      return at >= to - 3_600_000 && at < to;
    };
    const { code, report } = await parity(await served((bid) => !inHour(bid), false));
    const { verdict, causes, deviations } = report;
    expect({ code, verdict, most: Object.entries<number>(causes).sort(([, a], [, b]) => b - a)[0]?.[0] }).toEqual({
      code: 1,
      verdict: 'VIOLATED',
      most: 'stream_gap',
    });
    const gap = deviations.find((d: { cause: string }) => d.cause === 'stream_gap');
    // The others have a copy outside of the hour, are refused by both, or arrived beside one that is there.
    const missing = (rows.get('bids') ?? []).filter(inHour).length;
    expect(gap.rows).toBeGreaterThan(missing * 0.8);
    expect(gap.rows).toBeLessThanOrEqual(missing);
    for (const at of gap.arrived) expect(Math.abs(Date.parse(`${at.slice(0, 23)}Z`) - to + 1_800_000)).toBeLessThanOrEqual(1_800_000);
  });
});
