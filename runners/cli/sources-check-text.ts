/** What `sources check` prints. */
import { counted } from '../../compiler/counted.ts';
import { formatTimestamp } from '../data/format-value.ts';
import type { SourceChecked } from '../sources/check/check-sources.ts';
import type { Finding, Severity } from '../sources/check/finding.ts';

/** A block for each source, and a line with how much was found. */
export function checkedText(checked: readonly SourceChecked[]): string {
  const all = checked.flatMap(({ findings }) => findings);
  const many = (severity: Severity): string => counted(all.filter((f) => f.severity === severity).length, severity);
  return [
    ...checked.flatMap(({ source, measured, findings }) => [
      `${source.name}  ${oneLine(source.warehouse)}${measured === null ? '' : `  ${counted(measured.rows, 'row')}${newest(measured.newest)}`}`,
      ...findings.flatMap(findingLines),
    ]),
    `${counted(checked.length, 'source')}: ${many('error')}, ${many('warning')}, ${many('note')}`,
  ].join('\n');
}

const newest = (at: bigint | null): string => (at === null ? '' : `, the newest of ${formatTimestamp(at).slice(0, 19)}`);

function findingLines({ severity, code, column, message, features }: Finding): readonly string[] {
  const place = column === null ? '' : `${oneLine(column)}: `;
  const readers = features.map(({ name, owner }) => (owner === null ? name : `${name} (${oneLine(owner)})`));
  return [`  ${severity}[${code}] ${place}${oneLine(message)}`, ...(readers.length === 0 ? [] : [`    read by ${readers.join(', ')}`])];
}

/** Names of the warehouse may hold anything. */
const oneLine = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '\ufffd');

export function checkedJson(checked: readonly SourceChecked[], target: string, now: bigint): string {
  const findings = checked.flatMap((c) => c.findings);
  const sources = checked.map(({ source, measured }) => ({
    name: source.name,
    kind: source.kind,
    warehouse: source.warehouse,
    rows: measured?.rows ?? null,
    newest: measured === null || measured.newest === null ? null : formatTimestamp(measured.newest),
  }));
  const ok = findings.every((f) => f.severity !== 'error');
  return JSON.stringify({ ok, target, now: formatTimestamp(now), sources, findings }, null, 2);
}
