/** lockstep explain: outputs, where they come from, and what each step reads. */
import { expect, test } from 'vitest';
import { lockstep } from '../support/cli.ts';
import { event, feature, project } from './viewers.ts';

const share = `WITH everyone AS (
  SELECT COUNT(*) AS n FROM views WHERE viewed_at >= as_of() - INTERVAL '2 hours'
),
own AS (
  SELECT stream_id, COUNT(*) AS n, SUM(price) AS paid FROM views WHERE viewed_at >= as_of() - INTERVAL '2 hours' GROUP BY stream_id
)
SELECT own.stream_id, own.paid, DIV0(own.n, everyone.n) AS share FROM own CROSS JOIN everyone`;

test('columns, lookback and what is read for everyone', async () => {
  const folder = await project({
    'transforms/features/viewers.sql': feature(share, 'entity: stream_id\nowner: growth\nconsumers: [home feed]'),
  });
  const { code, out, err } = await lockstep('explain', 'viewers', '--project', folder, '--format', 'json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const told = JSON.parse(out) as {
    outputs: { name: string; columns: string[] }[];
    reads: string[];
    steps: { reads: string; note: string }[];
  };
  expect(told.outputs.map(({ name, columns }) => [name, columns])).toEqual([
    ['paid', ['views.price']],
    ['share', []],
  ]);
  expect(told.reads).toEqual(['views.price', 'views.stream_id', 'views.viewed_at']);
  const scans = told.steps.filter((s) => s.reads.startsWith('events of views'));
  expect(scans.map((s) => s.reads)).toEqual(['events of views, 2 hours back', 'events of views, 2 hours back']);
  expect(scans.map((s) => s.note)).toEqual([
    expect.stringContaining('all entities, once per instant'),
    expect.stringContaining('only what is asked for: stream_id'),
  ]);
});

test.for([
  ["as_of() - INTERVAL '90 minutes'", '90 minutes back'],
  ["DATE_TRUNC('hour', as_of())", '1 hour back'],
  ["DATE_TRUNC('DD', as_of() - INTERVAL '2 hours')", '26 hours back'],
  ["DATE_TRUNC('week', as_of()) - INTERVAL '1 day'", '8 days back'],
  ["DATE_TRUNC('month', as_of())", '31 days back'],
  ['as_of()::DATE', '1 day back'],
  ["DATEADD('day', -6, as_of()::DATE)", '7 days back'],
  ["DATE_TRUNC('hour', as_of() + INTERVAL '1 day')", 'all of history'],
])('a bound of %s is read: %s', async ([bound, reads]) => {
  const sql = `SELECT stream_id, COUNT(*) AS n FROM views WHERE viewed_at >= ${bound} GROUP BY stream_id`;
  const folder = await project({ 'transforms/features/viewers.sql': feature(sql, 'entity: stream_id') });
  const { out } = await lockstep('explain', 'viewers', '--project', folder, '--format', 'json');
  const told = JSON.parse(out) as { steps: { reads: string }[] };
  expect(told.steps.find((s) => s.reads.startsWith('events of views'))?.reads).toBe(`events of views, ${reads}`);
});

test('as text for people', async () => {
  const folder = await project({
    'transforms/features/viewers.sql': feature(share, 'entity: stream_id\nowner: growth\nconsumers: [home feed]'),
  });
  const { code, out } = await lockstep('explain', 'viewers', '--project', folder);
  expect(code).toBe(0);
  expect(out).toContain('owner   growth\nfor     home feed\nentity  stream_id VARCHAR');
  expect(out).toMatch(/^paid +NUMBER\(38,2\) +exact +views\.price$/m);
  expect(out).toContain('Also read, to choose rows: views.stream_id, views.viewed_at');
});

test.for(['query', 'plan', 'batch', 'lambda'])('the stage %s as it is', async (stage) => {
  const folder = await project({ 'transforms/features/viewers.sql': feature(share, 'entity: stream_id') });
  const { code, out } = await lockstep('explain', 'viewers', '--project', folder, '--stage', stage);
  expect(code).toBe(0);
  if (stage === 'query' || stage === 'plan') expect(typeof JSON.parse(out)).toBe('object');
  else expect(out).toMatch(/^WITH [\s\S]*FROM (staged\.)?views/);
});

test('no feature, another stage', async () => {
  const folder = await project();
  expect((await lockstep('explain', '--project', folder)).err).toContain('no feature is named\nhint: there are viewers');
  expect(await lockstep('explain', 'viewers', '--project', folder, '--stage', 'sql')).toMatchObject({
    code: 2,
    err: expect.stringContaining('--stage sql: it is one of query, plan, batch, lambda'),
  });
});

test('why an answer is what it is: each stage at that instant', async () => {
  const folder = await project({
    'transforms/features/viewers.sql': feature(share, 'entity: stream_id'),
    'events/views.ndjson': [
      event({ view_id: 'a', stream_id: 's1', price: 1.5, viewed_at: '2026-01-01T11:00:00' }),
      event({ view_id: 'b', stream_id: 's1', price: 2, viewed_at: '2026-01-01T11:30:00' }),
      event({ view_id: 'c', stream_id: 's2', price: 9, viewed_at: '2026-01-01T11:45:00' }),
      event({ view_id: 'd', stream_id: 's1', price: 8, viewed_at: '2026-01-01T12:00:00' }),
    ].join(''),
  });
  const given = ['--project', folder, '--events', `${folder}/events`, '--spine', `${folder}/spine.ndjson`];
  const { code, out } = await lockstep('explain', 'viewers', ...given, '--format', 'json');
  expect(code).toBe(0);
  const why = JSON.parse(out) as { stages: { stage: string; rows: unknown[]; found: number; ofOthers: number }[]; answer: object };
  expect(why.stages.map(({ stage, rows, found, ofOthers }) => [stage, rows, found, ofOthers])).toEqual([
    ['everyone', [['3']], 1, 0],
    ['own', [['s1', '2', '3.50']], 1, 1],
    ['the query', [['s1', '3.50', '0.666667']], 1, 1],
  ]);
  expect(why.answer).toEqual({ paid: '3.50', share: '0.666667' });
  const text = await lockstep('explain', 'viewers', ...given);
  expect(text.out).toContain('viewers, stream_id s1, at 2026-01-01T12:00:00.000000');
  expect(text.out).toContain('own: rows 1; of others 1\n');
  expect(text.out).toContain('answer: paid 3.50, share 0.666667');
  expect((await lockstep('explain', 'viewers', '--project', folder, '--events', `${folder}/events`)).err).toContain(
    "required option '--spine <file>'",
  );
});
