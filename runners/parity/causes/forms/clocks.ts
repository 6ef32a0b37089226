/** Another clock, zone or precision than UTC to the microsecond. */
import type { CheckedFeature } from '../../../../compiler/check/checked.ts';
import type { ScalarRow } from '../../../../compiler/functions/define.ts';
import type { Value } from '../../../../compiler/value.ts';
import { floored } from '../../evidence/time-change.ts';
import { type Intervention, intervention } from '../intervention.ts';
import { each, meaning } from './meanings.ts';
import { functionsIn } from './sites.ts';

const second = 1_000_000n;
const minute = 60n * second;
const hour = 60n * minute;

const signed = (amounts: readonly bigint[]): readonly bigint[] => amounts.flatMap((amount) => [amount, -amount]);
const seconds = (micros: bigint): string => `${micros < 0n ? '-' : '+'}${(micros < 0n ? -micros : micros) / second} s`;
const hours = (micros: bigint): string => `${micros < 0n ? '-' : '+'}${Number(micros < 0n ? -micros : micros) / Number(hour)} h`;

const skews = signed([1n, 2n, 3n, 5n, 10n, 15n, 20n, 30n, 45n, 60n, 90n, 120n, 180n, 300n, 600n].map((s) => s * second));

export function clockOffset(): readonly Intervention[] {
  return skews.map((by) =>
    intervention('clock_offset', `as if the clock that answers stood at ${seconds(by)}`, (world) => ({
      instant: (asOf) => world.instant(asOf) + by,
    })),
  );
}

export function timestampPrecision(): readonly Intervention[] {
  const units = [
    ['milliseconds', 1_000n],
    ['seconds', second],
    ['minutes', minute],
  ] as const;
  return units.flatMap(([name, unit]) => [
    intervention('timestamp_precision', `as if the instant were cut to ${name}`, (world) => ({
      instant: (asOf) => floored(world.instant(asOf), unit),
    })),
    intervention('timestamp_precision', `as if times of rows were cut to ${name}`, (world) => ({
      rowTimes: (source, time) => floored(world.rowTimes(source, time), unit),
    })),
  ]);
}

/** Zones that people forget, by their offsets. */
const offsets = [-10n, -9n, -8n, -7n, -6n, -5n, -4n, -3n, 1n, 2n, 3n, 4n, 7n, 8n, 9n, 10n, 11n].map((h) => h * hour);
const halves = [5n * hour + hour / 2n];

const calendar = ['DATE_TRUNC', 'TIME_SLICE', 'LAST_DAY', 'NEXT_DAY', 'PREVIOUS_DAY', 'DATE_PART', 'DATEDIFF', 'TO_DATE', 'DAYNAME'];
const parts = ['YEAR', 'MONTH', 'DAY', 'DAYOFWEEK', 'DAYOFYEAR', 'WEEK', 'HOUR', 'QUARTER'];

export function timeZone(feature: CheckedFeature): readonly Intervention[] {
  const used = functionsIn(feature);
  const found: Intervention[] = [];
  if (used.has('CONVERT_TIMEZONE'))
    found.push(
      meaning('time_zone', 'as if CONVERT_TIMEZONE left the clock as it is', {
        scalars: {
          CONVERT_TIMEZONE:
            () =>
            ([, , at]) =>
              at ?? null,
        },
      }),
    );
  const all = [...offsets, ...halves];
  if ([...calendar, ...parts, 'CAST'].some((name) => used.has(name)))
    found.push(
      ...all.map((by) =>
        meaning('time_zone', `as if days began by a clock at ${hours(by)}`, {
          scalars: each([...calendar, ...parts], shiftedCalendar(by)),
          cast: (own) => (value, from, to, isTry) =>
            own(from.kind === 'timestamp' && to.kind === 'date' && typeof value === 'bigint' ? value + by : value, from, to, isTry),
        }),
      ),
    );
  found.push(
    ...all.flatMap((by) => [
      intervention('time_zone', `as if the instant were read by a clock at ${hours(by)}`, (world) => ({
        instant: (asOf) => world.instant(asOf) + by,
      })),
    ]),
  );
  return found;
}

/** What is a timestamp is moved before, and what comes out as one is moved back. */
function shiftedCalendar(by: bigint): (own: ScalarRow['evaluate']) => ScalarRow['evaluate'] {
  return (own) => (values, types) => {
    const moved = values.map(
      (value, i): Value => (types.args[i]?.type.kind === 'timestamp' && typeof value === 'bigint' ? value + by : value),
    );
    const result = own(moved, types);
    return types.type.kind === 'timestamp' && typeof result === 'bigint' ? result - by : result;
  };
}
