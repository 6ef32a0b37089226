/** Comparisons on ClickHouse: numbers at one scale, and NaN, which is no number there, as the greatest FLOAT. */
import { binary, call, isNull, postfix, prefix, type Sql, token } from '../sql/tree.ts';
import { scaleOf } from './arguments.ts';
import { asScale } from './clickhouse-sql.ts';
import type { Arg } from './define.ts';

export function clickhouseCompared(a: Sql, operator: string, b: Sql, x: Arg, y: Arg): Sql {
  if (x.type.kind === 'float' || y.type.kind === 'float') return floats(a, operator, b);
  const scale = Math.max(scaleOf(x.type), scaleOf(y.type));
  return binary(asScale(a, x.type, scale), operator, asScale(b, y.type, scale));
}

const isNaN = (x: Sql): Sql => call('isNaN', x);
const and = (a: Sql, b: Sql): Sql => binary(a, 'AND', b);

function floats(a: Sql, operator: string, b: Sql): Sql {
  const known = (x: Sql): Sql => postfix(x, 'IS NOT NULL');
  switch (operator) {
    case '=':
      return binary(binary(a, '=', b), 'OR', and(isNaN(a), isNaN(b)));
    case '<>':
      return prefix('NOT', floats(a, '=', b));
    case '<':
      return binary(binary(a, '<', b), 'OR', and(isNaN(b), prefix('NOT', isNaN(a))));
    case '<=':
      return binary(binary(a, '<=', b), 'OR', and(isNaN(b), known(a)));
    default:
      return floats(b, operator === '>' ? '<' : '<=', a);
  }
}

export function clickhouseDistinct(a: Sql, operator: string, b: Sql, x: Arg, y: Arg): Sql {
  if (x.type.kind !== 'float' && y.type.kind !== 'float') return clickhouseCompared(a, operator, b, x, y);
  const equal = call('coalesce', floats(a, '=', b), and(isNull(a), isNull(b)));
  return operator === 'IS DISTINCT FROM' ? prefix('NOT', equal) : equal;
}

/** The greatest or least of FLOATs that are not NULL; NaN comes last. */
export const floatExtreme = (args: readonly Sql[], greatest: boolean): Sql =>
  call('arrayElement', call('arraySort', call('array', ...args)), token(greatest ? -1 : 1));

/** The same of those that are not NULL; NULL if all are. */
export function knownFloatExtreme(args: readonly Sql[], greatest: boolean): Sql {
  const known = call('arrayFilter', token('x -> x IS NOT NULL'), call('array', ...args));
  return call('arrayElement', call('arraySort', known), token(greatest ? -1 : 1));
}
