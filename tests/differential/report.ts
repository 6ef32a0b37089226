/** The coverage of a campaign as text, and what it has shown too seldom. */
import { functionRows } from '../../compiler/functions/index.ts';
import type { CampaignResult } from './campaign.ts';

const nodes = [
  'scan stream',
  'scan table',
  'scan history',
  'entity pushed down',
  'time buckets',
  'group by',
  'qualify',
  'distinct',
  'inner join',
  'left join',
  'full join',
  'keys',
  'union-all',
  'answer: row or default',
  'answer: group always there',
];

/** Function rows and plan nodes with fewer than `least` cases that had a non-NULL answer. */
export function tooSeldom(result: CampaignResult, least: number): readonly string[] {
  const rare = (names: readonly string[], counts: ReadonlyMap<string, number>): readonly string[] =>
    names.filter((n) => (counts.get(n) ?? 0) < least).map((n) => `${n} (${counts.get(n) ?? 0})`);
  return [
    ...rare(
      functionRows.map((r) => r.name),
      result.functions,
    ),
    ...rare(nodes, result.nodes),
  ];
}

export function coverageReport(result: CampaignResult): string {
  const table = (title: string, counts: ReadonlyMap<string, number>): string =>
    `${title}: ${[...counts]
      .sort((a, b) => a[1] - b[1])
      .map(([n, c]) => `${n} ${c}`)
      .join(', ')}`;
  const refusals = [...result.refusals]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 12)
    .map(([r, n]) => `  ${n} × ${r}`);
  return [
    'Cases with a non-NULL answer',
    table('functions', result.functions),
    table('plan nodes', result.nodes),
    table('shapes', result.shapes),
    `refused ${result.refused}:`,
    ...refusals,
    `fewer than 20: ${tooSeldom(result, 20).join(', ') || 'none'}`,
  ].join('\n');
}
