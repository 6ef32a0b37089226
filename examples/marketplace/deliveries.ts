/** Events as they are delivered: late, twice, with other contents, without a key, dated too far ahead. */
import { hour, instant, iso, minute, second } from './moments.ts';
import type { Random } from './random.ts';
import type { Cell, Row } from './rows.ts';

export interface Channel {
  readonly key: string;
  readonly time: string;
  /** The column that a second copy may have otherwise, and what it has. */
  readonly amended: readonly [string, (random: Random) => Cell];
  readonly maxSkew: bigint;
}

const fates = 40;

/** In the order of arrival. Everything that can go wrong does once for the first events, and now and then for the others. */
export function deliver(random: Random, events: readonly Row[], channel: Channel): readonly Row[] {
  const delivered = events.flatMap((event, n) => deliveriesOf(random, event, channel, n < fates ? n : random.below(5 * fates)));
  const arrival = (row: Row): string => String(row['ingested_at'] ?? row[channel.time]);
  return delivered
    .map((row, n) => ({ row, n }))
    .sort((a, b) => (arrival(a.row) < arrival(b.row) ? -1 : arrival(a.row) > arrival(b.row) ? 1 : a.n - b.n))
    .map(({ row }) => row);
}

function deliveriesOf(random: Random, event: Row, { key, time, amended: [column, amend], maxSkew }: Channel, fate: number): readonly Row[] {
  const at = instant(event[time] as string);
  const ahead = [maxSkew, maxSkew, maxSkew + 1n, hour][fate];
  const ingested = at + (ahead === undefined ? delay(random) : -ahead);
  const first = { ...event, ingested_at: random.chance(0.01) ? null : iso(ingested) };
  if (fate === 4) return [{ ...first, [key]: null }];
  if (fate === 5) return [{ ...first, [time]: null }];
  // An identifier used twice: two events, by contract.
  if (fate === 6) return [first, { ...first, [time]: iso(at + minute), ingested_at: iso(ingested + minute) }];
  if (fate < 16) return [first, first];
  if (fate < 22) return [first, { ...first, ingested_at: iso(ingested + random.between(0n, hour)) }];
  if (fate < 28) return [first, { ...first, [column]: amend(random), ingested_at: iso(ingested + random.between(second, hour)) }];
  if (fate < 32) return [first, { ...first, [column]: amend(random) }];
  // The amended copy was the one that came first.
  if (fate < 36)
    return [
      { ...first, ingested_at: iso(ingested + minute) },
      { ...first, [column]: amend(random), ingested_at: iso(ingested) },
    ];
  return [first];
}

function delay(random: Random): bigint {
  if (random.chance(0.05)) return random.between(10n * minute, 3n * hour);
  return random.chance(0.1) ? random.between(5n * second, 10n * minute) : random.between(second / 5n, 5n * second);
}
