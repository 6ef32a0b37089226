/** What changed features are made of and who reads them, as a small Mermaid graph. */
import { counted } from '../../../compiler/counted.ts';
import type { CheckResult, FeatureResult } from '../../check/result.ts';

/** More is no picture any more. */
const mostFeatures = 12;
const mostEdges = 60;

/** Lines; none where nothing changed. */
export function lineageGraph({ features, since }: CheckResult): readonly string[] {
  if (since === null) return [];
  const changed = features.filter((f) => (since.changes.find((c) => c.feature === f.feature)?.change ?? 'unchanged') !== 'unchanged');
  if (changed.length === 0) return [];
  const shown = changed.slice(0, mostFeatures);
  const nodes = new Map<string, string>();
  const node = (kind: 'source' | 'feature' | 'consumer', name: string): string => {
    const key = `${kind} ${name}`;
    const id = nodes.get(key) ?? `${kind}${nodes.size}`;
    nodes.set(key, id);
    const text = label(name);
    return kind === 'source' ? `${id}[("${text}")]` : kind === 'feature' ? `${id}["${text}"]` : `${id}(["${text}"])`;
  };
  const edges = shown.flatMap((f: FeatureResult) => [
    ...f.sources.map((s) => `  ${node('source', s)} --> ${node('feature', f.feature)}`),
    ...f.consumers.map((c) => `  ${node('feature', f.feature)} --> ${node('consumer', c)}`),
  ]);
  const left = changed.length - shown.length;
  return [
    '#### What changed features read, and who reads them',
    '',
    '```mermaid',
    'flowchart LR',
    ...edges.slice(0, mostEdges),
    '```',
    ...(left > 0 || edges.length > mostEdges ? [`The graph is cut: ${counted(changed.length, 'feature')} changed.`] : []),
    '',
  ];
}

/** Everything but letters, digits and a few others by its number, as Mermaid writes it. */
function label(name: string): string {
  const short = name.length > 80 ? `${name.slice(0, 80)}…` : name;
  return [...short].map((c) => (/^[\p{L}\p{N}_ .…-]$/u.test(c) ? c : `#${c.codePointAt(0)};`)).join('');
}
