/** What the two sides do not have alike, source by source: how many rows, since when, and what these have in common. */
import type { Catalog, Source } from '../../compiler/catalog.ts';
import type { Value } from '../../compiler/value.ts';
import { ingestPlace, rowTime, timePlace } from '../data/row-time.ts';
import { groupBy, keyText } from '../reference/order.ts';
import type { CauseId } from './causes/cause.ts';
import { causeOfClass } from './causes/data.ts';
import type { Pair, PairClass } from './evidence/pairs.ts';
import type { Evidence } from './evidence/world.ts';

type Row = readonly Value[];

export interface Deviation {
  readonly source: string;
  readonly cause: CauseId;
  /** What is said of the rows. */
  readonly what: string;
  /** Those with other values; none where a side lacks the row. */
  readonly columns: readonly string[];
  readonly rows: number;
  /** Rows of the source, on either side. */
  readonly of: number;
  /** Rows of the source from the first that deviates to the last: by arrival, or by their own time where none is declared. */
  readonly meanwhile: number;
  /** Microseconds, of the rows' own times; null where no row has one. */
  readonly dated: readonly [first: bigint, last: bigint] | null;
  readonly arrived: readonly [first: bigint, last: bigint] | null;
  /** Columns without personal values in which these rows, and no other meanwhile, have certain values. */
  readonly common: readonly Common[];
}

export interface Common {
  readonly column: string;
  readonly values: readonly Value[];
}

const saidOf: Readonly<Record<PairClass, string>> = {
  late: 'reached the stream at another time than the warehouse has noted',
  lost: 'never reached the stream',
  not_in_batch: 'never reached the warehouse',
  stream_gap: 'never reached the stream, and nothing else did meanwhile',
  duplicate: 'are in the stream once more, under another identity',
  refused_by_stream: 'were refused by the stream: they are dated too far ahead of their arrival there',
  refused_by_batch: 'were refused by the warehouse: they are dated too far ahead of their arrival there',
  undated: 'have no time of arrival in the stream, so that nobody knows when it knew them',
  stale_table: "are versions that the stream's copy of the table lacks",
  missed_delete: 'are deletions that the stream missed',
  clock_offset: 'have another time in the stream, off by the same amount',
  time_zone: 'have another time in the stream, off by hours',
  timestamp_precision: 'have a coarser time in the stream',
  type_coercion: 'have other values in the stream, as a reader makes them',
  changed: 'have other values in the stream',
};

export function deviationsOf(evidence: Evidence, catalog: Catalog): readonly Deviation[] {
  return [...evidence.pairs]
    .flatMap(([name, pairs]) => {
      const source = catalog.sources.find((s) => s.name === name);
      return source === undefined
        ? []
        : [...groupBy(pairs, (p) => `${p.class} ${p.partition}`).values()].flatMap((own) => deviation(source, pairs, own));
    })
    .sort((a, b) => b.rows - a.rows);
}

function deviation(source: Source, pairs: readonly Pair[], own: readonly Pair[]): readonly Deviation[] {
  const { class: kind = null, partition } = own[0] ?? {};
  if (kind === null) return [];
  const ofRow = rowTime(source);
  const ingest = ingestPlace(source);
  const datedAt = (p: Pair) => ofRow(rowOf(p));
  const cameAt = ({ batch, arrivedAt }: Pair): bigint | undefined => {
    const at = ingest < 0 ? null : batch === null ? arrivedAt : batch[ingest];
    return typeof at === 'bigint' ? at : undefined;
  };
  const dated = range(own.map(datedAt));
  const arrived = range(own.map(cameAt));
  const during = arrived ?? dated;
  const meanwhile = pairs.filter((p) => {
    const time = (arrived === null ? datedAt : cameAt)(p);
    return during !== null && time !== undefined && time >= during[0] && time <= during[1];
  });
  return [
    {
      source: source.name,
      cause: causeOfClass(kind),
      what: partition === undefined ? saidOf[kind] : `never reached the stream, and nothing else of partition ${partition} did meanwhile`,
      columns: source.columns.flatMap((c, i) => (own.some((p) => differs(p, i)) ? [c.name] : [])),
      rows: own.length,
      of: pairs.length,
      meanwhile: meanwhile.length,
      dated,
      arrived,
      common: commonOf(
        source,
        own,
        meanwhile.filter((p) => p.class !== kind),
      ),
    },
  ];
}

const differs = ({ batch, stream }: Pair, i: number): boolean =>
  batch !== null && stream !== null && keyText([batch[i] ?? null]) !== keyText([stream[i] ?? null]);

/** As the warehouse has it, where it has it. */
const rowOf = ({ batch, stream }: Pair): Row => batch ?? stream ?? [];

function range(times: readonly (bigint | undefined)[]): readonly [bigint, bigint] | null {
  let [first, last]: [bigint | undefined, bigint | undefined] = [undefined, undefined];
  for (const time of times) {
    if (time === undefined) continue;
    if (first === undefined || time < first) first = time;
    if (last === undefined || time > last) last = time;
  }
  return first === undefined || last === undefined ? null : [first, last];
}

/** A column says something if few of its values stand for many rows. */
const mostValues = 12;
const fewestRowsAValue = 3;

function commonOf(source: Source, own: readonly Pair[], others: readonly Pair[]): readonly Common[] {
  if (others.length === 0) return [];
  const times = new Set([timePlace(source), ingestPlace(source)]);
  return source.columns.flatMap((column, i): readonly Common[] => {
    if (column.pii || times.has(i)) return [];
    const values = new Map(own.map((p) => [keyText([rowOf(p)[i] ?? null]), rowOf(p)[i] ?? null]));
    if (values.size > mostValues || values.size * fewestRowsAValue > own.length) return [];
    const isTheirs = others.some((p) => values.has(keyText([rowOf(p)[i] ?? null])));
    return isTheirs ? [] : [{ column: column.name, values: [...values.values()] }];
  });
}
