/** Paths into VARIANT, and what is found there. */
import { binary, call, cast, type Sql, str, token } from '../sql/tree.ts';
import { boolean, typeName, variant } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { anyNullable, arity, refuse } from './arguments.ts';
import { clickhouseElementAt } from './clickhouse-arrays.ts';
import { clickhouseMember, isJson } from './clickhouse-json.ts';
import type { Arg, Refusal, ScalarRow, Signature } from './define.ts';
import { jsonKind, memberOf } from './json-values.ts';

export function expectVariant(fn: string, args: readonly Arg[], index = 0): Refusal | undefined {
  const type = args[index]?.type;
  if (type === undefined || type.kind === 'variant') return undefined;
  const hint = type.kind === 'varchar' ? 'declare the column as VARIANT in sources.yml: it is then read as JSON' : undefined;
  return refuse('type-mismatch', `${fn} needs a VARIANT; this is ${typeName(type)}`, hint, index);
}

/** A key, or a place counted from 0. */
function stepOf(arg: Arg | undefined): string | number | undefined {
  if (typeof arg?.literal !== 'string') return undefined;
  if (arg.type.kind === 'varchar') return arg.literal;
  return arg.type.kind === 'number' && arg.type.scale === 0 ? Number(arg.literal) : undefined;
}

function resolveGet(args: readonly Arg[]): Signature | Refusal {
  const wrong = arity('GET', args, 2);
  if (wrong) return wrong;
  const [from] = args as [Arg, Arg];
  const step = stepOf(args[1]);
  if (step === undefined) return refuse('wrong-arguments', 'a path takes constant keys and places', "v:key, v['key'], v[0]", 1);
  if (typeof step === 'number' && step < 0) return refuse('wrong-arguments', 'places are counted from 0', undefined, 1);
  if (typeof step === 'string' && /["\\\u0000-\u001f]/.test(step))
    return refuse('sql-unsupported', 'not supported: a key with a quote, a backslash or a control character', undefined, 1);
  if (from.type.kind === 'array') {
    if (typeof step !== 'number') return refuse('type-mismatch', `${typeName(from.type)} has places, not keys`, 'x[0]', 1);
    return { type: { kind: 'element', of: from.type.of }, nullable: true };
  }
  return expectVariant('a path', args) ?? { type: variant, nullable: true };
}

const isArray = (args: readonly Arg[]): boolean => args[0]?.type.kind === 'array';

function snowflakeGet(from: Sql, step: string | number, array: boolean): Sql {
  if (array) return call('GET', from, token(step));
  const part = typeof step === 'number' ? `[${step}]` : /^[A-Za-z_][A-Za-z0-9_]*$/.test(step) ? step : `["${step}"]`;
  const [inner, path] = from.kind === 'call' && from.name === 'GET_PATH' ? from.args : [];
  if (inner === undefined || path?.kind !== 'string') return call('GET_PATH', from, str(part));
  return call('GET_PATH', inner, str(`${path.value}${part.startsWith('[') ? '' : '.'}${part}`));
}

function duckdbGet(from: Sql, step: string | number, array: boolean): Sql {
  if (array) return call('list_extract', from, token(Number(step) + 1));
  const part = typeof step === 'number' ? `[${step}]` : `."${step}"`;
  const [inner, path] = from.kind === 'call' && from.name === 'json_extract' ? from.args : [];
  if (inner === undefined || path?.kind !== 'string') return call('json_extract', from, str(`$${part}`));
  return call('json_extract', inner, str(path.value + part));
}

function postgresGet(from: Sql, step: string | number, array: boolean): Sql {
  if (array) return call('lockstep_element', from, token(Number(step) + 1));
  return binary(from, '->', typeof step === 'number' ? token(step) : str(step));
}

const step = (args: readonly Arg[]): string | number => stepOf(args[1]) ?? '';

const get: ScalarRow = {
  kind: 'scalar',
  name: 'GET',
  summary: 'What a key of an object or a place in an array leads to: v:key, v[0]. NULL where there is nothing; JSON null is a VARIANT.',
  nulls: 'propagate',
  resolve: resolveGet,
  sql: {
    standard: ([from], { args }) => snowflakeGet(from as Sql, step(args), isArray(args)),
    duckdb: ([from], { args }) => duckdbGet(from as Sql, step(args), isArray(args)),
    postgres: ([from], { args }) => postgresGet(from as Sql, step(args), isArray(args)),
    clickhouse: ([from], { args }) =>
      isArray(args) ? clickhouseElementAt(from as Sql, Number(step(args))) : clickhouseMember(from as Sql, step(args)),
  },
  evaluate: ([from], { args }) => {
    const key = step(args);
    return isArray(args) ? ((from as readonly Value[])[Number(key)] ?? null) : memberOf(from as Value, key);
  },
  examples: [],
};

/** VARIANT as text, on each engine. */
export function variantText(engine: 'duckdb' | 'postgres' | 'snowflake', x: Sql): Sql {
  if (engine === 'snowflake') return cast(x, { kind: 'varchar' });
  if (engine === 'postgres')
    return x.kind === 'binary' && x.operator === '->' ? binary(x.left, '->>', x.right) : binary(x, '#>>', str('{}'));
  const [inner, path] = x.kind === 'call' && x.name === 'json_extract' ? x.args : [x, str('$')];
  return call('json_extract_string', inner as Sql, path as Sql);
}

function isKind(
  name: string,
  kind: Exclude<ReturnType<typeof jsonKind>, 'number'>,
  duckdb: string,
  postgres: string,
  what: string,
): ScalarRow {
  return {
    kind: 'scalar',
    name,
    ...(name === 'IS_VARCHAR' ? { aliases: ['IS_CHAR'] } : {}),
    summary: `Whether a VARIANT is ${what}.`,
    nulls: 'propagate',
    resolve: (args) => arity(name, args, 1) ?? expectVariant(name, args) ?? { type: boolean, nullable: anyNullable(args) },
    sql: {
      standard: ([x]) => call(name, x as Sql),
      duckdb: ([x]) => binary(call('json_type', x as Sql), '=', str(duckdb)),
      postgres: ([x]) => binary(call('json_typeof', x as Sql), '=', str(postgres)),
      clickhouse: ([x]) => isJson(x as Sql, kind),
    },
    evaluate: ([x]) => jsonKind(x as Value) === kind,
    examples: [],
  };
}

export const jsonRows: readonly ScalarRow[] = [
  get,
  isKind('IS_NULL_VALUE', 'null', 'NULL', 'null', 'a JSON null'),
  isKind('IS_ARRAY', 'array', 'ARRAY', 'array', 'an array'),
  isKind('IS_OBJECT', 'object', 'OBJECT', 'object', 'an object'),
  isKind('IS_VARCHAR', 'string', 'VARCHAR', 'string', 'a text'),
  isKind('IS_BOOLEAN', 'boolean', 'BOOLEAN', 'boolean', 'TRUE or FALSE'),
];
