/** Joins without parentheses, for ClickHouse: in its inner joins of a join, names of the inner relations are lost. */
import { NotOnEngine } from '../functions/engine-sql.ts';
import type { Sql } from '../sql/tree.ts';
import type { Relation } from './statement.ts';

type Join = Extract<Relation, { kind: 'join' }>;

/** a JOIN (b JOIN c ON x) ON y as (a JOIN b) JOIN c: each condition as soon as all that it names is there. */
export function leftDeep(join: Join): Join {
  const { left, right } = join;
  if (right.kind !== 'join') return join;
  if (![join.join, right.join].every((kind) => kind === 'inner' || kind === 'cross'))
    throw new NotOnEngine('an outer join with a join', 'clickhouse');
  const conditions = [...join.on, ...right.on];
  const last = namesIn(right.right);
  const early = conditions.filter((on) => ![...relationsNamed(on)].some((name) => last.has(name)));
  const late = conditions.filter((on) => !early.includes(on));
  return joined(leftDeep(joined(left, right.left, early)), right.right, late);
}

const joined = (left: Relation, right: Relation, on: readonly Sql[]): Join => ({
  kind: 'join',
  join: on.length === 0 ? 'cross' : 'inner',
  left,
  right,
  on,
});

const plain = (name: string): string => name.replaceAll('"', '').toLowerCase();

function namesIn(relation: Relation): ReadonlySet<string> {
  switch (relation.kind) {
    case 'table':
      return new Set([plain(relation.alias ?? relation.text)]);
    case 'join':
    case 'asof':
      return new Set([...namesIn(relation.left), ...namesIn(relation.right)]);
    case 'flatten':
      return new Set([...namesIn(relation.left), plain(relation.alias)]);
    default:
      return new Set([plain(relation.alias)]);
  }
}

function relationsNamed(node: unknown): ReadonlySet<string> {
  if (typeof node !== 'object' || node === null) return new Set();
  const sql = node as Partial<Extract<Sql, { kind: 'name' }>>;
  if (sql.kind === 'name' && sql.path !== undefined) return new Set(sql.path.length > 1 ? [plain(sql.path[0] as string)] : []);
  return new Set(Object.values(node).flatMap((part) => [...relationsNamed(part)]));
}
