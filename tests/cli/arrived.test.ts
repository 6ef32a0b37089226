/** --knowledge arrived: at T only what the platform had by T, in every form. */
import { expect, test } from 'vitest';
import { folderWith, lockstep } from '../support/cli.ts';
import { feature } from './viewers.ts';

const sources = `streams:
  views:
    warehouse: raw.views
    key: view_id
    event_time: viewed_at
    ingest_time: ingested_at
    columns: { view_id: VARCHAR, stream_id: VARCHAR, price: NUMBER(9,0), viewed_at: TIMESTAMP_NTZ, ingested_at: TIMESTAMP_NTZ }
  likes:
    warehouse: raw.likes
    key: like_id
    event_time: liked_at
    columns: { like_id: VARCHAR, stream_id: VARCHAR, liked_at: TIMESTAMP_NTZ }
tables:
  streams:
    warehouse: raw.streams
    key: stream_id
    updated_at: updated_at
    columns: { stream_id: VARCHAR, title: VARCHAR, updated_at: TIMESTAMP_NTZ }
`;

const at = (time: string): string => `2026-01-01T${time}`;
const view = (view_id: string, price: number, viewed: string, ingested: string | null): object => ({
  view_id,
  stream_id: 's',
  price,
  viewed_at: at(viewed),
  ingested_at: ingested === null ? null : at(ingested),
});
const lines = (rows: readonly object[]): string => rows.map((r) => `${JSON.stringify(r)}\n`).join('');

// In no order: v2 is late, v3 comes twice and the copy that came first counts, nobody noted when v4 came.
const views = [
  view('v4', 1000, '10:00:00', null),
  view('v3', 500, '10:30:00', '13:00:00'),
  view('v2', 20, '10:10:00', '12:00:00'),
  view('v1', 1, '10:00:00', '10:00:01'),
  view('v3', 300, '10:30:00', '12:30:00'),
];

const project = () =>
  folderWith({
    'lockstep.yml': 'name: arrived\n',
    'transforms/sources.yml': sources,
    'transforms/features/seen.sql': feature('SELECT stream_id, COUNT(*) AS n, SUM(price) AS paid FROM views GROUP BY stream_id'),
    'transforms/features/liked.sql': feature(`WITH likes_of AS (SELECT stream_id, COUNT(*) AS likes FROM likes GROUP BY stream_id),
views_of AS (SELECT stream_id, COUNT(*) AS views FROM views GROUP BY stream_id)
SELECT streams.stream_id, streams.title, l.likes, COALESCE(v.views, 0) AS views
FROM streams JOIN likes_of AS l ON l.stream_id = streams.stream_id LEFT JOIN views_of AS v ON v.stream_id = streams.stream_id`),
    'events/views.ndjson': lines(views),
    'events/likes.ndjson': lines([{ like_id: 'l1', stream_id: 's', liked_at: at('09:00:00') }]),
    'events/streams.ndjson': lines([
      { stream_id: 's', title: 'old', updated_at: at('08:00:00') },
      { stream_id: 's', title: 'new', updated_at: at('11:00:00') },
    ]),
    'spine.ndjson': lines(
      ['12:30:00', '11:00:00', '12:00:00', '11:59:59.999999', '10:00:00.5', '12:00:00', '23:00:00'].map((t) => ({
        stream_id: 's',
        as_of: at(t),
      })),
    ),
  });

const every = [
  ['--form', 'batch'],
  ['--form', 'lambda'],
  ['--form', 'lambda', '--batch', '4'],
  ['--engine', 'reference'],
  ['--engine', 'reference', '--form', 'lambda'],
];

async function answers(folder: string, name: string, options: readonly string[]): Promise<readonly Record<string, unknown>[]> {
  const data = ['--project', folder, '--events', `${folder}/events`, '--spine', `${folder}/spine.ndjson`];
  const { code, out, err } = await lockstep('query', name, ...data, ...options);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

const known = [
  ['12:30:00.000000', '3', '321'],
  ['11:00:00.000000', '1', '1'],
  ['12:00:00.000000', '2', '21'],
  ['11:59:59.999999', '1', '1'],
  ['10:00:00.500000', '0', null],
  ['12:00:00.000000', '2', '21'],
  ['23:00:00.000000', '3', '321'],
].map(([time, n, paid]) => ({ stream_id: 's', as_of: at(String(time)), n, paid }));

test.for(every.map((options) => [options] as const))('late, twice, at T itself, and never: %j', async ([options]) => {
  expect(await answers(await project(), 'seen', [...options, '--knowledge', 'arrived'])).toEqual(known);
});

test('the stored lambda is the one that is executed', async () => {
  const folder = await project();
  await lockstep('compile', '--project', folder);
  const stored = ['--form', 'lambda', '--artifacts', `${folder}/build`, '--knowledge', 'arrived'];
  expect(await answers(folder, 'seen', stored)).toEqual(known);
});

test.for(every.map((options) => [options] as const))('sources without ingest_time are known from the beginning: %j', async ([options]) => {
  const row = (time: string, title: string, views: string) => ({ stream_id: 's', as_of: at(time), title, likes: '1', views });
  expect(await answers(await project(), 'liked', [...options, '--knowledge', 'arrived'])).toEqual([
    row('12:30:00.000000', 'new', '3'),
    row('11:00:00.000000', 'old', '1'),
    row('12:00:00.000000', 'new', '2'),
    row('11:59:59.999999', 'new', '1'),
    row('10:00:00.500000', 'old', '0'),
    row('12:00:00.000000', 'new', '2'),
    row('23:00:00.000000', 'new', '3'),
  ]);
});

test('by event time, which is the default, the late are there from their own time on', async () => {
  const folder = await project();
  for (const options of every) {
    const rows = await answers(folder, 'seen', options);
    expect(rows.map((r) => r['n'])).toEqual(['4', '4', '4', '4', '2', '4', '4']);
  }
});
