/** Queries: CTEs in order, unions of equal width and type. */
import { error } from '../diagnostics.ts';
import type { Query, QueryBody } from '../parse/syntax.ts';
import { commonType, type SqlType, typeName } from '../sql-type.ts';
import { type Facts, noFacts } from './bound.ts';
import type { CheckedBody, CheckedColumn, CheckedCte, CheckedSelect, Expr } from './checked.ts';
import { castTo } from './coerce.ts';
import { constantKeys } from './constant-keys.ts';
import { attempt, type BoundCte, type BoundQuery, display, type Environment, type ExpressionScope, fail, Unbound } from './context.ts';
import { emptyInput } from './from.ts';
import type { Input } from './relation.ts';
import { bindSelect } from './select.ts';
import { distinctRows, groupsOfSides } from './set-operations.ts';

export interface BoundBody extends Omit<BoundQuery, 'query'> {
  readonly body: CheckedBody;
}

export function bindQuery(syntax: Query, environment: Environment, outer: readonly Input[]): BoundQuery {
  const { session } = environment;
  const cut = syntax.limit ?? syntax.offset;
  if (syntax.orderBy.length > 0 || cut !== null) {
    const what = cut === null ? 'ORDER BY' : syntax.limit === null ? 'OFFSET' : 'LIMIT';
    const span = cut?.span ?? syntax.orderBy[0]?.expression.span ?? syntax.span;
    session.diagnostics.push(
      error(
        'order-at-top',
        span,
        `${what}: rows of a feature have no order, and one row is returned per entity`,
        'to keep the first rows per group: QUALIFY ROW_NUMBER() OVER (PARTITION BY … ORDER BY …) <= n',
      ),
    );
  }
  const { ctes, scope } = bindCtes(syntax, environment, outer);
  const { body, facts, uniqueKeys, rowKey } = bindBody(syntax.body, scope, outer);
  return { query: { ctes, body, columns: body.columns }, facts, uniqueKeys, rowKey };
}

/** `scope`: what the body of the query sees. */
export function bindCtes(
  syntax: Query,
  environment: Environment,
  outer: readonly Input[],
): { readonly ctes: readonly CheckedCte[]; readonly scope: Environment } {
  const { session } = environment;
  const ctes: CheckedCte[] = [];
  let scope = environment;
  let failed = false;
  for (const cte of syntax.ctes) {
    const bound = attempt(() => bindQuery(cte.query, scope, outer));
    if (bound === undefined) {
      failed = true;
      continue;
    }
    if (scope.ctes.some((c) => c.name === cte.name.name && syntax.ctes.some((s) => s.name.name === c.name))) {
      session.diagnostics.push(error('name-taken', cte.name.span, `two CTEs are called \`${display(cte.name.name)}\``));
    }
    const id = freshCte(cte.name.name, environment);
    ctes.push({ id, name: cte.name.name, query: bound.query });
    const added: BoundCte = { name: cte.name.name, id, bound };
    scope = { ...scope, ctes: [added, ...scope.ctes] };
  }
  // A broken CTE is reported once; what builds on it would only repeat the trouble.
  if (failed) throw new Unbound('a CTE');
  return { ctes, scope };
}

function freshCte(name: string, environment: Environment): string {
  const { cteIds } = environment.session;
  let id = name;
  for (let n = 2; cteIds.has(id.toUpperCase()); n++) id = `${name}_${n}`;
  cteIds.add(id.toUpperCase());
  return id;
}

export function bindBody(syntax: QueryBody, environment: Environment, outer: readonly Input[]): BoundBody {
  switch (syntax.kind) {
    case 'select': {
      const { select, facts, uniqueKeys, rowKey } = bindSelect(syntax, environment, outer);
      return { body: select, facts, uniqueKeys, rowKey };
    }
    case 'query': {
      if (syntax.query.ctes.length > 0)
        fail(environment.session, error('sql-unsupported', syntax.span, 'not supported: WITH inside a union', 'put the CTEs at the top'));
      const { query, ...rest } = bindQuery(syntax.query, environment, outer);
      return { body: query.body, ...rest };
    }
    case 'set': {
      if (syntax.operator === 'UNION' && syntax.all) return bindUnion(syntax, environment, outer);
      const meant = syntax.operator === 'UNION' ? distinctRows(syntax) : groupsOfSides(syntax, columnsOf(syntax.left, environment, outer));
      const { select, facts, uniqueKeys, rowKey } = bindSelect(meant, environment, outer);
      return { body: select, facts, uniqueKeys, rowKey };
    }
  }
}

function columnsOf(body: QueryBody, environment: Environment, outer: readonly Input[]): readonly string[] {
  return bindBody(body, environment, outer).body.columns.map((c) => c.name);
}

function bindUnion(syntax: Extract<QueryBody, { kind: 'set' }>, environment: Environment, outer: readonly Input[]): BoundBody {
  const { session } = environment;
  const left = bindBody(syntax.left, environment, outer);
  const right = bindBody(syntax.right, environment, outer);
  if (left.body.columns.length !== right.body.columns.length) {
    fail(
      session,
      error(
        'type-mismatch',
        syntax.right.span,
        `the branches of a union have ${left.body.columns.length} and ${right.body.columns.length} columns`,
      ),
    );
  }
  const columns = left.body.columns.map((l, i): CheckedColumn => {
    const r = right.body.columns[i] as CheckedColumn;
    const type = commonType(l.type, r.type);
    if (type === undefined)
      fail(
        session,
        error(
          'type-mismatch',
          syntax.right.span,
          `column ${i + 1} of this union, \`${display(l.name)}\`, is ${typeName(l.type)} in one branch and ${typeName(r.type)} in another`,
          'cast one of the two',
        ),
      );
    return { name: l.name, type, nullable: l.nullable || r.nullable };
  });
  const types = columns.map((c) => c.type);
  const branches = [left.body, right.body]
    .flatMap((b) => (b.kind === 'union-all' ? b.branches : [b]))
    .map((b) => castBranch(b, types, environment, outer));
  const facts = new Map(
    left.body.columns.map((l, i): [string, Facts] => {
      const a = left.facts.get(l.name) ?? noFacts;
      const b = right.facts.get(right.body.columns[i]?.name ?? '') ?? noFacts;
      const digits = a.digits === undefined || b.digits === undefined ? {} : { digits: Math.max(a.digits, b.digits) };
      return [
        l.name,
        { nonZero: a.nonZero && b.nonZero, tainted: a.tainted || b.tainted, approximate: a.approximate || b.approximate, ...digits },
      ];
    }),
  );
  const uniqueKeys = constantKeys(
    branches,
    columns.map((c) => c.name),
  );
  return { body: { kind: 'union-all', branches, columns }, facts, uniqueKeys, rowKey: null };
}

function castBranch(body: CheckedBody, types: readonly SqlType[], environment: Environment, outer: readonly Input[]): CheckedBody {
  if (body.kind === 'union-all') return { ...body, branches: body.branches.map((b) => castBranch(b, types, environment, outer)) };
  const scope: ExpressionScope = {
    ...environment,
    input: emptyInput,
    outer,
    aliases: new Map(),
    aliasRule: 'none',
    aggregates: 'forbidden',
    windows: 'forbidden',
    place: 'a union',
    groups: null,
    nonZero: new Set(),
    lower: new Map(),
  };
  const items = body.items.map((item, i) => {
    const type = types[i];
    return type === undefined ? item : { ...item, expr: widened(item.expr, type, scope) };
  });
  const select: CheckedSelect = { ...body, items, columns: body.columns.map((c, i) => ({ ...c, type: types[i] ?? c.type })) };
  return select;
}

function widened(expr: Expr, type: SqlType, scope: ExpressionScope): Expr {
  return typeName(expr.type) === typeName(type) ? expr : castTo({ expr, facts: noFacts }, type, false, expr.span, scope).expr;
}
