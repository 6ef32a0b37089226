/** Sources as visible at an instant: what is quarantined, which copy of an event counts, which version is in force. */
import type { Catalog, Stream, Table } from '../../compiler/catalog.ts';
import type { Value } from '../../compiler/value.ts';
import { InternalError } from './internal-error.ts';
import { ascendingNullsLast, compareTuples, type Direction, firstIndex, groupBy, keyText } from './order.ts';

export interface SourceRows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Value[])[];
  /** When a row came, in microseconds. Otherwise its ingest time says it; a row of a source without one is there from the beginning. */
  readonly arrivals?: ReadonlyMap<readonly Value[], bigint>;
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

/** Of each identity its copies, the one that counts first: the least, in `order`. */
function copiesOf(
  rows: readonly (readonly Value[])[],
  identity: (row: readonly Value[]) => readonly Value[],
  order: (row: readonly Value[]) => readonly Value[],
): readonly Copies[] {
  return [...groupBy(rows, (row) => keyText(identity(row))).values()].map((copies) =>
    copies.length === 1
      ? copies
      : [...copies].sort((a, b) =>
          compareTuples(
            order(a),
            order(b),
            order(a).map(() => ascendingNullsLast),
          ),
        ),
  );
}

type Copies = readonly (readonly Value[])[];

/** Of each identity the copy that counts among those that had arrived; none had: nobody knew of it. */
function counting(copies: readonly Copies[], had: (row: readonly Value[]) => boolean): Copies {
  const counted: (readonly Value[])[] = [];
  for (const of of copies) {
    const row = of.find(had);
    if (row !== undefined) counted.push(row);
  }
  return counted;
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
  const identified =
    copies === 'all'
      ? sound.map((row) => [row])
      : copiesOf(
          sound,
          (row) => [...key.map((column) => column(row)), eventTime(row)],
          (row) => (ingestTime ? [ingestTime(row), ...row] : row),
        );
  const timeOf = ([row]: Copies): Value => (row === undefined ? null : eventTime(row));
  const events = [...identified].sort((a, b) => compareTuples([timeOf(a)], [timeOf(b)], [ascendingNullsLast]));
  return {
    columns: source.columns,
    current: (sight) => {
      const dated = events.slice(
        0,
        firstIndex(events.length, (i) => !before(timeOf(events[i] as Copies) as bigint, sight)),
      );
      return counting(dated, hadAt(sight, source, ingestTime));
    },
  };
}

/** Nobody knows when a row without ingest time came, so nobody had it; what a source has that declares none was there from the beginning. */
function hadAt(
  { knowledge, arrivedBy }: Sight,
  { arrivals }: SourceRows,
  ingestTime: ((row: readonly Value[]) => Value) | null,
): (row: readonly Value[]) => boolean {
  if (knowledge === 'event') return () => true;
  return (row) => {
    const at = arrivals?.get(row) ?? (ingestTime === null ? arrivedBy : ingestTime(row));
    return at !== null && (at as bigint) <= arrivedBy;
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
  const versions = copiesOf(
    sound,
    (row) => [...keyOf(row), ...version(row)],
    (row) => row,
  );
  const versionOf = ([row]: Copies): readonly Value[] => (row === undefined ? [] : version(row));
  const ordered = [...versions].sort((a, b) => compareTuples(versionOf(a), versionOf(b), versionOrder));
  const byKey = groupBy(ordered, ([row]) => keyText(row === undefined ? [] : keyOf(row)));

  const visible = (sight: Sight): readonly Copies[] => {
    const had = hadAt(sight, source, null);
    return [...byKey.values()].map((of) => counting(of, had).filter((row) => before(updatedAt(row) as bigint, sight)));
  };
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
