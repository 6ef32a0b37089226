/** A source of which too much is rejected: whoever asks its features is told, and when it is over. Thresholds are counted by hand. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compiledLambda } from '../../runners/stored-lambda.ts';
import { openStaleness } from '../../runners/stream/ingest/staleness.ts';
import { catalog, project } from '../marketplace/world.ts';
import { type Serving, serving } from './serving.ts';

describe('the threshold', () => {
  const seen = (messages: readonly (string | null)[], lacks = false) => {
    const staleness = openStaleness();
    for (const [i, rejected] of messages.entries()) staleness.saw(rejected, lacks && rejected !== null, 7, BigInt(i));
    return staleness;
  };
  const good = (n: number): null[] => Array.from({ length: n }, () => null);
  const bad = (n: number): string[] => Array.from({ length: n }, () => 'A: this is no NUMBER(12,2)');

  test('nine are never enough, ten are if they are more than one in a hundred', () => {
    expect(seen(bad(9)).now()).toBeNull();
    expect(seen(bad(10)).now()).toEqual({
      because: '10 of the last 10 messages were rejected, most of all A: this is no NUMBER(12,2)',
      since: 9n,
      schema: 7,
    });
    expect(seen([...good(989), ...bad(10)]).now()).not.toBeNull();
    expect(seen([...good(990), ...bad(10)]).now()).toBeNull();
    expect(seen([...good(5_000), ...bad(11)]).now()).toMatchObject({ since: 5_010n });
  });

  test('it is over when of the last thousand no more than ten were rejected', () => {
    // The thousandth good message leaves ten of the bad ones.
    const staleness = seen([...bad(12), ...good(989)]);
    expect([staleness.rejectedLately(), staleness.now()?.since]).toEqual([11, 9n]);
    staleness.saw(null, false, null, 2_000n);
    expect([staleness.rejectedLately(), staleness.now()]).toEqual([10, null]);
    staleness.saw('B', false, null, 3_000n);
    expect(staleness.now()).toBeNull();
  });

  test('three in a row without a field that every row needs: it is gone; two, or three with others between, are not', () => {
    expect(seen([...good(2_000), ...bad(3)], true).now()).toMatchObject({
      because: expect.stringMatching(/^each of the last 3 messages/),
      since: 2_002n,
    });
    expect(seen([...good(2_000), ...bad(3)]).now()).toBeNull();
    expect(seen([...bad(2), ...good(1), ...bad(2)], true).now()).toBeNull();
    const mended = seen([...bad(3)], true);
    mended.saw(null, false, null, 9n);
    expect(mended.now()).toBeNull();
  });

  test('the reason is the one that most had', () => {
    expect(seen(['B: this is no DATE', ...bad(4), 'C', 'C', ...bad(3)]).now()?.because).toBe(
      '10 of the last 10 messages were rejected, most of all A: this is no NUMBER(12,2)',
    );
  });

  test('when all of it has been replayed, it is over', () => {
    const staleness = seen(bad(50));
    staleness.recovered();
    expect([staleness.now(), staleness.rejectedLately()]).toEqual([null, 0]);
    staleness.saw('A', false, null, 0n);
    expect(staleness.rejectedLately()).toBe(1);
  });
});

describe('a server', () => {
  let server: Serving;
  const lines: Readonly<Record<string, unknown>>[] = [];
  const named = (name: string) => project.compiled.features.filter((f) => f.feature.name === name).map((f) => compiledLambda(f, catalog));
  beforeAll(async () => {
    const lambdas = [...named('bidder_outbid'), ...named('stream_chat_activity')];
    server = await serving(catalog, { lambdas, log: (line) => lines.push(line) });
    for (const { name } of catalog.sources) await server.send('PUT', `/sources/${name}/complete-since`, { since: 'beginning' });
  });
  afterAll(() => server.stop());

  const bid = (id: number, amount: string): object => ({
    bid_id: `b${id}`,
    listing_id: 'l',
    stream_id: null,
    bidder_id: 7,
    amount,
    bid_at: 1_700_000_000_000_000,
    ingested_at: '2023-11-14T22:13:21',
  });
  const post = (n: number, amount: string) =>
    server.send(
      'POST',
      '/events/bids',
      Array.from({ length: n }, (_, i) => bid(i, amount)),
    );
  const staleOf = async (feature: string, entity: object): Promise<unknown> => {
    const { status, body } = await server.send('POST', '/features/query', { features: [feature], entities: [entity] });
    expect(status).toBe(200);
    return body.features[feature].stale;
  };
  const bidder = () => staleOf('bidder_outbid', { bidder_id: 7 });
  const metric = async (): Promise<string> =>
    (await server.send('GET', '/metrics')).body.match(/lockstep_source_stale\{source="bids"\} (\d)/)?.[1];
  const turns = () => lines.filter((l) => l['event'] === 'stale' || l['event'] === 'no longer stale');

  test('features of a source that cannot be read say so, others do not; it stays ready', async () => {
    await post(100, '1.50');
    await post(9, 'a lot');
    expect(await bidder()).toBeNull();
    expect(await metric()).toBe('0');
    const before = Date.now();
    await post(1, 'a lot');
    const because = '10 of the last 110 messages were rejected, most of all AMOUNT: this is no NUMBER(12,2)';
    const stale = (await bidder()) as { readonly since: string };
    expect(stale).toEqual({ source: 'bids', because, since: stale.since, schema: null });
    const since = Date.parse(`${stale.since}Z`);
    expect(since >= before - 1 && since <= Date.now()).toBe(true);
    expect(await staleOf('stream_chat_activity', { stream_id: 's' })).toBeNull();
    expect(await server.send('GET', '/health/ready')).toMatchObject({ status: 200 });
    const { body } = await server.send('GET', '/sources');
    const of = (source: string) => body.sources.find((s: { readonly source: string }) => s.source === source).stale;
    expect([of('bids'), of('chats')]).toEqual([{ because, since: stale.since, schema: null }, null]);
    expect(await metric()).toBe('1');
    await post(5, 'a lot');
    expect(turns()).toEqual([{ level: 'error', event: 'stale', source: 'bids', because, schema: null }]);
    expect(JSON.stringify(lines)).not.toContain('a lot');
  });

  test('and no longer when it can be read again', async () => {
    await post(885, '1.50');
    expect(await bidder()).not.toBeNull();
    // The window holds 15 rejected ones until the first hundred good ones have left it, and then five of those.
    await post(104, '1.50');
    expect(await bidder()).not.toBeNull();
    await post(1, '1.50');
    expect(await bidder()).toBeNull();
    expect(await metric()).toBe('0');
    expect(turns().map((l) => l['event'])).toEqual(['stale', 'no longer stale']);
  });
});
