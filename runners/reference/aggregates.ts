/** Aggregates over the rows of a group. */
import type { Expr, SortKey } from '../../compiler/check/checked.ts';
import { findFunction } from '../../compiler/functions/index.ts';
import type { Value } from '../../compiler/value.ts';
import { argOf } from './args.ts';
import { InternalError } from './internal-error.ts';
import { compareTuples, groupBy, keyText } from './order.ts';
import type { Eval, Run, Unit } from './run.ts';
import type { Compile, Scope } from './scope.ts';

export function compileAggregate(expr: Expr & { kind: 'aggregate' }, scope: Scope, compile: Compile): Eval {
  const row = findFunction(expr.fn);
  if (row?.kind !== 'aggregate') throw new InternalError(`${expr.fn} is no aggregate`);
  if (scope.groupBy === null) throw new InternalError(`${expr.fn} outside a group`);
  const evaluate = scope.program.meanings.aggregates.get(row.name)?.(row.evaluate) ?? row.evaluate;
  const perRow: Scope = { ...scope, groupBy: null };
  const args = expr.args.map((arg) => compile(arg, perRow));
  const sorted = compileSort(expr.orderBy, perRow, compile);
  const call = { args: expr.args.map(argOf), type: expr.type, distinct: expr.distinct };
  return ({ group }, run) => {
    const rows = sorted(group?.rows ?? [], run).map((unit) => args.map((arg) => arg(unit, run)));
    return evaluate(expr.distinct ? distinctRows(rows) : rows, call);
  };
}

export function distinctRows(rows: readonly (readonly Value[])[]): readonly (readonly Value[])[] {
  return [...groupBy(rows, keyText).values()].map(([first]) => first as readonly Value[]);
}

function compileSort(keys: readonly SortKey[], scope: Scope, compile: Compile): (units: readonly Unit[], run: Run) => readonly Unit[] {
  if (keys.length === 0) return (units) => units;
  const evals = keys.map(({ expr }) => compile(expr, scope));
  return (units, run) =>
    units
      .map((unit) => ({ unit, values: evals.map((evaluate) => evaluate(unit, run)) }))
      .sort((a, b) => compareTuples(a.values, b.values, keys))
      .map(({ unit }) => unit);
}
