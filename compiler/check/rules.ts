/** Rules over a feature that is otherwise legal: one function each, one entry in the list. */
import type { Catalog } from '../catalog.ts';
import { type Diagnostic, note, warning } from '../diagnostics.ts';
import { conjuncts, contains } from './bound.ts';
import type { CheckedBody, CheckedFeature, CheckedFrom, CheckedQuery, CheckedSelect, Expr } from './checked.ts';
import { maskingUndecided } from './masking.ts';

export type Rule = (feature: CheckedFeature, catalog: Catalog) => readonly Diagnostic[];

export const rules: readonly Rule[] = [timeBoundsBelongToTheScan, countThroughJoin, unboundedLookback, alwaysNull, maskingUndecided];

function selects(query: CheckedQuery): readonly CheckedSelect[] {
  const inFrom = (from: CheckedFrom | null): readonly CheckedSelect[] => {
    if (from?.kind === 'flatten') return inFrom(from.left);
    if (from?.kind === 'join') return [...inFrom(from.left), ...inFrom(from.right)];
    return from?.kind === 'derived' ? selects(from.query) : [];
  };
  const inBody = (body: CheckedBody): readonly CheckedSelect[] =>
    body.kind === 'select' ? [body, ...inFrom(body.from)] : body.branches.flatMap(inBody);
  return [...query.ctes.flatMap((c) => selects(c.query)), ...inBody(query.body)];
}

/** Relations whose rows an outer join may leave out. */
function optionalSides(from: CheckedFrom | null): readonly CheckedFrom[] {
  if (from?.kind === 'flatten') return optionalSides(from.left);
  if (from?.kind !== 'join') return [];
  const leaves = flatten;
  const below = [...optionalSides(from.left), ...optionalSides(from.right)];
  if (from.join === 'left' || from.join === 'asof') return [...below, ...leaves(from.right)];
  return from.join === 'full' ? [...below, ...leaves(from.left), ...leaves(from.right)] : below;
}

function timeBoundsBelongToTheScan(feature: CheckedFeature): readonly Diagnostic[] {
  return selects(feature.query).flatMap((select) => {
    const optional = new Set(optionalSides(select.from).flatMap((f) => (f.kind === 'source' && f.mode === 'stream' ? [f.id] : [])));
    return conjuncts(select.where)
      .filter((e) => contains(e, (x) => x.kind === 'as-of') && contains(e, (x) => x.kind === 'column' && optional.has(x.relation)))
      .map((e) =>
        warning(
          'time-bound-misplaced',
          e.span,
          'this WHERE drops the rows that the outer join kept: a time bound belongs to the scan',
          'move it into the ON of the join, or filter the stream in a CTE',
        ),
      );
  });
}

function countThroughJoin(feature: CheckedFeature): readonly Diagnostic[] {
  const counts = new Set<string>();
  for (const cte of feature.query.ctes) {
    const { body } = cte.query;
    // Without GROUP BY there is always a row, and in it a number.
    if (body.kind !== 'select' || body.groupBy?.length === 0) continue;
    for (const item of body.items) if (item.expr.kind === 'aggregate' && /^COUNT/.test(item.expr.fn)) counts.add(`${cte.id}\n${item.name}`);
  }
  const { body } = feature.query;
  if (body.kind !== 'select') return [];
  const leaves = new Map(flatten(body.from).flatMap((f) => (f.kind === 'cte' ? [[f.id, f.cte] as const] : [])));
  const withDefault = new Set(feature.outputs.filter((o) => o.default !== null).map((o) => o.name));
  const reaches = (e: Expr): boolean => e.kind === 'column' && counts.has(`${leaves.get(e.relation) ?? ''}\n${e.name}`);
  return body.items
    .filter((item) => reaches(item.expr) && !withDefault.has(item.name))
    .map((item) =>
      warning(
        'count-through-join',
        item.expr.span,
        `\`${item.name.toLowerCase()}\` is NULL, not 0, for idle entities: the COUNT comes through a CTE`,
        `add defaults: {${item.name.toLowerCase()}: 0} to the header, or write COALESCE(…, 0)`,
      ),
    );
}

const lowerBounds: Readonly<Record<string, readonly number[]>> = { '>=': [0], '>': [0], BETWEEN: [0], '=': [0, 1], '<=': [1], '<': [1] };

/** A stream without a lower bound of its event time, in WHERE or ON of the select that reads it. */
function unboundedLookback(feature: CheckedFeature, catalog: Catalog): readonly Diagnostic[] {
  return selects(feature.query).flatMap((select) => {
    const bounds = [...conjuncts(select.where), ...joinConditions(select.from)].flatMap((e): readonly Expr[] =>
      e.kind === 'call' ? (lowerBounds[e.fn] ?? []).flatMap((i) => e.args[i] ?? []) : [],
    );
    return flatten(select.from).flatMap((f) => {
      const source = f.kind === 'source' && f.mode === 'stream' ? catalog.sources.find((s) => s.name === f.source) : undefined;
      if (f.kind !== 'source' || source?.kind !== 'stream') return [];
      if (bounds.some((e) => e.kind === 'column' && e.relation === f.id && e.name === source.eventTime)) return [];
      return [
        note(
          'unbounded-lookback',
          select.items[0]?.expr.span ?? feature.span,
          `all of \`${source.name}\` is read, from its beginning: the lambda keeps every event`,
          `bound it: ${source.eventTime.toLowerCase()} >= as_of() - INTERVAL '30 days'`,
        ),
      ];
    });
  });
}

function joinConditions(from: CheckedFrom | null): readonly Expr[] {
  if (from?.kind === 'flatten') return joinConditions(from.left);
  return from?.kind === 'join' ? [...conjuncts(from.on), ...joinConditions(from.left), ...joinConditions(from.right)] : [];
}

function alwaysNull(feature: CheckedFeature): readonly Diagnostic[] {
  const { body } = feature.query;
  if (body.kind !== 'select') return [];
  const isNull = (e: Expr): boolean => (e.kind === 'literal' && e.text === null) || (e.kind === 'cast' && isNull(e.argument));
  return body.items
    .filter((item) => isNull(item.expr))
    .map((item) => warning('always-null', item.expr.span, `\`${item.name.toLowerCase()}\` is NULL whatever happens`, 'leave it out'));
}

function flatten(from: CheckedFrom | null): readonly CheckedFrom[] {
  if (from === null) return [];
  if (from.kind === 'flatten') return flatten(from.left);
  return from.kind === 'join' ? [...flatten(from.left), ...flatten(from.right)] : [from];
}
