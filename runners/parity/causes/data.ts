/** Causes that lie in what the stream had: rows that came late, never, twice, or otherwise than they are. */
import { counted } from '../../../compiler/counted.ts';
import type { Pair, PairClass } from '../evidence/pairs.ts';
import type { World } from '../evidence/world.ts';
import type { CauseId } from './cause.ts';
import { type Intervention, intervention } from './intervention.ts';

interface Kind {
  readonly class: PairClass;
  readonly id: CauseId;
  readonly rows: readonly [one: string, many: string];
  /** `rows`: how many, of which source. */
  readonly what: (rows: string) => string;
}

const event = ['event', 'events'] as const;

const kinds: readonly Kind[] = [
  { class: 'lost', id: 'lost', rows: event, what: (rows) => `without the ${rows} that never reached the stream` },
  { class: 'not_in_batch', id: 'lost', rows: ['row', 'rows'], what: (rows) => `with the ${rows} that never reached the warehouse` },
  {
    class: 'stream_gap',
    id: 'stream_gap',
    rows: event,
    what: (rows) => `without the ${rows} from the time in which nothing reached the stream`,
  },
  {
    class: 'duplicate',
    id: 'duplicate',
    rows: ['copy', 'copies'],
    what: (rows) => `with the ${rows} that the stream had under another identity`,
  },
  {
    class: 'stale_table',
    id: 'stale_table',
    rows: ['version', 'versions'],
    what: (rows) => `without the ${rows} that the stream's copy lacked`,
  },
  {
    class: 'missed_delete',
    id: 'missed_delete',
    rows: ['deletion', 'deletions'],
    what: (rows) => `without the ${rows} that the stream missed`,
  },
  { class: 'clock_offset', id: 'clock_offset', rows: event, what: (rows) => `with the times of ${rows} by the stream's clock` },
  { class: 'time_zone', id: 'time_zone', rows: event, what: (rows) => `with the times of ${rows} as the stream had them, hours off` },
  {
    class: 'timestamp_precision',
    id: 'timestamp_precision',
    rows: event,
    what: (rows) => `with the times of ${rows} as coarse as in the stream`,
  },
  {
    class: 'type_coercion',
    id: 'type_coercion',
    rows: event,
    what: (rows) => `with the values of ${rows} as the stream's reader made them`,
  },
  { class: 'changed', id: 'unknown', rows: event, what: (rows) => `with the values that ${rows} had in the stream` },
];

export const causeOfClass = (kind: PairClass): CauseId => kinds.find((k) => k.class === kind)?.id ?? 'late';

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
    const of = [...(sources.get(kind.class) ?? [])];
    return [intervention(kind.id, kind.what(`${counted(rows, ...kind.rows)} of ${of.join(', ')}`), taken, of)];
  });
  const late = intervention('late', 'without the events that had not arrived by then', (world) => ({
    taken: new Set<PairClass>([...world.taken, 'late']),
    knowledge: 'arrived',
  }));
  return arrival ? [late, ...found] : found;
}
