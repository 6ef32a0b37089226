/**
 * Entity pushdown: a scan is restricted to the requested entities where `entity = e` commutes with every operator between
 * the scan and the answer. The equality travels as an expression, by lineage, never by a column's name.
 */
import { contains } from '../check/bound.ts';
import { exprKey } from '../check/expr-key.ts';
import { conjunctsOf, isOverRows, relationsOf, rewrite } from './expr.ts';
import { type Leaf, leaves, preserved } from './from-leaves.ts';
import { asOfColumn, instantsStep, type Plan, type PlanColumn, type PlanExpr, type PlanFrom, type PlanSelect, type Step } from './plan.ts';

/** Entity column → what it is, over the columns of a step. */
type Requirement = ReadonlyMap<string, PlanExpr>;

const here = '$step';

export function pushEntity(plan: Plan): Plan {
  if (plan.entity.length === 0) return plan;
  const requirements = new Map<string, Requirement | null>();
  const ask = (step: string, wanted: Requirement): void => {
    const known = requirements.get(step);
    requirements.set(step, known === undefined ? wanted : known === null ? null : intersection(known, wanted));
  };
  const last = plan.steps.find((s) => s.name === plan.answer.step);
  const column = (name: string): PlanExpr => ({
    kind: 'column',
    relation: here,
    name,
    type: last?.columns.find((c) => c.name === name)?.type ?? { kind: 'null' },
    nullable: true,
    span: { file: '', start: 0, end: 0 },
  });
  ask(plan.answer.step, new Map(plan.entity.map((e, i) => [e.name, column(plan.answer.entityColumns[i] as string)])));
  for (const step of [...plan.steps].reverse()) {
    const required = requirements.get(step.name) ?? new Map();
    if (step.body.kind === 'select') for (const [name, wanted] of throughSelect(step.body, required)) ask(name, wanted);
    if (step.body.kind === 'union-all') {
      for (const branch of step.body.branches) ask(branch, byPosition(required, step, plan.steps.find((s) => s.name === branch) as Step));
    }
  }
  return restricted(plan, requirements);
}

function intersection(a: Requirement, b: Requirement): Requirement {
  return new Map([...a].filter(([entity, e]) => b.has(entity) && exprKey(b.get(entity) as PlanExpr) === exprKey(e)));
}

function byPosition(required: Requirement, union: Step, branch: Step): Requirement {
  return new Map(
    [...required].map(([entity, e]) => [
      entity,
      rewrite(e, (x) =>
        x.kind === 'column' ? { ...x, name: (branch.columns[union.columns.findIndex((c) => c.name === x.name)] as PlanColumn).name } : x,
      ),
    ]),
  );
}

/** What may be asked of each step that the select reads. */
function throughSelect(select: PlanSelect, required: Requirement): readonly (readonly [string, Requirement])[] {
  const inputs = leaves(select.from);
  const wanted = new Map(inputs.map((l) => [l.relation, new Map<string, PlanExpr>()]));
  for (const [entity, e] of required) {
    if (e.kind !== 'column') continue;
    const item = select.items.find((i) => i.name === e.name);
    if (item === undefined || !commutes(select, item.expr)) continue;
    for (const [relation, expr] of reachable(select, item.expr)) {
      const leaf = inputs.find((l) => l.relation === relation);
      if (leaf !== undefined) wanted.get(relation)?.set(entity, inStep(expr, leaf));
    }
  }
  return inputs.map((l) => [l.step, wanted.get(l.relation) ?? new Map()] as const);
}

function inStep(expr: PlanExpr, leaf: Leaf): PlanExpr {
  return rewrite(expr, (x) => (x.kind === 'column' && x.relation === leaf.relation ? { ...x, relation: here } : x));
}

/** Whether filtering the rows by `value = e` before the select's operators gives what filtering after them gives. */
function commutes(select: PlanSelect, value: PlanExpr): boolean {
  const key = exprKey(value);
  if (select.groupBy !== null && !select.groupBy.some((g) => exprKey(g) === key)) return false;
  const crosses = (x: PlanExpr): boolean => x.kind === 'window' && !x.partitionBy.some((p) => exprKey(p) === key);
  if ([...select.items.map((i) => i.expr), select.qualify, select.having].some((e) => e !== null && contains(e, crosses))) return false;
  // A value that itself needs the whole relation cannot be tested before it.
  return !contains(value, isOverRows);
}

/** Relations on which `value = e` may be tested, with the value's form there: by itself, and across equalities of joins. */
function reachable(select: PlanSelect, value: PlanExpr): ReadonlyMap<string, PlanExpr> {
  const found = new Map<string, PlanExpr>();
  const [only, second] = [...relationsOf(value)];
  if (only === undefined || second !== undefined) return found;
  const preservedSides = preserved(select.from);
  if (!preservedSides.has(only)) return found;
  found.set(only, value);
  for (let grew = true; grew; ) {
    grew = false;
    for (const { a, b, into } of joinEqualities(select)) {
      for (const [from, to] of [
        [a, b],
        [b, a],
      ] as const) {
        const [source] = [...relationsOf(from)];
        const [target] = [...relationsOf(to)];
        if (source === undefined || target === undefined || found.has(target) || !into.has(target)) continue;
        const known = found.get(source);
        if (
          known !== undefined &&
          exprKey(known) === exprKey(from) &&
          exprKey({ ...to, span: from.span }) !== exprKey(from) &&
          sameTypes(from, to)
        ) {
          found.set(target, to);
          grew = true;
        }
      }
    }
  }
  return found;
}

function sameTypes(a: PlanExpr, b: PlanExpr): boolean {
  return JSON.stringify(a.type) === JSON.stringify(b.type);
}

interface JoinEquality {
  readonly a: PlanExpr;
  readonly b: PlanExpr;
  /** Relations that may be restricted by it. */
  readonly into: ReadonlySet<string>;
}

/** Equalities between single relations: of inner joins and WHERE in both directions, of a left join towards its right. */
function joinEqualities(select: PlanSelect): readonly JoinEquality[] {
  const all = preserved(select.from);
  const fromConditions = (conditions: readonly PlanExpr[], into: ReadonlySet<string>): readonly JoinEquality[] =>
    conditions.flatMap(conjunctsOf).flatMap((c): JoinEquality[] => {
      // The entity is never NULL, so NULL for NULL makes no difference.
      if (c.kind !== 'call' || (c.fn !== '=' && c.fn !== 'IS NOT DISTINCT FROM')) return [];
      const [a, b] = c.args;
      return a === undefined || b === undefined || relationsOf(a).size !== 1 || relationsOf(b).size !== 1 ? [] : [{ a, b, into }];
    });
  const inJoins = (from: PlanFrom): readonly JoinEquality[] => {
    if (from.kind === 'flatten') return inJoins(from.left);
    if (from.kind === 'step' || from.join === 'full') return [];
    const below = [...inJoins(from.left), ...(from.join === 'left' || from.join === 'asof' ? [] : inJoins(from.right))];
    return [
      ...below,
      ...fromConditions(
        from.on,
        from.join === 'left' || from.join === 'asof' ? preserved(from.right) : new Set([...preserved(from.left), ...preserved(from.right)]),
      ),
    ];
  };
  return [...inJoins(select.from), ...fromConditions(select.where, all)];
}

/** Scans that were asked for entities get the requested ones as their driver. */
function restricted(plan: Plan, requirements: ReadonlyMap<string, Requirement | null>): Plan {
  const keySteps = new Map<string, string>();
  const added: Step[] = [];
  const taken = new Set(plan.steps.flatMap((s) => [s.name, ...(s.body.kind === 'scan' ? [s.body.source.toUpperCase()] : [])]));
  const keysFor = (entities: readonly string[]): string => {
    const id = entities.join('\n');
    const known = keySteps.get(id);
    if (known !== undefined) return known;
    let name = 'REQUESTED';
    for (let n = 2; taken.has(name); n++) name = `REQUESTED_${n}`;
    taken.add(name);
    keySteps.set(id, name);
    const columns = plan.entity.filter((e) => entities.includes(e.name));
    added.push({
      name,
      columns: [{ name: asOfColumn, type: { kind: 'timestamp', zone: 'ntz' } }, ...columns],
      body: { kind: 'keys', entity: [...entities] },
    });
    return name;
  };
  const steps = plan.steps.map((step): Step => {
    const { body } = step;
    const required = requirements.get(step.name);
    if (body.kind !== 'scan' || required === undefined || required === null || required.size === 0 || body.driver !== instantsStep)
      return step;
    const entities = plan.entity.map((e) => e.name).filter((n) => required.has(n));
    const match = entities.map((entity) => {
      const column = plan.entity.find((e) => e.name === entity) as PlanColumn;
      const value = rewrite(required.get(entity) as PlanExpr, (x) =>
        x.kind === 'column' && x.relation === here ? (body.items.find((i) => i.name === x.name)?.expr as PlanExpr) : x,
      );
      return { column, value };
    });
    // A value that reads T belongs to the driver's side, and would not be an equality of the source.
    if (match.some((m) => relationsOf(m.value).has(body.driverRelation))) return step;
    return { ...step, body: { ...body, driver: keysFor(entities), match } };
  });
  return { ...plan, steps: [...added, ...steps] };
}
