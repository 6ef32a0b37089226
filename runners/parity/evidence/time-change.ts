/** What became of the times of events between the two sides. Microseconds. */
import { floorModulo } from '../../../compiler/functions/calendar.ts';

const units = [10n, 100n, 1_000n, 10_000n, 100_000n, 1_000_000n, 60_000_000n];
const quarter = 900_000_000n;
/** From UTC-12 to UTC+14. */
const furthest = 14n * 4n * quarter;

export type TimeChange = 'timestamp_precision' | 'time_zone' | 'clock_offset';

export interface Times {
  readonly from: bigint;
  readonly to: bigint;
}

/** In order. One time alone may look cut by chance, so a precision is believed only if it explains half of them. */
export function timeChanges(times: readonly Times[]): readonly TimeChange[] {
  const cut = units.filter((unit) => 2 * times.filter((t) => isCut(t, unit)).length >= times.length);
  return times.map((t) => {
    if (cut.some((unit) => isCut(t, unit))) return 'timestamp_precision';
    const moved = t.to - t.from;
    const distance = moved < 0n ? -moved : moved;
    return distance % quarter === 0n && distance <= furthest ? 'time_zone' : 'clock_offset';
  });
}

const isCut = ({ from, to }: Times, unit: bigint): boolean => to === floored(from, unit) || to === floored(from + unit / 2n, unit);

/** To a whole number of units, the one before. */
export function floored(time: bigint, unit: bigint): bigint {
  return time - floorModulo(time, unit);
}
