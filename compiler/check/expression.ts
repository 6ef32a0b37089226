/** Expressions: names resolved, types inferred, implicit casts made explicit. */
import { error } from '../diagnostics.ts';
import type { Expression } from '../parse/syntax.ts';
import type { Span } from '../source.ts';
import { boolean, commonType, nullType, number, type SqlType, varchar } from '../sql-type.ts';
import { namedType } from '../type-names.ts';
import { type Bound, isNullable, noFacts } from './bound.ts';
import { strongerBound, whenTrue } from './bounds.ts';
import { bindCall } from './call.ts';
import type { Expr } from './checked.ts';
import { caseOf, castImplicitly, castTo, literal, requireBoolean } from './coerce.ts';
import { type ExpressionScope, fail } from './context.ts';
import { exprKey } from './expr-key.ts';
import { nonZeroWhenNotTrue } from './guards.ts';
import { resolveColumn } from './names.ts';
import { bindRowInQuery } from './row-in-query.ts';
import { applyScalar } from './scalar.ts';
import { bindExists, bindInQuery, bindScalarQuery } from './subquery.ts';
import { castToLength, textLength } from './text-length.ts';

export function bind(syntax: Expression, scope: ExpressionScope): Bound {
  const bound = bindPlain(syntax, scope);
  // Mostly nothing is known of any expression here, and none needs its key.
  if (scope.rolled === null && scope.lower.size === 0 && scope.nonZero.size === 0) return bound;
  const key = exprKey(bound.expr);
  if (scope.rolled?.absent.has(key) === true && scope.aggregates !== 'inside') return literal(null, bound.expr.type, syntax.span);
  const lower = strongerBound(bound.facts.lower, scope.lower.get(key));
  const nonZero = bound.facts.nonZero || scope.nonZero.has(key);
  return { ...bound, facts: { ...bound.facts, nonZero, ...(lower === undefined ? {} : { lower }) } };
}

function bindPlain(syntax: Expression, scope: ExpressionScope): Bound {
  const { span } = syntax;
  switch (syntax.kind) {
    case 'column':
      return resolveColumn(syntax.path, span, scope);
    case 'number':
      return numberLiteral(syntax.text, span, scope);
    case 'string':
      return literal(syntax.value, varchar, span);
    case 'boolean':
      return literal(syntax.value, boolean, span);
    case 'null':
      return literal(null, nullType, span);
    case 'interval':
      return fail(scope.session, error('type-mismatch', span, 'an INTERVAL can only be added to or subtracted from a time'));
    case 'unary':
      return bindUnary(syntax, scope);
    case 'binary':
      return bindBinary(syntax, scope);
    case 'is':
      return applyScalar(`IS ${syntax.negated ? 'NOT ' : ''}${syntax.test}`, [bind(syntax.argument, scope)], span, scope);
    case 'is-distinct':
      return applyScalar(
        `IS ${syntax.negated ? 'NOT ' : ''}DISTINCT FROM`,
        [bind(syntax.left, scope), bind(syntax.right, scope)],
        span,
        scope,
      );
    case 'between':
      return applyScalar(
        `${syntax.negated ? 'NOT ' : ''}BETWEEN`,
        [syntax.argument, syntax.low, syntax.high].map((e) => bind(e, scope)),
        span,
        scope,
      );
    case 'like': {
      const args = [syntax.argument, syntax.pattern, ...(syntax.escape === null ? [] : [syntax.escape])].map((e) => bind(e, scope));
      return applyScalar(`${syntax.negated ? 'NOT ' : ''}${syntax.caseSensitive ? 'LIKE' : 'ILIKE'}`, args, span, scope);
    }
    case 'in-list':
      return bindInList(syntax, scope);
    case 'in-query':
      return bindInQuery(bind(syntax.argument, scope), syntax.query, syntax.negated, span, scope);
    case 'row-in-query':
      return bindRowInQuery(
        syntax.row.map((e) => bind(e, scope)),
        syntax.query,
        syntax.negated,
        span,
        scope,
      );
    case 'exists':
      return bindExists(syntax.query, syntax.negated, span, scope);
    case 'subquery':
      return bindScalarQuery(syntax.query, span, scope);
    case 'case':
      return bindCase(syntax, scope);
    case 'cast': {
      const length = textLength(syntax);
      if (length !== undefined) return castToLength(syntax, length, bind(syntax.argument, scope), scope);
      const type = namedType(syntax.type.name, syntax.type.parameters);
      if (type === undefined) {
        const written = syntax.type.name + (syntax.type.parameters.length > 0 ? `(${syntax.type.parameters.join(', ')})` : '');
        fail(
          scope.session,
          error(
            'sql-unsupported',
            syntax.type.span,
            `not supported: a cast to ${written}`,
            'features know NUMBER, FLOAT, VARCHAR, BOOLEAN, DATE, TIME, TIMESTAMP_NTZ, TIMESTAMP_LTZ',
          ),
        );
      }
      return castTo(bind(syntax.argument, scope), type, syntax.try, span, scope);
    }
    case 'columns-of':
      return fail(
        scope.session,
        error('sql-unsupported', span, 'not supported: t.* as an argument of anything but COUNT', 'name the column'),
      );
    case 'call':
      return bindCall(syntax, scope);
  }
}

function numberLiteral(text: string, span: Span, scope: ExpressionScope): Bound {
  if (/e/i.test(text)) {
    const value = Number(text);
    if (!Number.isFinite(value)) fail(scope.session, error('type-mismatch', span, `\`${text}\` is beyond the range of FLOAT`));
    return literal(String(value), { kind: 'float' }, span);
  }
  const [whole = '', fraction = ''] = text.split('.');
  const integerDigits = whole.replace(/^0+/, '');
  const precision = Math.max(1, integerDigits.length + fraction.length);
  if (precision > 38) fail(scope.session, error('type-mismatch', span, 'a number literal has at most 38 digits'));
  return literal(
    `${integerDigits === '' ? '0' : integerDigits}${fraction === '' ? '' : `.${fraction}`}`,
    number(precision, fraction.length),
    span,
  );
}

function bindUnary(syntax: Extract<Expression, { kind: 'unary' }>, scope: ExpressionScope): Bound {
  const argument = bind(syntax.argument, scope);
  if (syntax.operator === '+') return argument;
  const { expr } = argument;
  if (
    syntax.operator === '-' &&
    expr.kind === 'literal' &&
    typeof expr.text === 'string' &&
    (expr.type.kind === 'number' || expr.type.kind === 'float')
  ) {
    const zero = /^-?[0.]*$/.test(expr.text);
    return literal(expr.text.startsWith('-') ? expr.text.slice(1) : zero ? expr.text : `-${expr.text}`, expr.type, syntax.span);
  }
  return applyScalar(syntax.operator === '-' ? 'NEGATE' : 'NOT', [argument], syntax.span, scope);
}

function bindBinary(syntax: Extract<Expression, { kind: 'binary' }>, scope: ExpressionScope): Bound {
  const { operator, span } = syntax;
  if (
    (operator === '+' || operator === '-') &&
    (syntax.right.kind === 'interval' || (operator === '+' && syntax.left.kind === 'interval'))
  ) {
    const [time, period] = syntax.right.kind === 'interval' ? [syntax.left, syntax.right] : [syntax.right, syntax.left];
    if (period.kind !== 'interval') throw new Error('unreachable');
    // Parts are added in written order: Snowflake gives 2020-03-01 for '1 day, 1 year', and 2020-02-29 the other way round.
    return period.parts.reduce<Bound>(
      (sum, part) => {
        const amount = operator === '-' ? -part.amount : part.amount;
        return dateAdd(part.unit, signed(amount, period.span), sum, span, scope);
      },
      bind(time, scope),
    );
  }
  const left = bind(syntax.left, scope);
  const right = bind(syntax.right, scope);
  if (operator === '+' && left.expr.type.kind === 'date' && right.expr.type.kind === 'number')
    return dateAdd('day', right, left, span, scope);
  if (operator === '+' && left.expr.type.kind === 'number' && right.expr.type.kind === 'date')
    return dateAdd('day', left, right, span, scope);
  if (operator === '-' && left.expr.type.kind === 'date') {
    if (right.expr.type.kind === 'number') return dateAdd('day', applyScalar('NEGATE', [right], span, scope), left, span, scope);
    if (right.expr.type.kind === 'date') return applyScalar('DATEDIFF', [literal('day', varchar, span), right, left], span, scope);
  }
  if (operator === '-' && left.expr.type.kind === 'timestamp' && right.expr.type.kind === 'timestamp') {
    fail(scope.session, error('type-mismatch', span, 'Snowflake does not subtract timestamps', "write DATEDIFF('second', earlier, later)"));
  }
  return applyScalar(operator, [left, right], span, scope);
}

function signed(amount: number, span: Span): Bound {
  const digits = String(Math.abs(amount));
  return literal(amount < 0 ? `-${digits}` : digits, number(digits.length), span);
}

function dateAdd(unit: string, amount: Bound, time: Bound, span: Span, scope: ExpressionScope): Bound {
  return applyScalar('DATEADD', [literal(unit, varchar, span), amount, time], span, scope);
}

function bindInList(syntax: Extract<Expression, { kind: 'in-list' }>, scope: ExpressionScope): Bound {
  const argument = bind(syntax.argument, scope);
  const list = syntax.list.map((item) => bind(item, scope));
  let type = argument.expr.type;
  for (const item of list) {
    // '=' knows what may be compared, and says so in one voice.
    applyScalar('=', [argument, item], item.expr.span, scope);
    type = comparedType(type, item.expr) ?? type;
  }
  const cast = (b: Bound): Expr => castImplicitly(b, type, scope).expr;
  const nullable = isNullable(argument.expr) || list.some((item) => isNullable(item.expr));
  return {
    expr: {
      kind: 'in-list',
      argument: cast(argument),
      list: list.map(cast),
      negated: syntax.negated,
      type: boolean,
      nullable,
      span: syntax.span,
    },
    facts: noFacts,
  };
}

/** A text literal beside a time is read as a time. */
function comparedType(type: SqlType, item: Expr): SqlType | undefined {
  if (['date', 'timestamp', 'time'].includes(type.kind) && item.kind === 'literal' && item.type.kind === 'varchar') return type;
  return commonType(type, item.type);
}

function bindCase(syntax: Extract<Expression, { kind: 'case' }>, scope: ExpressionScope): Bound {
  const operand = syntax.operand === null ? null : bind(syntax.operand, scope);
  const known = new Set(scope.nonZero);
  const branches: { when: Expr; then: Bound }[] = [];
  for (const branch of syntax.branches) {
    const inner = { ...scope, nonZero: known };
    const when =
      operand === null ? bind(branch.when, inner) : applyScalar('=', [operand, bind(branch.when, inner)], branch.when.span, scope);
    const condition = requireBoolean(when, 'WHEN', scope).expr;
    const then = bind(branch.then, { ...scope, ...whenTrue(condition, { ...scope, nonZero: known }) });
    branches.push({ when: condition, then });
    for (const key of nonZeroWhenNotTrue(condition)) known.add(key);
  }
  const otherwise = syntax.otherwise === null ? null : bind(syntax.otherwise, { ...scope, nonZero: known });
  return caseOf(branches, otherwise, syntax.span, scope);
}
