/** ROLLUP, CUBE and GROUPING SETS: a UNION ALL of one GROUP BY for each set, in which the keys of the others are NULL. */
import { error } from '../diagnostics.ts';
import type { Select } from '../parse/syntax.ts';
import { typeName } from '../sql-type.ts';
import { contains, noFacts } from './bound.ts';
import type { CheckedColumn } from './checked.ts';
import { demand, display, type Environment, fail } from './context.ts';
import type { Input } from './relation.ts';
import { type BoundSelect, bindSelect } from './select.ts';
import type { BoundBody } from './set-operation.ts';

export function bindGroupingSets(
  syntax: Select,
  sets: readonly (readonly number[])[],
  environment: Environment,
  outer: readonly Input[],
): BoundBody {
  const { session } = environment;
  const place = Array.isArray(syntax.groupBy) ? (syntax.groupBy[0]?.span ?? syntax.span) : syntax.span;
  const refused = (what: string, hint: string): never =>
    fail(session, error('sql-unsupported', place, `not supported: ${what} of ROLLUP, CUBE or GROUPING SETS`, hint));
  if (syntax.distinct || syntax.qualify !== null) refused(syntax.distinct ? 'DISTINCT' : 'QUALIFY', 'put the GROUP BY in a CTE');
  if (sets.some((set) => set.length === 0))
    demand(
      session,
      error(
        'total-of-none',
        place,
        'the total over all rows: whether there is one where there are no rows is not documented',
        'UNION ALL a SELECT without GROUP BY',
      ),
    );
  const branches = sets.map((_, at): BoundSelect => {
    const said = session.diagnostics.length;
    const branch = bindSelect(syntax, environment, outer, undefined, { sets, at });
    // The same text again: what is wrong with it has been said.
    if (at > 0) session.diagnostics.length = said;
    if (branch.select.items.some((item) => contains(item.expr, (e) => e.kind === 'window')))
      refused('windows over the groups', 'put the GROUP BY in a CTE');
    return branch;
  });
  const [first] = branches as [BoundSelect];
  const columns = first.select.columns.map((column, i): CheckedColumn => {
    const all = branches.map((b) => b.select.columns[i] as CheckedColumn);
    if (all.some((c) => typeName(c.type) !== typeName(column.type)))
      refused(`the column \`${display(column.name)}\`, whose type depends on the set,`, 'cast it');
    return { ...column, nullable: all.some((c) => c.nullable) };
  });
  const facts = columns.map(({ name }) => {
    const all = branches.map((b) => b.facts.get(name) ?? noFacts);
    return [name, { ...noFacts, tainted: all.some((f) => f.tainted), approximate: all.some((f) => f.approximate) }] as const;
  });
  return {
    body: { kind: 'union-all', branches: branches.map((b) => ({ ...b.select, columns })), columns },
    facts: new Map(facts),
    places: first.places,
    uniqueKeys: [],
    rowKey: null,
  };
}
