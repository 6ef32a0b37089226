/** PIVOT and UNPIVOT: at each instant by themselves, with the groups that there are by then. */
import { test } from 'vitest';
import { expectEverywhere } from '../support/forms.ts';
import { at, feature, gift, sources } from './market.ts';

const noon = at(0);
const later = at(60);
const events = {
  gifts: [
    gift('1', 's', 'a', '5', at(-9)),
    gift('2', 's', 'a', '2.50', at(-8)),
    gift('3', 's', 'b', null, at(-7)),
    gift('4', 's', null, '7', at(-7)),
    gift('5', 's', 'b', '1', at(30)),
    gift('6', 'u', 'c', '9', at(30)),
  ],
};
const perUser = 'SELECT stream_id, user_id, amount FROM gifts';

test('each value is a column; a group with none of them has NULLs, and COUNT is 0', async () => {
  const pivot = (aggregate: string, more = ''): string =>
    `(${perUser}) PIVOT (${aggregate} FOR user_id IN ('a' AS of_a, 'b' AS of_b)${more})`;
  const text = feature(
    'entity: stream_id',
    `SELECT p.stream_id, p.of_a AS sum_a, p.of_b AS sum_b, n.of_a AS n_a, n.of_b AS n_b, z.of_b AS b_or_0
FROM ${pivot('SUM(amount)')} AS p
JOIN ${pivot('COUNT(amount)')} AS n ON n.stream_id = p.stream_id
JOIN ${pivot('MAX(amount)', ' DEFAULT ON NULL (0)')} AS z ON z.stream_id = p.stream_id`,
  );
  await expectEverywhere({ sources, events, feature: text }, [
    [
      { stream_id: 's', as_of: noon },
      { sum_a: '7.50', sum_b: null, n_a: '2', n_b: '0', b_or_0: '0.00' },
    ],
    [
      { stream_id: 's', as_of: later },
      { sum_a: '7.50', sum_b: '1.00', n_a: '2', n_b: '1', b_or_0: '1.00' },
    ],
    [
      { stream_id: 'u', as_of: noon },
      { sum_a: null, sum_b: null, n_a: null, n_b: null, b_or_0: null },
    ],
    [
      { stream_id: 'u', as_of: later },
      { sum_a: null, sum_b: null, n_a: '0', n_b: '0', b_or_0: '0.00' },
    ],
  ]);
});

test('a column is called like its value, with the quotes', async () => {
  const text = feature(
    'entity: stream_id',
    `SELECT stream_id, "'a'" AS first, p2 FROM (SELECT * FROM (${perUser}) PIVOT (MIN(amount) FOR user_id IN ('a')))
JOIN (SELECT k, p2 FROM (${perUser}) PIVOT (MIN(amount) FOR user_id IN ('b')) AS p (k, p2)) ON k = stream_id`,
  );
  await expectEverywhere({ sources, events, feature: text }, [
    [
      { stream_id: 's', as_of: later },
      { first: '2.50', p2: '1.00' },
    ],
  ]);
});

test('UNPIVOT: a row for each column, without NULLs unless they are asked for; keys and the column tell rows apart', async () => {
  const sums = `SELECT stream_id, user_id AS who, amount AS sum_of, n::NUMBER(38,2) AS n
FROM (SELECT stream_id, user_id, SUM(amount)::NUMBER(38,2) AS amount, COUNT(amount) AS n FROM gifts GROUP BY stream_id, user_id)`;
  const text = feature(
    'entity: stream_id',
    `WITH sums AS (${sums}),
wide AS (SELECT stream_id, LISTAGG(kind || '=' || what::VARCHAR, ' ') WITHIN GROUP (ORDER BY who, kind) AS known
  FROM sums UNPIVOT (what FOR kind IN (sum_of, n)) GROUP BY stream_id),
all_of AS (SELECT stream_id, COUNT(*) AS n_rows, COUNT(what) AS n_known
  FROM sums UNPIVOT INCLUDE NULLS (what FOR kind IN (sum_of, n)) AS u (stream_id, who, kind, what) GROUP BY stream_id)
SELECT wide.stream_id, known, n_rows, n_known FROM wide JOIN all_of ON all_of.stream_id = wide.stream_id`,
  );
  await expectEverywhere({ sources, events, feature: text }, [
    [
      { stream_id: 's', as_of: noon },
      { known: 'N=2.00 SUM_OF=7.50 N=0.00 N=1.00 SUM_OF=7.00', n_rows: '6', n_known: '5' },
    ],
    [
      { stream_id: 's', as_of: later },
      { known: 'N=2.00 SUM_OF=7.50 N=1.00 SUM_OF=1.00 N=1.00 SUM_OF=7.00', n_rows: '6', n_known: '6' },
    ],
  ]);
});
