/** At which distances from an event the answer of a feature may change: read off the checked query, not off what was compiled of it. */
import type { CheckedFeature } from '../../../compiler/check/checked.ts';
import { addMonths } from '../../../compiler/functions/calendar.ts';
import { type DatePart, datePart, fixedLength } from '../../../compiler/functions/date-part.ts';

/** An event counts, or ceases to count, at its time plus this. */
export interface Edge {
  readonly amount: bigint;
  readonly unit: DatePart;
}

export interface Edges {
  readonly distances: readonly Edge[];
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

export function edgesOf(feature: CheckedFeature): Edges {
  const distances = new Map<string, Edge>([['0', { amount: 0n, unit: 'microsecond' }]]);
  const units = new Set<DatePart>(['day', 'month']);
  const zones = new Set<string>();
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
    if (cutting.has(node.fn)) for (const text of texts) units.add(datePart(text) ?? 'day');
  };
  walk(feature.query, see);
  return { distances: [...distances.values()], units: [...units], zones: [...zones] };
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
