/** At which entities and instants a feature is asked: turns of the calendar, edges of its windows, soon after events, and nobody. */
import type { Catalog } from '../../../compiler/catalog.ts';
import type { CheckedFeature } from '../../../compiler/check/checked.ts';
import { EvaluationError } from '../../../compiler/functions/evaluation-error.ts';
import type { Value } from '../../../compiler/value.ts';
import type { SpineRow } from '../../data/spine.ts';
import { after, edgesOf } from '../../parity/sampling/edges.ts';
import { eventTimes } from '../../parity/sampling/event-times.ts';
import { ownInstants } from '../../parity/sampling/own-instants.ts';
import { chance, distinctEntities, knownEntities, stranger } from '../../parity/sampling/population.ts';
import { probesOf } from '../../parity/sampling/probes.ts';
import { evaluateStages } from '../../reference/index.ts';
import { keyText } from '../../reference/order.ts';
import type { Generated } from '../generate/events.ts';

const mostEntities = 10;
const probeInstants = 36;
const mostPoints = 160;

export function pointsOf(feature: CheckedFeature, catalog: Catalog, { events, anchors }: Generated, seed: string): readonly SpineRow[] {
  const times = eventTimes({ feature }, catalog, events);
  const [first, last] = [times[0] ?? (anchors[0] as bigint), times.at(-1) ?? (anchors[0] as bigint)];
  const found = anchors.flatMap((at) => [0n, 1n, 60_000_000n].flatMap((later) => entitiesAt(feature, catalog, events, at + later)));
  const known = knownEntities(feature, catalog, events, []);
  const entities = distinctEntities([...found, ...known]).slice(0, mostEntities);
  const nobody =
    feature.entity.length === 0
      ? undefined
      : stranger(
          feature.entity.map((e) => e.type),
          entities,
        );
  const furthest = edgesOf(feature)
    .distances.map((d) => after(last, d))
    .reduce((a, b) => (a > b ? a : b), last);
  const interval = [first, furthest + 1n] as const;
  const own = ownInstants(feature, catalog, events, interval, 4, seed);
  const order = (nth: number): number => chance(seed, feature.name, 'probe', nth);
  const points = [
    ...anchors.flatMap((at) => [at, at + 1n, at - 1n].flatMap((asOf) => entities.map((entity) => ({ entity, asOf })))),
    ...(nobody === undefined ? [] : anchors.map((asOf) => ({ entity: nobody, asOf }))),
    ...entities.flatMap((entity) => own(entity).map((asOf) => ({ entity, asOf }))),
    ...probesOf(feature, catalog, events, interval, entities, order, { instants: probeInstants }),
  ];
  return [...new Map(points.map((p) => [`${p.asOf} ${keyText(p.entity)}`, p])).values()].slice(0, mostPoints);
}

/** Those that the query itself returns, by the reference. */
function entitiesAt(feature: CheckedFeature, catalog: Catalog, events: Generated['events'], asOf: bigint): readonly (readonly Value[])[] {
  if (feature.entity.length === 0) return [];
  try {
    const stage = evaluateStages(feature, catalog, events, asOf, { knowledge: 'event' }).at(-1);
    const places = feature.entity.map((e) => stage?.columns.findIndex((c) => c.name === e.name) ?? -1);
    return (stage?.rows ?? []).map((row) => places.map((i) => row[i] ?? null)).filter((e) => !e.includes(null));
  } catch (thrown) {
    if (thrown instanceof EvaluationError) return [];
    throw thrown;
  }
}
