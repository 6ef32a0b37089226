/** FROM: relations and their joins, as rows. */
import type { CheckedFlatten, CheckedFrom, Expr } from '../../compiler/check/checked.ts';
import { compareValues } from '../../compiler/functions/compare-values.ts';
import { rescale } from '../../compiler/functions/decimal.ts';
import { elementsOf } from '../../compiler/functions/json-values.ts';
import type { Value } from '../../compiler/value.ts';
import { compile } from './expressions.ts';
import { InternalError } from './internal-error.ts';
import { groupBy, keyText } from './order.ts';
import { type Eval, type Row, type Run, rowUnit } from './run.ts';
import { type Leaf, leaves, type Program, type Scope } from './scope.ts';

export type Relation = (run: Run) => readonly Row[];

/** Rows of FROM. Inside a join, positions of relations that it does not have are null. */
export function compileFrom(from: CheckedFrom | null, scope: Scope): Relation {
  if (from === null) return () => [[]];
  if (from.kind === 'join') return compileJoin(from, scope);
  if (from.kind === 'flatten') return compileFlatten(from, scope);
  const position = scope.relations.findIndex(({ id }) => id === from.id);
  const rows = leafRows(from, scope.program);
  const place = (values: readonly Value[]): Row => scope.relations.map((_, i) => (i === position ? values : null));
  return (run) => rows(run).map(place);
}

/** Each row of the left side with its elements, one by one. */
function compileFlatten(flatten: CheckedFlatten, scope: Scope): Relation {
  const left = compileFrom(flatten.left, scope);
  const input = compile(flatten.input, scope);
  const position = scope.relations.findIndex(({ id }) => id === flatten.id);
  const placed = (row: Row, values: readonly Value[]): Row => row.map((columns, i) => (i === position ? values : columns));
  const elements = (value: Value): readonly (readonly Value[])[] => {
    if (value === null) return [];
    if (flatten.input.type.kind === 'array') return (value as readonly Value[]).map((element, i) => [BigInt(i), element]);
    return elementsOf(value).map(({ key, index, value: element }) => [key, index, element]);
  };
  return (run) =>
    left(run).flatMap((row) => {
      const found = elements(input(rowUnit(row), run)).map((values) => placed(row, values));
      return found.length === 0 && flatten.outer
        ? [
            placed(
              row,
              flatten.columns.map(() => null),
            ),
          ]
        : found;
    });
}

function leafRows(leaf: Exclude<Leaf, CheckedFlatten>, program: Program): (run: Run) => readonly (readonly Value[])[] {
  switch (leaf.kind) {
    case 'source':
      return ({ sources, sight }) => {
        const source = sources.get(leaf.source);
        if (source === undefined) throw new InternalError(`no rows of ${leaf.source}`);
        if (leaf.mode !== 'history') return source.current(sight);
        if (source.history === undefined) throw new InternalError(`${leaf.source} has no history`);
        return source.history(sight);
      };
    case 'cte': {
      const query = program.ctes.get(leaf.cte);
      if (query === undefined) throw new InternalError(`no CTE ${leaf.cte}`);
      return program.rowsOf(query);
    }
    case 'derived':
      return program.rowsOf(leaf.query);
  }
}

function compileJoin(join: CheckedFrom & { kind: 'join' }, scope: Scope): Relation {
  const left = compileFrom(join.left, scope);
  const right = compileFrom(join.right, scope);
  const on = join.on ? compile(join.on, scope) : undefined;
  const keys = equalities(join, scope);
  const nearest = join.join === 'asof' ? compileNearest(join.match, scope) : undefined;
  const merge = (a: Row, b: Row): Row => a.map((columns, i) => columns ?? b[i] ?? null);
  const nothing: Row = scope.relations.map(() => null);

  return (run) => {
    const rightRows = right(run);
    const candidates = keys.length === 0 ? () => rightRows : lookup(rightRows, keys, run);
    const matched = new Set<Row>();
    const result: Row[] = [];
    for (const a of left(run)) {
      const meeting = candidates(a).filter((b) => on === undefined || on(rowUnit(merge(a, b)), run) === true);
      const partners = nearest === undefined ? meeting : nearest(a, meeting, merge, run);
      for (const b of partners) {
        matched.add(b);
        result.push(merge(a, b));
      }
      if (partners.length === 0 && ['left', 'full', 'asof'].includes(join.join)) result.push(merge(a, nothing));
    }
    if (join.join === 'full') for (const b of rightRows) if (!matched.has(b)) result.push(b);
    return result;
  };
}

type Merge = (a: Row, b: Row) => Row;

/** Of the rows that the comparison holds for, the one with the greatest value, or the least if the left side is below. */
function compileNearest(
  match: Expr & { readonly kind: 'call' },
  scope: Scope,
): (a: Row, candidates: readonly Row[], merge: Merge, run: Run) => readonly Row[] {
  const holds = compile(match, scope);
  const value = compile(match.args[1] as Expr, scope);
  const sign = match.fn.startsWith('>') ? 1 : -1;
  return (a, candidates, merge, run) => {
    let best: { readonly row: Row; readonly value: Value } | undefined;
    for (const row of candidates) {
      const unit = rowUnit(merge(a, row));
      if (holds(unit, run) !== true) continue;
      const own = value(unit, run);
      const order = best === undefined ? 1 : sign * compareValues(own, best.value);
      if (order === 0) throw new InternalError('two rows of an ASOF JOIN are equally near');
      if (order > 0) best = { row, value: own };
    }
    return best === undefined ? [] : [best.row];
  };
}

interface Equality {
  readonly left: Eval;
  readonly right: Eval;
}

/** Right rows whose keys equal the left row's. It only narrows the choice: ON is evaluated on every candidate. */
function lookup(rightRows: readonly Row[], keys: readonly Equality[], run: Run): (a: Row) => readonly Row[] {
  const keyOf = (row: Row, side: keyof Equality): string | undefined => {
    const values = keys.map((key) => key[side](rowUnit(row), run));
    return values.includes(null) ? undefined : keyText(values);
  };
  const byKey = groupBy(rightRows, (row) => keyOf(row, 'right'));
  return (a) => {
    const key = keyOf(a, 'left');
    return key === undefined ? [] : (byKey.get(key) ?? []);
  };
}

function equalities(join: CheckedFrom & { kind: 'join' }, scope: Scope): readonly Equality[] {
  const idsOf = (from: CheckedFrom): ReadonlySet<string> => new Set(leaves(from).map(({ id }) => id));
  const [leftIds, rightIds] = [idsOf(join.left), idsOf(join.right)];
  return conjuncts(join.on).flatMap((expr) => {
    if (expr.kind !== 'call' || expr.fn !== '=') return [];
    const [a, b] = expr.args as [Expr, Expr];
    const [x, y] = onlyFrom(a, leftIds) && onlyFrom(b, rightIds) ? [a, b] : onlyFrom(b, leftIds) && onlyFrom(a, rightIds) ? [b, a] : [];
    return x && y ? [{ left: atCommonScale(x, y, scope), right: atCommonScale(y, x, scope) }] : [];
  });
}

function conjuncts(expr: Expr | null): readonly Expr[] {
  if (expr === null) return [];
  return expr.kind === 'call' && expr.fn === 'AND' ? expr.args.flatMap(conjuncts) : [expr];
}

/** Made of columns of these relations, and of at least one. */
function onlyFrom(expr: Expr, ids: ReadonlySet<string>): boolean {
  const seen: string[] = [];
  return collect(expr, seen) && seen.length > 0 && seen.every((id) => ids.has(id));
}

function collect(expr: Expr, seen: string[]): boolean {
  switch (expr.kind) {
    case 'column':
      seen.push(expr.relation);
      return true;
    case 'literal':
    case 'as-of':
      return true;
    case 'call':
      return expr.args.every((arg) => collect(arg, seen));
    case 'cast':
      return collect(expr.argument, seen);
    default:
      return false;
  }
}

/** 1.0 and 1.00 are one key. */
function atCommonScale(expr: Expr, other: Expr, scope: Scope): Eval {
  const evaluate = compile(expr, scope);
  const [type, otherType] = [expr.type, other.type];
  if (type.kind !== 'number' || otherType.kind !== 'number' || type.scale >= otherType.scale) return evaluate;
  return (unit, run) => {
    const value = evaluate(unit, run);
    return value === null ? null : rescale(value as bigint, type.scale, otherType.scale);
  };
}
