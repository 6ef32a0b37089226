/** Expressions as closures over a row or a group. */
import type { CheckedQuery, Expr } from '../../compiler/check/checked.ts';
import { castValue } from '../../compiler/functions/casts.ts';
import { compareValues } from '../../compiler/functions/compare-values.ts';
import type { CallTypes } from '../../compiler/functions/define.ts';
import { findFunction } from '../../compiler/functions/index.ts';
import type { Value } from '../../compiler/value.ts';
import { compileAggregate } from './aggregates.ts';
import { argOf } from './args.ts';
import { InternalError } from './internal-error.ts';
import { literalValue } from './literals.ts';
import type { Eval, Rows, Run, Unit } from './run.ts';
import { readsAround, type Scope, sameExpr } from './scope.ts';

export function compile(expr: Expr, scope: Scope): Eval {
  const key = scope.groupBy?.findIndex((candidate) => sameExpr(candidate, expr)) ?? -1;
  if (key >= 0) return ({ group }) => group?.keys[key] as Value;
  switch (expr.kind) {
    case 'literal': {
      const value = literalValue(expr);
      return () => value;
    }
    case 'as-of':
      return (_, run) => run.sight.asOf;
    case 'column':
      return compileColumn(expr, scope);
    case 'call':
      return compileCall(expr, scope);
    case 'case':
      return compileCase(expr, scope);
    case 'cast': {
      const argument = compile(expr.argument, scope);
      const cast = scope.program.meanings.cast(castValue);
      return (unit, run) => cast(argument(unit, run), expr.argument.type, expr.type, expr.try);
    }
    case 'aggregate':
      return compileAggregate(expr, scope, compile);
    case 'window': {
      const index = scope.windows.push(expr) - 1;
      return ({ windows }) => windows[index] as Value;
    }
    case 'in-list': {
      const argument = compile(expr.argument, scope);
      const list = expr.list.map((item) => compile(item, scope));
      return (unit, run) =>
        isIn(
          argument(unit, run),
          list.map((item) => item(unit, run)),
          expr.negated,
        );
    }
    case 'in-query': {
      const argument = compile(expr.argument, scope);
      const rows = rowsFor(expr.query, scope);
      return (unit, run) =>
        isIn(
          argument(unit, run),
          rows(unit, run).map(([value]) => value as Value),
          expr.negated,
        );
    }
    case 'exists': {
      const rows = rowsFor(expr.query, scope);
      return (unit, run) => rows(unit, run).length > 0 !== expr.negated;
    }
    case 'subquery': {
      const rows = rowsFor(expr.query, scope);
      return (unit, run) => {
        const found = rows(unit, run);
        if (found.length > 1) throw new InternalError('a scalar subquery returned several rows');
        return found[0]?.[0] ?? null;
      };
    }
  }
}

function compileColumn(expr: Expr & { kind: 'column' }, scope: Scope): Eval {
  const relation = scope.relations.findIndex(({ id }) => id === expr.relation);
  const column = scope.relations[relation]?.columns.indexOf(expr.name) ?? -1;
  if (column < 0) return compileOuterColumn(expr, scope);
  if (scope.groupBy !== null) throw new InternalError(`${expr.name} is neither grouped nor aggregated`);
  return ({ row }) => row?.[relation]?.[column] ?? null;
}

function compileOuterColumn(expr: Expr & { kind: 'column' }, { program }: Scope): Eval {
  for (const [level, { relations }] of program.around.entries()) {
    const relation = relations.findIndex(({ id }) => id === expr.relation);
    const column = relations[relation]?.columns.indexOf(expr.name) ?? -1;
    if (column >= 0) return (_, { around }) => around[level]?.row?.[relation]?.[column] ?? null;
  }
  throw new InternalError(`no column ${expr.name} of ${expr.relation} in scope`);
}

/** Rows of a query for one row of the select around it. */
function rowsFor(query: CheckedQuery, scope: Scope): (unit: Unit, run: Run) => Rows {
  if (!readsAround(query)) {
    const rows = scope.program.rowsOf(query);
    return (_, run) => rows(run);
  }
  const rows = scope.program.rowsWithin(query, [{ ...scope, groupBy: null }, ...scope.program.around]);
  return (unit, run) => rows({ ...run, around: [unit, ...run.around] });
}

function compileCall(expr: Expr & { kind: 'call' }, scope: Scope): Eval {
  const row = findFunction(expr.fn);
  if (row?.kind !== 'scalar') throw new InternalError(`${expr.fn} is no scalar function`);
  const args = expr.args.map((arg) => compile(arg, scope));
  const types: CallTypes = { args: expr.args.map(argOf), type: expr.type };
  const propagate = row.nulls === 'propagate';
  const evaluate = scope.program.meanings.scalars.get(row.name)?.(row.evaluate) ?? row.evaluate;
  // Snowflake promises no order; Lockstep refuses what raises, so skipping the rest is only quicker.
  if (row.name === 'AND' || row.name === 'OR') {
    const [left, right] = args as [Eval, Eval];
    const decisive = row.name === 'OR';
    return (unit, run) => {
      const first = left(unit, run);
      return first === decisive ? decisive : row.evaluate([first, right(unit, run)], types);
    };
  }
  return (unit, run) => {
    const values: Value[] = [];
    for (const arg of args) {
      const value = arg(unit, run);
      if (value === null && propagate) return null;
      values.push(value);
    }
    return evaluate(values, types);
  };
}

function compileCase(expr: Expr & { kind: 'case' }, scope: Scope): Eval {
  const branches = expr.branches.map(({ when, then }) => ({ when: compile(when, scope), then: compile(then, scope) }));
  const otherwise = expr.otherwise ? compile(expr.otherwise, scope) : () => null;
  return (unit, run) => (branches.find(({ when }) => when(unit, run) === true)?.then ?? otherwise)(unit, run);
}

/** Three-valued: an unknown item makes "not found" unknown. */
function isIn(value: Value, items: readonly Value[], negated: boolean): Value {
  if (items.length === 0) return negated;
  if (value === null) return null;
  if (items.some((item) => item !== null && compareValues(value, item) === 0)) return !negated;
  return items.includes(null) ? null : negated;
}
