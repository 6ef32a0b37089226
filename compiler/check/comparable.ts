/** Where values are compared, VARIANTs and arrays cannot stand: engines have rules of their own for them. */
import { error } from '../diagnostics.ts';
import { isSemiStructured, type SqlType, typeName } from '../sql-type.ts';
import type { Expr } from './checked.ts';
import { type ExpressionScope, fail } from './context.ts';

export function castHint(type: SqlType): string {
  return type.kind === 'array' ? "make a text of it: ARRAY_TO_STRING(x, ',')" : 'cast it: x::VARCHAR, or TRY_CAST(x::VARCHAR AS …)';
}

export function requireComparable(expr: Expr, place: string, scope: Pick<ExpressionScope, 'session'>): void {
  if (isSemiStructured(expr.type))
    fail(
      scope.session,
      error('type-mismatch', expr.span, `${place} compares values, and this is ${typeName(expr.type)}`, castHint(expr.type)),
    );
}
