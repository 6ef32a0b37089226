/** From an entity's events to the values of a lambda. Whole numbers up to 2^53 − 1 are exact; what is not is said, never rounded. */
import type { EventAggregate, EventIndex, EventOutput } from '../../../compiler/artifacts/event-index.ts';
import type { Value } from '../../../compiler/value.ts';
import { type Distinct, distinctOf, type Memory } from './distinct.ts';
import { type EntityEvents, since, type Total, timeAt, totalOf } from './entity-events.ts';
import { type KeptColumns, placeOf, totalFor } from './kept-columns.ts';

/** What is answered; or, where more is computed of what was counted: what the engine is asked, but for the number of the row. */
export type Counted = { readonly values: readonly Value[] } | { readonly counted: readonly Value[] };

/** Undefined: numbers too large to be counted here. */
export type Count = (events: EntityEvents, asOf: bigint) => Counted | undefined;

export function countingOf(index: EventIndex, kept: KeptColumns, memory: Memory): Count {
  const [from, until] = index.within.map(Number) as [number, number];
  const { width } = kept.layout;
  const parts = index.aggregates.map((aggregate) => partOf(aggregate, index, kept, memory));
  const outputs = index.outputs?.map(({ value, absent }) => ({ value, absent: absent === null ? null : BigInt(absent) }));
  const nobody: Counted =
    outputs === undefined ? { counted: [...parts.map(() => null), 0n] } : { values: outputs.map(({ absent }) => absent) };
  return (events, asOf) => {
    const at = Number(asOf);
    const [first, end] = [since(events, width, at + from), since(events, width, at + until)];
    if (first >= end) return nobody;
    const values: (bigint | null)[] = [];
    for (const part of parts) {
      const ownFirst = part.from === from ? first : Math.max(first, since(events, width, at + part.from));
      const ownEnd = part.until === until ? end : Math.min(end, since(events, width, at + part.until));
      const value = part.value(events, ownFirst, Math.max(ownFirst, ownEnd), end - first);
      if (value === undefined) return undefined;
      values.push(value);
    }
    return outputs === undefined ? { counted: [...values, 1n] } : { values: outputs.map(({ value }) => outputOf(value, values)) };
  };
}

interface Part {
  readonly from: number;
  readonly until: number;
  /** `all`: events in the feature's interval. */
  readonly value: (events: EntityEvents, first: number, end: number, all: number) => bigint | null | undefined;
}

function partOf(aggregate: EventAggregate, index: EventIndex, kept: KeptColumns, memory: Memory): Part {
  const [from, until] = aggregate.within.map(Number) as [number, number];
  return { from, until, value: valueOf(aggregate, index, kept, memory) };
}

function valueOf(aggregate: EventAggregate, index: EventIndex, kept: KeptColumns, memory: Memory): Part['value'] {
  const { width } = kept.layout;
  const [of, when] = [placeOf(kept, index, aggregate.of), placeOf(kept, index, aggregate.when)];
  switch (aggregate.fn) {
    case 'count': {
      const total = totalFor(kept, { of, when, counts: true });
      return total === undefined
        ? (_, first, end) => BigInt(end - first)
        : (events, first, end) => BigInt(totalOf(total, events, width, first, end));
    }
    case 'sum':
      return sumOf(aggregate, kept, of, when);
    case 'distinct': {
      const distinct: Distinct = distinctOf({ of, when }, width, memory);
      return (events, first, end) => {
        const found = distinct(events, first, end);
        return found === undefined ? undefined : BigInt(found);
      };
    }
    case 'min':
    case 'max':
      return extremeOf(aggregate.fn, width, of, when);
  }
}

function sumOf({ zeroOtherwise }: EventAggregate, kept: KeptColumns, of: number, when: number): Part['value'] {
  const { width } = kept.layout;
  const sum = totalFor(kept, { of, when, counts: false }) as Total;
  const known = totalFor(kept, { of, when, counts: true }) as Total;
  const counted = totalFor(kept, { of: -1, when, counts: true });
  return (events, first, end, all) => {
    if (!events.isExact) return undefined;
    if (totalOf(known, events, width, first, end) > 0) {
      // Two totals may be exact, and their difference not.
      const difference = totalOf(sum, events, width, first, end);
      return Math.abs(difference) <= Number.MAX_SAFE_INTEGER ? BigInt(difference) : undefined;
    }
    const counts = counted === undefined ? end - first : totalOf(counted, events, width, first, end);
    return zeroOtherwise && counts < all ? 0n : null;
  };
}

function extremeOf(fn: 'min' | 'max', width: number, of: number, when: number): Part['value'] {
  if (of === timeAt && when < 0)
    return ({ numbers }, first, end) =>
      first >= end ? null : BigInt(numbers[(fn === 'min' ? first : end - 1) * width + timeAt] as number);
  return ({ numbers }, first, end) => {
    let found: number | null = null;
    for (let at = first * width; at < end * width; at += width) {
      if (when >= 0 && numbers[at + when] !== 1) continue;
      const value = numbers[at + of] as number;
      if (Number.isNaN(value)) continue;
      if (value === Number.POSITIVE_INFINITY) return undefined;
      if (found === null || (fn === 'min' ? value < found : value > found)) found = value;
    }
    return found === null ? null : BigInt(found);
  };
}

function outputOf(output: EventOutput, values: readonly (bigint | null)[]): bigint | null {
  if ('aggregate' in output) return values[output.aggregate] ?? null;
  if ('literal' in output) return output.literal === null ? null : BigInt(output.literal);
  for (const one of output.first) {
    const value = outputOf(one, values);
    if (value !== null) return value;
  }
  return null;
}
