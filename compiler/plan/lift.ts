/**
 * The lift: from "the query at one T" to one query for many T. Only T is carried: every scan joins the instants, and
 * every operator groups, partitions, equates and numbers by T. See design section 3 for the lifts that are wrong.
 */

import type { Catalog } from '../catalog.ts';
import type { CheckedBody, CheckedFeature, CheckedFrom, CheckedQuery, CheckedSelect, CheckedStatement, Expr } from '../check/checked.ts';
import { timestamp } from '../sql-type.ts';
import type { Builder, Groups } from './builder.ts';
import { asColumn, callOf, conjunctsOf, equals, replaceTop, rewrite } from './expr.ts';
import {
  type Answer,
  answerRelation,
  asOfColumn,
  instantsStep,
  type Plan,
  type PlanColumn,
  type PlanExpr,
  type PlanFrom,
  type PlanSelect,
  type Step,
  spineRelation,
} from './plan.ts';
import { liftSource } from './scan.ts';
import { splitAggregates } from './split-aggregates.ts';
import { liftSubqueries } from './subqueries.ts';

interface LiftedFrom {
  readonly from: PlanFrom;
  readonly asOf: PlanExpr;
}

/** `knowledge` arrived: an event is seen only if the platform had it at T. */
export function lift(feature: CheckedFeature, catalog: Catalog, knowledge: 'event' | 'arrived' = 'event'): Plan {
  const builder = startBuilder(feature, catalog, knowledge);
  const entity = feature.entity.map(({ name, type }) => ({ name, type }));
  const answer = feature.groupsByEntity
    ? groupedAnswer(feature, builder)
    : plainAnswer(feature, liftQuery(feature.query, feature.name.toUpperCase(), builder));
  return { feature: feature.name, entity, outputs: feature.outputs, steps: builder.steps, answer };
}

/** The rows of the answer's step at every T are the statement's, unordered. */
export function liftStatement(statement: CheckedStatement, catalog: Catalog): Plan {
  const { outputs, sources } = statement;
  const builder = startBuilder({ sources, includeAsOf: false }, catalog, 'event');
  const step = liftQuery(statement.query, 'RESULT', builder);
  return { feature: 'RESULT', entity: [], outputs, steps: builder.steps, answer: plainAnswer({ entity: [], outputs }, step) };
}

function startBuilder(
  { sources, includeAsOf }: Pick<CheckedFeature, 'sources' | 'includeAsOf'>,
  catalog: Catalog,
  knowledge: Builder['knowledge'],
): Builder {
  const instants: Step = { name: instantsStep, columns: [{ name: asOfColumn, type: timestamp }], body: { kind: 'keys', entity: [] } };
  const steps = [instants];
  // A step that is called like a table of the event store would hide it.
  const taken = new Set(['SPINE', 'INSTANTS', 'KEYS', 'ANSWER', ...sources.map((s) => s.toUpperCase())]);
  const builder: Builder = {
    steps,
    cteSteps: new Map(),
    includeAsOf,
    catalog,
    knowledge,
    nextRelation: 0,
    liftQuery: (query, name) => liftQuery(query, name, builder),
    liftSelect: (select, name, always) => liftSelect(select, name, builder, always),
    add: (wanted, columns, body) => {
      let name = wanted;
      for (let n = 2; taken.has(name.toUpperCase()); n++) name = `${wanted}_${n}`;
      taken.add(name.toUpperCase());
      steps.push({ name, columns, body });
      return name;
    },
  };
  return builder;
}

/** Absent rows are NULL, or the author's defaults. */
function plainAnswer(feature: Pick<CheckedFeature, 'entity' | 'outputs'>, step: string): Answer {
  return {
    step,
    entityColumns: feature.entity.map((e) => e.name),
    outputs: feature.outputs.map((o) => ({ name: o.name, expr: asColumn(answerRelation, o.name, o.type, true), whenAbsent: o.default })),
    absentIsDefault: true,
  };
}

/** The group of e always exists: what is counted is joined to what is asked, and the select list evaluated on both. */
function groupedAnswer(feature: CheckedFeature, builder: Builder): Answer {
  for (const cte of feature.query.ctes) builder.cteSteps.set(cte.id, liftQuery(cte.query, cte.name, builder));
  const select = feature.query.body as CheckedSelect;
  const keyItems = feature.entity.map((e) => select.items.find((i) => i.name === e.name)?.expr as Expr);
  const lifted = liftInput(select, [select.where, ...aggregatesOf(select)], builder);
  const split = splitAggregates(select, lifted.rewrite);
  const keyNames = feature.entity.map((e) => e.name);
  const groups = builder.add(
    `${feature.name.toUpperCase()}_GROUPS`,
    [{ name: asOfColumn, type: timestamp }, ...feature.entity.map(({ name, type }) => ({ name, type })), ...split.columns],
    {
      kind: 'select',
      from: lifted.from,
      where: lifted.where,
      groupBy: [lifted.asOf, ...keyItems.map(lifted.rewrite)],
      having: null,
      qualify: null,
      items: [
        { name: asOfColumn, expr: lifted.asOf },
        ...keyItems.map((e, i) => ({ name: keyNames[i] as string, expr: lifted.rewrite(e) })),
        ...split.items,
      ],
      distinct: false,
    },
  );
  keepComments(feature.query, groups, builder);
  const post = [
    ...select.items.filter((i) => !keyNames.includes(i.name)).map((i) => i.expr),
    ...(select.having === null ? [] : [select.having]),
  ];
  const direct = select.having === null && !post.some(hasQuery);
  const keyRelation = direct ? spineRelation : freshRelation(builder);
  const groupRelation = direct ? answerRelation : freshRelation(builder);
  const keyColumns = keyItems.map((key, i) => ({ key, column: asColumn(keyRelation, keyNames[i] as string, key.type, false) }));
  const asOf = asColumn(keyRelation, asOfColumn, timestamp, false);
  if (direct) {
    return {
      step: groups,
      entityColumns: keyNames,
      outputs: feature.outputs.map((o) => ({
        name: o.name,
        expr: split.afterGrouping(itemOf(select, o.name), keyColumns, groupRelation, asOf),
        whenAbsent: o.default,
      })),
      absentIsDefault: false,
    };
  }
  const keys = builder.add('ASKED', [{ name: asOfColumn, type: timestamp }, ...feature.entity.map(({ name, type }) => ({ name, type }))], {
    kind: 'keys',
    entity: keyNames,
  });
  const joined: PlanFrom = {
    kind: 'join',
    join: 'left',
    left: { kind: 'step', step: keys, relation: keyRelation, alias: 'ASKED' },
    right: { kind: 'step', step: groups, relation: groupRelation, alias: 'GROUPS' },
    on: [
      equals(asColumn(groupRelation, asOfColumn, timestamp, true), asOf),
      ...keyColumns.map(({ key, column }, i) => equals(asColumn(groupRelation, keyNames[i] as string, key.type, true), column)),
    ],
  };
  const overGroups = (e: Expr): PlanExpr => split.afterGrouping(e, keyColumns, groupRelation, asOf);
  const subs = liftSubqueries(post.map(overGroups), joined, asOf, builder);
  const after = (e: Expr): PlanExpr => subs.rewrite(overGroups(e));
  const step = builder.add(
    feature.name.toUpperCase(),
    [{ name: asOfColumn, type: timestamp }, ...feature.entity, ...feature.outputs].map(({ name, type }) => ({ name, type })),
    {
      kind: 'select',
      from: subs.from,
      where: select.having === null ? [] : conjunctsOf(after(select.having)),
      groupBy: null,
      having: null,
      qualify: null,
      items: [
        { name: asOfColumn, expr: asOf },
        ...keyColumns.map(({ column }, i) => ({ name: keyNames[i] as string, expr: column })),
        ...feature.outputs.map((o) => ({ name: o.name, expr: after(itemOf(select, o.name)) })),
      ],
      distinct: false,
    },
  );
  return plainAnswer(feature, step);
}

function itemOf(select: CheckedSelect, name: string): Expr {
  const item = select.items.find((i) => i.name === name);
  if (item === undefined) throw new Error(`no item ${name}`);
  return item.expr;
}

function freshRelation(builder: Builder): string {
  builder.nextRelation += 1;
  return `p${builder.nextRelation}`;
}

function liftQuery(query: CheckedQuery, name: string, builder: Builder): string {
  for (const cte of query.ctes) builder.cteSteps.set(cte.id, liftQuery(cte.query, cte.name, builder));
  const step = liftBody(query.body, name, builder);
  keepComments(query, step, builder);
  return step;
}

function keepComments({ comments }: CheckedQuery, step: string, { steps }: Builder): void {
  const at = steps.findIndex((s) => s.name === step);
  if (comments !== undefined) steps[at] = { ...(steps[at] as Step), comments };
}

function liftBody(body: CheckedBody, name: string, builder: Builder): string {
  if (body.kind === 'select') return liftSelect(body, name, builder);
  const branches = body.branches.map((branch, i) => liftBody(branch, `${name}_${i + 1}`, builder));
  return builder.add(name, [{ name: asOfColumn, type: timestamp }, ...body.columns.map(({ name, type }) => ({ name, type }))], {
    kind: 'union-all',
    branches,
  });
}

interface LiftedInput {
  readonly from: PlanFrom;
  readonly asOf: PlanExpr;
  readonly where: readonly PlanExpr[];
  readonly rewrite: (e: Expr) => PlanExpr;
}

/** FROM and WHERE of a select at every T; `withQueries` are the expressions whose subqueries must be joined here. */
function liftInput(select: CheckedSelect, withQueries: readonly (Expr | null)[], builder: Builder): LiftedInput {
  const base = select.from === null ? instantsOnly(builder) : liftFrom(select.from, builder);
  const subs = liftSubqueries(
    withQueries.filter((e): e is Expr => e !== null),
    base.from,
    base.asOf,
    builder,
  );
  const rewriteAll = (e: Expr): PlanExpr =>
    rewrite(subs.rewrite(e), (x) =>
      x.kind === 'as-of' ? base.asOf : x.kind === 'window' ? { ...x, partitionBy: [base.asOf, ...x.partitionBy] } : x,
    );
  return { from: subs.from, asOf: base.asOf, where: conjunctsOf(select.where).map(rewriteAll), rewrite: rewriteAll };
}

function liftSelect(select: CheckedSelect, name: string, builder: Builder, always: Groups | null = null): string {
  const columns = [{ name: asOfColumn, type: timestamp }, ...select.columns.map(({ name, type }) => ({ name, type }))];
  const post = [...select.items.map((i) => i.expr), select.having, select.qualify];
  if (select.groupBy !== null && (always !== null || select.groupBy.length === 0 || post.some((e) => e !== null && hasQuery(e))))
    return liftGroupsApart(select, name, columns, builder, always);
  const lifted = liftInput(select, select.groupBy === null ? [select.where, ...post] : [select.where, ...aggregatesOf(select)], builder);
  const body: PlanSelect = {
    kind: 'select',
    from: lifted.from,
    where: lifted.where,
    groupBy: select.groupBy === null ? null : [lifted.asOf, ...select.groupBy.map(lifted.rewrite)],
    having: select.having === null ? null : lifted.rewrite(select.having),
    qualify: select.qualify === null ? null : lifted.rewrite(select.qualify),
    items: [{ name: asOfColumn, expr: lifted.asOf }, ...select.items.map((i) => ({ name: i.name, expr: lifted.rewrite(i.expr) }))],
    distinct: select.distinct,
  };
  return builder.add(name, columns, body);
}

/** An aggregate without GROUP BY has a row at every T, also where it saw nothing; and so have the groups that always exist. */
function liftGroupsApart(
  select: CheckedSelect,
  name: string,
  columns: readonly PlanColumn[],
  builder: Builder,
  always: Groups | null,
): string {
  const keys = select.groupBy ?? [];
  const lifted = liftInput(select, [select.where, ...aggregatesOf(select)], builder);
  const split = splitAggregates(select, lifted.rewrite);
  const keyNames = keys.map((_, i) => `GROUP_KEY_${i + 1}`);
  const groups = builder.add(
    `${name}_GROUPS`,
    [{ name: asOfColumn, type: timestamp }, ...keys.map((k, i) => ({ name: keyNames[i] as string, type: k.type })), ...split.columns],
    {
      kind: 'select',
      from: lifted.from,
      where: lifted.where,
      groupBy: [lifted.asOf, ...keys.map(lifted.rewrite)],
      having: null,
      qualify: null,
      items: [
        { name: asOfColumn, expr: lifted.asOf },
        ...keys.map((k, i) => ({ name: keyNames[i] as string, expr: lifted.rewrite(k) })),
        ...split.items,
      ],
      distinct: false,
    },
  );
  const groupRelation = freshRelation(builder);
  const groupRef: PlanFrom = { kind: 'step', step: groups, relation: groupRelation, alias: 'GROUPS' };
  let from: PlanFrom = groupRef;
  let asOf: PlanExpr = asColumn(groupRelation, asOfColumn, timestamp, false);
  let keyColumns = keys.map((key, i) => ({ key, column: asColumn(groupRelation, keyNames[i] as string, key.type, true) }));
  if (keys.length === 0 || always !== null) {
    const all = always === null ? instantsOnly(builder) : leaf(always.step, freshRelation(builder), 'OUTER_VALUES');
    const relation = all.from.kind === 'step' ? all.from.relation : '';
    asOf = all.asOf;
    const known = keyColumns;
    keyColumns = (always?.columns ?? []).map((column, i) => ({
      key: keys[i] as Expr,
      column: asColumn(relation, column, (keys[i] as Expr).type, true),
    }));
    from = {
      kind: 'join',
      join: 'left',
      left: all.from,
      right: groupRef,
      on: [
        equals(asColumn(groupRelation, asOfColumn, timestamp, true), asOf),
        ...keyColumns.map(({ column }, i) => callOf('IS NOT DISTINCT FROM', [known[i]?.column as PlanExpr, column])),
      ],
    };
  }
  const post = [
    ...select.items.map((i) => i.expr),
    ...(select.having === null ? [] : [select.having]),
    ...(select.qualify === null ? [] : [select.qualify]),
  ];
  const overGroups = (e: Expr): PlanExpr => split.afterGrouping(e, keyColumns, groupRelation, asOf);
  const subs = liftSubqueries(post.map(overGroups), from, asOf, builder);
  const after = (e: Expr): PlanExpr => {
    const grouped = subs.rewrite(overGroups(e));
    return rewrite(grouped, (x) => (x.kind === 'window' ? { ...x, partitionBy: [asOf, ...x.partitionBy] } : x));
  };
  return builder.add(name, columns, {
    kind: 'select',
    from: subs.from,
    where: select.having === null ? [] : conjunctsOf(after(select.having)),
    groupBy: null,
    having: null,
    qualify: select.qualify === null ? null : after(select.qualify),
    items: [{ name: asOfColumn, expr: asOf }, ...select.items.map((i) => ({ name: i.name, expr: after(i.expr) }))],
    distinct: select.distinct,
  });
}

function instantsOnly(builder: Builder): LiftedFrom {
  const relation = freshRelation(builder);
  return {
    from: { kind: 'step', step: instantsStep, relation, alias: 'INSTANTS' },
    asOf: asColumn(relation, asOfColumn, timestamp, false),
  };
}

function liftFrom(from: CheckedFrom, builder: Builder): LiftedFrom {
  switch (from.kind) {
    case 'source':
      return leaf(liftSource(from, builder), from.id, from.alias);
    case 'cte': {
      const step = builder.cteSteps.get(from.cte);
      if (step === undefined) throw new Error(`no step for CTE ${from.cte}`);
      return leaf(step, from.id, from.alias);
    }
    case 'derived':
      return leaf(liftQuery(from.query, from.alias, builder), from.id, from.alias);
    case 'flatten': {
      const left = liftFrom(from.left, builder);
      const input = rewrite(from.input, (x) => (x.kind === 'as-of' ? left.asOf : x));
      return {
        from: { kind: 'flatten', left: left.from, relation: from.id, alias: from.alias, input, outer: from.outer },
        asOf: left.asOf,
      };
    }
    case 'join': {
      const left = liftFrom(from.left, builder);
      const right = liftFrom(from.right, builder);
      // Within ON both sides are at the same T.
      const own = (e: Expr): PlanExpr => rewrite(e, (x) => (x.kind === 'as-of' ? left.asOf : x));
      const sides = {
        kind: 'join' as const,
        left: left.from,
        right: right.from,
        on: [equals(left.asOf, right.asOf), ...conjunctsOf(from.on).map(own)],
      };
      if (from.join === 'asof') return { from: { ...sides, join: 'asof', match: own(from.match) }, asOf: left.asOf };
      return {
        from: { ...sides, join: from.join === 'cross' ? 'inner' : from.join },
        asOf:
          from.join === 'full'
            ? { kind: 'call', fn: 'COALESCE', args: [left.asOf, right.asOf], type: timestamp, nullable: false, span: left.asOf.span }
            : left.asOf,
      };
    }
  }
}

function leaf(step: string, relation: string, alias: string): LiftedFrom {
  return { from: { kind: 'step', step, relation, alias }, asOf: asColumn(relation, asOfColumn, timestamp, false) };
}

function aggregatesOf(select: CheckedSelect): readonly Expr[] {
  const found: Expr[] = [];
  const visit = (e: Expr): void => {
    if (e.kind === 'aggregate') found.push(e);
    else
      rewrite(e, (x) => {
        if (x.kind === 'aggregate') found.push(x);
        return x;
      });
  };
  for (const e of [...select.items.map((i) => i.expr), select.having, select.qualify]) if (e !== null) visit(e);
  return [...found, ...(select.groupBy ?? [])];
}

/** Outside aggregates: those inside belong to the rows that are grouped. */
function hasQuery(e: Expr): boolean {
  let found = false;
  replaceTop(e, (x) => {
    if (x.kind === 'in-query' || x.kind === 'exists' || x.kind === 'subquery') found = true;
    return x.kind === 'aggregate' ? x : undefined;
  });
  return found;
}
