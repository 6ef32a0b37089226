/** Which columns of sources the values of a feature come from, and which its query reads at all. */
import type { CheckedBody, CheckedFeature, CheckedFrom, CheckedQuery } from './checked.ts';

export interface SourceColumnName {
  readonly source: string;
  readonly column: string;
}

export interface Lineage {
  /** Output or entity column → columns that its expression is made of; conditions that choose the rows are not in it. */
  readonly columns: ReadonlyMap<string, readonly SourceColumnName[]>;
  /** Every column that the query names, sorted. */
  readonly reads: readonly SourceColumnName[];
}

type Leaf = Exclude<CheckedFrom, { kind: 'join' }>;

export function lineageOf(feature: CheckedFeature): Lineage {
  const leaves = new Map<string, Leaf>();
  const ctes = new Map<string, CheckedQuery>();
  const named: ColumnName[] = [];
  collect(feature.query, leaves, ctes, named);
  const trace = tracer(leaves, ctes);
  return {
    columns: new Map([...feature.entity, ...feature.outputs].map((c) => [c.name, sorted(trace(feature.query, c.name))])),
    reads: sorted(
      named.flatMap(({ relation, name }) => {
        const leaf = leaves.get(relation);
        return leaf?.kind === 'source' ? [{ source: leaf.source, column: name }] : [];
      }),
    ),
  };
}

interface ColumnName {
  readonly relation: string;
  readonly name: string;
}

/**
 * Entity and output columns → columns of sources whose values may stand in them as they are, or nearly: not counted, ranked
 * or only tested. In a table with a universe its entities stand, whatever the query reads.
 */
export function shownColumns(feature: CheckedFeature): ReadonlyMap<string, readonly SourceColumnName[]> {
  const leaves = new Map<string, Leaf>();
  const ctes = new Map<string, CheckedQuery>();
  collect(feature.query, leaves, ctes, []);
  const trace = tracer(leaves, ctes, columnsShownIn);
  const { universe } = feature;
  const members = new Map(universe === null ? [] : feature.entity.map(({ name }) => [name, [{ source: universe, column: name }]]));
  return new Map(
    [...feature.entity, ...feature.outputs].map(({ name }) => [
      name,
      sorted([...trace(feature.query, name), ...(members.get(name) ?? [])]),
    ]),
  );
}

/** Relations have ids that are unique in the feature, so one walk over the whole tree finds them all. */
function collect(node: unknown, leaves: Map<string, Leaf>, ctes: Map<string, CheckedQuery>, named: ColumnName[]): void {
  if (typeof node !== 'object' || node === null) return;
  if (Array.isArray(node)) {
    for (const item of node) collect(item, leaves, ctes, named);
    return;
  }
  const kind = 'kind' in node ? node.kind : undefined;
  if (kind === 'column' && 'relation' in node) named.push(node as unknown as ColumnName);
  if ((kind === 'source' || kind === 'cte' || kind === 'derived' || kind === 'flatten') && 'alias' in node)
    leaves.set((node as Leaf).id, node as Leaf);
  if ('ctes' in node && Array.isArray(node.ctes)) for (const cte of node.ctes as CheckedQuery['ctes']) ctes.set(cte.id, cte.query);
  for (const key in node) {
    if (key === 'span' || key === 'type') continue;
    const inner = (node as Record<string, unknown>)[key];
    if (typeof inner === 'object') collect(inner, leaves, ctes, named);
  }
}

function tracer(
  leaves: ReadonlyMap<string, Leaf>,
  ctes: ReadonlyMap<string, CheckedQuery>,
  columnsOf: (node: unknown) => readonly ColumnName[] = columnsIn,
): (query: CheckedQuery, column: string) => readonly SourceColumnName[] {
  const known = new Map<CheckedQuery, Map<string, readonly SourceColumnName[]>>();
  const trace = (query: CheckedQuery, column: string): readonly SourceColumnName[] => {
    const ofQuery = known.get(query) ?? new Map<string, readonly SourceColumnName[]>();
    known.set(query, ofQuery);
    const before = ofQuery.get(column);
    if (before !== undefined) return before;
    ofQuery.set(column, []);
    const at = query.columns.findIndex((c) => c.name === column);
    const found = expressions(query.body, at).flatMap((e) => columnsOf(e).flatMap(origin));
    ofQuery.set(column, found);
    return found;
  };
  const origin = ({ relation, name }: ColumnName): readonly SourceColumnName[] => {
    const leaf = leaves.get(relation);
    if (leaf === undefined) return [];
    // An element comes from what it is an element of.
    if (leaf.kind === 'flatten') return columnsOf(leaf.input).flatMap(origin);
    if (leaf.kind === 'source') return [{ source: leaf.source, column: name }];
    const query = leaf.kind === 'derived' ? leaf.query : ctes.get(leaf.cte);
    // An alias may rename the columns of a query, never reorder them.
    const at = leaf.columns.findIndex((c) => c.name === name);
    const inner = query?.columns[at]?.name;
    return query === undefined || inner === undefined ? [] : trace(query, inner);
  };
  return trace;
}

function expressions(body: CheckedBody, at: number): readonly unknown[] {
  return body.kind === 'select' ? [body.items[at]?.expr] : body.branches.flatMap((b) => expressions(b, at));
}

function columnsIn(node: unknown): readonly ColumnName[] {
  const named: ColumnName[] = [];
  collect(node, new Map(), new Map(), named);
  return named;
}

const countingOrRanking = /^(?:COUNT|COUNT_IF|ROW_NUMBER|RANK|DENSE_RANK|PERCENT_RANK|CUME_DIST|NTILE|CONDITIONAL_(?:TRUE|CHANGE)_EVENT)$/;

function columnsShownIn(node: unknown): readonly ColumnName[] {
  if (typeof node !== 'object' || node === null) return [];
  if (Array.isArray(node)) return node.flatMap(columnsShownIn);
  const { kind, fn, type } = node as { readonly kind?: unknown; readonly fn?: unknown; readonly type?: { readonly kind?: unknown } };
  if (type?.kind === 'boolean' || (typeof fn === 'string' && countingOrRanking.test(fn))) return [];
  if (kind === 'column') return [node as unknown as ColumnName];
  if (kind === 'subquery') return columnsIn(node);
  // Conditions, orders and partitions choose a value; they are not in it.
  return Object.entries(node).flatMap(([key, value]) =>
    ['span', 'type', 'when', 'orderBy', 'partitionBy', 'frame'].includes(key) ? [] : columnsShownIn(value),
  );
}

function sorted(columns: readonly SourceColumnName[]): readonly SourceColumnName[] {
  const byText = new Map(columns.map((c) => [`${c.source}.${c.column}`, c]));
  return [...byText.keys()].sort().map((key) => byText.get(key) as SourceColumnName);
}
