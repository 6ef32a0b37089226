/** The examples of every row, as far as they are constant calls. */
import { describe, expect, test } from 'vitest';
import { castValue } from '../../compiler/functions/casts.ts';
import type { Arg, ScalarRow } from '../../compiler/functions/define.ts';
import { findFunction, functionRows } from '../../compiler/functions/index.ts';
import { date, number, type SqlType, timestamp, varchar } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { valueText } from './print-for-test.ts';

interface Constant {
  readonly arg: Arg;
  readonly value: Value;
}

const types: Readonly<Record<string, SqlType>> = { DATE: date, TIMESTAMP_NTZ: timestamp };

function constantOf(text: string): Constant {
  const quoted = /^'((?:[^']|'')*)'(?:::(\w+))?$/.exec(text);
  if (quoted) {
    const [, raw = '', cast] = quoted;
    const value = raw.replaceAll("''", "'").replaceAll('\\\\', '\\');
    if (!cast) return { arg: { type: varchar, nullable: false, literal: value }, value };
    const type = types[cast] as SqlType;
    return { arg: { type, nullable: false }, value: castValue(value, varchar, type, false) };
  }
  const [whole = '', fraction = ''] = text.replace('-', '').split('.');
  const type = number(Math.max(1, whole.length) + fraction.length, fraction.length);
  return { arg: { type, nullable: false, literal: text, nonZero: Number(text) !== 0 }, value: castValue(text, varchar, type, false) };
}

function parse(sql: string): { fn: string; args: readonly Constant[] } {
  const binary = /^(\S+) ([-+*/%]) (\S+)$/.exec(sql);
  if (binary) return { fn: binary[2] as string, args: [constantOf(binary[1] as string), constantOf(binary[3] as string)] };
  const call = /^(\w+)\((.*)\)$/.exec(sql);
  if (!call) throw new Error(`cannot read ${sql}`);
  const args = (call[2] as string).match(/'(?:[^']|'')*'(?:::\w+)?|[^,\s]+/g) ?? [];
  return { fn: call[1] as string, args: args.map(constantOf) };
}

const scalars = functionRows.filter((row): row is ScalarRow => row.kind === 'scalar');
const cases = scalars.flatMap((row) => row.examples.map((example) => [row.name, example.sql, example.result] as const));

describe('what Snowflake printed', () => {
  test.each(cases)('%s: %s', (rowName, sql, result) => {
    const { fn, args } = parse(sql);
    const row = findFunction(fn) as ScalarRow;
    expect(row.name).toBe(rowName);
    const signature = row.resolve(args.map(({ arg }) => arg));
    if ('refused' in signature) throw new Error(signature.message);
    const target = (i: number): SqlType => signature.params?.[i] ?? (args[i] as Constant).arg.type;
    const values = args.map(({ value, arg }, i) => castValue(value, arg.type, target(i), false));
    const value = row.evaluate(values, { args: args.map(({ arg }, i) => ({ ...arg, type: target(i) })), type: signature.type });
    const text = value === null ? null : valueText(value, signature.type);
    expect(signature.type.kind === 'timestamp' ? text?.replace(' ', 'T').replace(/\.0+$/, '') : text).toBe(result);
  });

  test('names and aliases are upper case and belong to one row', () => {
    const names = functionRows.flatMap((row) => [row.name, ...(row.aliases ?? [])]);
    expect(names).toEqual(names.map((rowName) => rowName.toUpperCase()));
    expect(new Set(names).size).toBe(names.length);
  });
});
