/** Causes that lie in what the stream had: rows that came late, never, twice, or otherwise than they are. */
import { counted } from '../../../compiler/counted.ts';
import { timePlace } from '../../data/row-time.ts';
import { keyText } from '../../reference/order.ts';
import type { Pair, PairClass } from '../evidence/pairs.ts';
import type { Evidence, World } from '../evidence/world.ts';
import type { CauseId } from './cause.ts';
import { type Intervention, intervention } from './intervention.ts';

interface Kind {
  readonly class: PairClass;
  readonly id: CauseId;
  /** It matters only where the stream had to answer with what had arrived. */
  readonly arrival?: true;
  readonly rows: readonly [one: string, many: string];
  /** `rows`: how many, of which source. */
  readonly what: (rows: string) => string;
}

const event = ['event', 'events'] as const;

const kinds: readonly Kind[] = [
  { class: 'lost', id: 'lost', rows: event, what: (rows) => `without the ${rows} that never reached the stream` },
  { class: 'not_in_batch', id: 'lost', rows: ['row', 'rows'], what: (rows) => `with the ${rows} that never reached the warehouse` },
  {
    class: 'refused_by_stream',
    id: 'lost',
    rows: event,
    what: (rows) => `without the ${rows} that the stream refused, for they are dated too far ahead of their arrival there`,
  },
  {
    class: 'refused_by_batch',
    id: 'lost',
    rows: event,
    what: (rows) => `with the ${rows} that the warehouse refused, for they are dated too far ahead of their arrival there`,
  },
  {
    class: 'undated',
    id: 'evidence_incomplete',
    arrival: true,
    rows: event,
    what: (rows) => `without the ${rows} of which nobody noted when the stream had them`,
  },
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
export function dataInterventions(evidence: Evidence, arrival: boolean): readonly Intervention[] {
  const { pairs } = evidence;
  const counts = new Map<PairClass, number>();
  const sources = new Map<PairClass, Set<string>>();
  for (const p of [...pairs.values()].flat()) {
    if (p.class === null) continue;
    counts.set(p.class, (counts.get(p.class) ?? 0) + 1);
    sources.set(p.class, (sources.get(p.class) ?? new Set()).add(p.source));
  }
  const found = kinds.flatMap((kind) => {
    const rows = counts.get(kind.class) ?? 0;
    if (rows === 0 || (kind.arrival === true && !arrival)) return [];
    const of = [...(sources.get(kind.class) ?? [])];
    return [intervention(kind.id, kind.what(`${counted(rows, ...kind.rows)} of ${of.join(', ')}`), taking(kind.class), of)];
  });
  const copies = counts.has('late') && hasCopies(evidence) ? [firstCopy([...(sources.get('late') ?? [])])] : [];
  const late = intervention('late', 'without the events that had not arrived by then', (world) => ({
    taken: new Set<PairClass>([...world.taken, 'late']),
    knowledge: 'arrived',
  }));
  return arrival ? [late, ...copies, ...found] : found;
}

const taking =
  (kind: PairClass) =>
  (world: World): Partial<World> => ({ taken: new Set([...world.taken, kind]) });

/** With everything arrived, and so for ever: which of several copies came first is told otherwise. */
const firstCopy = (sources: readonly string[]): Intervention =>
  intervention('out_of_order', 'with the first of several copies by the times of arrival that the stream noted', taking('late'), sources);

/** Of two ways that both fit, lateness is not the one if the answer stays with everything arrived. */
export function withoutPassing(sets: readonly (readonly Intervention[])[]): readonly (readonly Intervention[])[] {
  const others = (set: readonly Intervention[], id: CauseId): string =>
    set
      .filter((x) => x.id !== id)
      .map((x) => x.what)
      .join();
  const lasting = new Set(sets.filter((set) => set.some((x) => x.id === 'out_of_order')).map((set) => others(set, 'out_of_order')));
  return sets.filter((set) => !set.some((x) => x.id === 'late') || !lasting.has(others(set, 'late')));
}

/** Of an event that came otherwise than the warehouse noted. */
function hasCopies({ pairs, catalog }: Evidence): boolean {
  return [...pairs].some(([name, of]) => {
    const source = catalog.sources.find((s) => s.name === name);
    if (source === undefined) return false;
    const places = [...source.key.map((column) => source.columns.findIndex((c) => c.name === column)), timePlace(source)];
    const identityOf = ({ batch, stream }: Pair): string => keyText(places.map((i) => (batch ?? stream)?.[i] ?? null));
    const seen = new Map<string, number>();
    for (const pair of of) seen.set(identityOf(pair), (seen.get(identityOf(pair)) ?? 0) + 1);
    return of.some((p) => p.class === 'late' && (seen.get(identityOf(p)) ?? 0) > 1);
  });
}
