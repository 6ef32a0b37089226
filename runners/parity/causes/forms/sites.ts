/** Places in a checked query, and the query with one of them changed. */
import type { CheckedFeature, Expr } from '../../../../compiler/check/checked.ts';

type Call = Expr & { readonly kind: 'call' };

export function callsIn(feature: CheckedFeature): readonly Call[] {
  const found: Call[] = [];
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if (isCall(node)) found.push(node);
    for (const [key, value] of Object.entries(node)) if (key !== 'span' && key !== 'type') walk(value);
  };
  walk(feature.query);
  return found;
}

/** Names of rows of the function list; `CAST` where something is cast. */
export function functionsIn(feature: CheckedFeature): ReadonlySet<string> {
  const found = new Set<string>();
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('fn' in node && typeof node.fn === 'string') found.add(node.fn);
    if ('kind' in node && node.kind === 'cast') found.add('CAST');
    for (const [key, value] of Object.entries(node)) if (key !== 'span' && key !== 'type') walk(value);
  };
  walk(feature.query);
  return found;
}

export function withCall(feature: CheckedFeature, sites: ReadonlySet<Call>, change: (call: Call) => Call): CheckedFeature {
  const walk = (node: unknown): unknown => {
    if (typeof node !== 'object' || node === null) return node;
    if (Array.isArray(node)) return node.map(walk);
    const inner = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, key === 'span' ? value : walk(value)]));
    return isCall(node) && sites.has(node) ? change(inner as unknown as Call) : inner;
  };
  return { ...feature, query: walk(feature.query) as CheckedFeature['query'] };
}

function isCall(node: object): node is Call {
  return 'kind' in node && node.kind === 'call' && 'fn' in node && 'args' in node;
}
