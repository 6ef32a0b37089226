/** A feature's parity as people read it. */
import { counted } from '../../compiler/counted.ts';
import { groupBy } from '../reference/order.ts';
import { deviationText, faultyDeviations } from './deviation-text.ts';
import { agreedOtherwise, foreignText, missingRows, noForeign } from './foreign-text.ts';
import type { FeatureReport, ReportedDifference } from './report.ts';
import type { PrintedWitness } from './witness/print.ts';

const mostPoints = 6;
/** More of the points is much, where nobody said how many may be. */
const muchLateness = 0.2;
const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;

export function reportText(report: FeatureReport): string {
  const lines = [
    `${report.verdict.padEnd(9)} ${report.feature}  ${counted(report.samples, 'point')}, ${counted(report.mismatches, 'differs', 'differ')} between the forms, ${report.referenceMismatches} from the reference${report.referencePoints === report.samples ? '' : ` (asked at ${report.referencePoints})`}`,
    `          ${report.population}${report.verdict === 'VIOLATED' ? '' : `; ${boundText(report)}`}`,
  ];
  const foreign = report.notes?.foreign ?? noForeign;
  for (const line of foreignText(foreign, report.samples)) lines.push(`          ${line}`);
  if (report.notes?.table != null) lines.push(`          batch: ${report.notes.table}`);
  if (report.batchVersion !== report.version && foreign.batch === null)
    lines.push(`          batch's table is of another version: ${report.batchVersion}, not ${report.version}`);
  const missing = missingRows(report.outcomes, report.samples, foreign);
  if (missing !== null) lines.push(`          ${missing}`);
  const otherwise = agreedOtherwise((report.notes?.differing ?? 0) - report.mismatches, foreign);
  if (otherwise !== null) lines.push(`          ${otherwise}`);
  if (report.lambda === 'tampered')
    lines.push('          the lambda is not the one that this version compiles to: its SQL, or what else compile wrote of it, was changed');
  if (report.lambda === 'other version')
    lines.push(`          the lambda is of another version: ${report.lambdaVersion}, not ${report.version}`);
  const { answers, versions } = report.notes?.otherVersions ?? { answers: 0, versions: [] };
  if (answers > 0) lines.push(`          ${answers} of ${counted(report.samples, 'answer')} are of ${versionsText(versions)}`);
  const named = Object.entries(report.causes);
  const undated = report.notes?.undated ?? 0;
  if (undated > 0 && named.length > 0)
    lines.push(
      `          ${undated} of ${counted(report.samples, 'answer')} ${undated === 1 ? 'does' : 'do'} not say when asked (lockstep.asked_at): judged by what had arrived at as_of`,
    );
  if (named.length > 0)
    lines.push(
      `          causes: ${named.map(([cause, n]) => `${cause} ${n}`).join(', ')}${report.explained === 0 ? '' : `; ${report.explained} explained by what had arrived`}`,
    );
  if (report.causes['late'] !== undefined && report.explained / report.samples > report.latenessBudget)
    lines.push(
      `          lateness explains ${percent(report.explained / report.samples)} of the points; its budget is ${percent(report.latenessBudget)}`,
    );
  if (
    report.causes['late'] !== undefined &&
    report.explained / report.samples > muchLateness &&
    report.notes?.latenessBudgetGiven === false
  )
    lines.push(
      `          lateness explains ${percent(report.explained / report.samples)} of the points: is that what you expect? --lateness-budget makes more than so much a finding`,
    );
  if (report.verdict === 'PROVEN' && report.unexplained > 0)
    lines.push(
      `          but not everywhere: beside the sample ${counted(report.unexplained, 'point differs', 'points differ')} that lateness does not explain`,
    );
  for (const d of faultyDeviations(report)) lines.push(`          ${deviationText(d)}`);
  for (const { column, above, below } of report.bias)
    lines.push(
      `          ${column} drifts: the stream is above batch for ${counted(above, 'entity', 'entities')} and below for ${below}, each time within rounding`,
    );
  const apart = report.strata.filter((s) => s.where !== 'sample');
  if (apart.length > 0)
    lines.push(
      `          also compared: ${apart.map((s) => `${s.where} ${s.points}${s.mismatches === 0 ? '' : ` (${s.mismatches} differ)`}`).join(', ')} points`,
    );
  // What is explained needs an example; the rest needs looking at.
  const points = differingPoints(report.differences);
  const isExplained = ({ columns }: DifferingPoint): boolean => columns.every((c) => c.every((d) => d.explained));
  const open = points.filter((p) => !isExplained(p));
  const listed = [...open.slice(0, mostPoints), ...points.filter(isExplained).slice(0, 1)];
  for (const point of listed) lines.push(pointLine(point));
  const more = (report.notes?.differing ?? timesOf(points)) - timesOf(listed);
  if (more > 0)
    lines.push(
      `  … and ${counted(more, 'more point')} (--format json has ${timesOf(listed) + more > timesOf(points) ? 'more of ' : ''}them)`,
    );
  for (const d of report.differences) if (d.witness !== null && !d.explained) lines.push(...witnessLines(d, d.witness));
  if (foreign.batch !== null || report.notes?.table != null) lines.push(...proofsWithoutRows(report.differences));
  return lines.join('\n');
}

const mostProofs = 3;

/** No rows show what somebody else's table did with them: what is proven of it is said without. */
function proofsWithoutRows(differences: readonly ReportedDifference[]): readonly string[] {
  const shown = new Set(differences.flatMap((d) => (d.witness === null ? [] : [d.cause])));
  const proofs = differences
    .filter((d) => 'stream' in d && !d.explained && d.proof !== '' && !shown.has(d.cause))
    .map((d) => `  why (${d.cause === 'ambiguous' ? d.among.join(' or ') : d.cause}): ${d.proof}`);
  return [...new Set(proofs)].slice(0, mostProofs);
}

const mostVersions = 6;

/** Whatever a log has for versions: they are not to move the cursor. */
function versionsText(versions: readonly string[]): string {
  const shown = versions.slice(0, mostVersions).map((v) => (/^[\w.-]+$/.test(v) ? v : JSON.stringify(v)));
  const more = versions.length - shown.length;
  return `other versions: ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function boundText({ upperBound, confidence, target, moreNeeded, verdict, explained, notes }: FeatureReport): string {
  if (upperBound === null) return 'nothing was compared';
  const bound =
    upperBound === 0
      ? explained === 0
        ? 'none of them mismatches'
        : 'none of them mismatches otherwise'
      : `at most ${percent(upperBound)} mismatch, at ${percent(confidence)} confidence`;
  if (verdict === 'PROVEN') return bound;
  if (notes?.nothingHappened === true) return `${bound}, but every answer is the one without any event: that shows nothing`;
  const more =
    moreNeeded === null || moreNeeded === 0
      ? ''
      : `; ${counted(moreNeeded, 'more entity', 'more entities')} without a mismatch would show less than ${percent(target)}`;
  return `${bound}${more}`;
}

/** All columns that differ at one point: what differs between the forms, from the reference, or both. */
interface DifferingPoint {
  readonly columns: readonly (readonly ReportedDifference[])[];
  /** A log may have the same answer several times. */
  readonly times: number;
}

const timesOf = (points: readonly DifferingPoint[]): number => points.reduce((sum, p) => sum + p.times, 0);

function differingPoints(differences: readonly ReportedDifference[]): readonly DifferingPoint[] {
  const placeOf = ({ key, asOf }: ReportedDifference): string => JSON.stringify([key, asOf]);
  const rows = new Map<string, ReportedDifference[]>();
  for (const against of [differences.filter((d) => 'stream' in d), differences.filter((d) => !('stream' in d))]) {
    const seen = new Map<string, number>();
    for (const d of against) {
      const place = placeOf(d);
      // A column that comes again is another row about the same point.
      const column = JSON.stringify([place, d.column]);
      const nth = seen.get(column) ?? 0;
      seen.set(column, nth + 1);
      const row = `${nth} ${place}`;
      rows.set(row, [...(rows.get(row) ?? []), d]);
    }
  }
  const valuesOf = (row: readonly ReportedDifference[]): string =>
    JSON.stringify(row.map((d) => [placeOf(d), d.column, d.batch, 'stream' in d, d.stream ?? d.reference]));
  return [...groupBy(rows.values(), valuesOf).values()].map((same) => ({
    columns: [...groupBy(same[0] ?? [], (d) => d.column).values()],
    times: same.length,
  }));
}

function pointLine({ columns, times }: DifferingPoint): string {
  const [[d]] = columns as [[ReportedDifference]];
  const sides = (x: ReportedDifference): string => {
    // The lambda may have one, and none be due.
    if (x.outcome === 'missing_stream') return 'and no row to stand against it';
    return 'stream' in x ? `${JSON.stringify(x.stream)} in the lambda` : `${JSON.stringify(x.reference)} in the reference`;
  };
  const inBatch = (x: ReportedDifference | undefined): string => (x?.outcome === 'missing_batch' ? 'no row' : JSON.stringify(x?.batch));
  const values = columns.map((of) => `${of[0]?.column} ${inBatch(of[0])} in batch, ${of.map(sides).join(', ')}`);
  const why = d.cause === 'unknown' ? '' : ` (${d.cause === 'ambiguous' ? d.among.join(' or ') : d.cause})`;
  const often = times === 1 ? '' : `, ${times} times`;
  return `  ${JSON.stringify(d.key)} at ${String(d.asOf)}${often}: ${values.slice(0, 3).join('; ')}${values.length > 3 ? `; and ${counted(values.length - 3, 'more column')}` : ''}${why}`;
}

const mostRows = 8;

/** The fewest rows that show a difference, and who has them. */
function witnessLines(
  { cause, among, proof }: ReportedDifference,
  { key, asOf, askedAt, batch, stream, events, rekeyed }: PrintedWitness,
): readonly string[] {
  const rows = Object.entries(events).flatMap(([source, sides]) => {
    const [left, right] = [sides.batch, sides.stream].map((side) => side.map((row) => JSON.stringify(row))) as [string[], string[]];
    return [
      ...left.map((row) => `${source}, ${right.includes(row) ? 'on both sides' : 'batch only'}: ${row}`),
      ...right.filter((row) => !left.includes(row)).map((row) => `${source}, stream only: ${row}`),
    ];
  });
  const differing = Object.keys(batch).filter((name) => JSON.stringify(batch[name]) !== JSON.stringify(stream[name]));
  const values = differing.map(
    (name) => `${name} is ${JSON.stringify(batch[name])} in batch, ${JSON.stringify(stream[name])} in the stream`,
  );
  const asked = askedAt === undefined ? '' : `, asked at ${String(askedAt)}`;
  return [
    `  why (${cause === 'ambiguous' ? among.join(' or ') : cause}): ${proof}`,
    `  shown by ${counted(rows.length, 'row')}${rekeyed ? ', personal values replaced' : ''}: ${JSON.stringify(key)} at ${String(asOf)}${asked}: ${values.join('; ')}`,
    ...rows.slice(0, mostRows).map((row) => `    ${row}`),
    ...(rows.length > mostRows ? [`    … and ${rows.length - mostRows} more`] : []),
  ];
}
