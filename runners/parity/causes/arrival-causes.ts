/**
 * Causes that lie in what each side had: late and lost events. A cause is proven when the reference gives batch's value from
 * what batch had and the stream's from what the stream had, and the smallest set of changes (at most two) to batch's events
 * turns the one into the other, while points that agreed still agree.
 */
import type { Catalog } from '../../../compiler/catalog.ts';
import type { CheckedFeature } from '../../../compiler/check/checked.ts';
import type { Value } from '../../../compiler/value.ts';
import type { SourceRows } from '../../data/events.ts';
import type { SpineRow } from '../../data/spine.ts';
import { evaluateFeature } from '../../reference/index.ts';
import { keyText } from '../../reference/order.ts';
import { compare } from '../compare.ts';
import { type Cause, type CauseId, unknownCause } from './cause.ts';

type Events = ReadonlyMap<string, SourceRows>;
type Answers = readonly (readonly Value[])[];

export interface Sides {
  readonly batch: Events;
  readonly stream: Events;
  /** Whether the lambda is not the one that was compiled. */
  readonly tampered: boolean;
}

export interface Point {
  readonly row: SpineRow;
  readonly batch: readonly Value[];
  readonly stream: readonly Value[];
}

interface Intervention {
  readonly ids: readonly CauseId[];
  readonly what: string;
  readonly events: Events;
  readonly knowledge: 'event' | 'arrived';
}

/** The cause at each of `wrong`, in order. `sound`: points at which the forms agree, for the controls. */
export function arrivalCauses(
  feature: CheckedFeature,
  catalog: Catalog,
  { batch, stream, tampered }: Sides,
  wrong: readonly Point[],
  sound: readonly Point[],
): readonly Cause[] {
  if (wrong.length === 0) return [];
  const rows = wrong.map((p) => p.row);
  const said = (events: Events, knowledge: 'event' | 'arrived', at: readonly SpineRow[]): Answers =>
    evaluateFeature(feature, catalog, events, at, { knowledge });
  const same = (a: readonly Value[], b: readonly Value[]): boolean => compare(feature.outputs, [a], [b]).mismatches === 0;
  const fromBatch = said(batch, 'event', rows);
  const fromStream = said(stream, 'arrived', rows);
  const times = new Set(rows.map((row) => row.asOf));
  const controls = sound.filter((p) => times.has(p.row.asOf));
  const tried = interventions(feature, batch, stream).map((intervention) => {
    const answers = said(intervention.events, intervention.knowledge, rows);
    const kept = said(
      intervention.events,
      intervention.knowledge,
      controls.map((p) => p.row),
    );
    // Of an instant at which what agreed would agree no longer, the change explains too much.
    const broken = new Set(controls.filter((p, i) => !same(kept[i] as readonly Value[], p.stream)).map((p) => p.row.asOf));
    return { intervention, answers, broken };
  });
  return wrong.map((point, i): Cause => {
    const faithful = {
      batch: same(fromBatch[i] as readonly Value[], point.batch),
      stream: same(fromStream[i] as readonly Value[], point.stream),
    };
    if (!faithful.batch || !faithful.stream) {
      const side = faithful.batch ? 'the stream' : 'batch';
      const proof = `the reference, given what ${side} had, does not say what ${side} says`;
      return { ...unknownCause, id: tampered && faithful.batch ? 'tampered_artifact' : 'engine_bug', proof };
    }
    const fitting = tried.filter((t) => same(t.answers[i] as readonly Value[], point.stream) && !t.broken.has(point.row.asOf));
    const fewest = Math.min(...fitting.map((t) => t.intervention.ids.length));
    const smallest = fitting.filter((t) => t.intervention.ids.length === fewest).map((t) => t.intervention);
    return causeOf(smallest);
  });
}

function causeOf(smallest: readonly Intervention[]): Cause {
  const [only, ...others] = smallest;
  if (only === undefined) return unknownCause;
  const among = [...new Set(smallest.flatMap((s) => s.ids))];
  const proof = `${smallest.map((s) => s.what).join('; or ')}: then the reference says what the stream says`;
  const explained = among.every((id) => id === 'late');
  if (others.length > 0) return { id: 'ambiguous', explained, proof, among };
  // Of two that are needed together, the one that is a fault gives its name.
  return { id: among.find((id) => id !== 'late') ?? 'late', explained, proof, among };
}

function interventions(feature: CheckedFeature, batch: Events, stream: Events): readonly Intervention[] {
  const both = restricted(feature, batch, stream);
  const late = 'without the events that had not arrived by then';
  const lost = 'without the events that never reached the stream';
  return [
    { ids: ['late'], what: late, events: batch, knowledge: 'arrived' },
    { ids: ['lost'], what: lost, events: both, knowledge: 'event' },
    { ids: ['late', 'lost'], what: `${late}, and ${lost}`, events: both, knowledge: 'arrived' },
  ];
}

/** Batch's rows that the stream has, too, at whatever time. */
function restricted(feature: CheckedFeature, batch: Events, stream: Events): Events {
  return new Map(
    feature.sources.map((name): [string, SourceRows] => {
      const source = batch.get(name) ?? { columns: [], rows: [] };
      const there = new Set((stream.get(name)?.rows ?? []).map(keyText));
      return [name, { ...source, rows: source.rows.filter((row) => there.has(keyText(row))) }];
    }),
  );
}
