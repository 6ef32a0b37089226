/** Queries: their rows at an instant. */
import type { CheckedBody, CheckedQuery, CheckedSelect } from '../../compiler/check/checked.ts';
import type { Value } from '../../compiler/value.ts';
import { distinctRows } from './aggregates.ts';
import { compile } from './expressions.ts';
import { compileFrom } from './joins.ts';
import { keyText } from './order.ts';
import { type Group, type Rows, type Run, rowUnit, type Unit } from './run.ts';
import { leafColumns, leaves, type Program, type Scope } from './scope.ts';
import { compileWindow } from './windows.ts';

/** Computed at most once per instant. */
export function evaluateQuery(query: CheckedQuery, program: Program): (run: Run) => Rows {
  // Compiled at first use: the query may be unreachable, and CTEs refer to each other.
  let compiled: ((run: Run) => Rows) | undefined;
  return (run) => {
    const known = run.results.get(query);
    if (known !== undefined) return known;
    compiled ??= evaluateBody(query.body, program);
    const rows = compiled(run);
    run.results.set(query, rows);
    return rows;
  };
}

export function evaluateBody(body: CheckedBody, program: Program): (run: Run) => Rows {
  if (body.kind === 'select') {
    const select = compileSelect(body, program);
    return (run) => select(run).rows;
  }
  const branches = body.branches.map((branch) => evaluateBody(branch, program));
  return (run) => branches.flatMap((branch) => branch(run));
}

export interface SelectResult {
  readonly rows: Rows;
  /** Groups before HAVING; empty if the select is not grouped. */
  readonly groups: readonly Group[];
}

/** FROM, WHERE, GROUP BY, HAVING, windows, QUALIFY, select list, DISTINCT. */
export function compileSelect(select: CheckedSelect, program: Program): (run: Run) => SelectResult {
  const rowScope = scopeOf(select, program);
  const from = compileFrom(select.from, rowScope);
  const where = select.where ? compile(select.where, rowScope) : undefined;
  const group = select.groupBy ? compileGroups(select, rowScope) : undefined;
  const finish = compileList(select, program);
  return (run) => {
    const units = from(run)
      .map(rowUnit)
      .filter((unit) => where === undefined || where(unit, run) === true);
    if (group === undefined) return { rows: finish(units, run), groups: [] };
    const groups = group(units, run);
    return { rows: finish(groups.map(groupUnit), run), groups };
  };
}

export const groupUnit = (group: Group): Unit => ({ row: undefined, group, windows: [] });

function scopeOf(select: CheckedSelect, program: Program): Scope {
  const relations = leaves(select.from).map((leaf) => ({ id: leaf.id, columns: leafColumns(leaf, program) }));
  return { program, relations, groupBy: null, windows: [] };
}

function compileGroups({ groupBy }: CheckedSelect, scope: Scope): (units: readonly Unit[], run: Run) => readonly Group[] {
  const keys = (groupBy ?? []).map((key) => compile(key, scope));
  return (units, run) => {
    if (keys.length === 0) return [{ keys: [], rows: units }];
    const groups = new Map<string, { keys: readonly Value[]; rows: Unit[] }>();
    for (const unit of units) {
      const values = keys.map((key) => key(unit, run));
      const text = keyText(values);
      const known = groups.get(text);
      if (known) known.rows.push(unit);
      else groups.set(text, { keys: values, rows: [unit] });
    }
    return [...groups.values()];
  };
}

/** Everything after grouping: HAVING, windows, QUALIFY, the list itself, DISTINCT. */
export function compileList(select: CheckedSelect, program: Program): (units: readonly Unit[], run: Run) => Rows {
  const scope: Scope = { ...scopeOf(select, program), groupBy: select.groupBy, windows: [] };
  const having = select.having ? compile(select.having, scope) : undefined;
  const items = select.items.map(({ expr }) => compile(expr, scope));
  const qualify = select.qualify ? compile(select.qualify, scope) : undefined;
  const windows = scope.windows.map((window) => compileWindow(window, { ...scope, windows: [] }));
  return (units, run) => {
    const kept = units.filter((unit) => having === undefined || having(unit, run) === true);
    const columns = windows.map((window) => window(kept, run));
    const withWindows = kept.map((unit, i) =>
      columns.length === 0 ? unit : { ...unit, windows: columns.map((column) => column[i] as Value) },
    );
    const chosen = withWindows.filter((unit) => qualify === undefined || qualify(unit, run) === true);
    const rows = chosen.map((unit) => items.map((item) => item(unit, run)));
    return select.distinct ? distinctRows(rows) : rows;
  };
}
