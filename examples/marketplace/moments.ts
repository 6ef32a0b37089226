/** When things happen: on one evening, the weeks before it, and exactly on the edges of what is asked. */
import { formatTimestamp } from '../../runners/data/format-value.ts';
import type { Random } from './random.ts';

export const second = 1_000_000n;
export const minute = 60n * second;
export const hour = 60n * minute;
export const day = 24n * hour;

/** Microseconds since 1970. */
export function instant(text: string): bigint {
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(Date.parse(`${whole}Z`)) * 1000n + BigInt(fraction.padEnd(6, '0'));
}

export const iso = formatTimestamp;

/** Midnight, the full hours of the evening, one microsecond after, an odd moment, and days later, when windows are empty. */
export const askedInstants: readonly bigint[] = [
  '2026-03-01T00:00:00',
  '2026-03-01T19:00:00',
  '2026-03-01T20:00:00',
  '2026-03-01T20:00:00.000001',
  '2026-03-01T20:17:23.456789',
  '2026-03-01T21:00:00',
  '2026-03-05T12:00:00',
].map(instant);

export const evening: readonly [bigint, bigint] = [instant('2026-03-01T18:00:00'), instant('2026-03-01T21:10:00')];

const windows = [
  0n,
  minute,
  90n * second,
  5n * minute,
  10n * minute,
  20n * minute,
  30n * minute,
  hour,
  day,
  7n * day,
  30n * day,
  90n * day,
];

/** `live`: how likely the evening is, against the 95 days before. */
export function moment(random: Random, live: number): bigint {
  if (random.chance(0.12)) return random.pick(askedInstants) - random.pick(windows) + random.pick([-1n, 0n, 0n, 1n]);
  const [from, to] = evening;
  // The hour before eight is the busiest.
  const exact = random.chance(live)
    ? random.chance(0.5)
      ? random.between(to - 90n * minute, to - 70n * minute)
      : random.between(from, to)
    : random.between(to - random.pick([day, 7n * day, 40n * day, 95n * day]), to);
  return random.chance(0.1) ? exact - (exact % minute) : exact - (exact % 1000n);
}
