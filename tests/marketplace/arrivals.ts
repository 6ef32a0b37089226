/** Events of the marketplace as they reach a warehouse over three days: in time, as late as they may, and later than that. */
import type { Source } from '../../compiler/catalog.ts';
import type { Value } from '../../compiler/value.ts';
import type { SourceRows } from '../../runners/data/events.ts';
import { catalog, worldOf } from './world.ts';

const world = worldOf(11, 200);
export const hour = 3_600_000_000n;

const cell = (source: Source, row: readonly Value[], column: string): bigint | null => {
  const value = row[source.columns.findIndex((c) => c.name === column)];
  return typeof value === 'bigint' ? value : null;
};

const dated = (source: Source, row: readonly Value[]): bigint =>
  cell(source, row, source.kind === 'stream' ? source.eventTime : source.updatedAt) ?? 0n;

const chats = catalog.sources.find((s) => s.name === 'chats') as Source;
const rowsOf = (source: Source): SourceRows['rows'] => (world.events.get(source.name) as SourceRows).rows;
const times = rowsOf(chats)
  .map((row) => dated(chats, row))
  .sort((a, b) => (a < b ? -1 : 1));

const lateBefore = (end: bigint, source: Source, row: readonly Value[]): boolean =>
  source.kind === 'stream' && source.ingestTime !== null && dated(source, row) > end - source.lateness && dated(source, row) < end;

/** Of the hours in the middle of the data the one before which most events happened that may come after it. */
const hours = times.slice(times.length / 4, (times.length * 3) / 4).map((t) => t - (t % hour) + hour);
export const lateRows = (end: bigint): number =>
  catalog.sources.reduce((n, s) => n + rowsOf(s).filter((row) => lateBefore(end, s, row)).length, 0);
export const busiest = hours.reduce((a, b) => (lateRows(b) > lateRows(a) ? b : a));
export const first = busiest + 1n;
export const second = first + 3n * hour;
export const third = second + 26n * hour;
export const start = busiest - 30n * hour;

/** Those dated shortly before the first run come as late as they may; what has no ingest time is there at once. */
function arrived(source: Source, row: readonly Value[]): bigint {
  if (source.kind !== 'stream' || source.ingestTime === null) return dated(source, row);
  if (lateBefore(busiest, source, row)) return dated(source, row) + source.lateness;
  return cell(source, row, source.ingestTime) ?? dated(source, row);
}

const isTooLate = (source: Source, row: readonly Value[]): boolean =>
  source.kind === 'stream' && arrived(source, row) - dated(source, row) > source.lateness;

/** Some messages, with all their copies, that arrive days after they were sent. */
const isForgotten = (source: Source, row: readonly Value[]): boolean => {
  const sent = dated(source, row);
  return source.name === 'chats' && sent > start && sent < second - 3n * hour && (sent / 1000n) % 3n === 0n;
};

function rowsWhere(keep: (source: Source, row: readonly Value[]) => boolean): ReadonlyMap<string, SourceRows> {
  return new Map(
    catalog.sources.map((source) => {
      const { columns } = world.events.get(source.name) as SourceRows;
      const at = source.kind === 'stream' ? columns.indexOf(source.ingestTime ?? '') : -1;
      const rows = rowsOf(source).filter((row) => keep(source, row));
      return [source.name, { columns, rows: rows.map((row) => row.map((value, i) => (i === at ? arrived(source, row) : value))) }];
    }),
  );
}

export const until = (end: bigint): ReadonlyMap<string, SourceRows> =>
  rowsWhere((s, row) => arrived(s, row) <= end && !isTooLate(s, row) && !isForgotten(s, row));

/** Those that come days late, at the third instant. */
const forgotten: readonly (readonly Value[])[] = (
  rowsWhere((s, row) => isForgotten(s, row) && cell(s, row, 'SENT_AT') !== null && row[0] !== null).get('chats') as SourceRows
).rows;

/** All that is there by the third instant. */
export function atLast(): ReadonlyMap<string, SourceRows> {
  const { columns, rows } = until(third).get('chats') as SourceRows;
  const at = columns.indexOf('INGESTED_AT');
  const late = forgotten.map((row) => row.map((value, i) => (i === at ? third - 1n : value)));
  return new Map([...until(third), ['chats', { columns, rows: [...rows, ...late] }]]);
}

/** Of 20 minutes, at full hours: the forgotten ones that an instant of `stream_chat_activity` sees, with their time. */
export const forgottenInSight: readonly bigint[] = [
  ...new Map(forgotten.map((row) => [`${String(row[0])} ${dated(chats, row)}`, dated(chats, row)])).values(),
].filter((t) => nextHour(t) <= t + hour / 3n);

export function nextHour(t: bigint): bigint {
  return t - (t % hour) + hour;
}
