/** Columns of sources behind each output, by hand. */
import { expect, test } from 'vitest';
import { lineageOf } from '../../compiler/check/lineage.ts';
import { feature, sources } from '../lift/market.ts';
import { prepare } from '../support/forms.ts';

const written = (columns: readonly { readonly source: string; readonly column: string }[] | undefined): string =>
  (columns ?? []).map((c) => `${c.source}.${c.column}`.toLowerCase()).join(' ');

test('through CTEs, unions, renamed columns, aggregates and subqueries', () => {
  const sql = `WITH both AS (
  SELECT stream_id, user_id AS who, stars AS amount FROM chats WHERE sent_at >= as_of() - INTERVAL '1 hour'
  UNION ALL
  SELECT stream_id, user_id, amount FROM gifts
),
named AS (SELECT b.stream_id AS s, b.amount * 2 AS doubled, (SELECT MAX(country) FROM sellers) AS country FROM both AS b)
SELECT s, SUM(doubled) AS total, COUNT(*) AS n, MAX(country) AS country, MAX(s) AS again FROM named GROUP BY s`;
  const { compiled } = prepare({ sources, feature: feature('entity: s', sql) });
  const { columns, reads } = lineageOf(compiled.feature);
  expect([...columns].map(([name, from]) => [name, written(from)])).toEqual([
    ['S', 'chats.stream_id gifts.stream_id'],
    ['TOTAL', 'chats.stars gifts.amount'],
    ['N', ''],
    ['COUNTRY', 'sellers.country'],
    ['AGAIN', 'chats.stream_id gifts.stream_id'],
  ]);
  expect(written(reads)).toBe(
    'chats.sent_at chats.stars chats.stream_id chats.user_id gifts.amount gifts.stream_id gifts.user_id sellers.country',
  );
});
