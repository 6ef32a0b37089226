import { beforeAll, describe, expect, test } from 'vitest';
import { castSql, castValue } from '../../compiler/functions/casts.ts';
import { compareValues } from '../../compiler/functions/compare-values.ts';
import { absolute, pow10 } from '../../compiler/functions/decimal.ts';
import type { Arg, CallTypes, ScalarRow, Signature } from '../../compiler/functions/define.ts';
import { hasSql, NotOnEngine, sqlFor } from '../../compiler/functions/engine-sql.ts';
import { EvaluationError } from '../../compiler/functions/evaluation-error.ts';
import { functionRows } from '../../compiler/functions/index.ts';
import { type Engine, name, type Sql } from '../../compiler/sql/tree.ts';
import { type SqlType, sameType } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { literalSql, type TestEngine, testEngines } from './engines.ts';
import { constant, print, valueText } from './print-for-test.ts';
import { pick, type Random, randomValue, seeded } from './random-values.ts';
import { type Draw, shapes } from './scalar-shapes.ts';

const signatures = 30;
const rowsPerSignature = 100;
const scalars = functionRows.filter((row) => row.kind === 'scalar');
const approximate = new Set(
  'EXP LN LOG POWER SIN COS TAN COT ASIN ACOS ATAN ATAN2 SINH COSH TANH ASINH ACOSH ATANH RADIANS DEGREES CBRT HAVERSINE'.split(' '),
);

type Ask = Awaited<ReturnType<TestEngine['open']>>['rows'];

interface Case {
  readonly args: readonly Arg[];
  readonly draws: readonly Draw[];
  readonly signature: Signature;
  readonly small: boolean;
}

function drawCase(row: ScalarRow, random: Random): Case {
  const draws = (shapes[row.name] as (random: Random) => readonly Draw[])(random);
  const small = random() < 0.4;
  const nullable = random() < 0.7;
  const args = draws.map((draw): Arg => {
    if ('literal' in draw) return { type: draw.type, nullable: false, literal: draw.literal };
    return {
      type: draw.type,
      nullable: nullable && draw.required !== true,
      ...(small && !draw.among && draw.type.kind === 'number' ? { digits: 3 } : {}),
    };
  });
  const signature = row.resolve(args);
  if ('refused' in signature) throw new Error(`${row.name} refuses ${JSON.stringify(args)}: ${signature.message}`);
  return { args, draws, signature, small };
}

function drawValue(draw: Draw, arg: Arg, random: Random, small: boolean): Value {
  if ('literal' in draw) return castValue(draw.literal, { kind: 'varchar' }, draw.type, false);
  const value = draw.among
    ? random() < 0.05
      ? null
      : pick(random, draw.among)
    : randomValue(random, draw.type, small && draw.type.kind === 'number' && draw.type.precision - draw.type.scale > 3);
  if (small && arg.digits === 3 && draw.type.kind === 'number' && value !== null && absolute(value as bigint) >= pow10(3 + draw.type.scale))
    return 0n;
  return value === null && !arg.nullable ? drawValue(draw, arg, random, small) : value;
}

/** What the checker does between resolve and evaluate: the implicit casts. */
function prepare(
  { args, signature }: Case,
  engine: Engine,
): {
  types: CallTypes;
  toValue: (values: readonly Value[]) => Value[];
  toSql: (sql: readonly Sql[]) => Sql[];
} {
  const target = (i: number): SqlType => signature.params?.[i] ?? (args[i] as Arg).type;
  const castArgs = args.map((arg, i): Arg => (sameType(arg.type, target(i)) ? arg : { ...arg, type: target(i) }));
  return {
    types: { args: castArgs, type: signature.type },
    toValue: (values) => values.map((value, i) => castValue(value, (args[i] as Arg).type, target(i), false)),
    toSql: (sql) => sql.map((arg, i) => castSql(engine, arg, (args[i] as Arg).type, target(i), false)),
  };
}

function evaluate(row: ScalarRow, values: readonly Value[], types: CallTypes): Value {
  return row.nulls === 'propagate' && values.includes(null) ? null : row.evaluate(values, types);
}

function equal(expected: Value, got: string | null, type: SqlType, loose: boolean): boolean {
  if (expected === null || got === null) return expected === got;
  if (type.kind !== 'float') return valueText(expected, type) === got;
  const [a, b] = [expected as number, Number(got)];
  return compareValues(a, b) === 0 || (loose && Math.abs(a - b) <= 1e-13 * Math.abs(a));
}

function ifThere<T>(build: () => T): T | undefined {
  try {
    return build();
  } catch (thrown) {
    if (thrown instanceof NotOnEngine) return undefined;
    throw thrown;
  }
}

async function check(row: ScalarRow, seed: number, engine: TestEngine, ask: Ask): Promise<{ compared: number; raised: number }> {
  const random = seeded(seed);
  const drawn = drawCase(row, random);
  const { types, toValue, toSql } = prepare(drawn, engine.name);
  const samples: { values: readonly Value[]; expected: Value }[] = [];
  const holds = engine.holds ?? (() => true);
  for (let i = 0; i < rowsPerSignature; i++) {
    const values = drawn.draws.map((draw, j) => drawValue(draw, drawn.args[j] as Arg, random, drawn.small));
    try {
      const expected = evaluate(row, toValue(values), types);
      const held = values.every((value, j) => holds(value, (drawn.draws[j] as Draw).type)) && holds(expected, types.type);
      if (held) samples.push({ values, expected });
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
    }
  }
  const columns = drawn.draws.map((draw, i): Sql => ('literal' in draw ? literalSql(engine, draw.literal, draw.type) : name(`c${i}`)));
  const built = ifThere(() => sqlFor(row, row.sql, engine.name)(toSql(columns), types));
  // Refused there for these arguments: nothing to compare.
  if (built === undefined) return { compared: 0, raised: 0 };
  const expression = print(built, engine.name);
  const line = (sample: { values: readonly Value[] }, i: number): string =>
    `(${[i, ...drawn.draws.map((draw, j) => constant(sample.values[j] as Value, draw.type, engine.name))].join(', ')})`;
  const query = (lines: readonly string[]): string =>
    `SELECT ${engine.asText(expression, types.type)} FROM (VALUES ${lines.join(', ')}) t(${['i', ...drawn.draws.map((_, i) => `c${i}`)].join(', ')}) ORDER BY i`;
  const lines = ifThere(() => samples.map(line));
  // Nor has it values of a type that it lacks.
  if (lines === undefined) return { compared: 0, raised: 0 };
  const wide = drawn.args.some((arg) => arg.type.kind === 'number' && arg.type.precision > 18);
  let got: (string | null | undefined)[];
  try {
    got = lines.length === 0 ? [] : (await ask(query(lines))).map(([cell]) => cell ?? null);
  } catch (error) {
    if (!wide) throw new Error(`${row.name}: ${query(lines.slice(0, 3))}: ${(error as Error).message}`);
    // Intermediate results may need more than 38 digits; an error is allowed there, a wrong value is not.
    got = await Promise.all(
      lines.map(async (one) =>
        ask(query([one])).then(
          ([cells]) => cells?.[0] ?? null,
          () => undefined,
        ),
      ),
    );
  }
  for (const [i, { values, expected }] of samples.entries()) {
    const cell = got[i];
    if (cell === undefined) continue;
    const context = `${row.name}(${values.map((v, j) => (v === null ? 'NULL' : valueText(v, (drawn.draws[j] as Draw).type))).join(' | ')}) as ${JSON.stringify(types)}\n${expression}`;
    expect(
      equal(expected, cell, types.type, approximate.has(row.name)),
      `${context}\nmeaning ${expected === null ? null : valueText(expected, types.type)}, ${engine.name} ${cell}`,
    ).toBe(true);
    if (expected === null) expect(drawn.signature.nullable, `${context} is said never to be NULL`).toBe(true);
    if (drawn.signature.digits !== undefined && expected !== null && types.type.kind === 'number') {
      expect(
        absolute(expected as bigint) < pow10(drawn.signature.digits + types.type.scale),
        `${context} is said to have ${drawn.signature.digits} digits`,
      ).toBe(true);
    }
  }
  return { compared: samples.length, raised: got.filter((cell) => cell === undefined).length };
}

describe.each(testEngines)('scalar rows mean in $name what they mean in Snowflake', (engine) => {
  let ask: Ask;
  beforeAll(async () => {
    ask = (await engine.open()).rows;
  }, 60_000);

  test.each(scalars.filter((row) => hasSql(row.sql, engine.name)).map((row) => row.name))(
    '%s',
    async (rowName) => {
      const row = scalars.find((candidate) => candidate.name === rowName) as ScalarRow;
      expect(shapes[row.name], 'arguments to try it with').toBeDefined();
      let compared = 0;
      let raised = 0;
      for (let i = 0; i < signatures; i++) {
        const outcome = await check(row, 1000 * i + row.name.length, engine, ask);
        compared += outcome.compared;
        raised += outcome.raised;
      }
      expect(compared - raised).toBeGreaterThan(signatures * rowsPerSignature * 0.2);
    },
    60_000,
  );
});
