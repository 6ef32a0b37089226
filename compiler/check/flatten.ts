/** LATERAL FLATTEN: elements as rows beside the row that holds them. */
import { error } from '../diagnostics.ts';
import type { TableExpression } from '../parse/syntax.ts';
import { integer, type SqlType, typeName, varchar, variant } from '../sql-type.ts';
import { contains, noFacts } from './bound.ts';
import type { CheckedColumn } from './checked.ts';
import { type BoundFrom, type Environment, type ExpressionScope, fail, freshRelation } from './context.ts';
import { columnExpr, type Input, outOfReach, type Relation } from './relation.ts';

type Flatten = Extract<TableExpression, { kind: 'flatten' }>;

export function bindFlatten(left: BoundFrom, syntax: Flatten, environment: Environment, outer: readonly Input[]): BoundFrom {
  const { session } = environment;
  const scope: ExpressionScope = {
    ...environment,
    input: left.input,
    outer: outOfReach(outer),
    aliases: new Map(),
    aliasRule: 'none',
    aggregates: 'forbidden',
    windows: 'forbidden',
    place: 'FLATTEN',
    rolled: null,
    undecided: null,
    groups: null,
    nonZero: new Set(),
    lower: new Map(),
  };
  const { expr } = scope.bind(syntax.input, scope);
  if (contains(expr, (e) => e.kind === 'subquery' || e.kind === 'exists' || e.kind === 'in-query'))
    fail(session, error('sql-unsupported', expr.span, 'not supported: a subquery inside FLATTEN', 'compute it in a CTE first'));
  if (expr.type.kind !== 'variant' && expr.type.kind !== 'array')
    fail(session, error('type-mismatch', expr.span, `FLATTEN needs a VARIANT or an array; this is ${typeName(expr.type)}`));
  const id = freshRelation(session);
  const alias = syntax.alias?.name ?? `FLATTENED_${id.toUpperCase()}`;
  const columns = columnsOf(expr.type, syntax.outer);
  const relation: Relation = {
    id,
    alias,
    columns,
    facts: new Map(columns.map((c) => [c.name, noFacts])),
    uniqueKeys: [],
    rowKey: null,
    origin: 'query',
    versionKey: null,
    timeColumn: null,
  };
  // An element has a place or a key; the row that OUTER keeps has neither, and is alone.
  const place = columns.filter((c) => c.name !== 'VALUE').map((c) => columnExpr(relation, c.name, syntax.span));
  const { rowKey } = left.input;
  return {
    from: { kind: 'flatten', id, alias, left: left.from, input: expr, outer: syntax.outer, columns },
    input: {
      relations: [...left.input.relations, relation],
      merged: left.input.merged,
      uniqueKeys: left.input.uniqueKeys.map((key) => [...key, ...place]),
      rowKey: rowKey === null ? null : () => [...rowKey(), ...place],
      optional: new Set([...left.input.optional, ...(syntax.outer ? [id] : [])]),
      repeated: new Set([...left.input.repeated, ...left.input.relations.map((r) => r.id)]),
    },
  };
}

function columnsOf(type: SqlType, outer: boolean): CheckedColumn[] {
  const index = { name: 'INDEX', type: integer };
  if (type.kind === 'array')
    return [
      { ...index, nullable: outer },
      { name: 'VALUE', type: { kind: 'element', of: type.of }, nullable: outer },
    ];
  return [
    { name: 'KEY', type: varchar, nullable: true },
    { ...index, nullable: true },
    { name: 'VALUE', type: variant, nullable: outer },
  ];
}
