/** Types brought together: literals, casts that Snowflake makes by itself, CASE, and what a FLOAT aggregate must not feed. */
import { type Diagnostic, error } from '../diagnostics.ts';
import { timeConstant } from '../functions/auto-time.ts';
import { resolveCast } from '../functions/casts.ts';
import { isPlainTime } from '../functions/iso-time.ts';
import type { Span } from '../source.ts';
import { boolean, commonType, isSemiStructured, nullType, type SqlType, sameType, typeName, varchar } from '../sql-type.ts';
import { type Bound, isNullable, noFacts } from './bound.ts';
import type { Expr } from './checked.ts';
import { demand, type ExpressionScope, fail } from './context.ts';

export function literal(text: string | boolean | null, type: SqlType, span: Span): Bound {
  const zero = type.kind === 'number' && typeof text === 'string' && /^-?[0.]*$/.test(text);
  const digits = type.kind === 'number' ? Math.max(0, type.precision - type.scale) : undefined;
  return {
    expr: { kind: 'literal', text, type, span },
    facts: {
      ...noFacts,
      ...(typeof text === 'string' && (type.kind === 'number' || type.kind === 'float')
        ? { lower: { value: Number(text), strict: false } }
        : {}),
      nonZero: (type.kind === 'number' && !zero) || (type.kind === 'float' && Number(text) !== 0),
      ...(digits === undefined ? {} : { digits }),
    },
  };
}

export function caseOf(
  branches: readonly { readonly when: Expr; readonly then: Bound }[],
  otherwise: Bound | null,
  span: Span,
  scope: ExpressionScope,
): Bound {
  const results = [...branches.map((b) => b.then), ...(otherwise === null ? [] : [otherwise])];
  let type: SqlType = nullType;
  for (const { expr } of results) {
    const common = commonType(type, expr.type);
    if (common === undefined)
      fail(
        scope.session,
        error(
          'type-mismatch',
          expr.span,
          `the branches of one CASE are ${typeName(type)} and ${typeName(expr.type)}`,
          'cast them to one type',
        ),
      );
    type = common;
  }
  const cast = (b: Bound): Expr => castImplicitly(b, type, scope).expr;
  const digits = results.every((r) => r.facts.digits !== undefined) ? Math.max(...results.map((r) => r.facts.digits ?? 0)) : undefined;
  return {
    expr: {
      kind: 'case',
      branches: branches.map((b) => ({ when: b.when, then: cast(b.then) })),
      otherwise: otherwise === null ? null : cast(otherwise),
      type,
      nullable: otherwise === null || results.some((r) => isNullable(r.expr)),
      span,
    },
    facts: {
      // A missing ELSE gives NULL, which is not zero.
      nonZero: results.every((r) => r.facts.nonZero || (r.expr.kind === 'literal' && r.expr.text === null)),
      tainted: results.some((r) => r.facts.tainted),
      approximate: results.some((r) => r.facts.approximate),
      ...(digits === undefined ? {} : { digits }),
    },
  };
}

export function requireBoolean(bound: Bound, place: string, scope: ExpressionScope): Bound {
  const { type } = bound.expr;
  if (type.kind === 'boolean') return bound;
  if (type.kind === 'null') return castImplicitly(bound, boolean, scope);
  return fail(
    scope.session,
    error(
      'type-mismatch',
      bound.expr.span,
      `${place} needs a BOOLEAN, and this is ${typeName(type)}`,
      type.kind === 'number' ? 'compare it: … <> 0' : undefined,
    ),
  );
}

/** A cast that Snowflake makes by itself, without loss. */
export function castImplicitly(bound: Bound, type: SqlType, scope: ExpressionScope): Bound {
  if (sameType(bound.expr.type, type)) return bound;
  if (bound.expr.kind === 'literal' && bound.expr.text === null) return { expr: { ...bound.expr, type }, facts: bound.facts };
  return castTo(bound, type, false, bound.expr.span, scope);
}

export function castTo(bound: Bound, to: SqlType, tried: boolean, span: Span, scope: ExpressionScope): Bound {
  const { expr, facts } = bound;
  // What is put into a VARIANT is still known.
  const type: SqlType =
    to.kind === 'variant' && !isSemiStructured(expr.type) && expr.type.kind !== 'null' ? { kind: 'element', of: expr.type } : to;
  if (expr.kind === 'literal' && expr.text === null) return { expr: { ...expr, type }, facts };
  const constant = timeWritten(bound, type, tried);
  if (constant !== undefined) return castTo(constant, type, tried, span, scope);
  const rule = resolveCast(expr.type, type, tried, expr.kind === 'literal' ? expr.text : undefined);
  if ('refused' in rule) fail(scope.session, error(rule.refused, span, rule.message, rule.hint));
  if (rule.mayRaise !== undefined) demand(scope.session, error('may-raise', span, rule.mayRaise.reason, rule.mayRaise.hint));
  if (facts.tainted && type.kind !== 'float') sayTainted('an exact cast', span, scope);
  // Rounding can make zero of 0.4.
  const keepsValue = expr.type.kind === 'number' && (type.kind === 'float' || (type.kind === 'number' && type.scale >= expr.type.scale));
  return {
    expr: { kind: 'cast', argument: expr, try: tried, type, nullable: isNullable(expr) || rule.nullable, span },
    facts: {
      ...noFacts,
      nonZero: facts.nonZero && keepsValue,
      tainted: facts.tainted && type.kind === 'float',
      approximate: facts.approximate,
      ...(facts.lower !== undefined && keepsValue ? { lower: facts.lower } : {}),
      ...(facts.digits === undefined || type.kind !== 'number' ? {} : { digits: facts.digits + 1 }),
    },
  };
}

/** Text of a time that engines do not read alike, in the form that all of them read. */
function timeWritten({ expr, facts }: Bound, type: SqlType, tried: boolean): Bound | undefined {
  if (expr.kind !== 'literal' || expr.type.kind !== 'varchar' || typeof expr.text !== 'string') return undefined;
  if (type.kind !== 'date' && type.kind !== 'time' && !(type.kind === 'timestamp' && type.zone === 'ntz')) return undefined;
  if (isPlainTime(expr.text, type)) return undefined;
  const text = timeConstant(expr.text, type);
  return text === undefined || (text === null && !tried) ? undefined : { expr: { ...expr, text }, facts };
}

/** Said, and gone on from: the author may have waived it. */
export function sayTainted(use: string, span: Span, scope: ExpressionScope): void {
  const said = ({ code, span: at }: Diagnostic): boolean => code === 'float-taint' && at.start === span.start && at.end === span.end;
  if (scope.session.diagnostics.some(said)) return;
  scope.session.diagnostics.push(
    error(
      'float-taint',
      span,
      `a FLOAT aggregate feeds ${use}: its last bits depend on the order of additions, so two engines may decide differently`,
      'declare the column as NUMBER(38,s), or cast each value before aggregating: SUM(x::NUMBER(38,6))',
    ),
  );
}

/** Numbers and truth values become text by themselves where texts are joined. */
export function textIn(bound: Bound, scope: ExpressionScope): Bound {
  const { kind } = bound.expr.type;
  return kind === 'number' || kind === 'boolean' ? castTo(bound, varchar, false, bound.expr.span, scope) : bound;
}
