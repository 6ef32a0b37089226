/** At which distances from an event the answer of a feature may change: read off the checked query, not off what was compiled of it. */
import type { CheckedFeature } from '../../../compiler/check/checked.ts';
import { addMonths, floorDivide, unitIndex, unitStart } from '../../../compiler/functions/calendar.ts';
import { type DatePart, datePart, fixedLength } from '../../../compiler/functions/date-part.ts';
import { instantAt, isUtc, isZone, wallClockAt } from '../../../compiler/functions/time-zone.ts';

/** An event counts, or ceases to count, at its time plus this. */
export interface Edge {
  readonly amount: bigint;
  readonly unit: DatePart;
}

/** Time cut into pieces, as TIME_SLICE(at, 15, 'minute') and DATE_TRUNC('hour', at) do. */
export interface Bucket {
  readonly amount: bigint;
  readonly unit: DatePart;
  /** By whose clock; null: UTC. */
  readonly zone: string | null;
}

export interface Edges {
  readonly distances: readonly Edge[];
  readonly buckets: readonly Bucket[];
  /** Units of the calendar that the query cuts time into. */
  readonly units: readonly DatePart[];
  readonly zones: readonly string[];
}

interface Node {
  readonly kind?: unknown;
  readonly fn?: unknown;
  readonly args?: readonly Node[];
  readonly text?: unknown;
}

const cutting = new Set(['DATE_TRUNC', 'TIME_SLICE', 'DATEDIFF', 'DATE_PART', 'LAST_DAY', 'NEXT_DAY', 'PREVIOUS_DAY']);
/** What DATE_PART takes beside the units: numbers of days, and of seconds. */
const otherParts: Readonly<Record<string, DatePart>> = { epoch_second: 'second', epoch_millisecond: 'millisecond' };

export function edgesOf(feature: CheckedFeature): Edges {
  const distances = new Map<string, Edge>([['0', { amount: 0n, unit: 'microsecond' }]]);
  const units = new Set<DatePart>(['day', 'month']);
  const zones = new Set<string>();
  const lengths = new Map<string, Edge>();
  const literals = (args: readonly Node[]): readonly string[] =>
    args.flatMap((a) => (a.kind === 'literal' && typeof a.text === 'string' ? [a.text] : []));
  const see = (node: Node): void => {
    if (node.kind !== 'call' || typeof node.fn !== 'string' || node.args === undefined) return;
    const texts = literals(node.args);
    const [unit, amount] = [datePart(texts[0] ?? ''), texts[1] ?? ''];
    if (node.fn === 'DATEADD' && unit !== undefined && /^-?\d+$/.test(amount)) {
      // `at >= as_of() - 20 minutes` and `at + 20 minutes >= as_of()` turn at the same instant.
      const size = BigInt(amount) < 0n ? -BigInt(amount) : BigInt(amount);
      distances.set(`${size} ${unit}`, { amount: size, unit });
    }
    if (node.fn === 'CONVERT_TIMEZONE') for (const zone of texts) zones.add(zone);
    if (!cutting.has(node.fn)) return;
    const cut = texts.flatMap((text) => datePart(text) ?? otherParts[text.toLowerCase()] ?? []);
    for (const part of cut.length === 0 ? [node.fn === 'LAST_DAY' ? ('month' as const) : ('day' as const)] : cut) {
      const length = node.fn === 'TIME_SLICE' ? (texts.find((t) => /^[1-9]\d*$/.test(t)) ?? '1') : '1';
      units.add(part);
      lengths.set(`${length} ${part}`, { amount: BigInt(length), unit: part });
    }
  };
  walk(feature.query, see);
  const clocks = [null, ...[...zones].filter((zone) => isZone(zone) && !isUtc(zone))];
  const buckets = [...lengths.values()].flatMap((length) => clocks.map((zone) => ({ ...length, zone })));
  return { distances: [...distances.values()], buckets, units: [...units], zones: [...zones] };
}

function walk(node: unknown, see: (node: Node) => void): void {
  if (typeof node !== 'object' || node === null) return;
  if (!Array.isArray(node)) see(node);
  for (const [key, value] of Object.entries(node)) if (key !== 'span' && key !== 'type') walk(value, see);
}

const months: Partial<Record<DatePart, number>> = { month: 1, quarter: 3, year: 12 };
const day = 86_400_000_000n;

/** `time`: microseconds since 1970. */
export function after(time: bigint, { amount, unit }: Edge): bigint {
  const length = fixedLength(unit);
  if (length !== undefined) return time + amount * length;
  const inDay = ((time % day) + day) % day;
  return addMonths((time - inDay) / day, Number(amount) * (months[unit] ?? 1)) * day + inDay;
}

/** When the piece that an instant lies in ends and the next begins; undefined for a wall clock that the zone skips. */
export function nextTurn(time: bigint, { amount, unit, zone }: Bucket): bigint | undefined {
  const wall = zone === null ? time : wallClockAt(time, zone);
  const next = unitStart((floorDivide(unitIndex(wall, unit), amount) + 1n) * amount, unit);
  return zone === null ? next : instantAt(next, zone);
}
