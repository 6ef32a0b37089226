/** query --format text: a table for people. Without --format it is lines of JSON, which scripts read. */
import { expect, test } from 'vitest';
import { lockstep } from '../support/cli.ts';
import { event, feature, project, queryArguments } from './viewers.ts';

test('columns are aligned, numbers to the right, NULL is written out', async () => {
  const folder = await project({
    'transforms/features/viewers.sql': feature(
      'SELECT stream_id, COUNT(*) AS views, SUM(price) AS paid, MAX(user_id) AS "lastUser", MAX(weight) > 1 AS heavy FROM views GROUP BY stream_id',
    ),
    'events/views.ndjson':
      event({ user_id: 'NULL' }) +
      event({ view_id: 'v2', price: 1000, stream_id: 'a long name' }) +
      event({ view_id: 'v3', stream_id: 'a long name', user_id: 'ü\n\u001b[31m' }),
    'spine.ndjson': ['s1', 'a long name', 'none'].map((s) => `{"stream_id":"${s}","as_of":"2026-01-01T12:00:00"}\n`).join(''),
  });
  const wanted = `stream_id    as_of                       views     paid  lastUser       heavy
-----------  --------------------------  -----  -------  -------------  -----
s1           2026-01-01T12:00:00.000000      1     2.50  NULL           false
a long name  2026-01-01T12:00:00.000000      2  1002.50  ü\\n\\u001b[31m  false
none         2026-01-01T12:00:00.000000      0     NULL  NULL           NULL
`;
  for (const form of [[], ['--form', 'lambda'], ['--engine', 'reference']])
    expect(await lockstep(...queryArguments(folder), ...form, '--format', 'text')).toEqual({ code: 0, out: wanted, err: '' });
});

test('of an empty spine the heads alone', async () => {
  const folder = await project({ 'spine.ndjson': '' });
  const { out } = await lockstep(...queryArguments(folder), '--format', 'text');
  expect(out).toBe('stream_id  as_of  views  paid\n---------  -----  -----  ----\n');
});

test.for([[], ['--format', 'json']])('lines of JSON: %j', async (format) => {
  const { out } = await lockstep(...queryArguments(await project()), ...format);
  expect(out).toBe('{"stream_id":"s1","as_of":"2026-01-01T12:00:00.000000","views":"1","paid":"2.50"}\n');
});

test('keys stay in the order of the SELECT, whatever they are called', async () => {
  const folder = await project({
    'transforms/features/viewers.sql': feature('SELECT stream_id, COUNT(*) AS n, 7 AS "1", 8 AS "__proto__" FROM views GROUP BY stream_id'),
  });
  const { out } = await lockstep(...queryArguments(folder));
  expect(out).toBe('{"stream_id":"s1","as_of":"2026-01-01T12:00:00.000000","n":"1","1":"7","__proto__":"8"}\n');
});
