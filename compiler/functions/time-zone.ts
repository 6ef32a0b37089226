/** Wall clocks of IANA time zones. */
import { daysFromCivil, floorModulo, microsPerDay } from './calendar.ts';

const formats = new Map<string, Intl.DateTimeFormat | undefined>();

function formatOf(zone: string): Intl.DateTimeFormat | undefined {
  if (!formats.has(zone)) formats.set(zone, newFormat(zone));
  return formats.get(zone);
}

function newFormat(zone: string): Intl.DateTimeFormat | undefined {
  // Snowflake wants names in their own spelling; engines differ in the other names that they know.
  if (zone !== 'UTC' && !/^[A-Z][A-Za-z]+(\/[A-Z][A-Za-z_-]+){1,2}$/.test(zone)) return undefined;
  try {
    return new Intl.DateTimeFormat('en-US', { ...numeric, timeZone: zone });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const numeric: Intl.DateTimeFormatOptions = {
  hourCycle: 'h23',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
};

export function isZone(zone: string): boolean {
  return formatOf(zone) !== undefined;
}

export function isUtc(zone: string): boolean {
  return zone === 'UTC';
}

/** Microseconds to add to an instant for the wall clock of the zone. */
function offsetAt(instant: bigint, zone: string): bigint {
  const millis = Number(floorSecond(instant) / 1_000n);
  const known = offsets.get(zone) ?? new Map<number, bigint>();
  if (known.size >= mostOffsets) known.clear();
  offsets.set(zone, known);
  let offset = known.get(millis);
  if (offset === undefined) {
    offset = computedOffset(instant, millis, zone);
    known.set(millis, offset);
  }
  return offset;
}

/** Asking `Intl` is slow, and the same seconds are asked again and again. */
const offsets = new Map<string, Map<number, bigint>>();
const mostOffsets = 100_000;

function computedOffset(instant: bigint, millis: number, zone: string): bigint {
  const parts = new Map(
    formatOf(zone)
      ?.formatToParts(millis)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const of = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  const days = daysFromCivil({ year: of('year'), month: of('month'), day: of('day') });
  const seconds = BigInt((of('hour') * 60 + of('minute')) * 60 + of('second'));
  return days * microsPerDay + seconds * 1_000_000n - floorSecond(instant);
}

const floorSecond = (micros: bigint): bigint => micros - floorModulo(micros, 1_000_000n);

export function wallClockAt(instant: bigint, zone: string): bigint {
  return instant + offsetAt(instant, zone);
}

/** undefined: the zone skipped this hour, or had it twice. */
export function instantAt(wallClock: bigint, zone: string): bigint | undefined {
  const around = [wallClock - microsPerDay, wallClock, wallClock + microsPerDay].map((near) => wallClock - offsetAt(near, zone));
  const found = new Set(around.filter((instant) => wallClockAt(instant, zone) === wallClock));
  const [only] = found;
  return found.size === 1 ? only : undefined;
}
