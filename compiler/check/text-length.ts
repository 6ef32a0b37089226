/** CAST(x AS VARCHAR(n)): text that is longer raises, and is NULL under TRY_CAST. */
import { error } from '../diagnostics.ts';
import type { Expression } from '../parse/syntax.ts';
import { nullType, number, type SqlType, varchar } from '../sql-type.ts';
import type { Bound } from './bound.ts';
import { caseOf, castImplicitly, castTo, literal } from './coerce.ts';
import { type ExpressionScope, fail } from './context.ts';
import { applyScalar } from './scalar.ts';

const names = new Set([
  'VARCHAR',
  'STRING',
  'TEXT',
  'NVARCHAR',
  'NVARCHAR2',
  'CHAR',
  'CHARACTER',
  'NCHAR',
  'CHAR VARYING',
  'NCHAR VARYING',
]);
const single = new Set(['CHAR', 'CHARACTER', 'NCHAR']);
const longest = 16_777_216;

/** undefined: no type of texts with a length. */
export function textLength({ type }: Extract<Expression, { kind: 'cast' }>): number | undefined {
  const [length, ...more] = type.parameters;
  if (!names.has(type.name) || more.length > 0) return undefined;
  return length ?? (single.has(type.name) ? 1 : undefined);
}

export function castToLength(
  syntax: Extract<Expression, { kind: 'cast' }>,
  length: number,
  argument: Bound,
  scope: ExpressionScope,
): Bound {
  const { span } = syntax;
  const text = castTo(argument, varchar, syntax.try, span, scope);
  if (length >= longest || longestText(argument.expr.type) <= length) return text;
  const { expr } = argument;
  if (expr.kind === 'literal') {
    const long = typeof expr.text === 'string' && [...expr.text].length > length;
    if (!long) return text;
    if (syntax.try) return castImplicitly(literal(null, nullType, span), varchar, scope);
    return fail(scope.session, error('type-mismatch', span, `the text has more than ${length} characters`, `LEFT(x, ${length}) cuts it`));
  }
  if (!syntax.try)
    return fail(
      scope.session,
      error(
        'sql-unsupported',
        syntax.type.span,
        `not supported: a cast to ${syntax.type.name}(${length}), which raises an error where the text is longer`,
        `LEFT(x, ${length}) cuts it, TRY_CAST gives NULL, and ::VARCHAR takes it as it is`,
      ),
    );
  const size = applyScalar('LENGTH', [text], span, scope);
  const fits = applyScalar('<=', [size, literal(String(length), number(9), span)], span, scope);
  return caseOf([{ when: fits.expr, then: text }], null, span, scope);
}

function longestText(type: SqlType): number {
  if (type.kind === 'null') return 0;
  if (type.kind === 'boolean') return 5;
  if (type.kind === 'date') return 10;
  // A sign, a point, and a zero before it.
  return type.kind === 'number' ? type.precision + 3 : longest;
}
