/** A plan as one SQL statement: a CTE for each step, and the spine joined to the answer. */

import { leaves, relationsIn } from '../plan/from-leaves.ts';
import {
  answerRelation,
  asOfColumn,
  instantsStep,
  type Plan,
  type PlanExpr,
  type PlanFrom,
  type PlanSelect,
  type Running,
  type Scan,
  type Step,
  spineRelation,
} from '../plan/plan.ts';
import { eventColumn, mergedRelation, momentColumn } from '../plan/running-windows.ts';
import { binary, call, caseWhen, cast, isNull, name, postfix, type Sql, str, token } from '../sql/tree.ts';
import { type Dialect, identifier, withSettings } from './dialect.ts';
import { type ExpressionContext, literalSql, toSql } from './expression.ts';
import { printCtes, printSelect, type Relation, type SelectStatement } from './statement.ts';

export interface Surroundings {
  readonly dialect: Dialect;
  /** How the clean rows of a source are addressed: a table, or Jinja. */
  readonly source: (source: string) => string;
  /** The relation of what is asked: its columns are the entity's, AS_OF, and `passed`. */
  readonly spine:
    | { readonly text: string }
    | { readonly cte: string; readonly before?: readonly { readonly name: string; readonly text: string }[] };
  /** Columns of the spine that the answer hands through, in front. */
  readonly passed: readonly string[];
  /** More of them, as text in front of all: Jinja. */
  readonly passedText?: string;
  /** asked: a row for each row of the spine. found: the rows that the query returns at each T, with an entity. */
  readonly rows: 'asked' | 'found';
  /** Of the answer; otherwise it has none. */
  readonly orderBy?: string;
  /** Constant columns behind the outputs. */
  readonly appended: readonly { readonly name: string; readonly value: string }[];
}

export function planSql(plan: Plan, surroundings: Surroundings): string {
  const { dialect, spine } = surroundings;
  const used = usedSteps(plan);
  const ctes = plan.steps
    .filter((s) => used.has(s.name))
    .map((step) => ({ name: stepName(step.name), text: stepSql(step, plan, surroundings), comments: step.comments ?? [] }));
  const first = 'cte' in spine ? [...(spine.before ?? []), { name: 'SPINE', text: spine.cte }] : [];
  const selected = printSelect(surroundings.rows === 'asked' ? answerSelect(plan, surroundings) : foundSelect(plan, surroundings), dialect);
  const { passedText } = surroundings;
  const answer = passedText === undefined ? selected : selected.replace(/^SELECT\n {2}/, (select) => `${select}${passedText}`);
  const ordered = surroundings.orderBy === undefined ? answer : `${answer}\nORDER BY ${surroundings.orderBy}`;
  return withSettings(printCtes([...first, ...ctes], ordered, dialect), dialect);
}

function foundSelect(plan: Plan, { dialect, appended }: Surroundings): SelectStatement {
  const { context } = contextFor([{ relation: answerRelation, alias: 'ANSWER' }], dialect);
  const entity = plan.answer.entityColumns.map((c) => name('ANSWER', c));
  return selectOf({
    items: [
      ...plan.entity.map((e, i) => ({ expr: entity[i] as Sql, alias: e.name })),
      { expr: name('ANSWER', asOfColumn), alias: asOfColumn },
      ...plan.answer.outputs.map((o, i) => ({ expr: cast(toSql(o.expr, context), plan.outputs[i]?.type ?? o.expr.type), alias: o.name })),
      ...appended.map((a) => ({ expr: { kind: 'string' as const, value: a.value }, alias: a.name })),
    ],
    from: { kind: 'table', text: identifier(stepName(plan.answer.step), dialect), alias: 'ANSWER' },
    where: entity.map((e) => postfix(e, 'IS NOT NULL')),
  });
}

function stepName(name: string): string {
  return name === instantsStep ? 'INSTANTS' : name;
}

/** Others are not printed. */
export function usedSteps(plan: Plan): ReadonlySet<string> {
  const used = new Set([plan.answer.step]);
  for (const { name: stepIs, body } of [...plan.steps].reverse()) {
    if (!used.has(stepIs)) continue;
    if (body.kind === 'scan' || body.kind === 'running') used.add(body.driver);
    if (body.kind === 'select') for (const l of leaves(body.from)) used.add(l.step);
    if (body.kind === 'union-all') for (const b of body.branches) used.add(b);
  }
  return used;
}

function spineText({ spine }: Surroundings): string {
  return 'text' in spine ? spine.text : 'spine';
}

function stepSql(step: Step, plan: Plan, surroundings: Surroundings): string {
  const { body } = step;
  const { dialect } = surroundings;
  switch (body.kind) {
    case 'keys': {
      const items = [asOfColumn, ...body.entity].map((column) => ({ expr: name(column), alias: column }));
      return printSelect(selectOf({ distinct: true, items, from: { kind: 'table', text: spineText(surroundings), alias: null } }), dialect);
    }
    case 'union-all':
      return body.branches
        .map((branch, i) => {
          const columns = plan.steps.find((s) => s.name === branch)?.columns ?? [];
          const items = columns.map((c, k) => ({ expr: name(c.name), alias: i === 0 ? (step.columns[k]?.name ?? c.name) : c.name }));
          return printSelect(
            selectOf({ items, from: { kind: 'table', text: identifier(stepName(branch), dialect), alias: null } }),
            dialect,
          );
        })
        .join('\nUNION ALL\n');
    case 'running':
      return runningSql(body, surroundings);
    case 'scan':
      return scanSql(body, plan, surroundings);
    case 'select':
      return printSelect(selectStatement(body, surroundings), dialect);
  }
}

export function selectOf(parts: Partial<SelectStatement>): SelectStatement {
  return { distinct: false, items: [], from: null, where: [], groupBy: [], having: null, qualify: null, ...parts };
}

/** Aliases as the author gave them, numbered where two would collide. `read`: the steps that stand in this FROM. */
function contextFor(
  relations: readonly { readonly relation: string; readonly alias: string; readonly step?: string }[],
  dialect: Dialect,
  read: readonly string[] = [],
): { readonly context: ExpressionContext; readonly alias: (relation: string) => string } {
  const aliases = new Map<string, string>();
  const taken = new Set<string>();
  // Of `a AS b` and `b AS c` side by side, ClickHouse takes the second b for the alias.
  const others = new Set(dialect.engine === 'clickhouse' ? read.map((step) => stepName(step).toUpperCase()) : []);
  for (const { relation, alias, step } of relations) {
    let chosen = alias;
    const own = step === undefined ? undefined : stepName(step).toUpperCase();
    const isOther = (name: string): boolean => name !== own && others.has(name);
    for (let n = 2; taken.has(chosen.toUpperCase()) || isOther(chosen.toUpperCase()); n++) chosen = `${alias}_${n}`;
    taken.add(chosen.toUpperCase());
    aliases.set(relation, chosen);
  }
  const alias = (relation: string): string => {
    const found = aliases.get(relation);
    if (found === undefined) throw new Error(`no relation ${relation} here`);
    return found;
  };
  return { context: { engine: dialect.engine, column: (relation, column) => name(alias(relation), column) }, alias };
}

function selectStatement(select: PlanSelect, { dialect }: Surroundings): SelectStatement {
  const { context, alias } = contextFor(
    relationsIn(select.from),
    dialect,
    leaves(select.from).map((leaf) => leaf.step),
  );
  const sql = (e: PlanExpr): Sql => toSql(e, context);
  const relation = (from: PlanFrom): Relation =>
    from.kind === 'flatten'
      ? {
          kind: 'flatten',
          left: relation(from.left),
          input: sql(from.input),
          of: from.input.type.kind === 'array' ? from.input.type.of : null,
          outer: from.outer,
          alias: alias(from.relation),
        }
      : from.kind === 'step'
        ? {
            kind: 'table',
            text: identifier(stepName(from.step), dialect),
            alias: alias(from.relation) === from.step ? null : alias(from.relation),
          }
        : from.join === 'asof'
          ? { kind: 'asof', left: relation(from.left), right: relation(from.right), on: from.on.map(sql), match: sql(from.match) }
          : { kind: 'join', join: from.join, left: relation(from.left), right: relation(from.right), on: from.on.map(sql) };
  return {
    distinct: select.distinct,
    items: select.items.map((i) => ({ expr: sql(i.expr), alias: i.name })),
    from: relation(select.from),
    where: select.where.map(sql),
    groupBy: (select.groupBy ?? []).map(sql),
    having: select.having === null ? null : sql(select.having),
    qualify: select.qualify === null ? null : sql(select.qualify),
  };
}

function scanSql(scan: Scan, plan: Plan, surroundings: Surroundings): string {
  const { dialect, source } = surroundings;
  const { context, alias } = contextFor(
    [
      { relation: scan.driverRelation, alias: scan.match.length > 0 ? 'ASKED' : 'INSTANT' },
      { relation: scan.relation, alias: scan.alias },
    ],
    dialect,
    [scan.driver],
  );
  const sql = (e: PlanExpr): Sql => toSql(e, context);
  const driver = alias(scan.driverRelation);
  const matches = scan.match.map((m) => binary(sql(m.value), '=', name(driver, m.column.name)));
  const bucket =
    scan.buckets === null || scan.time === null
      ? []
      : [binary(bucketOf(sql(scan.time), scan.buckets.size, dialect), '=', name(driver, bucketColumn(scan, plan)))];
  const on = [...matches, ...bucket, ...scan.conditions.map(sql)];
  const select = selectOf({
    items: scan.items.map((i) => ({ expr: sql(i.expr), alias: i.name })),
    from: {
      kind: 'join',
      join: on.length === 0 ? 'cross' : 'inner',
      left: driverSql(scan, driver, plan, dialect),
      right: { kind: 'table', text: source(scan.source), alias: alias(scan.relation) },
      on,
    },
  });
  return printSelect(select, dialect);
}

/** Events of the requested entities, and the questions, as one relation; the running aggregates over it. */
function runningSql(running: Running, { dialect, source }: Surroundings): string {
  const { context, alias } = contextFor([{ relation: running.relation, alias: running.alias }], dialect, [running.driver]);
  const sql = (e: PlanExpr): Sql => toSql(e, context);
  const driver = identifier(stepName(running.driver), dialect);
  const keys = running.match.map((m) => m.column.name);
  const asked = selectOf({
    distinct: true,
    items: keys.map((k) => ({ expr: name(k), alias: k })),
    from: { kind: 'table', text: driver, alias: null },
  });
  const events = selectOf({
    items: [
      ...running.match.map((m) => ({ expr: sql(m.value), alias: m.column.name })),
      { expr: sql(running.time), alias: momentColumn },
      { expr: token(1), alias: eventColumn },
      ...running.arguments.map((a) => ({ expr: sql(a.expr), alias: a.name })),
    ],
    from: {
      kind: 'join',
      join: 'inner',
      left: { kind: 'derived', select: asked, alias: 'ASKED' },
      right: { kind: 'table', text: source(running.source), alias: alias(running.relation) },
      on: [...running.match.map((m) => binary(sql(m.value), '=', name('ASKED', m.column.name))), ...running.conditions.map(sql)],
    },
  });
  const questions = selectOf({
    items: [
      ...keys.map((k) => ({ expr: name(k), alias: k })),
      { expr: name(asOfColumn), alias: momentColumn },
      { expr: token('NULL'), alias: eventColumn },
      ...running.arguments.map((a) => ({ expr: cast(token('NULL'), a.expr.type), alias: a.name })),
    ],
    from: { kind: 'table', text: driver, alias: null },
  });
  const merged = contextFor([{ relation: mergedRelation, alias: 'MERGED' }], dialect).context;
  const select = selectOf({
    items: running.items.map((i) => ({ expr: toSql(i.expr, merged), alias: i.name })),
    from: { kind: 'union', branches: [events, questions], alias: 'MERGED' },
  });
  return printSelect(select, dialect);
}

function driverSql(scan: Scan, alias: string, plan: Plan, dialect: Dialect): Relation {
  const text = identifier(stepName(scan.driver), dialect);
  if (scan.buckets === null) return { kind: 'table', text, alias };
  const columns = plan.steps.find((s) => s.name === scan.driver)?.columns ?? [];
  const last = bucketOf(name('KEYS', asOfColumn), scan.buckets.size, dialect);
  const back = binary(name('BUCKETS', 'BACK'), '*', token(scan.buckets.size));
  return {
    kind: 'derived',
    alias,
    select: selectOf({
      items: [
        ...columns.map((c) => ({ expr: name('KEYS', c.name), alias: c.name })),
        { expr: binary(last, '-', back), alias: bucketColumn(scan, plan) },
      ],
      from: {
        kind: 'join',
        join: 'cross',
        left: { kind: 'table', text, alias: 'KEYS' },
        right: { kind: 'table', text: '(SELECT 0 AS back UNION ALL SELECT 1)', alias: 'BUCKETS' },
        on: [],
      },
    }),
  };
}

/** An entity may be called like it, in either case. */
function bucketColumn(scan: Scan, plan: Plan): string {
  const taken = plan.steps.find((s) => s.name === scan.driver)?.columns.map((c) => c.name.toUpperCase()) ?? [];
  let column = 'TIME_BUCKET';
  while (taken.includes(column)) column += '_';
  return column;
}

/**
 * Where the bucket that holds `time` begins, in microseconds since 1970. No quotient is taken: Snowflake would round
 * 0.9999999 up. (Before 1970 the remainder is negative, and two buckets become one that still holds all it must.)
 */
function bucketOf(time: Sql, size: string, dialect: Dialect): Sql {
  switch (dialect.engine) {
    case 'duckdb': {
      const micros = call('epoch_us', time);
      return binary(micros, '-', binary(micros, '%', token(size)));
    }
    case 'clickhouse': {
      const micros = call('toUnixTimestamp64Micro', time);
      // Bare digits have no sign, and take it from the other operand.
      return binary(micros, '-', binary(micros, '%', call('toInt64', token(size))));
    }
    case 'postgres': {
      const micros = cast(binary(call('pg_catalog.extract', str('epoch'), time), '*', token(1_000_000)), 'BIGINT');
      return binary(micros, '-', binary(micros, '%', token(size)));
    }
    case 'snowflake': {
      const micros = call('DATE_PART', token('EPOCH_MICROSECOND'), time);
      return binary(micros, '-', call('MOD', micros, token(size)));
    }
  }
}

function answerSelect(plan: Plan, surroundings: Surroundings): SelectStatement {
  const { dialect, passed, appended } = surroundings;
  const { answer } = plan;
  const { context } = contextFor(
    [
      { relation: spineRelation, alias: 'SPINE' },
      { relation: answerRelation, alias: 'ANSWER' },
    ],
    dialect,
  );
  const spine = (column: string): Sql => name('SPINE', column);
  const absent = isNull(name('ANSWER', asOfColumn));
  const outputs = answer.outputs.map((o) => {
    const value = toSql(o.expr, context);
    const type = plan.outputs.find((p) => p.name === o.name)?.type ?? { kind: 'null' as const };
    const withDefault =
      answer.absentIsDefault && o.whenAbsent !== null
        ? caseWhen([{ when: absent, then: literalSql(o.whenAbsent.text, o.whenAbsent.type, dialect.engine) }], value)
        : value;
    return { expr: cast(withDefault, type), alias: o.name };
  });
  return selectOf({
    items: [
      ...passed.map((c) => ({ expr: spine(c), alias: c })),
      ...plan.entity.map((e) => ({ expr: spine(e.name), alias: e.name })),
      { expr: spine(asOfColumn), alias: asOfColumn },
      ...outputs,
      ...appended.map((a) => ({ expr: { kind: 'string' as const, value: a.value }, alias: a.name })),
    ],
    from: {
      kind: 'join',
      join: 'left',
      left: { kind: 'table', text: spineText(surroundings), alias: spineText(surroundings) === 'spine' ? null : 'SPINE' },
      right: { kind: 'table', text: identifier(stepName(answer.step), dialect), alias: 'ANSWER' },
      on: [
        ...plan.entity.map((e, i) => binary(name('ANSWER', answer.entityColumns[i] as string), '=', spine(e.name))),
        binary(name('ANSWER', asOfColumn), '=', spine(asOfColumn)),
      ],
    },
  });
}
