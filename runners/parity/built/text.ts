/** A table of our models in words. */
import { counted } from '../../../compiler/counted.ts';
import type { BatchTable, Built } from '../../data/batch-table.ts';
import { formatTimestamp } from '../../data/format-value.ts';
import { computed } from './runs.ts';

export function builtText({ name, points }: BatchTable, built: Built): string {
  const rows = `${counted(points.length, 'row')} of ${name}`;
  const [from, to] = computed(built) ?? [];
  const last = built.runs.at(-1);
  if (from === undefined || to === undefined || last === undefined) return `${rows}, of whose runs nothing is known`;
  return `${rows}, computed from ${formatTimestamp(from)} to before ${formatTimestamp(to)}; the last run was complete at ${formatTimestamp(last.completedAt)}`;
}
