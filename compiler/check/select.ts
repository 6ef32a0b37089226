/** One SELECT: aliases put in place, grouping checked, keys of the result derived. */
import { counted } from '../counted.ts';
import { error } from '../diagnostics.ts';
import type { Select, SelectItem } from '../parse/syntax.ts';
import type { Span } from '../source.ts';
import { containsAggregate } from './aggregate-syntax.ts';
import { type Bound, children, conjuncts, contains, type Facts, isNullable } from './bound.ts';
import type { CheckedColumn, CheckedSelect, Expr } from './checked.ts';
import { requireBoolean, sayTainted } from './coerce.ts';
import { requireComparable } from './comparable.ts';
import { attempt, display, type Environment, type ExpressionScope, fail, Unbound } from './context.ts';
import { outerColumns } from './correlation.ts';
import { exprKey } from './expr-key.ts';
import { bindFrom, emptyInput } from './from.ts';
import { uniqueByRowNumber } from './qualify-keys.ts';
import { hiddenColumn, type Input } from './relation.ts';
import { type GroupingSet, rolledKeys } from './rolled-keys.ts';
import { mayStayUndecided, requireUnseen } from './undecided-ties.ts';

export interface BoundSelect {
  readonly select: CheckedSelect;
  readonly facts: ReadonlyMap<string, Facts>;
  /** Where each column gets its name. */
  readonly places: ReadonlyMap<string, Span>;
  readonly uniqueKeys: readonly (readonly string[])[];
  readonly rowKey: (() => readonly string[]) | null;
}

export interface Item {
  readonly name: string | null;
  readonly span: Span;
  readonly bind: () => Bound;
}

/** The columns' names, one for each item. */
type Naming = (items: readonly Item[], environment: Environment) => readonly string[];

export function bindSelect(
  syntax: Select,
  environment: Environment,
  outer: readonly Input[],
  naming: Naming = distinctNames,
  grouping: GroupingSet | null = null,
): BoundSelect {
  const { session } = environment;
  const bound = bindFrom(syntax.from, environment, outer);
  const input = bound?.input ?? emptyInput;
  const aliases = new Map<string, () => Bound>();
  const base: ExpressionScope = {
    ...environment,
    input,
    outer,
    aliases,
    aliasRule: 'column-first',
    aggregates: 'forbidden',
    windows: 'forbidden',
    place: 'WHERE',
    rolled: null,
    undecided: null,
    groups: null,
    nonZero: new Set(),
    lower: new Map(),
  };
  const aggregated =
    syntax.groupBy !== null ||
    [...syntax.items.map((i) => (i.kind === 'expression' ? i.expression : null)), syntax.having].some(
      (e) => e !== null && containsAggregate(e),
    );
  let groups: readonly Expr[] | null = aggregated ? [] : null;
  let rolled: ExpressionScope['rolled'] = null;
  const undecided: ExpressionScope['undecided'] = !aggregated && mayStayUndecided(input) ? [] : null;
  // GROUP BY ALL learns its groups from the items, so items are bound before the groups are known.
  let latest: ExpressionScope | undefined;
  const itemScope = (): ExpressionScope => {
    if (latest === undefined || latest.groups !== groups || latest.rolled !== rolled)
      latest = {
        ...base,
        aggregates: aggregated ? 'allowed' : 'forbidden',
        windows: 'allowed',
        place: 'SELECT',
        rolled,
        undecided,
        groups,
      };
    return latest;
  };
  const items = syntax.items.flatMap((item) => expandItem(item, input, itemScope, environment));
  const bindings = items.map((item) => once(item, environment));
  for (const [name, value] of byName(items, bindings)) aliases.set(name, value);
  // Before its set is known, an alias must not be kept: later it may stand for NULL.
  const early =
    grouping === null
      ? base
      : {
          ...base,
          aliases: byName(
            items,
            items.map((item) => once(item, environment)),
          ),
        };
  const condition = (e: Select['where'], scope: ExpressionScope): Expr | null => {
    if (e === null) return null;
    const { expr } = requireBoolean(scope.bind(e, scope), scope.place, scope);
    const misplaced = (x: Expr): boolean =>
      (scope.aggregates === 'forbidden' && x.kind === 'aggregate') || (scope.windows === 'forbidden' && x.kind === 'window');
    if (contains(expr, misplaced))
      fail(
        session,
        error(
          'aggregate-misplaced',
          e.span,
          `${scope.place} refers to an alias that aggregates or numbers rows`,
          scope.place === 'WHERE' ? 'use HAVING or QUALIFY' : 'use QUALIFY',
        ),
      );
    return expr;
  };
  const where = attempt(() => condition(syntax.where, early));
  if (Array.isArray(syntax.groupBy)) groups = groupExpressions(syntax, items, early);
  if (grouping !== null && groups !== null) {
    const all = groups;
    rolled = { ...rolledKeys(all, grouping, environment), aliases: early.aliases };
    groups = (grouping.sets[grouping.at] ?? []).map((i) => all[i] as Expr);
  }
  const exprs = bindings.map((value) => attempt(value));
  if (syntax.groupBy === 'all')
    groups = exprs.flatMap((b) => (b === undefined || contains(b.expr, (e) => e.kind === 'aggregate') ? [] : [b.expr]));
  const having = attempt(() =>
    condition(syntax.having, { ...base, aliasRule: 'refuse-both', aggregates: 'allowed', place: 'HAVING', rolled, groups }),
  );
  const qualify = attempt(() =>
    condition(syntax.qualify, {
      ...base,
      aliasRule: 'refuse-both',
      aggregates: aggregated ? 'allowed' : 'forbidden',
      windows: 'allowed',
      place: 'QUALIFY',
      undecided,
      groups,
    }),
  );
  if (exprs.includes(undefined) || where === undefined || having === undefined || qualify === undefined)
    throw new Unbound('a part of SELECT');
  const values = exprs as Bound[];
  requireUnseen(undecided ?? [], [values.map((v) => v.expr), qualify], input, environment);
  if (syntax.having !== null && groups === null)
    fail(session, error('not-grouped', syntax.having.span, 'HAVING filters groups, and this SELECT has none', 'use WHERE'));
  if (qualify !== null && !contains(qualify, (e) => e.kind === 'window'))
    fail(
      session,
      error(
        'qualify-without-window',
        syntax.qualify?.span ?? syntax.span,
        'QUALIFY filters by a window function, and there is none in it',
        'use WHERE or HAVING',
      ),
    );
  if (groups !== null) {
    const keys = new Set(groups.map(exprKey));
    const own = new Set(input.relations.map((r) => r.id));
    for (const expr of [...values.map((v) => v.expr), having, qualify]) if (expr !== null) requireGrouped(expr, keys, own, environment);
  }
  if (syntax.distinct)
    for (const v of values) {
      requireComparable(v.expr, 'DISTINCT', base);
      if (v.facts.tainted) sayTainted('DISTINCT', v.expr.span, base);
    }
  const names = naming(items, environment);
  const checkedItems = values.map((v, i) => ({ name: names[i] as string, expr: v.expr }));
  const columns: CheckedColumn[] = checkedItems.map((item) => ({ name: item.name, type: item.expr.type, nullable: isNullable(item.expr) }));
  const select: CheckedSelect = {
    kind: 'select',
    from: bound?.from ?? null,
    where,
    groupBy: groups,
    having,
    qualify,
    items: checkedItems,
    distinct: syntax.distinct,
    columns,
  };
  return {
    select,
    facts: new Map(values.map((v, i) => [names[i] as string, v.facts])),
    places: new Map(items.map((item, i) => [names[i] as string, item.span])),
    uniqueKeys: resultKeys(select, { ...input, uniqueKeys: withoutFixed(input, where) }, groups, qualify),
    rowKey: aggregated || syntax.distinct ? null : hiddenKey(input, checkedItems, columns),
  };
}

/** Of items with one name, the first. */
function byName(items: readonly Item[], bindings: readonly (() => Bound)[]): Map<string, () => Bound> {
  const found = new Map<string, () => Bound>();
  for (const [i, { name }] of items.entries()) if (name !== null && !found.has(name)) found.set(name, bindings[i] as () => Bound);
  return found;
}

function once(item: Item, environment: Environment): () => Bound {
  let state: Bound | 'busy' | 'failed' | undefined;
  return () => {
    if (state === 'busy')
      fail(environment.session, error('unknown-column', item.span, `\`${display(item.name ?? '')}\` is defined by itself`));
    if (state === 'failed') throw new Unbound('alias');
    if (state === undefined) {
      state = 'busy';
      try {
        state = item.bind();
      } catch (thrown) {
        state = 'failed';
        throw thrown;
      }
    }
    return state;
  };
}

function expandItem(item: SelectItem, input: Input, scope: () => ExpressionScope, environment: Environment): readonly Item[] {
  if (item.kind === 'expression') {
    const { expression, alias } = item;
    const last = expression.kind === 'column' ? expression.path[expression.path.length - 1] : undefined;
    const name = (alias ?? last)?.name ?? null;
    // Under its own alias nothing is looked up through that alias.
    const bind = (): Bound => scope().bind(expression, { ...scope(), aliases: without(scope().aliases, name) });
    return [{ name, span: (alias ?? expression).span, bind }];
  }
  const relations = item.relation === null ? input.relations : input.relations.filter((r) => r.alias === item.relation?.name);
  if (relations.length === 0)
    fail(
      environment.session,
      error(
        'unknown-column',
        item.span,
        item.relation === null ? '`*` needs a FROM' : `no relation \`${display(item.relation.name)}\` is in scope here`,
      ),
    );
  const seenMerged = new Set<string>();
  return relations.flatMap((relation) =>
    relation.columns
      .filter((c) => !hiddenColumn.test(c.name))
      .flatMap((column): Item[] => {
        const merged = item.relation === null && input.merged.has(column.name);
        if (merged && seenMerged.has(column.name)) return [];
        seenMerged.add(column.name);
        const identifier = { name: column.name, quoted: true, span: item.span };
        const path = merged ? [identifier] : [{ name: relation.alias, quoted: true, span: item.span }, identifier];
        return [
          {
            name: column.name,
            span: item.span,
            bind: () => scope().bind({ kind: 'column', path, span: item.span }, { ...scope(), aliasRule: 'none' }),
          },
        ];
      }),
  );
}

function without<T>(map: ReadonlyMap<string, T>, name: string | null): ReadonlyMap<string, T> {
  return new Map([...map].filter(([key]) => key !== name));
}

function groupExpressions(syntax: Select, items: readonly Item[], base: ExpressionScope): readonly Expr[] {
  if (!Array.isArray(syntax.groupBy)) return [];
  const scope: ExpressionScope = { ...base, place: 'GROUP BY' };
  return (syntax.groupBy as readonly Select['where'][]).flatMap((e): Expr[] => {
    if (e === null) return [];
    let value: Bound;
    if (e.kind === 'number') {
      const item = items[Number(e.text) - 1];
      if (item === undefined)
        fail(base.session, error('not-grouped', e.span, `GROUP BY ${e.text}: the SELECT list has ${counted(items.length, 'item')}`));
      value = item.bind();
    } else {
      value = scope.bind(e, scope);
    }
    if (contains(value.expr, (x) => x.kind === 'aggregate' || x.kind === 'window'))
      fail(base.session, error('aggregate-misplaced', e.span, 'an aggregate cannot stand in GROUP BY'));
    requireComparable(value.expr, 'GROUP BY', base);
    if (value.facts.tainted) sayTainted('GROUP BY', e.span, base);
    else if (value.expr.type.kind === 'float')
      base.session.diagnostics.push(
        error(
          'float-taint',
          e.span,
          'a FLOAT cannot be a grouping key: 0.0 and -0.0, and values one bit apart, group differently',
          'cast it to NUMBER(38,s)',
        ),
      );
    return [value.expr];
  });
}

/** `own`: relations of this SELECT; columns of the queries around it are the same for all its rows. */
function requireGrouped(expr: Expr, keys: ReadonlySet<string>, own: ReadonlySet<string>, environment: Environment): void {
  if (keys.has(exprKey(expr)) || expr.kind === 'aggregate') return;
  if ((expr.kind === 'subquery' || expr.kind === 'exists' || expr.kind === 'in-query') && outerColumns(expr.query).length > 0)
    fail(
      environment.session,
      error(
        'sql-unsupported',
        expr.span,
        'not supported: beside a GROUP BY, a subquery that reads columns of the query around it',
        'put the GROUP BY in a CTE, and the subquery in a SELECT from it',
      ),
    );
  if (expr.kind === 'column' && !own.has(expr.relation)) return;
  if (expr.kind === 'column') {
    fail(
      environment.session,
      error('not-grouped', expr.span, `\`${display(expr.name)}\` is neither grouped nor aggregated`, 'add it to GROUP BY, or aggregate it'),
    );
  }
  for (const child of children(expr)) requireGrouped(child, keys, own, environment);
}

function distinctNames(items: readonly Item[], environment: Environment): readonly string[] {
  const names = new Set<string>();
  // DuckDB tells no two columns apart by case, not even quoted ones.
  const taken = new Set<string>();
  return items.map((item, i) => {
    const name = item.name ?? `EXPRESSION_${i + 1}`;
    if (taken.has(name.toUpperCase()))
      fail(
        environment.session,
        error(
          'duplicate-column',
          item.span,
          `two columns of this SELECT are called \`${display(name)}\`${names.has(name) ? '' : ', but for upper and lower case'}`,
          'give one another alias',
        ),
      );
    if (hiddenColumn.test(name) || name.toUpperCase() === 'AS_OF')
      fail(environment.session, error('reserved-name', item.span, `\`${display(name)}\` is a name that Lockstep keeps for itself`));
    taken.add(name.toUpperCase());
    names.add(name);
    return name;
  });
}

/** A column that equals something which is the same for all rows tells no two of them apart. */
function withoutFixed(input: Input, where: Expr | null): readonly (readonly Expr[])[] {
  const own = new Set(input.relations.map((r) => r.id));
  const constant = (e: Expr): boolean =>
    !contains(
      e,
      (x) => (x.kind === 'column' && own.has(x.relation)) || x.kind === 'in-query' || x.kind === 'exists' || x.kind === 'subquery',
    );
  const fixed = new Set(
    conjuncts(where).flatMap((c): string[] => {
      const [a, b] = c.kind === 'call' && c.fn === '=' ? c.args : [];
      if (a === undefined || b === undefined) return [];
      return [...(a.kind === 'column' && constant(b) ? [exprKey(a)] : []), ...(b.kind === 'column' && constant(a) ? [exprKey(b)] : [])];
    }),
  );
  return input.uniqueKeys.map((key) => key.filter((e) => !fixed.has(exprKey(e))));
}

function resultKeys(
  select: CheckedSelect,
  input: Input,
  groups: readonly Expr[] | null,
  qualify: Expr | null,
): readonly (readonly string[])[] {
  const named = (e: Expr): readonly string[] => select.items.filter((item) => exprKey(item.expr) === exprKey(e)).map((item) => item.name);
  const keys: (readonly Expr[])[] = [...(groups === null ? input.uniqueKeys : [groups]), ...uniqueByRowNumber(qualify)];
  // An expression may be selected under several names: each of them serves.
  const mapped = keys.flatMap((key) =>
    key.reduce<readonly (readonly string[])[]>((sets, e) => sets.flatMap((set) => named(e).map((n) => [...set, n])).slice(0, 16), [[]]),
  );
  return select.distinct ? [...mapped, select.items.map((i) => i.name)] : mapped;
}

/** The stream's key among the items, added as hidden columns when somebody asks. */
function hiddenKey(
  input: Input,
  items: { readonly name: string; readonly expr: Expr }[],
  columns: CheckedColumn[],
): (() => readonly string[]) | null {
  const { rowKey } = input;
  if (rowKey === null) return null;
  return () =>
    rowKey().map((expr) => {
      const existing = items.find((i) => exprKey(i.expr) === exprKey(expr));
      if (existing !== undefined) return existing.name;
      const name = `__ROW_KEY_${items.filter((i) => hiddenColumn.test(i.name)).length + 1}`;
      items.push({ name, expr });
      columns.push({ name, type: expr.type, nullable: isNullable(expr) });
      return name;
    });
}
