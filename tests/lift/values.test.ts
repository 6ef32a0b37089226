/** UNION, EXCEPT, INTERSECT and VALUES inside a feature: at every instant by themselves. */
import { test } from 'vitest';
import { expectEverywhere } from '../support/forms.ts';

const sources = `streams:
  s:
    warehouse: raw.s
    key: id
    event_time: at
    columns: { id: VARCHAR, k: VARCHAR, item: VARCHAR, kind: VARCHAR, at: TIMESTAMP_NTZ }
`;
const rows = [
  { id: '1', k: 'a', item: 'x', kind: 'seen', at: '2026-01-01T00:00:00' },
  { id: '2', k: 'a', item: 'y', kind: 'seen', at: '2026-01-01T00:00:00' },
  { id: '3', k: 'a', item: null, kind: 'seen', at: '2026-01-01T00:00:00' },
  { id: '4', k: 'a', item: null, kind: 'bought', at: '2026-01-02T00:00:00' },
  { id: '5', k: 'a', item: 'x', kind: 'bought', at: '2026-01-03T00:00:00' },
  { id: '6', k: 'b', item: 'y', kind: 'bought', at: '2026-01-03T00:00:00' },
];
const [second, third, fourth] = ['2026-01-02T00:00:00', '2026-01-03T00:00:00', '2026-01-04T00:00:00'];
const seen = "SELECT k, item FROM s WHERE kind = 'seen'";
const bought = "SELECT k, item FROM s WHERE kind = 'bought'";
const count = (query: string): string =>
  `/*---\nentity: k\n---*/\nWITH c AS (${query}) SELECT k, COUNT(*) AS n, COUNT(item) AS named FROM c GROUP BY k`;

test.for<readonly [operator: string, atA: readonly (readonly [string, string, string])[]]>([
  [
    'UNION',
    [
      [second, '3', '2'],
      [third, '3', '2'],
      [fourth, '3', '2'],
    ],
  ],
  [
    'EXCEPT',
    [
      [second, '3', '2'],
      [third, '2', '2'],
      [fourth, '1', '1'],
    ],
  ],
  [
    'INTERSECT',
    [
      [second, '0', '0'],
      [third, '1', '0'],
      [fourth, '2', '1'],
    ],
  ],
])('%s', async ([operator, atA]) => {
  const expected = atA.map(
    ([as_of, n, named]) =>
      [
        { k: 'a', as_of },
        { n, named },
      ] as const,
  );
  await expectEverywhere({ sources, events: { s: rows }, feature: count(`${seen} ${operator} ${bought}`) }, expected);
});

test('VALUES as a lookup list', async () => {
  const feature = `/*---\nentity: k\n---*/
SELECT k, SUM(w.weight) AS weight FROM s JOIN (VALUES ('seen', 1), ('bought', 5)) AS w (kind, weight) ON w.kind = s.kind GROUP BY k`;
  await expectEverywhere({ sources, events: { s: rows }, feature }, [
    [{ k: 'a', as_of: second }, { weight: '3' }],
    [{ k: 'a', as_of: fourth }, { weight: '13' }],
    [{ k: 'b', as_of: third }, { weight: null }],
  ]);
});
