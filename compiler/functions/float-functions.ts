/** Roots, powers and logarithms: FLOAT in, FLOAT out. Only SQRT is the same to the last bit on every machine. */
import { binary, call, caseWhen, cast, isNull, type Sql, str, token } from '../sql/tree.ts';
import { float } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { anyNullable, expectArgs } from './arguments.ts';
import { raise as clickhouseRaise } from './clickhouse-sql.ts';
import type { Arg, Example, ScalarRow, Signature } from './define.ts';
import { EvaluationError } from './evaluation-error.ts';
import { raise } from './postgres-sql.ts';

interface Domain {
  readonly holds: (values: readonly number[]) => boolean;
  /** Proven by what is known of the arguments. */
  readonly proven: (args: readonly Arg[]) => boolean;
  readonly reason: string;
  readonly hint: string;
}

function floatFunction(
  name: string,
  aliases: readonly string[],
  summary: string,
  count: 1 | 2,
  compute: (values: readonly number[]) => number,
  domain: Domain | undefined,
  examples: readonly Example[],
): ScalarRow {
  return {
    kind: 'scalar',
    name,
    aliases,
    summary,
    nulls: 'propagate',
    resolve: (args) => {
      const refusal = expectArgs(name, args, count === 1 ? ['numeric'] : ['numeric', 'numeric']);
      if (refusal) return refusal;
      const signature: Signature = { type: float, nullable: anyNullable(args), params: args.map(() => float) };
      return domain && !domain.proven(args) ? { ...signature, mayRaise: { reason: domain.reason, hint: domain.hint } } : signature;
    },
    sql: {
      standard: (args) => call(name, ...args),
      duckdb: (args: readonly Sql[]) => call(name.toLowerCase(), ...args),
      postgres: 'standard',
      clickhouse: (args: readonly Sql[]) => clickhouseFloat(name, args, domain),
    },
    evaluate: (values: readonly Value[]) => {
      const numbers = values as readonly number[];
      if (domain && !domain.holds(numbers)) throw new EvaluationError(domain.reason);
      return compute(numbers);
    },
    examples,
  };
}

/** Where ClickHouse would give NaN or an infinity. */
const outside: Readonly<Record<string, (x: Sql, y?: Sql) => Sql>> = {
  SQRT: (x) => binary(x, '<', token(0)),
  LN: (x) => binary(x, '<=', token(0)),
  POWER: (x, y) => binary(binary(x, '<', token(0)), 'AND', binary(y as Sql, '<>', call('trunc', y as Sql))),
};

function clickhouseFloat(name: string, args: readonly Sql[], domain: Domain | undefined): Sql {
  const made = call(name.toLowerCase(), ...args);
  const wrong = outside[name]?.(args[0] as Sql, args[1]);
  return wrong === undefined || domain === undefined
    ? made
    : caseWhen([{ when: wrong, then: clickhouseRaise(domain.reason, float, wrong) }], made);
}

const knownAtLeast =
  (least: number, strict: boolean) =>
  (args: readonly Arg[]): boolean => {
    const [arg] = args;
    if (typeof arg?.literal === 'string') return strict ? Number(arg.literal) > least : Number(arg.literal) >= least;
    const lower = arg?.lower;
    if (lower === undefined) return false;
    return strict ? lower.value > least || (lower.value === least && lower.strict) : lower.value >= least;
  };

const positive = knownAtLeast(0, true);

function provenBase(base: Arg | undefined): boolean {
  if (base?.literal === null) return true;
  if (typeof base?.literal === 'string') return Number(base.literal) > 0 && Number(base.literal) !== 1;
  return base !== undefined && knownAtLeast(1, true)([base]);
}

const noLogarithm = 'LOG needs a base above 0 other than 1, and a positive number';

const logarithm: ScalarRow = {
  ...floatFunction(
    'LOG',
    [],
    'Logarithm to a base, which comes first.',
    2,
    ([base, x]) => Math.log(x as number) / Math.log(base as number),
    {
      holds: ([base, x]) => (base as number) > 0 && base !== 1 && (x as number) > 0,
      proven: ([base, x]) => provenBase(base) && x !== undefined && (x.literal === null || positive([x])),
      reason: noLogarithm,
      hint: 'guard it: CASE WHEN x > 0 THEN LOG(10, x) END',
    },
    [],
  ),
  sql: {
    standard: (args) => call('LOG', ...args),
    duckdb: (args) => quotientOfLogarithms(args, call('error', str(noLogarithm))),
    postgres: (args) => quotientOfLogarithms(args, raise(noLogarithm, cast(token('NULL'), float))),
    clickhouse: (args) => quotientOfLogarithms(args, clickhouseRaise(noLogarithm, float, outsideLogarithm(args[0] as Sql, args[1] as Sql))),
  },
};

const outsideLogarithm = (b: Sql, v: Sql): Sql =>
  [binary(b, '<=', token(0)), binary(b, '=', token(1)), binary(v, '<=', token(0))].reduce((m, n) => binary(m, 'OR', n));

function quotientOfLogarithms([base, x]: readonly Sql[], failed: Sql): Sql {
  const [b, v] = [base as Sql, x as Sql];
  return caseWhen(
    [
      { when: binary(isNull(b), 'OR', isNull(v)), then: token('NULL') },
      { when: outsideLogarithm(b, v), then: failed },
    ],
    binary(call('ln', v), '/', call('ln', b)),
  );
}

export const floatRows: readonly ScalarRow[] = [
  floatFunction(
    'SQRT',
    [],
    'Square root.',
    1,
    ([x]) => Math.sqrt(x as number),
    {
      holds: ([x]) => (x as number) >= 0,
      proven: knownAtLeast(0, false),
      reason: 'a negative number has no square root',
      hint: 'guard it: CASE WHEN x >= 0 THEN SQRT(x) END',
    },
    [],
  ),
  floatFunction('EXP', [], 'e to the power of x.', 1, ([x]) => Math.exp(x as number), undefined, [
    { sql: 'EXP(1)', result: '2.718281828459045', source: 'gold:slt.numeric.exp.1' },
  ]),
  floatFunction(
    'LN',
    [],
    'Natural logarithm.',
    1,
    ([x]) => Math.log(x as number),
    {
      holds: ([x]) => (x as number) > 0,
      proven: knownAtLeast(0, true),
      reason: 'only a positive number has a logarithm',
      hint: 'guard it: CASE WHEN x > 0 THEN LN(x) END',
    },
    [{ sql: 'LN(10)', result: '2.302585092994046', source: 'gold:slt.numeric.ln.1' }],
  ),
  logarithm,
  floatFunction(
    'POWER',
    ['POW'],
    'x to the power of y.',
    2,
    ([x, y]) => (x as number) ** (y as number),
    {
      holds: ([x, y]) => (x as number) >= 0 || Number.isInteger(y),
      proven: (args) => knownAtLeast(0, true)(args) || /^\d+$/.test(String(args[1]?.literal)),
      reason: 'a negative number to a fractional power, or zero to a negative one, has no value',
      hint: 'use a whole constant exponent, or CASE WHEN x > 0 THEN POWER(x, y) END',
    },
    [],
  ),
];
