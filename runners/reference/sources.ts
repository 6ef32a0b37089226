/** Sources as visible at an instant: what is quarantined, which copy of an event counts, which version is in force. */
import type { Catalog, Stream, Table } from '../../compiler/catalog.ts';
import type { Value } from '../../compiler/value.ts';
import { InternalError } from './internal-error.ts';
import { ascendingNullsLast, compareTuples, type Direction, firstIndex, groupBy, keyText } from './order.ts';

export interface SourceRows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Value[])[];
}

export interface Sight {
  readonly asOf: bigint;
  readonly includeAsOf: boolean;
  readonly knowledge: 'event' | 'arrived';
  /** arrived: what had by then. Microseconds. */
  readonly arrivedBy: bigint;
}

export interface VisibleSource {
  readonly columns: readonly string[];
  /** Events of a stream, or the versions in force of a table. */
  readonly current: (sight: Sight) => readonly (readonly Value[])[];
  /** Tables only: every visible version, with VALID_FROM and VALID_TO. */
  readonly history?: (sight: Sight) => readonly (readonly Value[])[];
}

export function visibleSource(catalog: Catalog, name: string, source: SourceRows | undefined, copies: 'one' | 'all'): VisibleSource {
  const declared = catalog.sources.find((candidate) => candidate.name === name);
  if (declared === undefined) throw new InternalError(`no source ${name} in the catalog`);
  if (source === undefined) throw new InternalError(`no rows given for source ${name}`);
  return declared.kind === 'stream' ? visibleStream(declared, source, copies) : visibleTable(declared, source);
}

const before = (time: bigint, { asOf, includeAsOf }: Sight): boolean => (includeAsOf ? time <= asOf : time < asOf);

function reader(source: SourceRows): (column: string) => (row: readonly Value[]) => Value {
  return (column) => {
    const index = source.columns.indexOf(column);
    if (index < 0) throw new InternalError(`no column ${column} in the rows given`);
    return (row) => row[index] as Value;
  };
}

/** One row per identity: the least, in `order`. */
function leastCopies(
  rows: readonly (readonly Value[])[],
  identity: (row: readonly Value[]) => readonly Value[],
  order: (row: readonly Value[]) => readonly Value[],
): (readonly Value[])[] {
  const chosen = new Map<string, readonly Value[]>();
  for (const row of rows) {
    const key = keyText(identity(row));
    const other = chosen.get(key);
    const directions = order(row).map(() => ascendingNullsLast);
    if (other === undefined || compareTuples(order(row), order(other), directions) < 0) chosen.set(key, row);
  }
  return [...chosen.values()];
}

function visibleStream(stream: Stream, source: SourceRows, copies: 'one' | 'all'): VisibleSource {
  const read = reader(source);
  const key = stream.key.map(read);
  const eventTime = read(stream.eventTime);
  const ingestTime = stream.ingestTime === null ? null : read(stream.ingestTime);
  const sound = source.rows.filter((row) => {
    const time = eventTime(row);
    if (time === null || key.some((column) => column(row) === null)) return false;
    const ingested = ingestTime?.(row) ?? null;
    return ingested === null || (time as bigint) <= (ingested as bigint) + stream.maxSkew;
  });
  // The copy that arrived first counts, so nothing changes for it when later copies arrive: choosing once is enough.
  const counted =
    copies === 'all'
      ? [...sound]
      : leastCopies(
          sound,
          (row) => [...key.map((column) => column(row)), eventTime(row)],
          (row) => (ingestTime ? [ingestTime(row), ...row] : row),
        );
  const events = counted.sort((a, b) => compareTuples([eventTime(a)], [eventTime(b)], [ascendingNullsLast]));
  return {
    columns: source.columns,
    current: (sight) => {
      const dated = events.slice(
        0,
        firstIndex(events.length, (i) => !before(eventTime(events[i] as readonly Value[]) as bigint, sight)),
      );
      if (sight.knowledge === 'event' || ingestTime === null) return dated;
      return dated.filter((row) => {
        const ingested = ingestTime(row);
        return ingested !== null && (ingested as bigint) <= sight.arrivedBy;
      });
    },
  };
}

const versionOrder: readonly Direction[] = [ascendingNullsLast, { descending: false, nullsFirst: true }];

function visibleTable(table: Table, source: SourceRows): VisibleSource {
  const read = reader(source);
  const key = table.key.map(read);
  const updatedAt = read(table.updatedAt);
  const versionBy = table.versionBy === null ? (): Value => null : read(table.versionBy);
  const deletedColumn = table.deleted === null ? null : read(table.deleted);
  const isDeleted = (row: readonly Value[]): boolean => deletedColumn?.(row) === true;
  const keyOf = (row: readonly Value[]): readonly Value[] => key.map((column) => column(row));
  const version = (row: readonly Value[]): readonly Value[] => [updatedAt(row), versionBy(row)];

  const sound = source.rows.filter((row) => updatedAt(row) !== null && keyOf(row).every((value) => value !== null));
  const versions = leastCopies(
    sound,
    (row) => [...keyOf(row), ...version(row)],
    (row) => row,
  ).sort((a, b) => compareTuples(version(a), version(b), versionOrder));
  const byKey = groupBy(versions, (row) => keyText(keyOf(row)));

  const visible = (sight: Sight): (readonly (readonly Value[])[])[] =>
    [...byKey.values()].map((rows) => rows.filter((row) => before(updatedAt(row) as bigint, sight)));
  return {
    columns: source.columns,
    current: (sight) => visible(sight).flatMap((rows) => rows.slice(-1).filter((row) => !isDeleted(row))),
    history: (sight) =>
      visible(sight).flatMap((rows) =>
        rows.flatMap((row, i) => {
          const next = rows[i + 1];
          return isDeleted(row) ? [] : [[...row, updatedAt(row), next ? updatedAt(next) : null]];
        }),
      ),
  };
}
