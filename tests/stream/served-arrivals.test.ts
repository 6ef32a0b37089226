/** What a server answered is judged by when it had a row, and which copy counts by the row's own ingest time: the two are not the same. */
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadProject } from '../../runners/cli/load.ts';
import { compiledLambda } from '../../runners/stored-lambda.ts';
import { folderWith, lockstep, put } from '../support/cli.ts';
import { type Serving, serving } from './serving.ts';

const declared = `streams:
  bids:
    warehouse: raw.bids
    key: bid_id
    event_time: bid_at
    ingest_time: ingested_at
    columns: { bid_id: VARCHAR, user_id: VARCHAR, amount: NUMBER(9,0), bid_at: TIMESTAMP_NTZ, ingested_at: TIMESTAMP_NTZ }
  plays:
    warehouse: raw.plays
    key: play_id
    event_time: played_at
    columns: { play_id: VARCHAR, user_id: VARCHAR, played_at: TIMESTAMP_NTZ }
tables:
  sellers:
    warehouse: raw.sellers
    key: seller_id
    updated_at: updated_at
    columns: { seller_id: VARCHAR, tier: VARCHAR, updated_at: TIMESTAMP_NTZ }
`;
const header = (entity: string): string => `/*---\nentity: ${entity}\n---*/\n`;
const day = "as_of() - INTERVAL '1 day'";
const features = {
  bid_total: `${header('user_id')}SELECT user_id, SUM(amount) AS total FROM bids WHERE bid_at >= ${day} GROUP BY user_id`,
  play_count: `${header('user_id')}SELECT user_id, COUNT(*) AS plays FROM plays WHERE played_at >= ${day} GROUP BY user_id`,
  seller_tier: `${header('seller_id')}SELECT seller_id, tier FROM sellers`,
} as const;

type Row = Readonly<Record<string, string | number>>;

/** So many seconds after the minute in which all of this happened. */
const began = Date.now() - 60_000;
const at = (seconds: number): string => new Date(began + seconds * 1000).toISOString().slice(0, 23);
const bid = (bid_id: string, user_id: string, amount: number, ingested: number): Row => ({
  bid_id,
  user_id,
  amount,
  bid_at: at(1),
  ingested_at: at(ingested),
});

interface World {
  readonly folder: string;
  readonly server: Serving;
}

const servers: Serving[] = [];
afterAll(async () => {
  for (const server of servers) await server.stop();
});

/** `asked`: of which entities, after each post. */
async function served(
  feature: keyof typeof features,
  posts: readonly Readonly<Record<string, readonly Row[]>>[],
  asked: readonly Row[],
): Promise<World & { readonly answers: readonly (readonly unknown[])[] }> {
  const rows = (source: string): readonly Row[] => posts.flatMap((post) => post[source] ?? []);
  const folder = await folderWith({
    'lockstep.yml': 'name: arrivals\n',
    'transforms/sources.yml': declared,
    [`transforms/features/${feature}.sql`]: features[feature],
  });
  for (const source of ['bids', 'plays', 'sellers'])
    await put(folder, {
      [`raw/${source}.ndjson`]: rows(source)
        .map((row) => `${JSON.stringify(row)}\n`)
        .join(''),
    });
  const { authored, compiled } = await loadProject(folder);
  const server = await serving(authored.catalog, { lambdas: compiled.features.map((f) => compiledLambda(f, authored.catalog)) });
  servers.push(server);
  for (const { name } of authored.catalog.sources) await server.send('PUT', `/sources/${name}/complete-since`, { since: 'beginning' });
  const answers: unknown[][] = [];
  for (const post of posts) {
    for (const [source, some] of Object.entries(post)) {
      const { body } = await server.send('POST', `/events/${source}`, some);
      expect([body.rejected, body.quarantined]).toEqual([[], []]);
    }
    const { status, body } = await server.send('POST', '/features/query', { features: [feature], entities: asked });
    expect(status).toBe(200);
    answers.push(body.results.map((result: { values: Record<string, Row> }) => Object.values(result.values[feature] ?? {})[0]));
  }
  return { folder, server, answers };
}

async function parity({ folder, server }: World, ...more: readonly string[]) {
  const given = ['--project', folder, '--batch', join(folder, 'raw'), '--realtime', server.url, '--format', 'json', ...more];
  const { code, out } = await lockstep('parity', ...given);
  const [report] = JSON.parse(out).features;
  return { code, verdict: report.verdict, mismatches: report.mismatches, causes: report.causes, report };
}

const ofLog = (world: World) => parity(world, '--mode', 'served', '--served-log', join(world.server.folder, 'served'));

describe('copies of an event with other values, which did not come in the order of their ingest times', () => {
  const posts = [
    { bids: [bid('a', 'first counts', 10, 5), bid('b', 'last counts', 10, 5)] },
    { bids: [bid('c', 'first counts', 1, 6), bid('d', 'last counts', 1, 6)] },
    { bids: [bid('a', 'first counts', 500, 7), bid('b', 'last counts', 20, 4)] },
  ];
  const users = [{ user_id: 'first counts' }, { user_id: 'last counts' }];

  test('right answers agree, and an answer that the copy came after is late', async () => {
    const world = await served('bid_total', posts, users);
    expect(world.answers).toEqual([
      ['10', '10'],
      ['11', '11'],
      ['11', '21'],
    ]);
    // Each time the warehouse says 11 and 21.
    const { code, verdict, mismatches, causes } = await ofLog(world);
    expect({ code, verdict, mismatches, causes }).toEqual({ code: 0, verdict: 'PROVEN', mismatches: 3, causes: { late: 3 } });
  });

  test('a server that is asked about the past agrees', async () => {
    const world = await served('bid_total', posts, users);
    const { code, verdict, mismatches } = await parity(world);
    expect({ code, verdict, mismatches }).toEqual({ code: 0, verdict: 'PROVEN', mismatches: 0 });
  });

  test('where the copy that counts never came, that is what is said', async () => {
    const world = await served('bid_total', posts, users);
    await put(world.folder, {
      'raw/bids.ndjson': [...posts.flatMap((post) => post.bids), bid('c', 'first counts', 7, 2)]
        .map((row) => `${JSON.stringify(row)}\n`)
        .join(''),
    });
    const { code, verdict, causes } = await ofLog(world);
    expect({ code, verdict, causes: Object.keys(causes).sort() }).toEqual({ code: 1, verdict: 'VIOLATED', causes: ['late', 'lost'] });
  });
});

describe('sources that do not say when a row came: the server knows when it had it', () => {
  test('events that came after the answer are late', async () => {
    const play = (play_id: string, second: number): Row => ({ play_id, user_id: 'u', played_at: at(second) });
    const world = await served('play_count', [{ plays: [play('p1', 1)] }, { plays: [play('p2', 2), play('p3', 3)] }], [{ user_id: 'u' }]);
    expect(world.answers).toEqual([['1'], ['3']]);
    const { code, verdict, mismatches, causes } = await ofLog(world);
    expect({ code, verdict, mismatches, causes }).toEqual({ code: 0, verdict: 'PROVEN', mismatches: 1, causes: { late: 1 } });
  });

  test('a version that came after the answer is late', async () => {
    const seller = (tier: string, second: number): Row => ({ seller_id: 's', tier, updated_at: at(second) });
    const world = await served('seller_tier', [{ sellers: [seller('silver', 1)] }, { sellers: [seller('gold', 2)] }], [{ seller_id: 's' }]);
    expect(world.answers).toEqual([['silver'], ['gold']]);
    const { code, verdict, mismatches, causes } = await ofLog(world);
    expect({ code, verdict, mismatches, causes }).toEqual({ code: 0, verdict: 'PROVEN', mismatches: 1, causes: { late: 1 } });
  });
});
