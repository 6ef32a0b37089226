/** What was found, for programs and for people. */
import { createColors } from 'picocolors';
import type { GoldCase } from './read-cases.ts';
import type { Outcome } from './run-case.ts';

/** Case by case, in the order of the file. */
export type Found = readonly { readonly gold: GoldCase; readonly outcome: Outcome }[];

export interface EngineReport {
  readonly total: number;
  readonly equal: readonly string[];
  readonly rejected: readonly { readonly id: string; readonly reason: string }[];
  readonly different: readonly { readonly id: string; readonly got: string }[];
  readonly setup_not_supported: readonly string[];
}

export function engineReport(found: Found): EngineReport {
  const pick = <K extends Outcome['kind']>(kind: K): { id: string; outcome: Extract<Outcome, { kind: K }> }[] =>
    found.flatMap(({ gold, outcome }) =>
      outcome.kind === kind ? [{ id: gold.id, outcome: outcome as Extract<Outcome, { kind: K }> }] : [],
    );
  return {
    total: found.length,
    equal: pick('equal').map(({ id }) => id),
    rejected: pick('rejected').map(({ id, outcome }) => ({ id, reason: outcome.reason })),
    different: pick('different').map(({ id, outcome }) => ({ id, got: outcome.got })),
    setup_not_supported: pick('setup').map(({ id }) => id),
  };
}

const kinds = ['equal', 'rejected', 'different', 'setup'] as const;

export type Counts = Readonly<Record<string, Readonly<Record<(typeof kinds)[number], number>>>>;

export function countsByTopic(found: Found): Counts {
  const topics = [...new Set(found.map(({ gold }) => gold.topic))].sort();
  return Object.fromEntries(
    topics.map((topic) => {
      const of = found.filter(({ gold }) => gold.topic === topic);
      const count = (kind: Outcome['kind']): number => of.filter(({ outcome }) => outcome.kind === kind).length;
      return [topic, { equal: count('equal'), rejected: count('rejected'), different: count('different'), setup: count('setup') }];
    }),
  );
}

const mostReasons = 60;

export function textReport(engine: string, found: Found, color: boolean): string {
  const paint = createColors(color);
  const counts = countsByTopic(found);
  const sum = (kind: (typeof kinds)[number]): number => Object.values(counts).reduce((n, c) => n + c[kind], 0);
  const width = Math.max(5, ...Object.keys(counts).map((t) => t.length));
  const line = (name: string, cells: readonly (number | string)[]): string =>
    `  ${name.padEnd(width)}${cells.map((c) => String(c).padStart(11)).join('')}`;
  const rows = Object.entries(counts).map(([topic, c]) => {
    const text = line(
      topic,
      kinds.map((k) => c[k]),
    );
    return c.different > 0 ? paint.red(text) : text;
  });
  const slack = found.flatMap(({ gold, outcome }) => (outcome.kind === 'equal' && outcome.slack ? [gold.id] : []));
  return [
    paint.bold(`${engine}: ${found.length} cases`),
    paint.dim(line('topic', kinds)),
    ...rows,
    paint.bold(line('all', kinds.map(sum))),
    ...(slack.length === 0 ? [] : ['', `equal with the error that a FLOAT's function row allows: ${slack.join(', ')}`]),
    ...section(paint.bold('different, always a bug'), found, 'different', ({ outcome, gold }) => [
      paint.red(`  ${gold.id}`),
      `    ${outcome.kind === 'different' ? outcome.got : ''}`,
    ]),
    ...histogram(paint.bold('rejected, by reason'), found, 'rejected'),
    ...histogram(paint.bold('setup not supported, by reason'), found, 'setup'),
  ].join('\n');
}

function section(title: string, found: Found, kind: Outcome['kind'], lines: (f: Found[number]) => readonly string[]): readonly string[] {
  const of = found.filter((f) => f.outcome.kind === kind);
  return of.length === 0 ? [] : ['', title, ...of.flatMap(lines)];
}

/** Reasons that differ only in what they quote are one. */
function histogram(title: string, found: Found, kind: 'rejected' | 'setup'): readonly string[] {
  const reasons = new Map<string, string[]>();
  for (const { gold, outcome } of found) {
    if (outcome.kind !== kind) continue;
    const reason = outcome.reason.replace(/`[^`]*`/g, '`…`').replace(/'[^']*'/g, "'…'");
    reasons.set(reason, [...(reasons.get(reason) ?? []), gold.id]);
  }
  if (reasons.size === 0) return [];
  const sorted = [...reasons].sort(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1));
  const shown = sorted
    .slice(0, mostReasons)
    .map(
      ([reason, ids]) => `  ${String(ids.length).padStart(4)}  ${reason}  (${ids.slice(0, 3).join(', ')}${ids.length > 3 ? ', …' : ''})`,
    );
  const rest = sorted.length - shown.length;
  return ['', title, ...shown, ...(rest > 0 ? [`        and ${rest} reasons more`] : [])];
}
