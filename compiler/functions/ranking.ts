/** Numbers by position in a window. */
import { call } from '../sql/tree.ts';
import { number } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { arity } from './arguments.ts';
import { whole } from './clickhouse-sql.ts';
import { countDigits } from './counts.ts';
import type { WindowRow } from './define.ts';
import { numeric } from './postgres-sql.ts';

function ranking(
  name: string,
  summary: string,
  tiesMatter: boolean,
  evaluate: (count: number, peers: readonly number[]) => number[],
): WindowRow {
  return {
    kind: 'window',
    name,
    summary,
    ordering: 'required',
    tiesMatter,
    resolve: (args) => arity(name, args, 0) ?? { type: number(18), nullable: false, digits: countDigits },
    sql: {
      standard: (_args, _types, over) => over(call(name)),
      postgres: (_args, _types, over) => numeric(over(call(name))),
      clickhouse: (_args, _types, over) => whole(over(call(name))),
    },
    evaluate: (rows, peers) => evaluate(rows.length, peers).map((n): Value => BigInt(n)),
    examples: [],
  };
}

const positions = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

export const rankingRows: readonly WindowRow[] = [
  ranking('ROW_NUMBER', '1, 2, 3, … in window order.', true, positions),
  ranking('RANK', 'One more than the number of rows before the first of its peers.', false, (_, peers) => peers.map((first) => first + 1)),
  ranking('DENSE_RANK', 'Peers share a number, and no number is left out.', false, (_, peers) => {
    let rank = 0;
    return peers.map((first, i) => (first === i ? ++rank : rank));
  }),
];
