/** A feature's parity as people read it. */
import { counted } from '../../compiler/counted.ts';
import { groupBy } from '../reference/order.ts';
import type { FeatureReport, ReportedDeviation, ReportedDifference } from './report.ts';
import type { PrintedWitness } from './witness/print.ts';

const mostPoints = 6;
const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;

export function reportText(report: FeatureReport): string {
  const lines = [
    `${report.verdict.padEnd(9)} ${report.feature}  ${counted(report.samples, 'point')}, ${counted(report.mismatches, 'differs', 'differ')} between the forms, ${report.referenceMismatches} from the reference${report.referencePoints === report.samples ? '' : ` (asked at ${report.referencePoints})`}`,
    `          ${report.population}${report.verdict === 'VIOLATED' ? '' : `; ${boundText(report)}`}`,
  ];
  if (report.lambda === 'tampered') lines.push('          the lambda is not the one that this version compiles to: its SQL was changed');
  if (report.lambda === 'other version')
    lines.push(`          the lambda is of another version: ${report.lambdaVersion}, not ${report.version}`);
  const named = Object.entries(report.causes).filter(([cause]) => cause !== 'unknown');
  if (named.length > 0)
    lines.push(
      `          causes: ${named.map(([cause, n]) => `${cause} ${n}`).join(', ')}${report.explained === 0 ? '' : `; ${report.explained} explained by what had arrived`}`,
    );
  if (report.causes['late'] !== undefined && report.explained / report.samples > report.latenessBudget)
    lines.push(
      `          lateness explains ${percent(report.explained / report.samples)} of the points; its budget is ${percent(report.latenessBudget)}`,
    );
  if (report.verdict === 'PROVEN' && report.unexplained > 0)
    lines.push(
      `          but not everywhere: beside the sample ${counted(report.unexplained, 'point differs', 'points differ')} that lateness does not explain`,
    );
  const isFault = (d: ReportedDeviation): boolean =>
    d.cause !== 'late' && (report.causes[d.cause] !== undefined || ambiguous(report, d.cause));
  for (const d of report.deviations.filter(isFault)) lines.push(`          ${deviationText(d)}`);
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
  const points = [...groupBy(report.differences, (d) => JSON.stringify([d.key, d.asOf, 'stream' in d])).values()];
  const isExplained = (of: readonly ReportedDifference[]): boolean => of[0]?.explained === true;
  const open = points.filter((of) => !isExplained(of));
  const listed = [...open.slice(0, mostPoints), ...points.filter(isExplained).slice(0, 1)];
  for (const of of listed) lines.push(pointLine(of));
  if (points.length > listed.length) lines.push(`  … and ${points.length - listed.length} more points (--format json has them)`);
  for (const d of report.differences) if (d.witness !== null && !d.explained) lines.push(...witnessLines(d, d.witness));
  return lines.join('\n');
}

function ambiguous(report: FeatureReport, cause: string): boolean {
  return report.differences.some((d) => d.among.some((id) => id === cause));
}

/** "113 of 714 rows of chats have a coarser time in the stream (sent_at): …" */
function deviationText({ source, what, columns, rows, of, meanwhile, dated, arrived, common }: ReportedDeviation): string {
  const [since, until] = arrived ?? dated ?? [];
  const when = since === undefined ? '' : `; ${arrived === null ? 'dated' : 'arrived'} ${String(since)} to ${String(until)}`;
  const others = meanwhile - rows;
  const among =
    others <= 0
      ? ', all that did'
      : `, as ${counted(others, 'other row')} did${common.map((c) => `; these, and no other, have ${c.column} ${c.values.map((v) => JSON.stringify(v)).join(', ')}`).join('')}`;
  return `${source}: ${rows} of ${counted(of, 'row')} ${what}${columns.length === 0 ? '' : ` (${columns.join(', ')})`}${when}${since === undefined ? '' : among}`;
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

/** All columns that differ at one point. */
function pointLine(differences: readonly ReportedDifference[]): string {
  const [d] = differences as [ReportedDifference];
  const other = 'stream' in d ? 'lambda' : 'reference';
  const values = differences.map(
    (x) => `${x.column} ${JSON.stringify(x.batch)} in batch, ${JSON.stringify('stream' in x ? x.stream : x.reference)} in the ${other}`,
  );
  const why = d.cause === 'unknown' ? '' : ` (${d.cause === 'ambiguous' ? d.among.join(' or ') : d.cause})`;
  return `  ${JSON.stringify(d.key)} at ${String(d.asOf)}: ${values.slice(0, 3).join('; ')}${values.length > 3 ? `; and ${counted(values.length - 3, 'more column')}` : ''}${why}`;
}

const mostRows = 8;

/** The fewest rows that show a difference, and who has them. */
function witnessLines(
  { cause, among, proof }: ReportedDifference,
  { key, asOf, batch, stream, events, rekeyed }: PrintedWitness,
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
  return [
    `  why (${cause === 'ambiguous' ? among.join(' or ') : cause}): ${proof}`,
    `  shown by ${counted(rows.length, 'row')}${rekeyed ? ', personal values replaced' : ''}: ${JSON.stringify(key)} at ${String(asOf)}: ${values.join('; ')}`,
    ...rows.slice(0, mostRows).map((row) => `    ${row}`),
    ...(rows.length > mostRows ? [`    … and ${rows.length - mostRows} more`] : []),
  ];
}
