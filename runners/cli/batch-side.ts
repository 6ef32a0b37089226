/** `--batch` of parity: a folder with a file of events for each source, or a target with the tables that our models fill. */
import { resolve } from 'node:path';
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import { gridPlanOf } from '../../compiler/artifacts/plans.ts';
import type { Source } from '../../compiler/catalog.ts';
import type { Value } from '../../compiler/value.ts';
import type { BatchTable } from '../data/batch-table.ts';
import type { SourceRows } from '../data/events.ts';
import { beginning } from '../stream/store/beginning.ts';
import { longestLookback } from '../training/lookback.ts';
import { UsageError } from '../usage-error.ts';
import { type FeatureTables, openFeatureTables } from '../warehouse/feature-tables.ts';
import { openTarget } from '../warehouse/open-target.ts';
import type { NamedTarget } from '../warehouse/target-file.ts';
import type { LoadedProject } from './load.ts';

export type BatchSide =
  | { readonly kind: 'folder'; readonly folder: string }
  /** `relation`: null: each feature has one that is called like it. */
  | { readonly kind: 'target'; readonly target: NamedTarget; readonly relation: string | null };

/** What is called like a target is one; a folder of that name is `./name`. */
export function batchSideOf(given: string, { authored, folder }: LoadedProject, say?: (text: string) => void): BatchSide {
  const [name = '', ...rest] = given.split(':');
  const { targets } = authored.config;
  const declared = Object.hasOwn(targets, name) ? targets[name] : undefined;
  if (declared === undefined) return { kind: 'folder', folder: resolve(given) };
  const relation = rest.length === 0 ? null : rest.join(':');
  if (relation !== null && (relation.split('.').length > 2 || relation.split('.').some((part) => part.trim() === '')))
    throw new UsageError(`--batch ${given}: ${relation} is no relation of the target ${name}`, `--batch ${name}:schema.table`);
  return { kind: 'target', target: { name, declared, folder, environment: process.env, ...(say === undefined ? {} : { say }) }, relation };
}

export interface OpenedTables extends FeatureTables {
  /** `snowflake, tables of prod` */
  readonly engine: string;
  /** Once for each feature. */
  readonly read: (feature: CompiledFeature) => Promise<BatchTable>;
}

/** `within`: of which instants rows are read; microseconds, both included; undefined: all. */
export async function openTables(
  { target, relation }: Extract<BatchSide, { kind: 'target' }>,
  within: readonly [bigint, bigint] | undefined,
): Promise<OpenedTables> {
  const tables = await openFeatureTables(target, relation, within ?? null);
  const known = new Map<CompiledFeature, Promise<BatchTable>>();
  return {
    ...tables,
    engine: `${target.declared.engine}, tables of ${target.name}`,
    read: (feature) => {
      const reading = known.get(feature) ?? tables.read(feature);
      known.set(feature, reading);
      return reading;
    },
  };
}

/** A source whose relation is not as sources.yml declares it. */
export interface Unreadable {
  readonly source: string;
  readonly message: string;
  readonly hint: string | undefined;
}

/** The raw rows of a target: of a stream those that instants from `from` on can see. Microseconds; undefined: all. */
export async function eventsOfTarget(
  { target }: Extract<BatchSide, { kind: 'target' }>,
  { authored }: LoadedProject,
  sources: readonly Source[],
  features: readonly CompiledFeature[],
  from: bigint | undefined,
): Promise<{ readonly events: ReadonlyMap<string, SourceRows>; readonly unreadable: readonly Unreadable[] }> {
  const warehouse = await openTarget(target, 'parity');
  const unreadable: Unreadable[] = [];
  try {
    const plans = features.map(({ feature }) => gridPlanOf(feature, authored.catalog));
    const events = new Map<string, SourceRows>();
    for (const source of sources) {
      const isUniverse = features.some(({ feature }) => feature.universe === source.name);
      const lookback = from === undefined || isUniverse ? null : longestLookback(plans, source.name);
      try {
        const past = await warehouse.past(source, from === undefined || lookback === null ? beginning : from - lookback);
        const rows: (readonly Value[])[] = [];
        for await (const piece of past.pieces()) for (const row of piece) rows.push(row);
        events.set(source.name, { columns: source.columns.map((c) => c.name), rows });
      } catch (thrown) {
        if (!(thrown instanceof UsageError)) throw thrown;
        unreadable.push({ source: source.name, message: thrown.message, hint: thrown.hint });
      }
    }
    return { events, unreadable };
  } finally {
    await warehouse.close();
  }
}
