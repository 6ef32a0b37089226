/** Window functions: partitions, order, peers and frames. */
import type { Expr, Frame, FrameBound } from '../../compiler/check/checked.ts';
import { addMonths, dayOf, floorModulo, microsPerDay, monthsOf } from '../../compiler/functions/calendar.ts';
import { fixedLength } from '../../compiler/functions/date-part.ts';
import { parseDecimal, rescale } from '../../compiler/functions/decimal.ts';
import type { AggregateRow, FunctionRow } from '../../compiler/functions/define.ts';
import { findFunction } from '../../compiler/functions/index.ts';
import type { SqlType } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { argOf } from './args.ts';
import { compile } from './expressions.ts';
import { InternalError } from './internal-error.ts';
import { compareTuples, firstIndex, groupBy, keyText } from './order.ts';
import type { Run, Unit } from './run.ts';
import type { Scope } from './scope.ts';

type WindowExpr = Expr & { kind: 'window' };

interface Entry {
  readonly index: number;
  readonly args: readonly Value[];
  readonly keys: readonly Value[];
}

/** The value of one window function for each unit, in the units' order. */
export function compileWindow(expr: WindowExpr, scope: Scope): (units: readonly Unit[], run: Run) => readonly Value[] {
  const frameValue = overFrame(findFunction(expr.fn), scope);
  const args = expr.args.map((arg) => compile(arg, scope));
  const partitionBy = expr.partitionBy.map((key) => compile(key, scope));
  const orderBy = expr.orderBy.map(({ expr: key }) => compile(key, scope));
  return (units, run) => {
    const result: Value[] = units.map(() => null);
    const partitions = groupBy(units.keys(), (i) => keyText(partitionBy.map((key) => key(units[i] as Unit, run))));
    for (const partition of partitions.values()) {
      const entries = partition
        .map(
          (index): Entry => ({
            index,
            args: args.map((arg) => arg(units[index] as Unit, run)),
            keys: orderBy.map((key) => key(units[index] as Unit, run)),
          }),
        )
        .sort((a, b) => compareTuples(a.keys, b.keys, expr.orderBy));
      for (const [i, value] of partitionValues(expr, entries, frameValue).entries()) result[(entries[i] as Entry).index] = value;
    }
    return result;
  };
}

function partitionValues(expr: WindowExpr, entries: readonly Entry[], evaluate: FrameValue | undefined): readonly Value[] {
  const row = findFunction(expr.fn);
  const rows = entries.map((entry) => entry.args);
  const types = { args: expr.args.map(argOf), type: expr.type };
  if (row?.kind === 'window' && 'evaluate' in row)
    return row.evaluate(
      rows,
      entries.map((entry) => peersStart(entries, entry.keys, expr)),
      types,
    );
  const frame = expr.frame;
  if (frame === null) throw new InternalError(`${expr.fn} without a frame`);
  if (evaluate === undefined) throw new InternalError(`${expr.fn} is no window function`);
  return entries.map((_, i) => {
    const { start, end } = frameOf(entries, i, frame, expr);
    return evaluate(rows.slice(start, Math.max(start, end)), { ...types, distinct: false });
  });
}

type FrameValue = NonNullable<AggregateRow['window']>['evaluate'];

function overFrame(row: FunctionRow | undefined, scope: Scope): FrameValue | undefined {
  if (row?.kind === 'aggregate') {
    const own = row.window?.evaluate;
    return own && (scope.program.meanings.aggregates.get(row.name)?.(own) ?? own);
  }
  return row?.kind === 'window' && 'frame' in row ? row.frame : undefined;
}

/** The first entry not before these keys. */
function peersStart(entries: readonly Entry[], keys: readonly Value[], { orderBy }: WindowExpr): number {
  return firstIndex(entries.length, (j) => compareTuples((entries[j] as Entry).keys, keys, orderBy) >= 0);
}

/** One past the last entry not after these keys. */
function peersEnd(entries: readonly Entry[], keys: readonly Value[], { orderBy }: WindowExpr): number {
  return firstIndex(entries.length, (j) => compareTuples((entries[j] as Entry).keys, keys, orderBy) > 0);
}

/** Half-open. */
function frameOf(
  entries: readonly Entry[],
  i: number,
  { unit, start, end }: Frame,
  expr: WindowExpr,
): { readonly start: number; readonly end: number } {
  const clamp = (index: number): number => Math.min(Math.max(index, 0), entries.length);
  if (unit === 'rows') return { start: clamp(rowOf(start, i, entries.length)), end: clamp(rowOf(end, i, entries.length) + 1) };
  const keys = (entries[i] as Entry).keys;
  return {
    start: start.kind === 'unbounded-preceding' ? 0 : peersStart(entries, boundKeys(start, keys, expr), expr),
    end: end.kind === 'unbounded-following' ? entries.length : peersEnd(entries, boundKeys(end, keys, expr), expr),
  };
}

function rowOf(bound: FrameBound, i: number, length: number): number {
  switch (bound.kind) {
    case 'unbounded-preceding':
      return 0;
    case 'unbounded-following':
      return length - 1;
    case 'current-row':
      return i;
    case 'preceding':
      return i - Number(bound.amount);
    case 'following':
      return i + Number(bound.amount);
  }
}

/** The ordering value at the bound of a RANGE frame. A NULL has no distance to anything: it sees its peers. */
function boundKeys(bound: FrameBound, keys: readonly Value[], { orderBy }: WindowExpr): readonly Value[] {
  if (bound.kind !== 'preceding' && bound.kind !== 'following') return keys;
  const [key] = keys;
  const [sort] = orderBy;
  if (key === undefined || sort === undefined || orderBy.length > 1) throw new InternalError('a RANGE offset needs one ordering key');
  if (key === null) return keys;
  const forward = (bound.kind === 'following') !== sort.descending;
  return [shifted(key, bound, forward ? 1 : -1, sort.expr.type)];
}

function shifted(
  key: Value,
  { amount, unit }: Extract<FrameBound, { kind: 'preceding' | 'following' }>,
  sign: 1 | -1,
  type: SqlType,
): Value {
  if (typeof key === 'number') return key + sign * Number(amount);
  const value = key as bigint;
  if (unit === null) return value + BigInt(sign) * offset(amount, type);
  const n = sign * Number(amount);
  const months = monthsOf(unit);
  if (type.kind === 'date')
    return months === undefined ? value + (BigInt(n) * (fixedLength(unit) as bigint)) / microsPerDay : addMonths(value, n * months);
  if (months === undefined) return value + BigInt(n) * (fixedLength(unit) as bigint);
  return addMonths(dayOf(value), n * months) * microsPerDay + floorModulo(value, microsPerDay);
}

/** At the scale of the ordering value. */
function offset(amount: string, type: SqlType): bigint {
  const scale = type.kind === 'number' ? type.scale : 0;
  const fine = parseDecimal(amount, scale + 12);
  if (fine === undefined || fine % 10n ** 12n !== 0n)
    throw new InternalError(`the frame offset ${amount} is finer than its ordering value`);
  return rescale(fine, scale + 12, scale);
}
