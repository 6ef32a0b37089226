/** DATE columns as files bring them, mixed with dates that are computed: one representation everywhere. */
import { expect, test } from 'vitest';
import { folderWith, lockstep } from '../support/cli.ts';

const sql = `/*---
entity: k
---*/
SELECT
  k,
  MAX(d)                                   AS latest,
  MAX(DATEADD(day, 1, d))                  AS day_after,
  COUNT(DISTINCT COALESCE(d, TO_DATE(ts))) AS days
FROM ev
GROUP BY k
`;

test.for([
  ['ndjson', '{"id":"1","k":"a","d":"2026-01-31","ts":"2026-01-31T00:00:00"}\n{"id":"2","k":"a","d":null,"ts":"2026-01-31T01:00:00"}\n'],
  ['csv', 'id,k,d,ts\n1,a,2026-01-31,2026-01-31T00:00:00\n2,a,,2026-01-31T01:00:00\n'],
] as const)('DATE columns from %s', async ([format, events]) => {
  const folder = await folderWith({
    'lockstep.yml': 'name: dates\n',
    'transforms/sources.yml':
      'streams:\n  ev:\n    warehouse: raw.ev\n    key: id\n    event_time: ts\n    columns: { id: VARCHAR, k: VARCHAR, d: DATE, ts: TIMESTAMP_NTZ }\n',
    'transforms/features/f.sql': sql,
    [`events/ev.${format}`]: events,
    'spine.ndjson': '{"k":"a","as_of":"2026-02-02T00:00:00"}\n',
  });
  const wanted = { k: 'a', as_of: '2026-02-02T00:00:00.000000', latest: '2026-01-31', day_after: '2026-02-01', days: '1' };
  const data = ['--project', folder, '--events', `${folder}/events`, '--spine', `${folder}/spine.ndjson`];
  for (const form of [
    ['--engine', 'reference'],
    ['--form', 'batch'],
    ['--form', 'lambda'],
  ]) {
    const ran = await lockstep('query', 'f', ...data, ...form);
    expect({ code: ran.code, answer: JSON.parse(ran.out) }).toEqual({ code: 0, answer: wanted });
  }
  expect((await lockstep('parity', ...data)).code).toBe(0);
});
