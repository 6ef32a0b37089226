/** Times that a query may tell apart: edges of its windows, turns of the calendar, ties, and much within the shortest window. */
import { after, type Edge } from '../../parity/sampling/edges.ts';
import type { Clues } from './clues.ts';
import type { Dice } from './dice.ts';

export interface Times {
  /** Around these instants things happen. The first has most of it. */
  readonly anchors: readonly bigint[];
  readonly event: (dice: Dice) => bigint;
  /** The first anchor, the other end of each window, and a microsecond around them. */
  readonly edges: readonly bigint[];
  /** Within the shortest window before the first anchor. */
  readonly recent: (dice: Dice) => bigint;
  /** Long before all events: what is said then holds for most of them. */
  readonly early: (dice: Dice) => bigint;
  /** Of a column that is no event time: it may lie ahead. */
  readonly any: (dice: Dice) => bigint;
}

const micros = (iso: string): bigint => BigInt(Date.parse(`${iso}Z`)) * 1000n;
const day = 86_400_000_000n;
/** A year, quarter, month, week and day begin together. */
const turn = micros('2024-01-01T00:00:00');
const otherTurns = ['2024-03-01T00:00:00', '2021-01-01T00:00:00', '1970-01-01T00:00:00'].map(micros);
const clockChange = micros('2024-03-10T08:00:00');

export function timesOf(clues: Clues, literals: readonly bigint[], dice: Dice): Times {
  const second = clues.zones.length > 0 ? clockChange : dice.pick(otherTurns);
  const anchors = literals.length > 0 ? [...literals, turn] : [turn, second];
  const back = (at: bigint, { amount, unit }: Edge): bigint => after(at, { amount: -amount, unit });
  const edges = clues.distances.filter((d) => d.amount > 0n);
  const lengths = edges.map((d) => turn - back(turn, d)).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const shortest = lengths[0] ?? day;
  const longest = lengths.at(-1) ?? day;
  const within = (length: bigint, d: Dice): bigint => (length * BigInt(1 + d.below(999))) / 1000n;
  const anchor = (d: Dice): bigint => (d.below(5) > 0 ? (anchors[0] as bigint) : d.pick(anchors));
  const tick = (d: Dice): bigint => d.pick([0n, 0n, 1n, -1n]);
  const event = (d: Dice): bigint => {
    const at = anchor(d);
    switch (d.below(8)) {
      case 0:
        return at + tick(d);
      case 1:
        return edges.length === 0 ? at + tick(d) : back(at, d.pick(edges)) + tick(d);
      case 2:
        return at - within(longest, d);
      case 3:
        return at - within(lengths.length === 0 ? day : d.pick(lengths), d);
      case 4:
        return at + within(shortest, d);
      // A few round times, so that several events share one.
      case 5:
        return at - (shortest * BigInt(1 + d.below(3))) / 4n;
      default:
        return at - within(shortest, d);
    }
  };
  const first = anchors.reduce((a, b) => (a < b ? a : b));
  const early = (d: Dice): bigint => first - longest * 2n - day * BigInt(1 + d.below(30));
  const recent = (d: Dice): bigint => (anchors[0] as bigint) - within(shortest, d);
  const ends = [anchors[0] as bigint, ...edges.map((d) => back(anchors[0] as bigint, d))];
  const around = ends.slice(0, 4).flatMap((at) => [at, at + 1n, at - 1n]);
  return {
    anchors,
    event,
    edges: around,
    recent,
    early,
    any: (d) => (d.oneIn(4) ? early(d) : d.oneIn(4) ? anchor(d) + within(longest, d) : event(d)),
  };
}
