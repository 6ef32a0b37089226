/** TO_NUMBER(x), TRY_TO_DATE(x) and their like, where they are casts by another name. */
import { counted } from '../counted.ts';
import { error } from '../diagnostics.ts';
import type { CallExpression } from '../parse/syntax.ts';
import { boolean, date, float, number, type SqlType, timeOfDay, timestamp } from '../sql-type.ts';
import type { Bound } from './bound.ts';
import { castTo } from './coerce.ts';
import { type ExpressionScope, fail } from './context.ts';
import { applyScalar } from './scalar.ts';

const ofTime: Readonly<Record<string, SqlType>> = {
  DATE: date,
  TO_DATE: date,
  TIME: timeOfDay,
  TO_TIME: timeOfDay,
  TO_TIMESTAMP: timestamp,
  TO_TIMESTAMP_NTZ: timestamp,
};
const plain: Readonly<Record<string, SqlType>> = { TO_DOUBLE: float, TO_BOOLEAN: boolean };
const numbers = new Set(['TO_NUMBER', 'TO_DECIMAL', 'TO_NUMERIC']);

/** undefined: no conversion, or one that a function row knows. */
export function bindConversion(call: CallExpression, scope: ExpressionScope): Bound | undefined {
  const tried = call.name.startsWith('TRY_TO_');
  const name = tried ? call.name.slice(4) : call.name;
  if (call.star || call.distinct || call.over !== null) return undefined;
  if (numbers.has(name)) return bindNumber(call, tried, scope);
  if (Object.hasOwn(plain, name)) return bindPlain(call, plain[name] as SqlType, tried, scope);
  return Object.hasOwn(ofTime, name) ? bindTime(call, ofTime[name] as SqlType, tried, scope) : undefined;
}

function bindPlain(call: CallExpression, type: SqlType, tried: boolean, scope: ExpressionScope): Bound {
  const [argument, ...more] = call.arguments;
  if (argument === undefined || more.length > 0)
    return fail(
      scope.session,
      error(
        'wrong-arguments',
        call.span,
        `${call.name} takes 1 argument here, not ${call.arguments.length}`,
        'formats of FLOATs are not supported',
      ),
    );
  return castTo(scope.bind(argument, scope), type, tried, call.span, scope);
}

/** Text without a format is cast, and so is what is no number; a row has the rest. */
function bindTime(call: CallExpression, type: SqlType, tried: boolean, scope: ExpressionScope): Bound | undefined {
  const [argument, format] = call.arguments;
  const detected = format?.kind === 'string' && format.value.toUpperCase() === 'AUTO';
  if (argument === undefined || call.arguments.length !== (detected ? 2 : 1)) return undefined;
  const x = scope.bind(argument, scope);
  const { kind } = x.expr.type;
  if (tried || kind === 'varchar' || kind === 'null') return castTo(x, type, tried, call.span, scope);
  if (type.kind === 'timestamp' && kind !== 'number') return castTo(x, type, false, call.span, scope);
  return applyScalar(call.name, [x], call.span, scope);
}

/** TO_NUMBER(x), (x, precision), (x, precision, scale). */
function bindNumber(call: CallExpression, tried: boolean, scope: ExpressionScope): Bound | undefined {
  const [argument, ...limits] = call.arguments;
  if (argument === undefined)
    fail(scope.session, error('wrong-arguments', call.span, `${call.name} takes ${counted(1, 'argument')} at least`));
  if (limits[0]?.kind === 'string') return undefined;
  const [precision = 38, scale = 0] = limits.map((limit) =>
    limit.kind === 'number' && /^\d{1,2}$/.test(limit.text) ? Number(limit.text) : -1,
  );
  if (limits.length > 2 || precision < 1 || precision > 38 || scale < 0 || scale > Math.min(37, precision))
    fail(scope.session, error('wrong-arguments', call.span, `${call.name} takes a constant precision and scale`, `${call.name}(x, 10, 2)`));
  const x = scope.bind(argument, scope);
  return castTo(x, number(precision, scale), tried, call.span, scope);
}
