/** PARSE_JSON and OBJECT_CONSTRUCT of constants: a VARIANT that is known when the feature is compiled. */
import { error } from '../diagnostics.ts';
import { parseVariant, type ReadJson } from '../functions/json-reading.ts';
import type { CallExpression, Expression } from '../parse/syntax.ts';
import { variant } from '../sql-type.ts';
import type { Bound } from './bound.ts';
import { literal } from './coerce.ts';
import { type ExpressionScope, fail } from './context.ts';

export const jsonCalls: ReadonlySet<string> = new Set(['PARSE_JSON', 'TRY_PARSE_JSON', 'OBJECT_CONSTRUCT']);

/** undefined: no constant. */
export function jsonConstant(call: CallExpression, scope: ExpressionScope): Bound | undefined {
  const written = jsonText(call);
  if (written === undefined) return undefined;
  if (written === null) return literal(null, variant, call.span);
  const read = readConstant(written);
  if ('problem' in read)
    fail(
      scope.session,
      error('type-mismatch', call.span, `${call.name}: ${read.problem}`, 'write JSON by the book: {"key": [1.5, "text", true, null]}'),
    );
  return literal(read.value, variant, call.span);
}

/** A number with an exponent is a FLOAT to Snowflake, which prints it in a way of its own. */
function readConstant(text: string): ReadJson {
  const outside = text.replace(/"(?:[^"\\]|\\.)*"/g, '""');
  return /\d[eE]/.test(outside) ? { problem: 'a number with an exponent is not supported' } : parseVariant(text);
}

/** null: NULL. */
function jsonText(expression: Expression): string | null | undefined {
  switch (expression.kind) {
    case 'null':
      return null;
    case 'boolean':
      return String(expression.value);
    case 'string':
      return JSON.stringify(expression.value);
    case 'number':
      return /^\d+(\.\d+)?$/.test(expression.text) ? expression.text.replace(/^0+(?=\d)/, '') : undefined;
    case 'unary': {
      const inner = expression.operator === '-' && expression.argument.kind === 'number' ? jsonText(expression.argument) : undefined;
      return typeof inner === 'string' ? `-${inner}` : undefined;
    }
    case 'call':
      return plain(expression) ? callText(expression) : undefined;
    default:
      return undefined;
  }
}

const plain = ({ star, distinct, orderBy, nulls, over }: CallExpression): boolean =>
  !star && !distinct && orderBy.length === 0 && nulls === null && over === null;

function callText({ name, arguments: args }: CallExpression): string | null | undefined {
  const [first] = args;
  switch (name) {
    case 'PARSE_JSON':
    case 'TRY_PARSE_JSON':
      if (args.length !== 1 || first === undefined) return undefined;
      // No text at all is NULL.
      if (first.kind === 'string') return /^\s*$/.test(first.value) ? null : first.value;
      return first.kind === 'number' || first.kind === 'null' ? jsonText(first) : undefined;
    case 'ARRAY_CONSTRUCT': {
      const elements = args.map(jsonText);
      // A NULL in an array is printed as `undefined`.
      return elements.every((element) => typeof element === 'string') ? `[${elements.join(',')}]` : undefined;
    }
    case 'OBJECT_CONSTRUCT':
      return objectText(args);
    default:
      return undefined;
  }
}

/** Members without a value are left out. */
function objectText(args: readonly Expression[]): string | undefined {
  const values = args.map(jsonText);
  if (args.length % 2 !== 0 || values.includes(undefined)) return undefined;
  const members = args.flatMap((key, i) =>
    i % 2 === 1 || key.kind !== 'string' ? [] : [{ key: values[i] as string, value: values[i + 1] as string | null }],
  );
  if (members.length * 2 !== args.length) return undefined;
  return `{${members.flatMap(({ key, value }) => (value === null ? [] : [`${key}:${value}`])).join(',')}}`;
}
