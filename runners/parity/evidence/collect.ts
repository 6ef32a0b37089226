/** The evidence of one feature: what both sides had, put side by side. */
import type { Catalog, Source } from '../../../compiler/catalog.ts';
import type { CheckedFeature } from '../../../compiler/check/checked.ts';
import type { Value } from '../../../compiler/value.ts';
import type { SourceRows } from '../../data/events.ts';
import { keyText } from '../../reference/order.ts';
import { entityOfRows } from '../sampling/touched.ts';
import { type Pair, pairRows } from './pairs.ts';
import type { Evidence } from './world.ts';

type Row = readonly Value[];
type Events = ReadonlyMap<string, SourceRows>;

export function collectEvidence(feature: CheckedFeature, catalog: Catalog, batch: Events, stream: Events): Evidence {
  const sources = catalog.sources.filter((s) => feature.sources.includes(s.name));
  const rowsOf = (events: Events, source: Source): SourceRows => events.get(source.name) ?? none;
  return {
    catalog,
    pairs: new Map(sources.map((s) => [s.name, remembered(s, rowsOf(batch, s).rows, rowsOf(stream, s))])),
    owner: entityOfRows(feature, catalog, 'every'),
  };
}

/** Features of the same sources have the same pairs. */
const known = new WeakMap<Source, { readonly batch: readonly Row[]; readonly stream: SourceRows; readonly pairs: readonly Pair[] }>();

const none: SourceRows = { columns: [], rows: [] };

function remembered(source: Source, batch: readonly Row[], stream: SourceRows): readonly Pair[] {
  const before = known.get(source);
  if (before?.batch === batch && before.stream === stream) return before.pairs;
  const pairs = pairRows(source, batch, stream);
  known.set(source, { batch, stream, pairs });
  return pairs;
}

/** Only what concerns these entities, where rows name theirs: what is asked of a world is then asked of few rows. */
export function evidenceOf(evidence: Evidence, entities: readonly (readonly Value[])[]): Evidence {
  const wanted = new Set(entities.map(keyText));
  const pairs = [...evidence.pairs].map(([source, all]) => {
    const owner = evidence.owner.get(source);
    if (owner === undefined) return [source, all] as const;
    const concerns = (row: Row | null): boolean => {
      const entity = row === null ? undefined : owner(row);
      return entity !== undefined && wanted.has(keyText(entity));
    };
    return [source, all.filter((p) => concerns(p.batch) || concerns(p.stream))] as const;
  });
  return { ...evidence, pairs: new Map(pairs) };
}
