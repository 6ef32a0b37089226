/** Which keys the rows of a join are unique by, and whether they still come one to one from a stream. */
import { conjuncts, contains } from './bound.ts';
import type { Expr } from './checked.ts';
import { exprKey } from './expr-key.ts';
import { coversKey, type Input } from './relation.ts';

type Key = readonly Expr[];

export function joinInputs(
  join: 'inner' | 'left' | 'full' | 'cross' | 'asof',
  left: Input,
  right: Input,
  on: Expr | null,
  merged: ReadonlyMap<string, Expr>,
): Input {
  const pairs = equalities(on, left, right);
  const rightUnique =
    join === 'asof' ||
    coversKey(
      right.uniqueKeys,
      pairs.map((p) => p.right),
    ) ||
    meetsOneVersion(right, on, pairs);
  const leftUnique = coversKey(
    left.uniqueKeys,
    pairs.map((p) => p.left),
  );
  const combined = left.uniqueKeys.flatMap((l) => right.uniqueKeys.map((r): Key => [...l, ...r]));
  const uniqueKeys: Key[] = [...combined];
  if (join !== 'full') {
    if (rightUnique || right.uniqueKeys.some((k) => k.length === 0)) uniqueKeys.push(...left.uniqueKeys);
    if (join !== 'left' && join !== 'asof' && (leftUnique || left.uniqueKeys.some((k) => k.length === 0)))
      uniqueKeys.push(...right.uniqueKeys);
  } else if (leftUnique && rightUnique && pairs.length === conjuncts(on).length) {
    // Each key value meets at most one row of either side, and COALESCE gives that value. A further condition in ON
    // would keep the two rows of one value apart, and both would be there.
    uniqueKeys.push(
      pairs.map((p) => coalesce(p.left, p.right)),
      pairs.map((p) => coalesce(p.right, p.left)),
    );
  }
  const oneToOne =
    (join === 'inner' || join === 'left' || join === 'asof') && (rightUnique || right.uniqueKeys.some((k) => k.length === 0));
  const single = (input: Input): boolean => input.uniqueKeys.some((k) => k.length === 0);
  const repeated = new Set([...left.repeated, ...right.repeated]);
  // A row that looks something up is not repeated, and that what it finds is found again is what lookups are for.
  const manyToMany = !rightUnique && !leftUnique && !single(left) && !single(right);
  if (manyToMany) for (const r of [...left.relations, ...right.relations]) repeated.add(r.id);
  const optional = new Set([...left.optional, ...right.optional]);
  if (join === 'left' || join === 'full' || join === 'asof') for (const r of right.relations) optional.add(r.id);
  if (join === 'full') for (const r of left.relations) optional.add(r.id);
  return {
    relations: [...left.relations, ...right.relations],
    merged: new Map([...left.merged, ...right.merged, ...merged]),
    uniqueKeys: join === 'inner' ? withEquals(uniqueKeys, pairs) : uniqueKeys,
    rowKey: oneToOne ? left.rowKey : null,
    optional,
    repeated,
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

/** `h.key = x AND h.valid_from < t AND (h.valid_to IS NULL OR t <= h.valid_to)`: the versions of a key do not overlap. */
function meetsOneVersion(right: Input, on: Expr | null, pairs: readonly Equality[]): boolean {
  const [history, second] = right.relations;
  if (history === undefined || second !== undefined || history.versionKey === null) return false;
  const column = (e: Expr | undefined, name: string): boolean => e?.kind === 'column' && e.relation === history.id && e.name === name;
  if (!history.versionKey.every((name) => pairs.some((p) => column(p.right, name)))) return false;
  const comparisons = conjuncts(on).flatMap((c): readonly { readonly low: Expr; readonly strict: boolean; readonly high: Expr }[] => {
    const ends =
      c.kind === 'call' && c.fn === 'OR'
        ? c.args.filter((a) => !(a.kind === 'call' && a.fn === 'IS NULL' && column(a.args[0], 'VALID_TO')))
        : [c];
    const open = c.kind === 'call' && c.fn === 'OR' && ends.length === c.args.length - 1;
    const [only, more] = ends;
    if (only?.kind !== 'call' || more !== undefined || (c !== only && !open)) return [];
    const [a, b] = only.args;
    if (a === undefined || b === undefined) return [];
    if (only.fn === '<' || only.fn === '<=') return [{ low: a, strict: only.fn === '<', high: b }];
    return only.fn === '>' || only.fn === '>=' ? [{ low: b, strict: only.fn === '>', high: a }] : [];
  });
  return comparisons.some(
    (begin) =>
      column(begin.low, 'VALID_FROM') &&
      comparisons.some((end) => column(end.high, 'VALID_TO') && exprKey(end.low) === exprKey(begin.high) && (end.strict || begin.strict)),
  );
}
