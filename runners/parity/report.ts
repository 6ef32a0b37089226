/** A feature's parity as it is printed: one JSON shape for programs, a few lines for people. */
import { createHmac } from 'node:crypto';
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import { outputName } from '../../compiler/artifacts/lambda.ts';
import { counted } from '../../compiler/counted.ts';
import { timestamp } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { formatValue } from '../data/format-value.ts';
import type { SpineRow } from '../data/spine.ts';
import { type Cause, type CauseId, unknownCause } from './causes/cause.ts';
import type { Comparison } from './compare.ts';
import type { Answered } from './forms.ts';
import type { WhereCount } from './sample.ts';
import type { Aim, Decision, Verdict } from './verdict.ts';

interface ReportedDifference {
  readonly key: Readonly<Record<string, unknown>>;
  readonly asOf: unknown;
  readonly column: string;
  readonly batch: unknown;
  /** What the lambda says, where the forms differ. */
  readonly stream?: unknown;
  /** What the reference says, where it differs from batch. */
  readonly reference?: unknown;
  readonly outcome: string;
  readonly cause: CauseId;
  /** Where several changes would do: all of them. */
  readonly among: readonly CauseId[];
  readonly explained: boolean;
  /** What was changed, and what the reference said then. */
  readonly proof: string;
}

export type ParityMode = 'logic' | 'replay';

export interface FeatureReport {
  readonly feature: string;
  readonly version: string;
  readonly batchVersion: string;
  readonly lambdaVersion: string;
  readonly mode: ParityMode;
  readonly verdict: Verdict;
  readonly population: string;
  /** Points that were compared. */
  readonly samples: number;
  readonly mismatches: number;
  /** Points that the reference answered, too. */
  readonly referencePoints: number;
  readonly referenceMismatches: number;
  readonly target: number;
  readonly confidence: number;
  readonly upperBound: number | null;
  readonly moreNeeded: number | null;
  readonly outcomes: Comparison['outcomes'];
  /** Points by cause. */
  readonly causes: Readonly<Record<string, number>>;
  /** Points whose mismatch is part of what a stream cannot know, and the others. */
  readonly explained: number;
  readonly unexplained: number;
  readonly strata: readonly WhereCount[];
  readonly differences: readonly ReportedDifference[];
}

export interface Reported {
  /** Columns whose values are personal, and so masked. */
  readonly masked: ReadonlySet<string>;
  /** Equal values have equal masks under one secret. Whoever knows it can try values out, so it is nobody's choice. */
  readonly maskSecret: string;
  readonly mode: ParityMode;
  readonly compiled: CompiledFeature;
  readonly lambdaVersion: string;
  readonly tampered: boolean;
  readonly aim: Aim;
  readonly decision: Decision;
  readonly population: string;
  readonly strata: readonly WhereCount[];
  readonly spine: readonly SpineRow[];
  readonly result: Answered;
}

const mostDifferences = 1000;

export function featureReport(given: Reported): FeatureReport {
  const { compiled, aim, decision, spine, result } = given;
  const { feature, version } = compiled;
  const { batchAgainstLambda: forms, referenceAgainstBatch: oracle } = result;
  const otherwise: Cause = given.tampered
    ? { ...unknownCause, id: 'tampered_artifact', proof: 'its sha256 is not the one that was compiled' }
    : unknownCause;
  const hide = (column: string, value: unknown): unknown =>
    given.masked.has(column) && value !== null ? maskOf(given.maskSecret, column, value) : value;
  const place = (row: number, column: string) => ({ ...pointOf(compiled, spine[row] as SpineRow, hide), column: outputName(column) });
  const show = (column: string, value: Value): unknown => {
    const output = feature.outputs.find((o) => o.name === column);
    return output === undefined ? null : hide(column, formatValue(value, output.type));
  };
  const differences: readonly ReportedDifference[] = [
    ...forms.differences.map((d) => ({
      ...place(d.row, d.column),
      batch: show(d.column, d.left),
      stream: show(d.column, d.right),
      outcome: d.outcome,
      cause: (d.cause ?? otherwise).id,
      among: (d.cause ?? otherwise).among,
      explained: (d.cause ?? otherwise).explained,
      proof: (d.cause ?? otherwise).proof,
    })),
    ...oracle.differences.map(
      (d): ReportedDifference => ({
        ...place(d.row, d.column),
        batch: show(d.column, d.left),
        reference: show(d.column, d.right),
        outcome: d.outcome,
        cause: 'unknown',
        among: [],
        explained: false,
        proof: '',
      }),
    ),
  ];
  const byRow = new Map(forms.differences.map((d) => [d.row, d.cause ?? otherwise]));
  const causes: Record<string, number> = {};
  for (const { id } of byRow.values()) causes[id] = (causes[id] ?? 0) + 1;
  const explained = [...byRow.values()].filter((cause) => cause.explained).length;
  return {
    feature: feature.name,
    version,
    batchVersion: version,
    lambdaVersion: given.lambdaVersion,
    mode: given.mode,
    verdict: decision.verdict,
    population: given.population,
    samples: forms.points,
    mismatches: forms.mismatches,
    referencePoints: oracle.points,
    referenceMismatches: oracle.mismatches,
    target: aim.target,
    confidence: aim.confidence,
    upperBound: decision.upperBound,
    moreNeeded: decision.moreNeeded,
    outcomes: forms.outcomes,
    causes,
    explained,
    unexplained: byRow.size - explained,
    strata: given.strata,
    differences: differences.slice(0, mostDifferences),
  };
}

function maskOf(secret: string, column: string, value: unknown): string {
  return `masked ${createHmac('sha256', secret)
    .update(JSON.stringify([column, value]))
    .digest('hex')
    .slice(0, 12)}`;
}

function pointOf(
  { feature }: CompiledFeature,
  row: SpineRow,
  hide: (column: string, value: unknown) => unknown,
): Pick<ReportedDifference, 'key' | 'asOf'> {
  const key = feature.entity.map((e, i) => [outputName(e.name), hide(e.name, formatValue(row.entity[i] ?? null, e.type))] as const);
  return { key: Object.fromEntries(key), asOf: formatValue(row.asOf, timestamp) };
}

const shown = 20;
const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;

export function reportText(report: FeatureReport): string {
  const lines = [
    `${report.verdict.padEnd(9)} ${report.feature}  ${counted(report.samples, 'point')}, ${counted(report.mismatches, 'differs', 'differ')} between the forms, ${report.referenceMismatches} from the reference${report.referencePoints === report.samples ? '' : ` (asked at ${report.referencePoints})`}`,
    `          ${report.population}${report.verdict === 'VIOLATED' ? '' : `; ${boundText(report)}`}`,
  ];
  const named = Object.entries(report.causes).filter(([cause]) => cause !== 'unknown');
  if (named.length > 0)
    lines.push(
      `          causes: ${named.map(([cause, n]) => `${cause} ${n}`).join(', ')}${report.explained === 0 ? '' : `; ${report.explained} explained by what had arrived`}`,
    );
  const apart = report.strata.filter((s) => s.where !== 'sample');
  if (apart.length > 0)
    lines.push(
      `          also compared: ${apart.map((s) => `${s.where} ${s.points}${s.mismatches === 0 ? '' : ` (${s.mismatches} differ)`}`).join(', ')} points`,
    );
  // What is explained needs an example; the rest needs looking at.
  const open = report.differences.filter((d) => !d.explained);
  const listed = [...open.slice(0, shown), ...report.differences.filter((d) => d.explained).slice(0, 2)];
  for (const d of listed) {
    const other = 'stream' in d ? `lambda ${JSON.stringify(d.stream)}` : `reference ${JSON.stringify(d.reference)}`;
    const why = d.cause === 'unknown' ? '' : ` (${d.cause === 'ambiguous' ? d.among.join(' or ') : d.cause})`;
    lines.push(`  ${JSON.stringify(d.key)} at ${String(d.asOf)}: ${d.column} is ${JSON.stringify(d.batch)} in batch, ${other}${why}`);
  }
  if (report.differences.length > listed.length)
    lines.push(`  … and ${report.differences.length - listed.length} more (--format json has them)`);
  return lines.join('\n');
}

function boundText({ upperBound, confidence, target, moreNeeded, verdict, explained }: FeatureReport): string {
  if (upperBound === null) return 'nothing was compared';
  const bound =
    upperBound === 0
      ? explained === 0
        ? 'none of them mismatches'
        : 'no other mismatch'
      : `at most ${percent(upperBound)} mismatch, at ${percent(confidence)} confidence`;
  if (verdict === 'PROVEN') return bound;
  const more =
    moreNeeded === null || moreNeeded === 0
      ? ''
      : `; ${counted(moreNeeded, 'more entity', 'more entities')} without a mismatch would show less than ${percent(target)}`;
  return `${bound}${more}`;
}
