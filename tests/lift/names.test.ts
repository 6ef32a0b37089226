/** Names that Lockstep's own relations have, too: an author may use them, or is told that she may not. */
import { expect, test } from 'vitest';
import { expectEverywhere, prepare } from '../support/forms.ts';

const stream = (name: string): string => `streams:
  ${name}:
    warehouse: raw.x
    key: id
    event_time: at
    columns: { id: VARCHAR, k: VARCHAR, ordinal: NUMBER(9,0), at: TIMESTAMP_NTZ }
`;
const header = (entity: string): string => `/*---\nentity: ${entity}\n---*/\n`;
const rows = [
  { id: '1', k: 'a', ordinal: 4, at: '2025-12-31T23:00:00' },
  { id: '2', k: 'a', ordinal: 7, at: '2025-12-31T23:00:00' },
];
const noon = '2026-01-01T00:00:00';

test.for([
  ...['keys', 'answer', 'requested', 'asked', 'instant', 'buckets', 'raw', 'staged', 'versions', 'f', 'f_groups', 'at_seen', 'settled'],
])('a source called %s', async (name) => {
  await expectEverywhere(
    {
      sources: stream(name),
      events: { [name]: rows },
      feature: `${header('k')}SELECT k, COUNT(*) AS n, MAX(ordinal) AS last FROM ${name} WHERE at >= as_of() - INTERVAL '1 day' GROUP BY k HAVING COUNT(*) >= 0`,
    },
    [
      [
        { k: 'a', as_of: noon },
        { n: '2', last: '7' },
      ],
      [
        { k: 'z', as_of: noon },
        { n: '0', last: null },
      ],
    ],
  );
});

test.for(['spine', 'instants'])('no source is called %s', (name) => {
  expect(() => prepare({ sources: stream(name), feature: `${header('k')}SELECT k, COUNT(*) AS n FROM ${name} GROUP BY k` })).toThrow(
    /sources\.yml:2:3: error\[reserved-name\]/,
  );
});

test.for(['spine', 'instants', 'answer', 'keys', 'time_bucket', 'back', 'events'])('a CTE and its entity called %s', async (name) => {
  await expectEverywhere(
    {
      sources: stream('events'),
      events: { events: rows },
      feature: `${header(name)}WITH ${name} AS (SELECT k AS ${name}, COUNT(*) AS n FROM events WHERE at >= as_of() - INTERVAL '1 day' GROUP BY k)
SELECT ${name}.${name}, ${name}.n FROM ${name}`,
    },
    [[{ [name]: 'a', as_of: noon }, { n: '2' }]],
  );
});

test('a CTE inside another query hides a source there, and nowhere else', async () => {
  await expectEverywhere(
    {
      sources: stream('events'),
      events: { events: rows },
      feature: `${header('k')}SELECT d.k, d.n, e.n AS all_of_them
FROM (WITH events AS (SELECT k, ordinal FROM events WHERE ordinal > 5) SELECT k, COUNT(*) AS n FROM events GROUP BY k) AS d
JOIN (SELECT k, COUNT(*) AS n FROM events GROUP BY k) AS e ON e.k = d.k`,
    },
    [
      [
        { k: 'a', as_of: noon },
        { n: '1', all_of_them: '2' },
      ],
    ],
  );
});

test('columns that differ in case only are refused, as DuckDB cannot tell them apart', () => {
  const feature = `${header('k')}SELECT k, COUNT(*) AS n, MAX(ordinal) AS "n" FROM events GROUP BY k`;
  expect(() => prepare({ sources: stream('events'), feature })).toThrow(/4:42: error\[duplicate-column\]: .* but for upper and lower case/);
});

test.for(['as_of', '"as_of"', 'ordinal', 'lockstep_version'])('no output is called %s', (name) => {
  const feature = `${header('k')}SELECT k, COUNT(*) AS ${name} FROM events GROUP BY k`;
  expect(() => prepare({ sources: stream('events'), feature })).toThrow(/error\[reserved-name\]/);
});

test('no column of a source is called as_of, and no column of a table valid_from', () => {
  const feature = `${header('k')}SELECT k, COUNT(*) AS n FROM events GROUP BY k`;
  expect(() => prepare({ sources: stream('events').replace('ordinal:', 'as_of:'), feature })).toThrow(/6:41: error\[config-invalid\]/);
  const table = `tables:
  prices:
    warehouse: raw.x
    key: id
    updated_at: at
    columns: { id: VARCHAR, valid_from: VARCHAR, at: TIMESTAMP_NTZ }
`;
  expect(() => prepare({ sources: table, feature })).toThrow(/6:5: error\[config-invalid\]: `valid_from` is what `prices_history` adds/);
});

test('an output called like the column at the end of its expression', async () => {
  await expectEverywhere(
    {
      sources: stream('s'),
      events: { s: rows },
      feature: `${header('k')}WITH c AS (SELECT k, id, -ordinal AS ordinal FROM s) SELECT k, MAX(ordinal) AS last FROM c GROUP BY k`,
    },
    [[{ k: 'a', as_of: noon }, { last: '-4' }]],
  );
});
