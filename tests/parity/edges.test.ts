/** Where answers may change, read off the query; and the points that are asked there. */
import { expect, test } from 'vitest';
import { after, edgesOf, nextTurn } from '../../runners/parity/sampling/edges.ts';
import { probesOf } from '../../runners/parity/sampling/probes.ts';
import { entityOfRows } from '../../runners/parity/sampling/touched.ts';
import { at, chat, feature, sources } from '../lift/market.ts';
import { prepare } from '../support/forms.ts';
import { valuesOf } from '../support/json-rows.ts';

const checked = (sql: string, header = 'entity: stream_id') => prepare({ sources, feature: feature(header, sql) });
const edges = (sql: string) => {
  const found = edgesOf(checked(sql).compiled.feature);
  return { ...found, distances: found.distances.map((d) => `${d.amount} ${d.unit}`) };
};
const micro = (instant: string): bigint => BigInt(Date.parse(`${instant.slice(0, 23)}Z`)) * 1000n + BigInt(instant.slice(23));

test('every bound of time is an edge, in WHERE, in an aggregate and in a join', () => {
  const sql = `SELECT c.stream_id, COUNT_IF(c.sent_at >= as_of() - INTERVAL '5 minutes') AS n
FROM chats AS c JOIN gifts AS g ON g.stream_id = c.stream_id AND g.given_at >= DATEADD(month, -1, as_of()) AND g.given_at <= as_of()
WHERE c.sent_at + INTERVAL '20 minutes' >= as_of() GROUP BY c.stream_id`;
  expect(edges(sql).distances.sort()).toEqual(['0 microsecond', '1 month', '20 minute', '5 minute']);
});

test('units of the calendar and zones', () => {
  const sql = `SELECT stream_id, COUNT_IF(DATE_TRUNC('week', sent_at) = DATE_TRUNC('week', as_of())) AS n,
  MAX(DATE_TRUNC('day', CONVERT_TIMEZONE('UTC', 'Europe/Berlin', sent_at))) AS d FROM chats GROUP BY stream_id`;
  const found = edges(sql);
  expect(found.units).toEqual(expect.arrayContaining(['day', 'month', 'week']));
  expect(found.zones).toEqual(['UTC', 'Europe/Berlin']);
});

test('distances of the calendar', () => {
  const leap = micro('2024-01-31T10:00:00.000000');
  expect(after(leap, { amount: 1n, unit: 'month' })).toBe(micro('2024-02-29T10:00:00.000000'));
  expect(after(leap, { amount: 1n, unit: 'year' })).toBe(micro('2025-01-31T10:00:00.000000'));
  expect(after(leap, { amount: 90n, unit: 'second' })).toBe(micro('2024-01-31T10:01:30.000000'));
});

test('rows that name their entity, under whatever name', () => {
  const { compiled, catalog } = checked(
    'WITH w AS (SELECT stream_id AS s, user_id FROM chats) SELECT s AS stream_id, COUNT(*) AS n FROM w GROUP BY s',
  );
  const row = valuesOf(chat('c1', 'a', 'u', at(-9)), catalog.sources.find((s) => s.name === 'chats')?.columns ?? []);
  expect(entityOfRows(compiled.feature, catalog).get('chats')?.(row)).toEqual(['a']);
  const ranked = checked(
    'WITH n AS (SELECT stream_id, COUNT(*) AS n FROM chats GROUP BY stream_id) SELECT stream_id, RANK() OVER (ORDER BY n) AS r FROM n',
  );
  expect(entityOfRows(ranked.compiled.feature, ranked.catalog).size).toBe(0);
});

const asked = (sql: string, instants = 60, header?: string) => {
  const { compiled, catalog } = checked(sql, header);
  const columns = catalog.sources.find((s) => s.name === 'chats')?.columns ?? [];
  const rows = [chat('c1', 'a', 'u', at(-9)), chat('c2', 'b', 'u', at(-3))].map((row) => valuesOf(row, columns));
  const events = new Map([['chats', { columns: columns.map((c) => c.name), rows }]]);
  const interval = [micro(at(-86_400)), micro(at(86_400))] as const;
  return probesOf(compiled.feature, catalog, events, interval, [['z']], (n) => n, { instants }).map((p) => `${String(p.entity)} ${p.asOf}`);
};
const points = (entity: string, instant: string): string[] => [-1n, 0n, 1n].map((tick) => `${entity} ${micro(instant) + tick}`);

test('an event is probed when it begins and when it ceases to count, a tick before and after', () => {
  const found = asked("SELECT stream_id, COUNT(*) AS n FROM chats WHERE sent_at >= as_of() - INTERVAL '90 seconds' GROUP BY stream_id");
  expect(found).toEqual(
    expect.arrayContaining([...points('a', at(-9)), ...points('a', at(81)), ...points('b', at(-3)), ...points('b', at(87))]),
  );
});

test('midnight is probed', () => {
  const found = asked('SELECT stream_id, COUNT(*) AS n FROM chats GROUP BY stream_id');
  expect(found).toEqual(expect.arrayContaining(points('z', at(-43_200))));
});

test('a change of the clock is probed where the zone is used', () => {
  const spring = '2026-03-29T01:00:00.000000';
  const { compiled, catalog } = checked(
    "SELECT stream_id, MAX(CONVERT_TIMEZONE('UTC', 'Europe/Berlin', sent_at)) AS d FROM chats GROUP BY stream_id",
  );
  const interval = [micro('2026-03-01T00:00:00.000000'), micro('2026-04-15T00:00:00.000000')] as const;
  const found = probesOf(compiled.feature, catalog, new Map(), interval, [['z']], (n) => n, { instants: 600 });
  expect(found.map((p) => `${String(p.entity)} ${p.asOf}`)).toEqual(expect.arrayContaining(points('z', spring)));
});

test('time that is cut into pieces: the end of the piece of each event is probed, for its entity', () => {
  const count = 'COUNT(*) AS n FROM chats';
  const sliced = asked(`SELECT stream_id, TIME_SLICE(MAX(sent_at), 15, 'minute') AS q, ${count} GROUP BY stream_id`);
  // Both chats are seconds before noon: a quarter of an hour begins then, and the next would be at 12:15.
  expect(sliced).toEqual(expect.arrayContaining([...points('a', at(0)), ...points('b', at(0))]));
  const hourly = asked(
    `SELECT stream_id, COUNT_IF(DATE_TRUNC('hour', sent_at) = DATE_TRUNC('hour', as_of())) AS n FROM chats GROUP BY stream_id`,
  );
  expect(hourly).toEqual(expect.arrayContaining([...points('a', at(0)), ...points('b', at(0))]));
});

test('pieces end where Snowflake says: units of the calendar, weeks from Monday, days by the clock of a zone', () => {
  const time = micro('2026-03-28T22:10:00.000000');
  const turn = (amount: bigint, unit: 'minute' | 'week' | 'month' | 'day', zone: string | null = null) =>
    nextTurn(time, { amount, unit, zone });
  expect(turn(15n, 'minute')).toBe(micro('2026-03-28T22:15:00.000000'));
  expect(turn(1n, 'week')).toBe(micro('2026-03-30T00:00:00.000000'));
  expect(turn(3n, 'month')).toBe(micro('2026-04-01T00:00:00.000000'));
  // In Berlin it is 23:10 in winter; the day after has 23 hours.
  expect(turn(1n, 'day', 'Europe/Berlin')).toBe(micro('2026-03-28T23:00:00.000000'));
  expect(turn(2n, 'day', 'Europe/Berlin')).toBe(micro('2026-03-29T22:00:00.000000'));
});

test('lengths of pieces are read off TIME_SLICE, and each is cut by the clocks that the query uses', () => {
  const sql = `SELECT stream_id, MAX(TIME_SLICE(CONVERT_TIMEZONE('UTC', 'Europe/Berlin', sent_at), 6, 'hour')) AS d FROM chats GROUP BY stream_id`;
  expect(edges(sql).buckets).toEqual([
    { amount: 6n, unit: 'hour', zone: null },
    { amount: 6n, unit: 'hour', zone: 'Europe/Berlin' },
  ]);
});

test('no more instants than allowed', () => {
  expect(new Set(asked('SELECT stream_id, COUNT(*) AS n FROM chats GROUP BY stream_id', 5).map((p) => p.split(' ')[1])).size).toBe(5);
});
