/** Queries: CTEs in order, then the body. */
import { error } from '../diagnostics.ts';
import type { Query, QueryBody } from '../parse/syntax.ts';
import type { CheckedCte } from './checked.ts';
import { attempt, type BoundCte, type BoundQuery, display, type Environment, fail, freshCte, Unbound } from './context.ts';
import { bindGroupingSets } from './grouping-sets.ts';
import { type Input, outOfReach } from './relation.ts';
import { bindSelect } from './select.ts';
import { type BoundBody, bindSetOperation } from './set-operation.ts';

export function bindQuery(syntax: Query, environment: Environment, outer: readonly Input[]): BoundQuery {
  const { session } = environment;
  const cut = syntax.limit ?? syntax.offset;
  if (syntax.orderBy.length > 0 || syntax.orderAll !== null || cut !== null) {
    const what = cut === null ? 'ORDER BY' : syntax.limit === null ? 'OFFSET' : 'LIMIT';
    const span = cut?.span ?? syntax.orderBy[0]?.expression.span ?? syntax.orderAll?.span ?? syntax.span;
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
  const { body, ...rest } = bindBody(syntax.body, scope, outer);
  const { comments } = syntax;
  return { query: { ...(comments === undefined ? {} : { comments }), ctes, body, columns: body.columns }, ...rest };
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
    const bound = attempt(() => bindQuery(cte.query, scope, outOfReach(outer)));
    if (bound === undefined) {
      failed = true;
      continue;
    }
    if (scope.ctes.some((c) => c.name === cte.name.name && syntax.ctes.some((s) => s.name.name === c.name))) {
      session.diagnostics.push(error('name-taken', cte.name.span, `two CTEs are called \`${display(cte.name.name)}\``));
    }
    const id = freshCte(cte.name.name, session);
    ctes.push({ id, name: cte.name.name, query: bound.query });
    const added: BoundCte = { name: cte.name.name, id, bound };
    scope = { ...scope, ctes: [added, ...scope.ctes] };
  }
  // A broken CTE is reported once; what builds on it would only repeat the trouble.
  if (failed) throw new Unbound('a CTE');
  return { ctes, scope };
}

export function bindBody(syntax: QueryBody, environment: Environment, outer: readonly Input[]): BoundBody {
  switch (syntax.kind) {
    case 'select': {
      if (syntax.groupingSets !== null) return bindGroupingSets(syntax, syntax.groupingSets, environment, outOfReach(outer));
      const { select, ...rest } = bindSelect(syntax, environment, outer);
      return { body: select, ...rest };
    }
    case 'query': {
      if (syntax.query.ctes.length > 0)
        fail(environment.session, error('sql-unsupported', syntax.span, 'not supported: WITH inside a union', 'put the CTEs at the top'));
      const { query, ...rest } = bindQuery(syntax.query, environment, outer);
      return { body: query.body, ...rest };
    }
    case 'set': {
      const branch = (body: QueryBody): BoundBody => bindBody(body, environment, outOfReach(outer));
      return bindSetOperation(syntax, branch(syntax.left), branch(syntax.right), environment);
    }
  }
}
