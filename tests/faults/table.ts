/** How good the checker is, by cause. */
import type { Judged } from './run.ts';

export function table(judged: readonly Judged[]): string {
  const rows = new Map<string, Judged[]>();
  for (const j of judged) {
    const name = j.faults.length > 1 ? 'two faults' : (j.faults[0]?.cause ?? '');
    rows.set(name, [...(rows.get(name) ?? []), j]);
  }
  const width = Math.max(...[...rows.keys()].map((name) => name.length));
  const columns = ['runs', 'detected', 'rightly named', 'ambiguous'];
  const lines = [...rows].map(([name, of]) => {
    const counts = [of.length, of.filter((j) => j.detected).length, of.filter((j) => j.named).length, of.filter((j) => j.ambiguous).length];
    return `${name.padEnd(width)} ${counts.map((n, i) => String(n).padStart((columns[i]?.length ?? 0) + 2)).join('')}`;
  });
  return [`${'cause'.padEnd(width)} ${columns.map((c) => c.padStart(c.length + 2)).join('')}`, ...lines].join('\n');
}
