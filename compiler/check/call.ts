/** Function calls: special forms, date parts, and the three kinds of row. */
import { counted } from '../counted.ts';
import { error, note } from '../diagnostics.ts';
import { datePart } from '../functions/date-part.ts';
import { findFunction } from '../functions/index.ts';
import type { CallExpression, Expression } from '../parse/syntax.ts';
import { date, timestamp, varchar } from '../sql-type.ts';
import { bindAggregate } from './aggregate.ts';
import { type Bound, noFacts } from './bound.ts';
import { whenTrue } from './bounds.ts';
import { caseOf, castTo, literal, requireBoolean } from './coerce.ts';
import { type ExpressionScope, fail } from './context.ts';
import { bindConversion } from './conversion.ts';
import { nonZeroWhenNotTrue } from './guards.ts';
import { jsonCalls, jsonConstant } from './json-constant.ts';
import { refusedCall } from './refused-functions.ts';
import { bindGrouping } from './rolled-keys.ts';
import { applyScalar, scalarRow } from './scalar.ts';
import { bindWindow } from './window.ts';

/** At which argument a call takes a unit of time. */
const unitArgument: Readonly<Record<string, number>> = {
  DATEADD: 0,
  TIMEADD: 0,
  TIMESTAMPADD: 0,
  DATEDIFF: 0,
  TIMEDIFF: 0,
  TIMESTAMPDIFF: 0,
  DATE_TRUNC: 0,
  DATE_PART: 0,
  TIME_SLICE: 2,
  LAST_DAY: 1,
  EXTRACT: 0,
};

const instants = new Set(['CURRENT_TIMESTAMP', 'SYSDATE', 'GETDATE', 'LOCALTIMESTAMP', 'SYSTIMESTAMP']);

export function bindCall(written: CallExpression, scope: ExpressionScope): Bound {
  const call = percentiles.has(written.name) ? percentile(written, scope) : written;
  const special = bindSpecial(call, scope);
  if (special !== undefined) return special;
  const refused = refusedCall(call);
  if (refused !== undefined) fail(scope.session, refused);
  const row = findFunction(call.name);
  if (call.over !== null) return bindWindow(call, call.over, scope);
  if (row?.kind === 'aggregate') return bindAggregate(call, row, scope);
  if (row?.kind === 'window') fail(scope.session, error('aggregate-misplaced', call.span, `${row.name} needs OVER (…)`));
  if (call.star || call.distinct || call.orderBy.length > 0 || call.nulls !== null) {
    scalarRow(call.name, call.span, scope);
    const what = call.star ? '*' : call.distinct ? 'DISTINCT' : call.nulls === null ? 'ORDER BY' : `${call.nulls.toUpperCase()} NULLS`;
    fail(scope.session, error('wrong-arguments', call.span, `${call.name} is computed row by row: it takes no ${what}`));
  }
  const unit = unitArgument[call.name];
  const args = call.arguments.map((arg, i) => (i === unit ? bindUnit(call.name, arg, scope) : scope.bind(arg, scope)));
  return applyScalar(call.name, patterned.has(call.name) ? args.map(joinedText) : args, call.span, scope);
}

const patterned = new Set(['REGEXP_LIKE', 'RLIKE', 'REGEXP', 'REGEXP_SUBSTR', 'REGEXP_COUNT', 'REGEXP_INSTR', 'REGEXP_REPLACE']);

/** 'a' || 'b' is the constant 'ab'. */
function joinedText(bound: Bound): Bound {
  const text = constantText(bound.expr);
  return text === undefined || bound.expr.kind === 'literal' ? bound : literal(text, varchar, bound.expr.span);
}

function constantText(expr: Bound['expr']): string | undefined {
  if (expr.kind === 'literal') return expr.type.kind === 'varchar' && typeof expr.text === 'string' ? expr.text : undefined;
  if (expr.kind !== 'call' || expr.fn !== '||') return undefined;
  const parts = expr.args.map(constantText);
  return parts.every((part) => part !== undefined) ? parts.join('') : undefined;
}

const percentiles = new Set(['PERCENTILE_CONT', 'PERCENTILE_DISC']);

/** PERCENTILE_CONT(p) WITHIN GROUP (ORDER BY x) as its row takes it: the values, p, whether x goes down. */
function percentile(call: CallExpression, scope: ExpressionScope): CallExpression {
  const [p, more] = call.arguments;
  const [key, another] = call.orderBy;
  if (p === undefined || more !== undefined || key === undefined || another !== undefined || key.nulls !== null || call.distinct)
    fail(
      scope.session,
      error('wrong-arguments', call.span, `${call.name} is written otherwise`, `${call.name}(0.9) WITHIN GROUP (ORDER BY x)`),
    );
  const down: Expression = { kind: 'boolean', value: key.descending, span: call.span };
  return { ...call, arguments: [key.expression, p, down], orderBy: [] };
}

/** `day`, 'DAYS' and dd are one unit; DATE_PART knows more names than the others. */
function bindUnit(fn: string, syntax: Expression, scope: ExpressionScope): Bound {
  const written =
    syntax.kind === 'string'
      ? syntax.value
      : syntax.kind === 'column' && syntax.path.length === 1
        ? (syntax.path[0]?.name ?? '')
        : undefined;
  if (written === undefined)
    fail(scope.session, error('wrong-arguments', syntax.span, `${fn} takes a unit of time here, such as hour or 'hour'`));
  return literal(datePart(written) ?? written.toLowerCase(), varchar, syntax.span);
}

function bindSpecial(call: CallExpression, scope: ExpressionScope): Bound | undefined {
  const { span, name } = call;
  const count = (n: number): void => {
    if (call.arguments.length !== n)
      fail(scope.session, error('wrong-arguments', span, `${name} takes ${counted(n, 'argument')}, not ${call.arguments.length}`));
  };
  const asOf: Bound = { expr: { kind: 'as-of', type: timestamp, span }, facts: noFacts };
  if (name === 'AS_OF') {
    count(0);
    return asOf;
  }
  if (name === 'GROUPING' || name === 'GROUPING_ID') return bindGrouping(call, scope);
  if (instants.has(name)) {
    scope.session.diagnostics.push(
      note(
        'current-time',
        span,
        `${name} means as_of(): the instant of evaluation, in UTC; a Snowflake worksheet is in Los Angeles by default`,
        'write as_of()',
      ),
    );
    return asOf;
  }
  if (name === 'CURRENT_DATE') {
    scope.session.diagnostics.push(
      note(
        'current-time',
        span,
        'CURRENT_DATE means the UTC date of as_of(); a Snowflake worksheet is in Los Angeles by default',
        'write as_of()::DATE',
      ),
    );
    return castTo(asOf, date, false, span, scope);
  }
  if (name === 'IFF' || name === 'NVL2') {
    count(3);
    const [first, second, third] = call.arguments as [Expression, Expression, Expression];
    const tested = scope.bind(first, scope);
    const when = name === 'IFF' ? requireBoolean(tested, 'IFF', scope) : applyScalar('IS NOT NULL', [tested], first.span, scope);
    const then = scope.bind(second, { ...scope, ...whenTrue(when.expr, scope) });
    const otherwise = scope.bind(third, { ...scope, nonZero: new Set([...scope.nonZero, ...nonZeroWhenNotTrue(when.expr)]) });
    return caseOf([{ when: when.expr, then }], otherwise, span, scope);
  }
  if (jsonCalls.has(name)) return jsonConstant(call, scope);
  if (name === 'DECODE') return bindDecode(call, scope);
  return bindConversion(call, scope) ?? bindTruncation(call, scope);
}

/** TRUNC of a time is DATE_TRUNC, with its arguments the other way round. */
function bindTruncation(call: CallExpression, scope: ExpressionScope): Bound | undefined {
  const [first, second] = call.arguments;
  if ((call.name !== 'TRUNC' && call.name !== 'TRUNCATE') || first === undefined || second === undefined || call.arguments.length > 2)
    return undefined;
  const time = scope.bind(first, scope);
  if (!['date', 'timestamp', 'time'].includes(time.expr.type.kind))
    return applyScalar(call.name, [time, scope.bind(second, scope)], call.span, scope);
  return applyScalar('DATE_TRUNC', [bindUnit(call.name, second, scope), time], call.span, scope);
}

function bindDecode(call: CallExpression, scope: ExpressionScope): Bound {
  const [tested, ...rest] = call.arguments.map((arg) => scope.bind(arg, scope));
  if (tested === undefined || rest.length < 2)
    fail(
      scope.session,
      error('wrong-arguments', call.span, 'DECODE takes a value, then pairs of search and result, then perhaps a default'),
    );
  const branches: { when: Bound['expr']; then: Bound }[] = [];
  let i = 0;
  for (; i + 1 < rest.length; i += 2) {
    branches.push({
      when: applyScalar('IS NOT DISTINCT FROM', [tested, rest[i] as Bound], call.span, scope).expr,
      then: rest[i + 1] as Bound,
    });
  }
  return caseOf(branches, rest[i] ?? null, call.span, scope);
}
