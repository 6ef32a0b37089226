/** Events posted as their services send them, features asked over HTTP: the answers are the reference's. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Row } from '../../examples/marketplace/rows.ts';
import { onTheWire } from '../../examples/marketplace/wire.ts';
import { formatTimestamp } from '../../runners/data/format-value.ts';
import { evaluateFeature } from '../../runners/reference/index.ts';
import { groupBy } from '../../runners/reference/order.ts';
import { compiledLambda } from '../../runners/stored-lambda.ts';
import type { ServeOptions } from '../../runners/stream/serve/start.ts';
import { asked, catalog, entityOnly, featureNamed, printed, project, worldOf } from '../marketplace/world.ts';
import { type Serving, serving } from './serving.ts';

const world = worldOf(5, 150);
const { features } = project.compiled;
let server: Serving;

beforeAll(async () => {
  server = await serving(catalog, { lambdas: features.map((f) => compiledLambda(f, catalog)) });
  for (const { name } of catalog.sources) {
    const messages = (world.raw.get(name) ?? []).map((row) => JSON.parse(onTheWire(name, row).value));
    for (let i = 0; i < messages.length; i += 100) {
      const posted = await server.send('POST', `/events/${name}`, messages.slice(i, i + 100));
      expect(posted).toMatchObject({ status: 200, body: { rejected: [] } });
    }
  }
  await complete('beginning');
}, 60_000);
afterAll(() => server.stop());

const complete = async (since: string, at = server): Promise<void> => {
  for (const { name } of catalog.sources)
    expect(await at.send('PUT', `/sources/${name}/complete-since`, { since })).toMatchObject({ status: 200 });
};
const ask = (feature: string, entities: readonly Row[], asOf?: string, at = server) =>
  at.send('POST', '/features/query', { features: [feature], entities, ...(asOf === undefined ? {} : { as_of: asOf }) });
const chat = { stream_id: 's1-1' };

/** Without events. */
const empty = (options: Partial<ServeOptions> = {}): Promise<Serving> =>
  serving(catalog, { lambdas: features.map((f) => compiledLambda(f, catalog)), ...options });

test('what a store is not known to have is not answered', async () => {
  const other = await empty();
  const asked = (asOf?: string) => ask('stream_chat_activity', [chat], asOf, other);
  expect(await asked()).toMatchObject({ status: 422, body: { type: 'HISTORY_INCOMPLETE' } });
  await complete('2026-03-01T12:00:00', other);
  // Twenty minutes of lookback: one tick less than there is, and exactly what there is.
  expect(await asked('2026-03-01T12:19:59.999999')).toMatchObject({ status: 422, body: { type: 'HISTORY_INCOMPLETE' } });
  expect(await asked('2026-03-01T12:20:00')).toMatchObject({ status: 200 });
  await complete('beginning', other);
  expect(await asked('2026-03-01T12:19:59.999999')).toMatchObject({ status: 200 });
  await other.stop();
});

test('of each version it is said by what it is asked, and what it answers', async () => {
  const { body } = await server.send('GET', '/features');
  const [of] = body.features.filter((f: { readonly feature: string }) => f.feature === 'buyer_category_affinity');
  expect(of.versions).toHaveLength(1);
  expect(of.versions[0]).toMatchObject({
    entity: [
      { name: 'buyer_id', type: 'NUMBER(38,0)' },
      { name: 'category', type: 'VARCHAR' },
    ],
    outputs: [
      { name: 'orders_90d', type: 'NUMBER(18,0)' },
      { name: 'spent_90d', type: 'NUMBER(38,2)' },
      { name: 'spending_share_90d', type: 'NUMBER(38,8)' },
      { name: 'category_rank_90d', type: 'NUMBER(18,0)' },
    ],
  });
});

test('the future is not answered', async () => {
  const soon = new Date(Date.now() + 60_000).toISOString();
  expect(await ask('stream_chat_activity', [chat], soon)).toMatchObject({ status: 400, body: { type: 'FUTURE_AS_OF' } });
});

describe('every feature, at every entity and instant', () => {
  test.each(features.map((f) => f.feature.name))('%s', async (name) => {
    const compiled = featureNamed(name);
    const { rows, spine } = asked(compiled, world, 60);
    const reference = evaluateFeature(compiled.feature, catalog, world.events, spine, { knowledge: 'event' });
    const wanted = reference.map((values) => printed(compiled, values));
    const got: unknown[] = [];
    for (const [asOf, places] of groupBy(spine.keys(), (i) => spine[i]?.asOf ?? 0n)) {
      const { body } = await ask(
        name,
        places.map((i) => entityOnly(rows[i] as Row)),
        formatTimestamp(asOf),
      );
      expect(body.features[name].version).toBe(compiled.version);
      for (const [k, i] of places.entries()) got[i] = body.results[k].values[name];
    }
    expect(closeFloats(got)).toEqual(closeFloats(wanted));
  });
});

/** FLOATs are sums in another order; how far they may be apart is what tests/parity/tolerance* look at. */
function closeFloats(rows: readonly unknown[]): unknown {
  return JSON.parse(JSON.stringify(rows), (_, value: unknown) =>
    typeof value === 'number' && !Number.isInteger(value) ? value.toPrecision(12) : value,
  );
}

test('many entities and several features in one request, in their order', async () => {
  const names = ['stream_chat_activity', 'stream_viewers_now'];
  const entities = ['s1-1', 'nobody', 's2-1', 's1-1'].map((stream_id) => ({ stream_id }));
  const { status, body } = await server.send('POST', '/features/query', { features: names, entities, as_of: '2026-03-01T20:00:00' });
  expect(status).toBe(200);
  expect(body.results.map((r: { entity: unknown }) => r.entity)).toEqual(entities);
  expect(body.results[0]).toEqual(body.results[3]);
  expect(Object.keys(body.results[1].values)).toEqual(names);
});

const oneChat = { features: ['stream_chat_activity'], entities: [chat] };

test.each([
  ['no feature', { features: ['nothing'], entities: [chat] }, 404, 'NOTFOUND'],
  ['no entities', { features: ['stream_chat_activity'], entities: [] }, 400, 'INVALIDINPUT'],
  ['another entity', { features: ['stream_chat_activity'], entities: [{ seller_id: 4 }] }, 400, 'INVALIDINPUT'],
  ['no instant', { features: ['stream_chat_activity'], entities: [chat], as_of: 'yesterday' }, 400, 'INVALIDINPUT'],
  ['no object', [1], 400, 'INVALIDINPUT'],
  // Each of these would be answered, and with another number than was asked for.
  ['another spelling of as_of', { ...oneChat, asof: '2026-03-01T20:00:00' }, 400, 'INVALIDINPUT'],
  ['a tag beside the features', { ...oneChat, tag: 'prod' }, 400, 'INVALIDINPUT'],
  ['a version beside the features', { ...oneChat, version: 'v' }, 400, 'INVALIDINPUT'],
  ['another member of a feature', { ...oneChat, features: [{ feature: 'stream_chat_activity', tags: 'prod' }] }, 400, 'INVALIDINPUT'],
  ['tag and version', { ...oneChat, features: [{ feature: 'stream_chat_activity', tag: 'latest', version: 'v' }] }, 400, 'INVALIDINPUT'],
  ['another member of an entity', { ...oneChat, entities: [{ ...chat, as_of: '2026-03-01T20:00:00' }] }, 400, 'INVALIDINPUT'],
])('%s is refused', async (_, body, status, type) => {
  expect(await server.send('POST', '/features/query', body)).toMatchObject({ status, body: { type } });
});

test.each([
  [
    '2026-03-01T22:00:00+02:00',
    'as_of is UTC, with or without Z: it has another offset',
    'in UTC the instant is 2026-03-01T20:00:00.000000Z',
  ],
  // Half an hour, to the day before.
  [
    '2026-03-01 00:10:00.5+0030',
    'as_of is UTC, with or without Z: it has another offset',
    'in UTC the instant is 2026-02-28T23:40:00.500000Z',
  ],
  ['2026-03-01T20:00:00.1234567', 'as_of is to the microsecond: it has more than six digits of a second', 'leave the others out'],
  ['2026-03-01T25:00:00+02:00', 'as_of: this is no timestamp', 'for example 2026-01-31T12:00:00'],
])('as_of %s: what it should be is said', async (asOf, message, hint) => {
  expect(await ask('stream_chat_activity', [chat], asOf)).toEqual({
    status: 400,
    body: expect.objectContaining({ type: 'INVALIDINPUT', message, hint }),
  });
});

test.each(['2026-03-01T20:00:00', '2026-03-01T20:00:00Z', '2026-03-01T20:00:00+00:00', '2026-03-01T20:00:00.000000000'])(
  'as_of %s is that instant',
  async (asOf) => {
    const { body } = await ask('stream_chat_activity', [chat], asOf);
    expect(body.features.stream_chat_activity.as_of).toBe('2026-03-01T20:00:00.000000');
  },
);

test('no JSON, too much of it, no such route', async () => {
  expect(await server.send('POST', '/features/query', '{"features":')).toMatchObject({ status: 400, body: { type: 'INVALIDINPUT' } });
  expect(await server.send('POST', '/features/query', ' '.repeat(1_100_000))).toMatchObject({
    status: 413,
    body: { type: 'RESOURCEEXCEEDED' },
  });
  expect(await server.send('GET', '/nothing')).toMatchObject({ status: 404, body: { type: 'NOTFOUND' } });
});

describe('messages by HTTP', () => {
  /** Dated 2020-09-13T12:26:40, and had a second later. */
  const bid = (id: string, more: object = {}): object => ({
    ...{ bid_id: id, listing_id: 'l1', stream_id: null, bidder_id: 7, amount: '1.00' },
    ...{ bid_at: 1_600_000_000_000_000, ingested_at: '2020-09-13T12:26:41' },
    ...more,
  });

  test('what is no row is named, and the others are taken', async () => {
    const posted = await server.send('POST', '/events/bids', [bid('new'), bid('x', { amount: 'much' }), bid('y', { bid_id: undefined })]);
    expect(posted.body).toEqual({
      taken: 1,
      quarantined: [],
      rejected: [
        { index: 1, problem: 'this is no NUMBER(12,2)', column: 'AMOUNT' },
        { index: 2, problem: 'a required field is missing', column: 'BID_ID' },
      ],
    });
  });

  test('what may be none is named, and not said to be taken: /sources counts the same', async () => {
    const other = await empty();
    const counts = async () => {
      const { body } = await other.send('GET', '/sources');
      const { accepted, duplicates, quarantined, rejected } = body.sources.find((s: { source: string }) => s.source === 'bids');
      return { accepted, duplicates, quarantined, rejected };
    };
    // Bids may be dated 30 seconds ahead of their ingest.
    const at = 1_600_000_000_000_000 + 31_000_000;
    const messages = [bid('a'), bid('much', { amount: 'much' }), bid('b', { bid_at: at + 1 }), bid('c', { bid_at: at }), bid('a')];
    expect((await other.send('POST', '/events/bids', messages)).body).toEqual({
      taken: 3,
      quarantined: [{ index: 2, problem: 'dated ahead of its ingest' }],
      rejected: [{ index: 1, problem: 'this is no NUMBER(12,2)', column: 'AMOUNT' }],
    });
    expect(await counts()).toEqual({ accepted: 2, duplicates: 1, quarantined: 1, rejected: 1 });
    expect((await other.send('POST', '/events/bids', [bid('d', { bid_at: at + 1 })])).body).toMatchObject({ taken: 0, rejected: [] });
    expect(await counts()).toEqual({ accepted: 2, duplicates: 1, quarantined: 2, rejected: 1 });
    expect((await other.send('POST', '/events/bids', [bid('e', { amount: 'much' })])).body).toMatchObject({ taken: 0, quarantined: [] });
    expect(await counts()).toEqual({ accepted: 2, duplicates: 1, quarantined: 2, rejected: 2 });
    const kept = (await (await fetch(`${other.url}/events/bids`)).text()).trim().split('\n');
    expect(kept.map((line) => JSON.parse(line).bid_id).sort()).toEqual(['a', 'a', 'c']);
    await other.stop();
  });
});

test('answers are logged, for their owner only', async () => {
  const other = await empty();
  await complete('beginning', other);
  const entities = Array.from({ length: 10 }, (_, i) => ({ stream_id: `s${i}` }));
  expect(await ask('stream_chat_activity', entities, '2026-03-01T12:00:00', other)).toMatchObject({ status: 200 });
  const folder = join(other.folder, 'served');
  const [file] = readdirSync(folder);
  const path = join(folder, file ?? '');
  const lines = () => readFileSync(path, 'utf8').split('\n').filter(Boolean);
  await expect.poll(() => lines().length).toBe(10);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const logged = lines().map((line) => JSON.parse(line));
  expect(logged.map((l) => [l.feature, l.stream_id])).toEqual(entities.map(({ stream_id }) => ['stream_chat_activity', stream_id]));
  await other.stop();
});

test('the log says when was asked: of an answer about now that is its as_of, of one about the past an instant of the request', async () => {
  const other = await empty();
  await complete('beginning', other);
  const past = '2026-03-01T12:00:00.000000';
  const micros = (): bigint => BigInt(Math.floor((performance.timeOrigin + performance.now()) * 1000));
  const begun = micros();
  expect(await ask('stream_chat_activity', [chat], past, other)).toMatchObject({ status: 200 });
  const ended = micros() + 1n;
  await ask('stream_chat_activity', [chat], undefined, other);
  const folder = join(other.folder, 'served');
  const lines = () =>
    readFileSync(join(folder, readdirSync(folder)[0] ?? ''), 'utf8')
      .split('\n')
      .filter(Boolean);
  await expect.poll(() => lines().length).toBe(2);
  const [then, now] = lines().map((line) => JSON.parse(line));
  expect(then.as_of).toBe(past);
  const asked: string = then['lockstep.asked_at'];
  expect(asked).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);
  const at = BigInt(Date.parse(`${asked.slice(0, 19)}Z`)) * 1000n + BigInt(asked.slice(20));
  expect(at >= begun && at <= ended).toBe(true);
  expect(now['lockstep.asked_at']).toBe(now.as_of);
  await other.stop();
});

test('health, metrics, sources', async () => {
  expect(await ask('stream_chat_activity', [chat])).toMatchObject({ status: 200 });
  expect(await server.send('GET', '/health/ready')).toEqual({ status: 200, body: { status: 'ready' } });
  const { body: metrics } = await server.send('GET', '/metrics');
  expect(metrics).toMatch(/lockstep_rows_total\{source="chats",outcome="accepted"\} [1-9]/);
  expect(metrics).toMatch(/lockstep_answers_total\{feature="stream_chat_activity",outcome="value"\} [1-9]/);
  const { body } = await server.send('GET', '/sources');
  expect(body.sources.find((s: { source: string }) => s.source === 'chats')).toMatchObject({
    rejected: 0,
    complete_since: '0001-01-01T00:00:00.000000',
  });
});

test('what is about persons is not logged', async () => {
  const personal = await empty({
    servedLog: { share: 1, secret: 'test', without: new Set(['bidder_outbid']), masked: null, mostBytes: 64_000_000, mostFiles: 4 },
  });
  await complete('beginning', personal);
  expect(await personal.send('POST', '/features/query', { features: ['bidder_outbid'], entities: [{ bidder_id: 100 }] })).toMatchObject({
    status: 200,
  });
  expect(await personal.send('POST', '/features/query', { features: ['stream_chat_activity'], entities: [chat] })).toMatchObject({
    status: 200,
  });
  const folder = join(personal.folder, 'served');
  const read = () =>
    readdirSync(folder)
      .map((file) => readFileSync(join(folder, file), 'utf8'))
      .join('');
  await expect.poll(read).toContain('stream_chat_activity');
  expect(read()).not.toContain('bidder');
  await personal.stop();
});
