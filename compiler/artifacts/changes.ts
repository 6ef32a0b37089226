/** What has changed between two states of a project: each feature in one class, and what follows from it. */

import type { Catalog } from '../catalog.ts';
import { typeName } from '../sql-type.ts';
import type { CompiledFeature } from './compile.ts';
import { featureOf, type TextFile } from './dbt/names.ts';
import { outputName } from './lambda.ts';
import { tableReads } from './universe.ts';
import { sameDefinition, whyChanged } from './why-changed.ts';

/** unchanged: the same version. schema-breaking: what consumers read is gone, or of another type. */
export type ChangeClass = 'unchanged' | 'new' | 'removed' | 'value-changing' | 'schema-breaking';

export interface FeatureChange {
  readonly feature: string;
  readonly change: ChangeClass;
  readonly before: string | null;
  readonly after: string | null;
  readonly reasons: readonly string[];
  readonly owner: string | null;
  /** Paths of artifacts that are written anew, or go. */
  readonly models: readonly string[];
  readonly lambdas: readonly string[];
  readonly consumers: readonly string[];
}

export interface ProjectState {
  readonly catalog: Catalog;
  readonly features: readonly CompiledFeature[];
  readonly files: readonly TextFile[];
}

/** By name of the feature. */
export function featureChanges(before: ProjectState, after: ProjectState): readonly FeatureChange[] {
  const names = [...new Set([...before.features, ...after.features].map((f) => f.feature.name))].sort();
  return names.map((name) => {
    const old = before.features.find((f) => f.feature.name === name);
    const now = after.features.find((f) => f.feature.name === name);
    const broken = old === undefined || now === undefined ? [] : breaks(old, now);
    const change: ChangeClass =
      old === undefined
        ? 'new'
        : now === undefined
          ? 'removed'
          : broken.length > 0
            ? 'schema-breaking'
            : old.version === now.version
              ? 'unchanged'
              : 'value-changing';
    const either = (now ?? old) as CompiledFeature;
    const paths = change === 'unchanged' ? [] : pathsOf(name, now === undefined ? before.files : after.files);
    return {
      feature: name,
      change,
      before: old?.version ?? null,
      after: now?.version ?? null,
      reasons: old === undefined || now === undefined ? [] : broken.length > 0 ? broken : reasonsFor(change, { before, after, old, now }),
      owner: either.feature.owner,
      models: paths.filter((p) => p.startsWith('dbt/')),
      lambdas: paths.filter((p) => p.startsWith('lambdas/')),
      consumers: change === 'unchanged' ? [] : either.feature.consumers,
    };
  });
}

function pathsOf(name: string, files: readonly TextFile[]): readonly string[] {
  return files.map((f) => f.path).filter((path) => featureOf(path) === name && !path.includes('/macros/'));
}

function breaks({ feature: old }: CompiledFeature, { feature: now }: CompiledFeature): readonly string[] {
  const entity = (f: CompiledFeature['feature']): string => f.entity.map((e) => `${outputName(e.name)} ${typeName(e.type)}`).join(', ');
  const outputs = old.outputs.flatMap((o) => {
    const same = now.outputs.find((n) => n.name === o.name);
    const name = `\`${outputName(o.name)}\``;
    if (same === undefined) return [`${name} is gone`];
    return typeName(same.type) === typeName(o.type) ? [] : [`${name} was ${typeName(o.type)} and is ${typeName(same.type)}`];
  });
  return [...(entity(old) === entity(now) ? [] : [`the entity was (${entity(old)}) and is (${entity(now)})`]), ...outputs];
}

interface Pair {
  readonly before: ProjectState;
  readonly after: ProjectState;
  readonly old: CompiledFeature;
  readonly now: CompiledFeature;
}

function reasonsFor(change: ChangeClass, { before, after, old, now }: Pair): readonly string[] {
  if (change === 'unchanged') return [];
  const added = additions(old, now);
  const why = whyChanged({ compiled: old, catalog: before.catalog }, { compiled: now, catalog: after.catalog });
  // A new output changes the version by itself.
  return added.length > 0 && why.length === 1 && why[0] === sameDefinition ? added : [...added, ...why];
}

function additions({ feature: old }: CompiledFeature, { feature: now }: CompiledFeature): readonly string[] {
  return now.outputs.filter((n) => !old.outputs.some((o) => o.name === n.name)).map((n) => `\`${outputName(n.name)}\` is added`);
}

/** A column that sources.yml had and has no more, with all that read it: one finding, however many features it breaks. */
export interface LostColumn {
  readonly source: string;
  readonly column: string;
  /** Columns of the same type that are new there. */
  readonly perhaps: readonly string[];
  readonly features: readonly { readonly feature: string; readonly owner: string | null }[];
}

export function lostColumns(before: ProjectState, catalog: Catalog): readonly LostColumn[] {
  const reads = before.features.map(({ feature }) => ({ feature, reads: tableReads(feature) }));
  return before.catalog.sources.flatMap((source) => {
    const now = catalog.sources.find((s) => s.name === source.name);
    return source.columns
      .filter((c) => !(now?.columns ?? []).some((n) => n.name === c.name))
      .map((column) => ({
        source: source.name,
        column: outputName(column.name),
        perhaps: (now?.columns ?? [])
          .filter((n) => typeName(n.type) === typeName(column.type) && !source.columns.some((c) => c.name === n.name))
          .map((n) => outputName(n.name)),
        features: reads
          .filter((r) => r.reads.some((x) => x.source === source.name && x.column === column.name))
          .map(({ feature }) => ({ feature: feature.name, owner: feature.owner })),
      }));
  });
}
