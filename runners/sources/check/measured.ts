/** What the rows of a source say: pure, from what was counted. */
import type { Source } from '../../../compiler/catalog.ts';
import { counted } from '../../../compiler/counted.ts';
import { durationText } from '../../../compiler/duration-text.ts';
import { typeName } from '../../../compiler/sql-type.ts';
import { dayText } from '../../data/calendar.ts';
import { formatTimestamp } from '../../data/format-value.ts';
import type { FoundValue, Measured } from '../real/warehouse.ts';
import type { ComparedColumn } from './compared-values.ts';
import type { Compared, MakeFinding } from './declared.ts';
import type { AffectedFeature, Finding } from './finding.ts';
import { unusualDays } from './volume.ts';

export interface Situation {
  readonly source: Source;
  /** Microseconds. */
  readonly now: bigint;
  /** Of the finest grid that reads it, microseconds. */
  readonly step: bigint;
  readonly compared: readonly ComparedColumn[];
}

export function judge(situation: Situation, read: Compared['read'], measured: Measured, finding: MakeFinding): readonly Finding[] {
  return [
    ...fitting(read, measured, finding),
    ...contract(measured, situation.source, finding),
    ...fresh(situation, measured, finding),
    ...volume(situation, measured, finding),
    ...categories(situation, measured, finding),
  ];
}

function fitting(read: Compared['read'], { unfit }: Measured, finding: MakeFinding): readonly Finding[] {
  return read.flatMap(({ column, found, fit }) => {
    const problem = unfit.find((u) => u.column === column.name)?.problem;
    const declared = `it is declared ${typeName(column.type)}, and the warehouse has ${found.type}`;
    if (problem !== undefined) return [finding('values-unfit', column.name, `${declared}: of some value, ${problem}`)];
    return fit.fit === 'wider'
      ? [finding('type-differs', column.name, `${declared}, which holds more; all values that are there fit`)]
      : [];
  });
}

function contract({ rows, clean, breaches, copies, otherTimes }: Measured, source: Source, finding: MakeFinding): readonly Finding[] {
  if (rows === 0) return [finding('no-rows', null, `${source.warehouse} has no rows`)];
  const times = source.kind === 'stream' ? source.eventTime.toLowerCase() : '';
  return [
    ...breaches.flatMap(({ reason, rows: found }) =>
      found === 0 ? [] : [finding('rows-quarantined', null, `${counted(found, 'row')} of ${rows}: ${reason}; neither form reads them`)],
    ),
    ...(clean === 0 ? [finding('no-rows', null, `of ${counted(rows, 'row')} none keeps the contract`)] : []),
    ...(copies === 0
      ? []
      : [finding('copies', null, `${counted(copies, 'row is a copy', 'rows are copies')} of another, and not counted again`)]),
    ...(otherTimes === 0
      ? []
      : [
          finding(
            'key-repeated',
            null,
            `${counted(otherTimes, 'event has', 'events have')} the key of another with another ${times}: all are counted`,
          ),
        ]),
  ];
}

function fresh({ source, now, step }: Situation, { newest, ahead }: Measured, finding: MakeFinding): readonly Finding[] {
  // Rows of a table may stay as they are for years.
  if (source.kind === 'table') return [];
  const column = (source.ingestTime ?? source.eventTime).toLowerCase();
  const early = ahead === 0 ? [] : [finding('ahead-of-clock', null, `in ${counted(ahead, 'row')} ${column} is still to come`)];
  if (newest === null || now - newest <= source.lateness + step) return early;
  const allowed =
    source.lateness === 0n
      ? `the step of ${durationText(step)}`
      : `the lateness of ${durationText(source.lateness)} and the step of ${durationText(step)}`;
  return [
    ...early,
    finding(
      'stale',
      null,
      `the newest ${column} is ${formatTimestamp(newest).slice(0, 19)}, ${roughly(now - newest)} ago: more than ${allowed}`,
    ),
  ];
}

function roughly(microseconds: bigint): string {
  const minutes = Number(microseconds / 60_000_000n);
  if (minutes < 120) return counted(minutes, 'minute');
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? counted(hours, 'hour') : counted(Math.floor(hours / 24), 'day');
}

const day = 86_400_000_000n;

function volume({ source, now }: Situation, { days }: Measured, finding: MakeFinding): readonly Finding[] {
  if (source.kind === 'table') return [];
  const lastWhole = Number((now - source.lateness) / day) - 1;
  return unusualDays(days, lastWhole).map(({ day: on, rows, median, distance, against }) =>
    finding(
      'volume-unusual',
      null,
      `${dayText(on)} has ${counted(rows, 'row')}; ${against} days before have a median of ${median}, give or take ${Math.round(distance)}`,
    ),
  );
}

/** Of a category. */
export const mostValues = 1000;

const recent = 7n * day;

function categories({ source, now, compared }: Situation, { values }: Measured, finding: MakeFinding): readonly Finding[] {
  return compared.flatMap(({ column, literals }): readonly Finding[] => {
    const found = values.get(column);
    if (found === undefined || found?.length === 0) return [];
    if (found === null)
      return [finding('too-many-values', column, `it has more than ${mostValues} values: which are new was not looked at`)];
    const isPersonal = source.columns.some((c) => c.name === column && c.pii);
    const unseen = [...literals.keys()].filter((literal) => !found.some((f) => f.value === literal)).sort();
    return [
      ...newValues(column, found, now - recent, isPersonal, finding),
      ...unseen.map((literal) => ({
        ...finding('literal-unseen', column, `${isPersonal ? 'a value' : shown(literal)} that features compare it with is in no row`),
        features: named(literals.get(literal) ?? []),
      })),
    ];
  });
}

function newValues(
  column: string,
  found: readonly FoundValue[],
  since: bigint,
  isPersonal: boolean,
  finding: MakeFinding,
): readonly Finding[] {
  const isNew = ({ first }: FoundValue): boolean => first >= since;
  if (found.every(isNew)) return [];
  const fresh = [...found.filter(isNew)].sort((a, b) => b.rows - a.rows || (a.value < b.value ? -1 : 1));
  if (fresh.length === 0) return [];
  const listed = fresh.slice(0, 10).map(({ value, rows }) => `${shown(value)} (${counted(rows, 'row')})`);
  const what = isPersonal ? '' : `: ${listed.join(', ')}${fresh.length > listed.length ? ', …' : ''}`;
  return [
    finding(
      'value-new',
      column,
      `${counted(fresh.length, 'value')} of the last 7 days ${fresh.length === 1 ? 'was' : 'were'} never there before${what}`,
    ),
  ];
}

const named = (features: readonly AffectedFeature[]): readonly AffectedFeature[] =>
  [...features].sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ name, owner }) => ({ name, owner }));

const longest = 60;

/** In quotes, on one line, and not without end. */
function shown(value: string): string {
  const letters = [...value];
  return JSON.stringify(letters.length > longest ? `${letters.slice(0, longest).join('')}…` : value);
}
