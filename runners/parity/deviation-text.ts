/** What the two sides do not have alike, in sentences for people. Pure. */
import { counted } from '../../compiler/counted.ts';
import type { FeatureReport, ReportedDeviation } from './report.ts';

/** Those that made a difference. What only came late is nobody's fault. */
export function faultyDeviations({ causes, deviations, incidents }: FeatureReport): readonly ReportedDeviation[] {
  const named = new Set<string>([...Object.keys(causes), ...incidents.flatMap((i) => i.among)]);
  return deviations.filter((d) => d.cause !== 'late' && named.has(d.cause));
}

/** "115 of 714 rows of chats have a coarser time in the stream (sent_at). They arrived …, as 304 other rows did." */
export function deviationText(deviation: ReportedDeviation): string {
  const { source, what, columns, rows, of } = deviation;
  const which = columns.length === 0 ? '' : ` (${columns.join(', ')})`;
  return [`${rows} of ${counted(of, 'row')} of ${source} ${rows === 1 ? ofOne(what) : what}${which}.`, ...since(deviation)].join(' ');
}

function since({ rows, meanwhile, dated, arrived, common }: ReportedDeviation): readonly string[] {
  const during = arrived ?? dated;
  if (during === null) return [];
  const [from, to] = during.map((time) => String(time).slice(0, 19).replace('T', ' '));
  const when = from === to ? `at ${from}` : `${from} to ${to}`;
  const others = Math.max(0, meanwhile - rows);
  const did = rows === 1 ? 'It' : 'They';
  const said =
    arrived !== null
      ? `${did} arrived ${when}, as ${others === 0 ? 'no other row' : counted(others, 'other row')} did.`
      : `${did} ${rows === 1 ? 'is' : 'are'} dated ${when}, and so ${others === 1 ? 'is' : others === 0 ? 'is no other row' : 'are'}${others === 0 ? '' : ` ${counted(others, 'other row')}`}.`;
  if (others === 0 || common.length === 0) return [said];
  const shared = common.map(({ column, values }) => `${column} ${oneOf(values)}`).join(', ');
  return [said, rows === 1 ? `It, and no other of that time, has ${shared}.` : `These, and no others of that time, have ${shared}.`];
}

function oneOf(values: readonly unknown[]): string {
  const words = values.map((v) => (v === null ? 'NULL' : String(v)));
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

const ofOne = (what: string): string =>
  what
    .replace(/^have /, 'has ')
    .replace(/^are versions /, 'is a version ')
    .replace(/^are deletions /, 'is a deletion ')
    .replace(/^are /, 'is ');
