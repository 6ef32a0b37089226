/** Values of other rows of the window, and shares of the whole. */
import { binary, call, caseWhen, cast, postfix, type Sql, token } from '../sql/tree.ts';
import { float, number } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { arity, digitsOf, expectArgs, refuse, scaleOf, sharedType } from './arguments.ts';
import { quotientAt as clickhouseQuotientAt, whole as clickhouseWhole, place, wide } from './clickhouse-sql.ts';
import { countDigits } from './counts.ts';
import { divideHalfAway, pow10 } from './decimal.ts';
import type { Arg, Refusal, Signature, WindowRow } from './define.ts';
import { exactQuotient, scaled, unscaled } from './duckdb-numbers.ts';
import { ignoringNulls } from './ignore-nulls.ts';
import { numeric, quotientAt, typed, whole } from './postgres-sql.ts';

function resolveOffset(name: string, args: readonly Arg[]): Signature | Refusal {
  const wrong = arity(name, args, 1, 3);
  if (wrong) return wrong;
  const [x, offset, fallback] = args as [Arg, Arg?, Arg?];
  if (offset && (typeof offset.literal !== 'string' || !/^\d{1,9}$/.test(offset.literal))) {
    return refuse(
      'wrong-arguments',
      `${name} needs a constant offset, 0 or more`,
      `for the other direction use ${name === 'LAG' ? 'LEAD' : 'LAG'}`,
      1,
    );
  }
  const type = sharedType(name, fallback ? [x, fallback] : [x]);
  if ('refused' in type) return type;
  if (type.kind === 'null') return refuse('type-mismatch', `${name} of a bare NULL has no type`, 'write CAST(NULL AS …)', 0);
  const casts = fallback ? { params: [type, ...(offset ? [offset.type] : []), type] } : {};
  const digits = type.kind === 'number' ? { digits: Math.max(digitsOf(x), fallback ? digitsOf(fallback) : 0) } : {};
  return { type, nullable: x.nullable || !fallback || fallback.nullable, ...casts, ...digits };
}

const offset = (name: 'LAG' | 'LEAD', direction: -1 | 1): WindowRow => ({
  kind: 'window',
  name,
  summary: `The value n rows ${direction < 0 ? 'before' : 'after'}; beyond the window NULL, or a default.`,
  ordering: 'required',
  tiesMatter: true,
  resolve: (args) => resolveOffset(name, args),
  sql: {
    standard: (args, _, over) => over(call(name, ...args)),
    postgres: ([x, n, ...fallback], _, over) =>
      over(call(name, typed(x as Sql), ...(n === undefined ? [] : [whole(n)]), ...fallback.map(typed))),
    clickhouse: ([x, n, ...fallback], { type }, over) =>
      over(call(name.toLowerCase(), cast(x as Sql, type), ...(n === undefined ? [] : [place(n)]), ...fallback.map((y) => cast(y, type)))),
  },
  evaluate: (rows, _peers, { args }) => {
    const n = Number(args[1]?.literal ?? 1);
    return rows.map((row, i) => {
      const other = rows[i + direction * n];
      return (other ? other[0] : row[2]) ?? null;
    });
  },
  examples: [],
});

/** Counts only rows that have a value; an offset of 0 would mean the row itself, value or not. */
const offsetIgnoringNulls = (name: 'LAG' | 'LEAD', direction: -1 | 1): WindowRow => ({
  kind: 'window',
  name: ignoringNulls(name),
  summary: `The n-th value ${direction < 0 ? 'before' : 'after'} that is not NULL; beyond the window NULL, or a default.`,
  ordering: 'required',
  tiesMatter: true,
  resolve: (args) => {
    if (args[1]?.literal === '0') return refuse('wrong-arguments', `${name} with IGNORE NULLS needs an offset of at least 1`, undefined, 1);
    const signature = resolveOffset(name, args);
    return 'refused' in signature ? signature : { ...signature, nullable: true };
  },
  sql: {
    standard: (args, _, over) => over({ ...call(name, ...args), ignoreNulls: 'behind' } as Sql),
    duckdb: (args, _, over) => over({ ...call(name, ...args), ignoreNulls: 'inside' } as Sql),
    postgres: ([x, n, fallback], { args }, over) => {
      const known = over({ kind: 'call', name: 'array_agg', args: [typed(x as Sql)], filter: postfix(x as Sql, 'IS NOT NULL') });
      const frame = direction < 0 ? 'ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING' : 'ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING';
      const list: Sql = known.kind === 'over' ? { ...known, frame } : known;
      const place = n === undefined ? 1 : Number(args[1]?.literal);
      const value = call('lockstep_element', list, token(direction * place));
      if (fallback === undefined) return value;
      // No value so far back means the default; a value is never NULL here.
      return call('COALESCE', value, fallback);
    },
    clickhouse: ([x, , fallback], { args }, over) => {
      const known = over(call('groupArray', x as Sql));
      const frame = direction < 0 ? 'ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING' : 'ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING';
      const list: Sql = known.kind === 'over' ? { ...known, frame } : known;
      const value = call('arrayElementOrNull', list, token(direction * Number(args[1]?.literal ?? 1)));
      return fallback === undefined ? value : call('COALESCE', value, fallback);
    },
  },
  evaluate: (rows, _peers, { args }) => {
    const n = Number(args[1]?.literal ?? 1);
    return rows.map((row, i) => {
      const beyond = direction < 0 ? rows.slice(0, i).reverse() : rows.slice(i + 1);
      const other = beyond.filter(([x]) => x !== null)[n - 1];
      return (other ? other[0] : row[2]) ?? null;
    });
  },
  examples: [],
});

const ratioToReport: WindowRow = {
  kind: 'window',
  name: 'RATIO_TO_REPORT',
  summary: 'The share of the sum over the partition, with six more decimals; NULL where that sum is 0.',
  ordering: 'forbidden',
  tiesMatter: false,
  resolve: (args) =>
    expectArgs('RATIO_TO_REPORT', args, ['number']) ?? { type: number(38, scaleOf((args[0] as Arg).type) + 6), nullable: true },
  sql: {
    standard: ([x], _, over) =>
      caseWhen([{ when: binary(over(call('SUM', x as Sql)), '<>', token(0)), then: over(call('RATIO_TO_REPORT', x as Sql)) }]),
    duckdb: ([x], { args, type }, over) => {
      const s = scaleOf((args[0] as Arg).type);
      const total = call('NULLIF', unscaled(over(call('SUM', x as Sql)), s), token(0));
      return scaled(exactQuotient(unscaled(x as Sql, s), scaleOf(type), total), scaleOf(type));
    },
    postgres: ([x], { type }, over) => quotientAt(x as Sql, call('NULLIF', over(call('SUM', x as Sql)), token(0)), scaleOf(type)),
    clickhouse: ([x], { args, type }, over) => {
      const s = scaleOf((args[0] as Arg).type);
      const total = over(call('sum', wide(x as Sql, s)));
      const sure = call('coalesce', call('NULLIF', total, token(0)), token(1));
      return caseWhen([{ when: binary(total, '<>', token(0)), then: clickhouseQuotientAt(x as Sql, s, sure, s, scaleOf(type)) }]);
    },
  },
  evaluate: (rows, _peers, { type }) => {
    const total = rows.reduce((sum, [x]) => sum + ((x as bigint | null) ?? 0n), 0n);
    return rows.map(([x]): Value => (x === null || total === 0n ? null : divideHalfAway((x as bigint) * pow10(scaleOf(type)), total)));
  },
  examples: [],
};

const share = (
  name: 'PERCENT_RANK' | 'CUME_DIST',
  summary: string,
  value: (first: number, next: number, count: number) => number,
): WindowRow => ({
  kind: 'window',
  name,
  summary,
  ordering: 'required',
  tiesMatter: false,
  resolve: (args) => arity(name, args, 0) ?? { type: float, nullable: false },
  sql: {
    standard: (_args, _types, over) => over(call(name)),
    postgres: 'standard',
    clickhouse: (_args, _types, over) => over(call(name.toLowerCase())),
  },
  evaluate: (rows, peers) => {
    const next = (i: number): number => {
      const after = peers.findIndex((first, j) => j > i && first > (peers[i] as number));
      return after < 0 ? rows.length : after;
    };
    return rows.map((_, i) => value(peers[i] as number, next(i), rows.length));
  },
  examples: [],
});

const ntile: WindowRow = {
  kind: 'window',
  name: 'NTILE',
  summary: 'Which of n groups of nearly equal size the row is in; the first groups take the rows left over.',
  ordering: 'required',
  tiesMatter: true,
  resolve: (args) => {
    const wrong = arity('NTILE', args, 1);
    if (wrong) return wrong;
    const n = args[0]?.literal;
    if (typeof n !== 'string' || !/^[1-9]\d{0,8}$/.test(n))
      return refuse('wrong-arguments', 'NTILE needs a constant number of groups, at least 1', undefined, 0);
    return { type: number(18), nullable: false, digits: countDigits };
  },
  sql: {
    standard: ([n], _, over) => over(call('NTILE', n as Sql)),
    duckdb: ([n], _, over) => over(call('NTILE', cast(n as Sql, 'BIGINT'))),
    postgres: ([n], _, over) => numeric(over(call('NTILE', whole(n as Sql)))),
    clickhouse: ([n], _, over) => clickhouseWhole(over(call('ntile', place(n as Sql)))),
  },
  evaluate: (rows) => {
    const n = Number(rows[0]?.[0] ?? 1);
    const [size, rest] = [Math.floor(rows.length / n), rows.length % n];
    return rows.map((_, i) =>
      BigInt(i < rest * (size + 1) ? Math.floor(i / (size + 1)) + 1 : rest + Math.floor((i - rest * (size + 1)) / size) + 1),
    );
  },
  examples: [],
};

export const offsetRows: readonly WindowRow[] = [
  offset('LAG', -1),
  offset('LEAD', 1),
  offsetIgnoringNulls('LAG', -1),
  offsetIgnoringNulls('LEAD', 1),
  ratioToReport,
  share('PERCENT_RANK', 'The rank from 0 to 1.', (first, _, count) => (count === 1 ? 0 : first / (count - 1))),
  share('CUME_DIST', 'The share of rows up to and with the peers.', (_, next, count) => next / count),
  ntile,
];
