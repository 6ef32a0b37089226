/** Which keys the rows of a join are unique by, and whether they still come one to one from a stream. */
import { conjuncts, contains, exprKey } from './bound.ts';
import type { Expr } from './checked.ts';
import { coversKey, type Input } from './relation.ts';

type Key = readonly Expr[];

export function joinInputs(
  join: 'inner' | 'left' | 'full' | 'cross',
  left: Input,
  right: Input,
  on: Expr | null,
  merged: ReadonlyMap<string, Expr>,
): Input {
  const pairs = equalities(on, left, right);
  const rightUnique = coversKey(
    right.uniqueKeys,
    pairs.map((p) => p.right),
  );
  const leftUnique = coversKey(
    left.uniqueKeys,
    pairs.map((p) => p.left),
  );
  const combined = left.uniqueKeys.flatMap((l) => right.uniqueKeys.map((r): Key => [...l, ...r]));
  const uniqueKeys: Key[] = [...combined];
  if (join !== 'full') {
    if (rightUnique || right.uniqueKeys.some((k) => k.length === 0)) uniqueKeys.push(...left.uniqueKeys);
    if (join !== 'left' && (leftUnique || left.uniqueKeys.some((k) => k.length === 0))) uniqueKeys.push(...right.uniqueKeys);
  } else if (leftUnique && rightUnique && pairs.length === conjuncts(on).length) {
    // Each key value meets at most one row of either side, and COALESCE gives that value. A further condition in ON
    // would keep the two rows of one value apart, and both would be there.
    uniqueKeys.push(
      pairs.map((p) => coalesce(p.left, p.right)),
      pairs.map((p) => coalesce(p.right, p.left)),
    );
  }
  const oneToOne = (join === 'inner' || join === 'left') && (rightUnique || right.uniqueKeys.some((k) => k.length === 0));
  const optional = new Set([...left.optional, ...right.optional]);
  if (join === 'left' || join === 'full') for (const r of right.relations) optional.add(r.id);
  if (join === 'full') for (const r of left.relations) optional.add(r.id);
  return {
    relations: [...left.relations, ...right.relations],
    merged: new Map([...left.merged, ...right.merged, ...merged]),
    uniqueKeys: join === 'inner' ? withEquals(uniqueKeys, pairs) : uniqueKeys,
    rowKey: oneToOne ? left.rowKey : null,
    optional,
  };
}

interface Equality {
  readonly left: Expr;
  readonly right: Expr;
}

/** The conjuncts of ON that equate a value of one side with a value of the other. */
export function equalities(on: Expr | null, left: Input, right: Input): readonly Equality[] {
  const only = (expr: Expr, input: Input): boolean => {
    const ids = new Set(input.relations.map((r) => r.id));
    return (
      contains(expr, (e) => e.kind === 'column') &&
      !contains(expr, (e) => (e.kind === 'column' && !ids.has(e.relation)) || e.kind === 'subquery')
    );
  };
  return conjuncts(on).flatMap((expr): Equality[] => {
    if (expr.kind !== 'call' || expr.fn !== '=') return [];
    const [a, b] = expr.args;
    if (a === undefined || b === undefined) return [];
    if (only(a, left) && only(b, right)) return [{ left: a, right: b }];
    if (only(b, left) && only(a, right)) return [{ left: b, right: a }];
    return [];
  });
}

/** After `a = b`, a key that holds with one holds with the other. */
function withEquals(keys: readonly Key[], pairs: readonly Equality[]): readonly Key[] {
  const all = new Map(keys.map((k) => [k.map(exprKey).sort().join(), k]));
  for (const { left, right } of pairs) {
    for (const key of [...all.values()]) {
      if (all.size > 32) return [...all.values()];
      for (const [from, to] of [
        [left, right],
        [right, left],
      ] as const) {
        if (!key.some((e) => exprKey(e) === exprKey(from))) continue;
        const swapped = key.map((e) => (exprKey(e) === exprKey(from) ? to : e));
        all.set(swapped.map(exprKey).sort().join(), swapped);
      }
    }
  }
  return [...all.values()];
}

function coalesce(a: Expr, b: Expr): Expr {
  return { kind: 'call', fn: 'COALESCE', args: [a, b], type: a.type, nullable: true, span: a.span };
}
