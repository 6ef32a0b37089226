/** Which functions and plan nodes led to an answer that was not NULL. */

import { children } from '../../compiler/check/bound.ts';
import type { CheckedBody, CheckedFeature, CheckedFrom, CheckedQuery, Expr } from '../../compiler/check/checked.ts';
import type { Plan } from '../../compiler/plan/plan.ts';
import type { Value } from '../../compiler/value.ts';

/** Names of function rows in the lineage of each output that some answer has a value for. */
export function functionsShown(
  feature: Pick<CheckedFeature, 'outputs' | 'query'>,
  answers: readonly (readonly Value[])[],
): ReadonlySet<string> {
  const found = new Set<string>();
  feature.outputs.forEach((output, i) => {
    if (answers.some((row) => row[i] !== null && row[i] !== undefined)) lineage(feature.query, output.name, new Map(), found, 0);
  });
  return found;
}

function lineage(query: CheckedQuery, column: string, ctes: ReadonlyMap<string, CheckedQuery>, found: Set<string>, depth: number): void {
  if (depth > 12) return;
  const known = new Map([...ctes, ...query.ctes.map((c) => [c.id, c.query] as const)]);
  const visit = (body: CheckedBody, name: string): void => {
    if (body.kind === 'union-all') {
      const at = body.columns.findIndex((c) => c.name === name);
      for (const b of body.branches) visit(b, b.columns[at]?.name ?? '');
      return;
    }
    const item = body.items.find((x) => x.name === name);
    if (item !== undefined) walk(item.expr, body.from);
  };
  const walk = (e: Expr, from: CheckedFrom | null): void => {
    if (e.kind === 'call' || e.kind === 'aggregate') found.add(e.fn);
    else if (e.kind === 'window')
      found.add(e.frame === null || !['SUM', 'COUNT', 'MAX', 'MIN', 'AVG'].includes(e.fn) ? e.fn : `${e.fn} OVER`);
    else if (e.kind === 'column') into(from, e.relation, e.name);
    else found.add(`<${e.kind}>`);
    if (e.kind === 'in-query' || e.kind === 'subquery') lineage(e.query, e.query.columns[0]?.name ?? '', known, found, depth + 1);
    for (const c of children(e)) walk(c, from);
  };
  const into = (from: CheckedFrom | null, relation: string, name: string): void => {
    if (from === null) return;
    if (from.kind === 'flatten') {
      if (from.id === relation) walk(from.input, from.left);
      else into(from.left, relation, name);
    } else if (from.kind === 'join') {
      into(from.left, relation, name);
      into(from.right, relation, name);
    } else if (from.id === relation && from.kind === 'cte') {
      const target = known.get(from.cte);
      if (target !== undefined) lineage(target, name, known, found, depth + 1);
    } else if (from.id === relation && from.kind === 'derived') lineage(from.query, name, known, found, depth + 1);
  };
  visit(query.body, column);
}

/** Kinds of steps and operators in a plan. */
export function planNodes(plan: Plan): ReadonlySet<string> {
  const found = new Set<string>([plan.answer.absentIsDefault ? 'answer: row or default' : 'answer: group always there']);
  for (const { body } of plan.steps) {
    if (body.kind === 'scan') {
      found.add(`scan ${body.mode}`);
      if (body.match.length > 0) found.add('entity pushed down');
      if (body.buckets !== null) found.add('time buckets');
    } else if (body.kind === 'select') {
      if (body.groupBy !== null) found.add('group by');
      if (body.qualify !== null) found.add('qualify');
      if (body.having !== null) found.add('having');
      if (body.distinct) found.add('distinct');
      const joins = (from: typeof body.from): void => {
        if (from.kind === 'flatten') {
          found.add('flatten');
          joins(from.left);
        }
        if (from.kind !== 'join') return;
        found.add(`${from.join} join`);
        joins(from.left);
        joins(from.right);
      };
      joins(body.from);
    } else found.add(body.kind);
  }
  return found;
}
