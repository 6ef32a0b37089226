/** FROM: sources, CTEs, derived tables, joins; and which keys their rows are unique by. */
import type { Fixed, Source } from '../catalog.ts';
import { didYouMean, error, note } from '../diagnostics.ts';
import type { Expression, Identifier, TableExpression } from '../parse/syntax.ts';
import type { Span } from '../source.ts';
import { boolean, timestamp } from '../sql-type.ts';
import { bindAsOf } from './asof.ts';
import { type Bound, conjuncts, contains, noFacts } from './bound.ts';
import type { CheckedColumn, Expr } from './checked.ts';
import { requireBoolean } from './coerce.ts';
import {
  type BoundFrom,
  type BoundQuery,
  demand,
  display,
  displayPath,
  type Environment,
  type ExpressionScope,
  fail,
  freshRelation,
  type Session,
} from './context.ts';
import { bindFlatten } from './flatten.ts';
import { joinInputs } from './join-keys.ts';
import { bindLateral } from './lateral.ts';
import { boundColumn } from './names.ts';
import { bindPivot } from './pivot.ts';
import { columnExpr, type Input, outOfReach, type Relation } from './relation.ts';
import { applyScalar } from './scalar.ts';

export const emptyInput: Input = {
  relations: [],
  merged: new Map(),
  uniqueKeys: [[]],
  rowKey: null,
  optional: new Set(),
  repeated: new Set(),
};

export function bindFrom(tables: readonly TableExpression[], environment: Environment, outer: readonly Input[]): BoundFrom | null {
  const [first, ...rest] = tables;
  if (first === undefined || (rest.length === 0 && isDual(first, environment))) return null;
  return rest.reduce(
    (left, table) =>
      table.kind === 'flatten'
        ? flattened(left, table, environment, outer)
        : isLateral(table)
          ? joinLateral(table, 'inner', left, table.span, () => null, environment, outer)
          : cross(left, bindTable(table, environment, outer), table.span, environment),
    bindTable(first, environment, outer),
  );
}

/** Oracle's table of one row, which Snowflake knows too. */
function isDual(table: TableExpression, { session, ctes }: Environment): boolean {
  const declared = [...ctes, ...session.catalog.sources, ...(session.catalog.fixed ?? [])].some((r) => r.name.toUpperCase() === 'DUAL');
  return !declared && table.kind === 'table' && table.path.length === 1 && table.path[0]?.name === 'DUAL';
}

function cross(left: BoundFrom, right: BoundFrom, span: Span, environment: Environment): BoundFrom {
  requireDistinctAliases(left.input, right.input, span, environment);
  return {
    from: { kind: 'join', join: 'cross', left: left.from, right: right.from, on: null },
    input: joinInputs('cross', left.input, right.input, null, new Map()),
  };
}

function bindTable(table: TableExpression, environment: Environment, outer: readonly Input[]): BoundFrom {
  switch (table.kind) {
    case 'table':
      return bindName(table, environment);
    case 'derived':
    case 'pivot':
    case 'unpivot': {
      const bound =
        table.kind === 'derived'
          ? environment.bindQuery(table.query, environment, outOfReach(outer))
          : bindPivot(table, environment, outer);
      return derived(freshRelation(environment.session), table, bound);
    }
    case 'flatten':
      return fail(
        environment.session,
        error(
          'sql-unsupported',
          table.span,
          'not supported: FLATTEN without a relation to its left',
          'FROM t, LATERAL FLATTEN(INPUT => t.v) AS f',
        ),
      );
    case 'join':
      return bindJoin(table, environment, outer);
  }
}

function derived(id: string, { alias: written, span }: Exclude<TableExpression, { kind: 'join' }>, bound: BoundQuery): BoundFrom {
  const alias = written?.name ?? `UNNAMED_${id.toUpperCase()}`;
  const relation = queryRelation(id, alias, bound);
  return { from: { kind: 'derived', id, query: bound.query, alias, columns: relation.columns }, input: inputOf(relation, span) };
}

type Lateral = Extract<TableExpression, { kind: 'derived' }>;

function isLateral(table: TableExpression): table is Lateral {
  return table.kind === 'derived' && table.lateral;
}

/** `condition`: what ON says of both sides. */
function joinLateral(
  table: Lateral,
  join: 'inner' | 'left',
  left: BoundFrom,
  span: Span,
  condition: (both: Input) => Expr | null,
  environment: Environment,
  outer: readonly Input[],
): BoundFrom {
  const lateral = bindLateral(table, left.input, environment, outer);
  const id = freshRelation(environment.session);
  const right = derived(id, table, lateral.bound);
  requireDistinctAliases(left.input, right.input, span, environment);
  const parts = [lateral.on(id), condition(sidesOf(left.input, right.input))].filter((part) => part !== null);
  const [first, ...others] = parts;
  if (first === undefined && join === 'inner') return cross(left, right, span, environment);
  const always: Expr = { kind: 'literal', text: true, type: boolean, span };
  const and = (a: Expr, b: Expr): Expr => ({ kind: 'call', fn: 'AND', args: [a, b], type: boolean, nullable: true, span });
  const on = others.reduce(and, first ?? always);
  return {
    from: { kind: 'join', join, left: left.from, right: right.from, on },
    input: joinInputs(join, left.input, right.input, on, new Map()),
  };
}

function bindName(table: Extract<TableExpression, { kind: 'table' }>, environment: Environment): BoundFrom {
  const { session } = environment;
  const last = table.path[table.path.length - 1] as Identifier;
  if (table.path.length > 1) {
    fail(
      session,
      error(
        'unknown-source',
        table.span,
        `\`${displayPath(table.path)}\`: features name declared sources, not warehouse tables`,
        `write \`${display(last.name)}\`, and declare it in transforms/sources.yml`,
      ),
    );
  }
  const alias = (table.alias ?? last).name;
  const cte = environment.ctes.find((c) => c.name === last.name);
  if (cte !== undefined) {
    const relation = queryRelation(freshRelation(session), alias, cte.bound);
    return { from: { kind: 'cte', id: relation.id, cte: cte.id, alias, columns: relation.columns }, input: inputOf(relation, table.span) };
  }
  const written = last.name.toUpperCase();
  const fixed = session.catalog.fixed?.find((f) => f.name === last.name);
  if (fixed !== undefined) {
    const relation = fixedRelation(freshRelation(session), alias, fixed);
    session.sources.add(fixed.name);
    return {
      from: { kind: 'source', id: relation.id, source: fixed.name, mode: 'fixed', alias, columns: relation.columns },
      input: inputOf(relation, table.span),
    };
  }
  const source = session.catalog.sources.find((s) => s.name.toUpperCase() === written);
  const history = session.catalog.sources.find((s) => s.kind === 'table' && `${s.name.toUpperCase()}_HISTORY` === written);
  if (source === undefined && history === undefined) {
    const known = [
      ...environment.ctes.map((c) => display(c.name)),
      ...session.catalog.sources.flatMap((s) => (s.kind === 'table' ? [s.name, `${s.name}_history`] : [s.name])),
    ];
    fail(
      session,
      error(
        'unknown-source',
        table.span,
        `nothing is called \`${display(last.name)}\``,
        didYouMean(display(last.name), known) ?? 'declare it in transforms/sources.yml',
      ),
    );
  }
  const relation =
    source !== undefined
      ? sourceRelation(freshRelation(session), alias, source)
      : historyRelation(freshRelation(session), alias, history as Source);
  const named = (source ?? history) as Source;
  session.sources.add(named.name);
  const mode = source === undefined ? 'history' : named.kind;
  return {
    from: { kind: 'source', id: relation.id, source: named.name, mode, alias, columns: relation.columns },
    input: inputOf(relation, table.span),
  };
}

function sourceColumns(source: Source): CheckedColumn[] {
  const required = new Set([...source.key, source.kind === 'stream' ? source.eventTime : source.updatedAt]);
  return source.columns.map((c) => ({ name: c.name, type: c.type, nullable: !required.has(c.name) }));
}

function sourceRelation(id: string, alias: string, source: Source): Relation {
  const facts = new Map(source.columns.flatMap((c) => (c.max === null ? [] : [[c.name, { ...noFacts, digits: c.max.toString().length }]])));
  const stream = source.kind === 'stream';
  const rowKey = stream ? [...new Set([...source.key, source.eventTime])] : null;
  return {
    id,
    alias,
    columns: sourceColumns(source),
    facts,
    uniqueKeys: [rowKey ?? source.key],
    rowKey: rowKey === null ? null : () => rowKey,
    origin: source.kind,
    versionKey: null,
    timeColumn: stream ? source.eventTime : null,
  };
}

function fixedRelation(id: string, alias: string, fixed: Fixed): Relation {
  return {
    id,
    alias,
    columns: fixed.columns.map(({ name, type }) => ({ name, type, nullable: true })),
    facts: new Map(),
    uniqueKeys: fixed.keys,
    rowKey: null,
    origin: 'fixed',
    versionKey: null,
    timeColumn: null,
  };
}

function historyRelation(id: string, alias: string, source: Source): Relation {
  if (source.kind !== 'table') throw new Error(`${source.name} has no history`);
  const columns: CheckedColumn[] = [
    ...sourceColumns(source).filter((c) => c.name !== 'VALID_FROM' && c.name !== 'VALID_TO'),
    { name: 'VALID_FROM', type: timestamp, nullable: false },
    { name: 'VALID_TO', type: timestamp, nullable: true },
  ];
  const key = [...new Set([...source.key, source.updatedAt, ...(source.versionBy === null ? [] : [source.versionBy])])];
  return {
    id,
    alias,
    columns,
    facts: new Map(),
    uniqueKeys: [key],
    rowKey: null,
    origin: 'history',
    versionKey: source.key,
    timeColumn: null,
  };
}

function queryRelation(id: string, alias: string, bound: BoundQuery): Relation {
  return {
    id,
    alias,
    // The query's own array: a tie-break may add hidden columns to it later.
    columns: bound.query.columns as CheckedColumn[],
    facts: bound.facts,
    uniqueKeys: bound.uniqueKeys,
    rowKey: bound.rowKey,
    origin: 'query',
    versionKey: null,
    timeColumn: null,
  };
}

function inputOf(relation: Relation, span: Span): Input {
  const exprs = (names: readonly string[]): readonly Expr[] => names.map((n) => columnExpr(relation, n, span));
  const { rowKey } = relation;
  return {
    relations: [relation],
    merged: new Map(),
    uniqueKeys: relation.uniqueKeys.map(exprs),
    rowKey: rowKey === null ? null : () => exprs(rowKey()),
    optional: new Set(),
    repeated: new Set(),
  };
}

function requireDistinctAliases(left: Input, right: Input, span: Span, environment: Environment): void {
  const taken = left.relations.find((l) => right.relations.some((r) => r.alias === l.alias));
  if (taken !== undefined) {
    fail(
      environment.session,
      error('name-taken', span, `two relations of one FROM are called \`${display(taken.alias)}\``, 'give one an alias: … AS other'),
    );
  }
}

function flattened(
  left: BoundFrom,
  table: Extract<TableExpression, { kind: 'flatten' }>,
  environment: Environment,
  outer: readonly Input[],
): BoundFrom {
  const both = bindFlatten(left, table, environment, outer);
  const added = both.input.relations.slice(-1);
  requireDistinctAliases(left.input, { ...emptyInput, relations: added }, table.span, environment);
  return both;
}

function bindJoin(table: Extract<TableExpression, { kind: 'join' }>, environment: Environment, outer: readonly Input[]): BoundFrom {
  const { session } = environment;
  if (table.right.kind === 'flatten') return joinFlatten(table, table.right, environment, outer);
  if (isLateral(table.right)) return bindLateralJoin(table, table.right, environment, outer);
  const written = { left: bindTable(table.left, environment, outer), right: bindTable(table.right, environment, outer) };
  const { left, right } = table.join === 'right' ? { left: written.right, right: written.left } : written;
  const join = table.join === 'right' ? 'left' : table.join;
  requireDistinctAliases(left.input, right.input, table.span, environment);
  const scope = conditionScope(sidesOf(written.left.input, written.right.input), environment, outer);
  if (join === 'asof') {
    const merged = new Map<string, Expr>();
    const on = table.using.length > 0 ? usingCondition(table.using, join, left.input, right.input, merged, scope) : null;
    return bindAsOf(table, left, right, on, merged, scope);
  }
  if (join === 'cross' || (table.on === null && table.using.length === 0)) {
    if (join !== 'cross')
      demand(
        session,
        error('join-without-condition', table.right.span, 'this JOIN has no condition', 'write ON …, USING (…), or say CROSS JOIN'),
      );
    return cross(left, right, table.span, environment);
  }
  const merged = new Map<string, Expr>();
  const on =
    table.on === null ? usingCondition(table.using, join, left.input, right.input, merged, scope) : boundCondition(table.on, scope);
  const input = joinInputs(join, left.input, right.input, on, merged);
  noteTableAtRequest(left.input, right.input, table, environment);
  return { from: { kind: 'join', join, left: left.from, right: right.from, on }, input };
}

/** JOIN LATERAL FLATTEN(…) [ON TRUE]: the comma says the same. */
function joinFlatten(
  table: Extract<TableExpression, { kind: 'join' }>,
  right: Extract<TableExpression, { kind: 'flatten' }>,
  environment: Environment,
  outer: readonly Input[],
): BoundFrom {
  const always = table.using.length === 0 && (table.on === null || (table.on.kind === 'boolean' && table.on.value));
  if ((table.join !== 'inner' && table.join !== 'cross') || !always)
    fail(
      environment.session,
      error(
        'sql-unsupported',
        right.span,
        'not supported: FLATTEN in an outer join, or with a condition',
        'FLATTEN(INPUT => …, OUTER => TRUE) keeps rows without elements; a condition on elements belongs in WHERE',
      ),
    );
  return flattened(bindTable(table.left, environment, outer), right, environment, outer);
}

function sidesOf(left: Input, right: Input): Input {
  return {
    relations: [...left.relations, ...right.relations],
    merged: new Map(),
    uniqueKeys: [],
    rowKey: null,
    optional: new Set(),
    repeated: new Set(),
  };
}

function conditionScope(input: Input, environment: Environment, outer: readonly Input[]): ExpressionScope {
  return {
    ...environment,
    input,
    outer: outOfReach(outer),
    aliases: new Map(),
    aliasRule: 'none',
    aggregates: 'forbidden',
    windows: 'forbidden',
    place: 'ON',
    rolled: null,
    undecided: null,
    groups: null,
    nonZero: new Set(),
    lower: new Map(),
  };
}

function boundCondition(on: Expression, scope: ExpressionScope): Expr {
  return withoutQueries(requireBoolean(scope.bind(on, scope), 'ON', scope).expr, scope.session);
}

/** JOIN LATERAL needs no condition; the WHERE inside is one. */
function bindLateralJoin(
  table: Extract<TableExpression, { kind: 'join' }>,
  right: Lateral,
  environment: Environment,
  outer: readonly Input[],
): BoundFrom {
  const { join, using } = table;
  if ((join !== 'inner' && join !== 'left' && join !== 'cross') || using.length > 0)
    fail(
      environment.session,
      error(
        'sql-unsupported',
        right.span,
        `not supported: ${using.length > 0 ? 'USING' : `${join.toUpperCase()} JOIN`} with LATERAL`,
        'LEFT JOIN LATERAL … ON',
      ),
    );
  const { on } = table;
  const plain = on === null || (on.kind === 'boolean' && on.value);
  const condition = (both: Input): Expr | null => (plain ? null : boundCondition(on, conditionScope(both, environment, outer)));
  const left = bindTable(table.left, environment, outer);
  return joinLateral(right, join === 'left' ? 'left' : 'inner', left, table.span, condition, environment, outer);
}

const queries: ReadonlySet<Expr['kind']> = new Set(['exists', 'subquery', 'in-query']);

function withoutQueries(on: Expr, session: Session): Expr {
  const inside = conjuncts(on).find((part) => contains(part, (e) => queries.has(e.kind)));
  if (inside !== undefined)
    fail(
      session,
      error('sql-unsupported', inside.span, 'not supported: a query in ON', 'put it into WHERE, or compute it in a CTE before'),
    );
  return on;
}

/** USING (a, b): equality of each, and one column of each name: the preserved side's, or either's in a FULL JOIN. */
function usingCondition(
  using: readonly Identifier[],
  join: string,
  left: Input,
  right: Input,
  merged: Map<string, Expr>,
  scope: ExpressionScope,
): Expr {
  const parts = using.map((identifier): Bound => {
    const [l, r] = [left, right].map((input): Bound => {
      const relation = input.relations.find((rel) => rel.columns.some((c) => c.name === identifier.name));
      if (relation === undefined)
        fail(scope.session, error('unknown-column', identifier.span, `USING needs \`${display(identifier.name)}\` on both sides`));
      return boundColumn(relation, identifier.name, identifier.span, input);
    }) as [Bound, Bound];
    merged.set(identifier.name, join === 'full' ? applyScalar('COALESCE', [l, r], identifier.span, scope).expr : l.expr);
    return applyScalar('=', [l, r], identifier.span, scope);
  });
  return parts.reduce((a, b) => applyScalar('AND', [a, b], a.expr.span, scope)).expr;
}

function noteTableAtRequest(left: Input, right: Input, table: TableExpression & { kind: 'join' }, environment: Environment): void {
  const relations = [...left.relations, ...right.relations];
  const bare = relations.find((r) => r.origin === 'table');
  if (bare === undefined || !relations.some((r) => r.origin === 'stream')) return;
  const named = [table.left, table.right].flatMap(tableNames).find((t) => (t.alias ?? t.path.at(-1))?.name === bare.alias);
  const source = named?.path.at(-1)?.name ?? bare.alias;
  environment.session.diagnostics.push(
    note(
      'table-at-request',
      named?.span ?? table.span,
      `\`${display(source)}\` gives values at request time, not at the time of each event; did you mean history?`,
      `join \`${display(source)}_history\` ON … AND valid_from < event time AND (valid_to IS NULL OR event time <= valid_to)`,
    ),
  );
}

function tableNames(table: TableExpression): readonly (TableExpression & { kind: 'table' })[] {
  if (table.kind === 'join') return [...tableNames(table.left), ...tableNames(table.right)];
  return table.kind === 'table' ? [table] : [];
}
