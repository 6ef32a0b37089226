/** Angles and distances: FLOAT in, FLOAT out, equal to the last bits only. */
import { binary, call, caseWhen, cast, type Sql, str, token } from '../sql/tree.ts';
import { float } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { anyNullable, expectArgs } from './arguments.ts';
import { raise as clickhouseRaise } from './clickhouse-sql.ts';
import type { Arg, Example, ScalarRow, Signature } from './define.ts';
import { EvaluationError } from './evaluation-error.ts';
import { raise } from './postgres-sql.ts';

interface Interval {
  readonly low: number;
  readonly high: number;
  /** Whether the ends belong to it. */
  readonly closed: boolean;
}

interface Trigonometric {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  readonly count?: number;
  readonly within?: Interval;
  readonly compute: (...values: number[]) => number;
  readonly duckdb?: (...args: Sql[]) => Sql;
  readonly postgres?: (...args: Sql[]) => Sql;
  readonly clickhouse?: (...args: Sql[]) => Sql;
  readonly examples?: readonly Example[];
}

function holds(x: number, { low, high, closed }: Interval): boolean {
  return closed ? x >= low && x <= high : x > low && x < high;
}

function proven(arg: Arg | undefined, within: Interval): boolean {
  if (arg?.literal === null) return true;
  if (typeof arg?.literal === 'string') return holds(Number(arg.literal), within);
  if (within.high !== Number.POSITIVE_INFINITY || arg?.lower === undefined) return false;
  return arg.lower.value > within.low || (arg.lower.value === within.low && (within.closed || arg.lower.strict));
}

function outside(x: Sql, { low, high, closed }: Interval): Sql {
  const below = binary(x, closed ? '<' : '<=', token(low));
  return high === Number.POSITIVE_INFINITY ? below : binary(below, 'OR', binary(x, closed ? '>' : '>=', token(high)));
}

const guarded = (x: Sql, made: Sql, within: Interval, failed: Sql): Sql => caseWhen([{ when: outside(x, within), then: failed }], made);

function row({
  name,
  aliases = [],
  summary,
  count = 1,
  within,
  compute,
  duckdb,
  postgres,
  clickhouse,
  examples = [],
}: Trigonometric): ScalarRow {
  const message = `${name} has no value there`;
  return {
    kind: 'scalar',
    name,
    aliases,
    summary,
    nulls: 'propagate',
    resolve: (args) => {
      const refusal = expectArgs(
        name,
        args,
        Array.from({ length: count }, () => 'numeric' as const),
      );
      if (refusal) return refusal;
      const signature: Signature = { type: float, nullable: anyNullable(args), params: args.map(() => float) };
      if (within === undefined || proven(args[0], within)) return signature;
      const range = within.high === Number.POSITIVE_INFINITY ? `from ${within.low} on` : `between ${within.low} and ${within.high}`;
      const test = within.closed ? '>=' : '>';
      return {
        ...signature,
        mayRaise: {
          reason: `${name} has a value only ${range}`,
          hint: `guard it: CASE WHEN x ${test} ${within.low} … THEN ${name}(x) END`,
        },
      };
    },
    sql: {
      standard: (args) => call(name, ...args),
      duckdb: (args) => {
        const made = duckdb === undefined ? call(name.toLowerCase(), ...args) : duckdb(...args);
        return within === undefined ? made : guarded(args[0] as Sql, made, within, call('error', str(message)));
      },
      postgres: (args) => {
        const made = postgres === undefined ? call(name.toLowerCase(), ...args) : postgres(...args);
        return within === undefined ? made : guarded(args[0] as Sql, made, within, raise(message, cast(token('NULL'), float)));
      },
      clickhouse: (args) => {
        const made = clickhouse === undefined ? call(name.toLowerCase(), ...args) : clickhouse(...args);
        return within === undefined
          ? made
          : guarded(args[0] as Sql, made, within, clickhouseRaise(message, float, outside(args[0] as Sql, within)));
      },
    },
    evaluate: (values: readonly Value[]) => {
      const numbers = values as readonly number[];
      if (within !== undefined && !holds(numbers[0] as number, within)) throw new EvaluationError(message);
      return compute(...numbers);
    },
    examples,
  };
}

const unit: Interval = { low: -1, high: 1, closed: true };
const radians = (degrees: number): number => (degrees * Math.PI) / 180;
/** Kilometres. */
const earthRadius = 6371;

function haversine(lat1: number, lon1: number, lat2: number, lon2: number): number {
  const [a, b] = [radians(lat1), radians(lat2)];
  const chord = Math.sin((b - a) / 2) ** 2 + Math.cos(a) * Math.cos(b) * Math.sin(radians(lon2 - lon1) / 2) ** 2;
  return 2 * earthRadius * Math.asin(Math.min(1, Math.sqrt(chord)));
}

/** As lockstep_haversine. */
function clickhouseHaversine(lat1: Sql, lon1: Sql, lat2: Sql, lon2: Sql): Sql {
  const square = (x: Sql): Sql => call('pow', call('sin', binary(x, '/', token(2))), token(2));
  const [a, b] = [call('radians', lat1), call('radians', lat2)];
  const cosines = binary(call('cos', a), '*', call('cos', b));
  const chord = binary(square(binary(b, '-', a)), '+', binary(cosines, '*', square(call('radians', binary(lon2, '-', lon1)))));
  const root = call('sqrt', chord);
  const capped = caseWhen([{ when: binary(root, '>', token(1)), then: token(1) }], root);
  return binary(token(2 * earthRadius), '*', call('asin', capped));
}

const one =
  (fn: (x: number) => number): ((...values: number[]) => number) =>
  (...values) =>
    fn(values[0] as number);

const plain = (name: string, summary: string, fn: (x: number) => number, result: readonly [string, string, string] | null): ScalarRow =>
  row({
    name,
    summary,
    compute: one(fn),
    examples: result === null ? [] : [{ sql: result[0], result: result[1], source: result[2] }],
  });

export const trigonometryRows: readonly ScalarRow[] = [
  plain('SIN', 'Sine of radians.', Math.sin, ['SIN(0)', '0', 'gold:slt.numeric.sin.1']),
  plain('COS', 'Cosine of radians.', Math.cos, ['COS(0)', '1', 'gold:slt.numeric.cos.1']),
  plain('TAN', 'Tangent of radians.', Math.tan, ['TAN(0)', '0', 'gold:slt.numeric.tan.1']),
  row({
    name: 'COT',
    summary: 'Cotangent of radians; infinite at 0.',
    compute: one((x) => 1 / Math.tan(x)),
    duckdb: (x) => binary(token('1.0::DOUBLE'), '/', call('tan', x as Sql)),
    clickhouse: (x) => binary(token(1), '/', call('tan', x as Sql)),
    examples: [{ sql: 'COT(0)', result: 'Infinity', source: 'gold:slt.numeric.cot.1' }],
  }),
  row({ name: 'ASIN', summary: 'The angle with this sine, in radians.', within: unit, compute: one(Math.asin) }),
  row({ name: 'ACOS', summary: 'The angle with this cosine, in radians.', within: unit, compute: one(Math.acos) }),
  plain('ATAN', 'The angle with this tangent, in radians.', Math.atan, null),
  row({
    name: 'ATAN2',
    summary: 'The angle of the point (x, y), given y first.',
    count: 2,
    compute: (y, x) => Math.atan2(y as number, x as number),
  }),
  plain('SINH', 'Hyperbolic sine.', Math.sinh, null),
  plain('COSH', 'Hyperbolic cosine.', Math.cosh, null),
  plain('TANH', 'Hyperbolic tangent.', Math.tanh, null),
  plain('ASINH', 'Inverse hyperbolic sine.', Math.asinh, null),
  row({
    name: 'ACOSH',
    summary: 'Inverse hyperbolic cosine.',
    within: { low: 1, high: Number.POSITIVE_INFINITY, closed: true },
    compute: one(Math.acosh),
  }),
  row({ name: 'ATANH', summary: 'Inverse hyperbolic tangent.', within: { ...unit, closed: false }, compute: one(Math.atanh) }),
  plain('RADIANS', 'Degrees as radians.', radians, ['RADIANS(0)', '0', 'gold:slt.numeric.radians.1']),
  plain('DEGREES', 'Radians as degrees.', (x) => (x * 180) / Math.PI, null),
  plain('CBRT', 'Cube root.', Math.cbrt, null),
  row({
    name: 'PI',
    summary: 'The ratio of a circle to its diameter.',
    count: 0,
    compute: () => Math.PI,
  }),
  {
    ...row({
      name: 'HAVERSINE',
      summary: 'Kilometres between two points of a globe, given as latitude and longitude in degrees.',
      count: 4,
      compute: (...p) => haversine(...(p as [number, number, number, number])),
      duckdb: (...p) => call('lockstep_haversine', ...p),
      postgres: (...p) => call('lockstep_haversine', ...p),
      clickhouse: (...p) => clickhouseHaversine(...(p as [Sql, Sql, Sql, Sql])),
    }),
  },
];
