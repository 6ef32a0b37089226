/** What makes a red feature green again, as commands to copy. Markdown. */
import type { CauseId } from '../parity/causes/cause.ts';
import type { FeatureReport } from '../parity/report.ts';
import { isOfOwnTable } from './cause-words.ts';

type Step = (report: FeatureReport) => string;

const rollBack: Step = ({ feature }) =>
  `\`lockstep lambda roll-back ${feature} production --to-proven --history FILE\` serves the last version that was proven.`;
const deploy: Step = ({ feature }) => `\`lockstep lambda deploy ${feature}\` brings the lambda to the version that the project compiles.`;
const moved: Step = ({ feature }) =>
  `If a tag was moved by mistake: \`lockstep lambda roll-back ${feature} production --to-proven --history FILE\`.`;
const again: Step = ({ feature }) =>
  `If its table may be out of date: \`lockstep materialize ${feature} --target TARGET --from INSTANT --to INSTANT --again\`, to behind the last instant, then parity once more.`;
const asked: Step = () => 'Its owner knows best, with the report: nothing here says whether rows or a version are to blame.';
const build: Step = ({ feature }) =>
  `\`dbt build --select ${feature}__grid ${feature}\`, or \`lockstep materialize ${feature} --target TARGET\`, computes what is missing.`;
const anew: Step = ({ feature, incidents }) => {
  const instants = incidents.map(({ from, to }) => [String(from), String(to)] as const);
  const [from] = instants.map(([at]) => at).sort();
  const last = instants
    .map(([, at]) => at)
    .sort()
    .at(-1);
  return `\`lockstep materialize ${feature} --target TARGET --from ${from ?? 'INSTANT'} --to INSTANT --again\`, to behind ${last ?? 'the last'}, computes its instants anew.`;
};
const repair: Step = () => "`dbt build --vars '{lockstep_repair: true}'` computes again what late events have changed.";
const backfill: Step = ({ incidents }) => {
  const [first] = incidents.map(({ from }) => String(from)).sort();
  const sources = [...new Set(incidents.flatMap((i) => i.sources))].join(' ');
  return `\`lockstep backfill --target TARGET --since INSTANT${sources === '' ? '' : ` --source ${sources}`}\`, while the server is stopped, loads what the warehouse has and the stream lost: from as long before ${first ?? 'the first instant'} as the feature looks back.`;
};

const steps: Readonly<Partial<Record<CauseId, readonly Step[]>>> = {
  lost: [backfill],
  stream_gap: [backfill],
  stale_table: [backfill],
  missed_delete: [backfill],
  version_skew: [deploy, moved, build],
  tampered_artifact: [rollBack, deploy],
  engine_bug: [rollBack],
  boundary: [rollBack],
  rounding: [rollBack],
  division_scale: [rollBack],
  empty_default: [rollBack],
  out_of_order: [rollBack],
};

export function wayBack(report: FeatureReport, causes: readonly CauseId[]): string {
  if (report.verdict === 'UNDECIDED')
    return 'Not enough was compared: a longer interval, more time (`--max-seconds`), or events. Nothing is known to be wrong.';
  const isOwn = (cause: CauseId): boolean => report.incidents.some((i) => i.cause === cause && isOfOwnTable(i));
  const found = [...new Set(causes.flatMap((cause) => (isOwn(cause) ? [anew, repair] : (steps[cause] ?? []))))];
  return (found.length > 0 ? found : causes.length === 0 ? [again, asked] : [asked, rollBack])
    .map((step) => `- ${step(report)}`)
    .join('\n');
}
