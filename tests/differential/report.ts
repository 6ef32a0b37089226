/** The coverage of a campaign as text, and what it has shown too seldom. */
import { hasSql } from '../../compiler/functions/engine-sql.ts';
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
  'flatten',
  'keys',
  'union-all',
  'answer: row or default',
  'answer: group always there',
];

/** Function rows and plan nodes with fewer than `least` cases that had a non-NULL answer. */
export function tooSeldom(result: CampaignResult, least: number): readonly string[] {
  return [
    ...rare(
      functionRows.map((r) => r.name),
      result.functions,
      least,
    ),
    ...rare(nodes, result.nodes, least),
  ];
}

const rare = (names: readonly string[], counts: ReadonlyMap<string, number>, least: number): readonly string[] =>
  names.filter((n) => (counts.get(n) ?? 0) < least).map((n) => `${n} (${counts.get(n) ?? 0})`);

/** Function rows that have SQL for Postgres, and fewer than `least` cases with a non-NULL answer there. */
export function tooSeldomOnPostgres({ postgres }: CampaignResult, least: number): readonly string[] {
  const names = functionRows.filter((row) => hasSql(row.sql, 'postgres')).map((row) => row.name);
  return rare(names, postgres.functions, least);
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
    table(`on Postgres, ${result.postgres.asked} cases (${result.postgres.refused} refused there)`, result.postgres.functions),
    table('shapes', result.shapes),
    `refused ${result.refused}:`,
    ...refusals,
    `fewer than 20: ${tooSeldom(result, 20).join(', ') || 'none'}`,
  ].join('\n');
}
