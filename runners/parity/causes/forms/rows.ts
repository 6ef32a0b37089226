/** Forms that read their rows otherwise: every copy, in the order of arrival, a table as it was some time ago. */

import type { Catalog } from '../../../../compiler/catalog.ts';
import type { CheckedFeature } from '../../../../compiler/check/checked.ts';
import { type Intervention, intervention } from '../intervention.ts';

export function duplicate(): readonly Intervention[] {
  return [intervention('duplicate', 'as if every copy that arrived were an event of its own', () => ({ copies: 'all' }))];
}

export function outOfOrder(): readonly Intervention[] {
  return [intervention('out_of_order', 'as if what came last were the latest', () => ({ order: 'arrival' }))];
}

const lags = [
  ['a minute', 60n],
  ['five minutes', 300n],
  ['ten minutes', 600n],
  ['15 minutes', 900n],
  ['half an hour', 1800n],
  ['an hour', 3600n],
  ['six hours', 21_600n],
  ['twelve hours', 43_200n],
  ['a day', 86_400n],
] as const;

export function staleTable(feature: CheckedFeature, catalog: Catalog): readonly Intervention[] {
  if (!readsTable(feature, catalog)) return [];
  return lags.map(([name, seconds]) =>
    intervention('stale_table', `as if its tables were ${name} old`, (world) => ({
      rowTimes: (source, time) => world.rowTimes(source, time) + (source.kind === 'table' ? seconds * 1_000_000n : 0n),
    })),
  );
}

export function missedDelete(feature: CheckedFeature, catalog: Catalog): readonly Intervention[] {
  if (!readsTable(feature, catalog)) return [];
  return [
    intervention('missed_delete', 'as if nothing were ever deleted', (world) => ({
      keep: (source, row) =>
        world.keep(source, row) &&
        !(source.kind === 'table' && source.deleted !== null && row[source.columns.findIndex((c) => c.name === source.deleted)] === true),
    })),
  ];
}

function readsTable({ sources }: CheckedFeature, catalog: Catalog): boolean {
  return catalog.sources.some((s) => s.kind === 'table' && sources.includes(s.name));
}
