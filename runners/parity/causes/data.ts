/** Causes that lie in what the stream had: rows that came late, never, twice, or otherwise than they are. */
import { counted } from '../../../compiler/counted.ts';
import type { Pair, PairClass } from '../evidence/pairs.ts';
import type { World } from '../evidence/world.ts';
import type { CauseId } from './cause.ts';
import { type Intervention, intervention } from './intervention.ts';

interface Kind {
  readonly class: PairClass;
  readonly id: CauseId;
  readonly what: (rows: number) => string;
}

const events = (n: number): string => counted(n, 'event');
const versions = (n: number): string => counted(n, 'version');

const kinds: readonly Kind[] = [
  { class: 'lost', id: 'lost', what: (n) => `without the ${events(n)} that never reached the stream` },
  { class: 'not_in_batch', id: 'lost', what: (n) => `with the ${counted(n, 'row')} that never reached the warehouse` },
  { class: 'stream_gap', id: 'stream_gap', what: (n) => `without the ${events(n)} of the time in which nothing reached the stream` },
  {
    class: 'duplicate',
    id: 'duplicate',
    what: (n) => `with the ${counted(n, 'copy', 'copies')} that the stream had under another identity`,
  },
  { class: 'stale_table', id: 'stale_table', what: (n) => `without the ${versions(n)} that the stream's copy of the table lacked` },
  { class: 'missed_delete', id: 'missed_delete', what: (n) => `without the ${counted(n, 'deletion')} that the stream missed` },
  { class: 'clock_offset', id: 'clock_offset', what: (n) => `with the times of ${events(n)} by the stream's clock` },
  { class: 'time_zone', id: 'time_zone', what: (n) => `with the times of ${events(n)} as the stream had them, hours off` },
  { class: 'timestamp_precision', id: 'timestamp_precision', what: (n) => `with the times of ${events(n)} as coarse as in the stream` },
  { class: 'type_coercion', id: 'type_coercion', what: (n) => `with the values of ${events(n)} as the stream's reader made them` },
  { class: 'changed', id: 'unknown', what: (n) => `with the values that ${events(n)} had in the stream` },
];

/** Of the classes that there are. `arrival`: whether the stream had to answer at the instant that it was asked for. */
export function dataInterventions(pairs: ReadonlyMap<string, readonly Pair[]>, arrival: boolean): readonly Intervention[] {
  const counts = new Map<PairClass, number>();
  const sources = new Map<PairClass, Set<string>>();
  for (const p of [...pairs.values()].flat()) {
    if (p.class === null) continue;
    counts.set(p.class, (counts.get(p.class) ?? 0) + 1);
    sources.set(p.class, (sources.get(p.class) ?? new Set()).add(p.source));
  }
  const found = kinds.flatMap((kind) => {
    const rows = counts.get(kind.class) ?? 0;
    if (rows === 0) return [];
    const taken = (world: World): Partial<World> => ({ taken: new Set([...world.taken, kind.class]) });
    return [intervention(kind.id, kind.what(rows), taken, [...(sources.get(kind.class) ?? [])])];
  });
  const late = intervention('late', 'without the events that had not arrived by then', (world) => ({
    taken: new Set<PairClass>([...world.taken, 'late']),
    knowledge: 'arrived',
  }));
  return arrival ? [late, ...found] : found;
}
