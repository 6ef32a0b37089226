/** What a verdict means, in plain sentences. Pure. */
import { basename } from 'node:path';
import { counted } from '../../compiler/counted.ts';
import { isForeignVersion } from '../foreign-version.ts';
import type { Run } from '../history/run.ts';
import { agreedOtherwise, type ForeignForms, foreignText } from '../parity/foreign-text.ts';
import type { FeatureReport } from '../parity/report.ts';
import { shownCauses } from './causes.ts';

/** Two digits, never rounded towards what one would like to hear. */
export function atMost(share: number): string {
  const percent = share * 100;
  if (percent <= 0) return '0 %';
  const step = 10 ** (Math.floor(Math.log10(percent)) - 1);
  return `${Number(Math.min(100, Math.ceil(percent / step - 1e-9) * step).toPrecision(6))} %`;
}

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;
const number = (n: number): string => n.toLocaleString('en-US');
const points = (n: number): string => `${number(n)} ${n === 1 ? 'point' : 'points'}`;

/** For a narrow place. */
export function boundText({ upperBound, census }: Pick<FeatureReport, 'upperBound' | 'census'>): string {
  if (upperBound === null) return 'nothing compared';
  if (census) return upperBound === 0 ? 'none (census)' : `${atMost(upperBound)} (census)`;
  return `at most ${atMost(upperBound)}`;
}

export function meaning(report: FeatureReport): string {
  return [...reason(report), bound(report)].join(' ');
}

function bound(report: FeatureReport): string {
  const { upperBound, census, confidence, populationSize, explained } = report;
  if (upperBound === null) return 'Nothing was compared, so nothing is known.';
  const pair = notEverywhere(report) ? 'pair of the sample' : 'pair';
  const other = explained === 0 ? '' : ` beside the ${points(explained)} that what had arrived explains`;
  if (census) {
    const all = `all ${number(populationSize)} of the population were compared (a census)`;
    return upperBound === 0
      ? `No (entity, as_of) ${pair} mismatches${other}: ${all}.`
      : `${atMost(upperBound)} of (entity, as_of) ${pair.replace('pair', 'pairs')} mismatch${other}: ${all}.`;
  }
  return `At most ${atMost(upperBound)} of (entity, as_of) ${pair.replace('pair', 'pairs')} mismatch${other}, at ${percent(confidence)} confidence.`;
}

/** The verdict is about the population that was sampled; elsewhere something differs that lateness does not explain. */
export const notEverywhere = ({ verdict, unexplained }: Pick<FeatureReport, 'verdict' | 'unexplained'>): boolean =>
  verdict === 'PROVEN' && unexplained > 0;

export function but(report: FeatureReport): string | null {
  if (!notEverywhere(report)) return null;
  const within = Math.min(report.unexplained, report.strata.find((s) => s.where === 'sample')?.mismatches ?? 0);
  const beside = report.unexplained - within;
  const where =
    within === 0
      ? `beside the sample ${points(beside)}`
      : `in the sample ${points(within)}${beside === 0 ? '' : ` and beside it ${points(beside)}`}`;
  const causes = shownCauses(report).filter((c) => !c.explained);
  const why = causes.length === 0 ? '' : ` (${causes.map((c) => c.name).join(', ')})`;
  return `But not everywhere: ${where} ${report.unexplained === 1 ? 'differs' : 'differ'} that lateness does not explain${why}.`;
}

function reason(report: FeatureReport): readonly string[] {
  const { verdict, target, mode } = report;
  if (verdict === 'PROVEN') return [`Fewer than ${percent(target)} of points mismatch, which was the aim.`];
  if (verdict === 'UNDECIDED') return [missing(report)];
  return [
    ...(report.lambda === 'tampered' ? ['The SQL of the lambda is not what this version compiles to.'] : []),
    ...(report.lambda === 'other version' ? [`The lambda is of another version (${report.lambdaVersion}).`] : []),
    ...(report.unexplained > 0
      ? [
          mode === 'logic'
            ? `On the same events the two forms gave different values at ${number(report.unexplained)} of ${points(report.samples)}.`
            : `The real-time side gave other values than batch at ${number(report.unexplained)} of ${points(report.samples)}, and late arrival does not explain it.`,
        ]
      : []),
    ...(report.samples > 0 && report.explained / report.samples > report.latenessBudget
      ? [`Lateness explains ${atMost(report.explained / report.samples)} of the points; its budget is ${percent(report.latenessBudget)}.`]
      : []),
    ...(report.referenceMismatches > 0 ? [`The reference says something else than batch at ${points(report.referenceMismatches)}.`] : []),
  ];
}

function missing({ moreNeeded, target, upperBound, unexplained }: FeatureReport): string {
  if (upperBound === null) return 'There was nothing to compare.';
  if (moreNeeded !== null && moreNeeded > 0)
    return `Neither proven nor refuted: ${counted(moreNeeded, 'more entity', 'more entities')} without a mismatch would show less than ${percent(target)}.`;
  if (unexplained > 0) return `Neither proven nor refuted: ${points(unexplained)} mismatch, and nothing further can be drawn.`;
  return 'Neither proven nor refuted: every answer was that of no events at all, so agreement shows nothing.';
}

export function notCompared(report: FeatureReport, options: Options): readonly string[] {
  const { census, populationSize, drawn, samples, referencePoints, mode, explained } = report;
  return [
    ...(census ? [] : [`${number(Math.max(0, populationSize - drawn))} of the ${number(populationSize)} entities of the population.`]),
    ...(mode === 'served' ? [] : [otherPoints(options)]),
    ...(referencePoints < samples ? [`The reference was asked at ${number(referencePoints)} of ${points(samples)}.`] : []),
    ...(mode === 'served' ? ['What nobody asked the server for.'] : []),
    ...(explained > 0 ? [`The ${points(explained)} whose mismatch is explained are in no rate.`] : []),
  ];
}

/** Of a history, which has the names of files among the options of its run. */
export function foreignSentences(report: FeatureReport, { batchTable, lambdaSql }: Options): readonly string[] {
  const file = (option: unknown): string => (typeof option === 'string' ? basename(option) : 'a file');
  const foreign: ForeignForms = {
    batch: isForeignVersion(report.batchVersion) ? { file: file(batchTable) } : null,
    lambda: report.lambda === 'foreign' ? { file: file(lambdaSql) } : null,
  };
  const otherwise = agreedOtherwise(report.mismatches === 0 ? report.referenceMismatches : 0, foreign);
  const lines = [...foreignText(foreign, report.samples), ...(otherwise === null ? [] : [otherwise])];
  return lines.map((line) => `${line.slice(0, 1).toUpperCase()}${line.slice(1)}.`);
}

type Options = Run['options'];

function otherPoints({ spine, interval }: Options): string {
  if (spine !== undefined) return 'Points other than those that were given (--spine).';
  if (typeof interval !== 'string')
    return 'Instants other than those drawn; a bound speaks only of the time that the events of this run cover.';
  const [from, to] = interval.split('/').map((time) => time.replace('T', ' '));
  return `Instants other than those drawn; a bound speaks of instants from ${from} to ${to} only.`;
}
