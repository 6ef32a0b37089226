/** The tables of features that a target has, as dbt or `materialize` filled them, with what the ledger says of their runs. */
import { createHash } from 'node:crypto';
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import { versionColumn } from '../../compiler/artifacts/dbt/grid-model.ts';
import { asOfColumn } from '../../compiler/plan/plan.ts';
import { timestamp, typeName, varchar } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import type { BatchTable, Built, BuiltRun } from '../data/batch-table.ts';
import { pointText, type SpineRow } from '../data/spine.ts';
import { UsageError } from '../usage-error.ts';
import { type FeatureRelations, type FoundColumn, openFeatureRelations } from './feature-relations.ts';
import type { NamedTarget } from './target-file.ts';

export interface FeatureTables {
  readonly has: (feature: CompiledFeature) => Promise<boolean>;
  /** UsageError if it is not there, or does not have what the feature says. */
  readonly read: (feature: CompiledFeature) => Promise<BatchTable>;
  readonly close: () => void | Promise<void>;
}

/** Microseconds, both included; null: all instants. */
type Within = readonly [from: bigint, to: bigint] | null;

/** `relation`: of the one feature that is asked for; null: each has one that is called like it. */
export async function openFeatureTables(target: NamedTarget, relation: string | null, within: Within): Promise<FeatureTables> {
  const { name } = target;
  const relations = await openFeatureRelations(target);
  const { place } = relations;
  const partsOf = ({ feature }: CompiledFeature): readonly string[] => {
    const parts = relation?.split('.') ?? [];
    return relation === null ? [...place, feature.name] : [...place.slice(0, 3 - parts.length), ...parts];
  };
  const shownOf = (compiled: CompiledFeature): string => partsOf(compiled).slice(1).join('.');
  return {
    has: async (compiled) => (await relations.columns(partsOf(compiled))) !== null,
    read: async (compiled) => {
      const found = await relations.columns(partsOf(compiled));
      if (found === null)
        throw new UsageError(
          `the target ${name} has no relation ${shownOf(compiled)}, where the rows of ${compiled.feature.name} would be`,
          `dbt build, or lockstep materialize ${compiled.feature.name} --target ${name}, fills it; another one: --batch ${name}:schema.table`,
        );
      requireColumns(compiled, found, shownOf(compiled));
      return readTable(relations, compiled, partsOf(compiled), shownOf(compiled), within);
    },
    close: relations.close,
  };
}

const columnsOf = ({ feature }: CompiledFeature) => [
  ...feature.entity,
  { name: asOfColumn, type: timestamp },
  ...feature.outputs,
  { name: versionColumn, type: varchar },
];

function requireColumns(compiled: CompiledFeature, found: readonly FoundColumn[], shown: string): void {
  const { name: feature } = compiled.feature;
  for (const { name, type } of columnsOf(compiled)) {
    const column = found.find((f) => f.isCalled(name));
    if (column === undefined)
      throw new UsageError(
        `${shown} has no column ${name}, which the rows of ${feature} have`,
        'a relation that Lockstep did not fill is compared as a file: --batch-table',
      );
    if (!column.holds(type))
      throw new UsageError(`${shown}: the column ${name} is ${column.type}, and of ${feature} it is ${typeName(type)}`);
  }
}

async function readTable(
  relations: FeatureRelations,
  compiled: CompiledFeature,
  relation: readonly string[],
  shown: string,
  within: Within,
): Promise<BatchTable> {
  const { feature } = compiled;
  const order = [asOfColumn, ...feature.entity.map((e) => e.name)];
  const rows = await relations.rows({ relation, columns: columnsOf(compiled), order, within });
  const width = feature.entity.length;
  const answers = new Map<string, readonly Value[]>();
  const versions = new Map<string, string>();
  const hash = createHash('sha256');
  const points = rows.map((row): SpineRow => {
    const entity = row.slice(0, width);
    const asOf = row[width];
    if (typeof asOf !== 'bigint' || entity.includes(null))
      throw new UsageError(
        `${shown} has a row without ${typeof asOf === 'bigint' ? 'its entity' : asOfColumn}`,
        'nobody is asked for NULL',
      );
    const point = { entity, asOf };
    const key = pointText(point);
    if (answers.has(key))
      throw new UsageError(`${shown} has two rows of one entity and instant`, 'dbt test finds them: lockstep_unique_by');
    answers.set(key, row.slice(width + 1, -1));
    versions.set(key, String(row.at(-1)));
    hash.update(JSON.stringify([key, ...row.slice(width + 1).map((value) => (typeof value === 'bigint' ? `${value}` : value))], texts));
    return point;
  });
  const version = versions.values().next().value ?? compiled.version;
  const built: Built = { versions, runs: await readRuns(relations, feature.name, version) };
  return { name: shown, sha256: hash.digest('hex'), points, answers, built };
}

/** Arrays hold integers, too. */
const texts = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}` : value);

/** None where there is no ledger. */
async function readRuns(relations: FeatureRelations, feature: string, version: string): Promise<readonly BuiltRun[]> {
  const [runs, seen] = ['lockstep_runs', 'lockstep_seen'].map((table) => [...relations.place, table]) as [string[], string[]];
  if ((await relations.columns(runs)) === null) return [];
  const found: readonly (readonly Value[])[] = await relations.runs({ feature, version, runs, seen });
  const byRun = new Map<string, { readonly run: Omit<BuiltRun, 'seen'>; readonly seen: Map<string, bigint> }>();
  for (const [start, end, completedAt, until, source] of found) {
    const key = `${start} ${end} ${completedAt}`;
    const known = byRun.get(key) ?? {
      run: { start: start as bigint, end: end as bigint, completedAt: completedAt as bigint },
      seen: new Map<string, bigint>(),
    };
    byRun.set(key, known);
    if (typeof source === 'string' && typeof until === 'bigint') known.seen.set(source, until);
  }
  return [...byRun.values()].map(({ run, seen }) => ({ ...run, seen }));
}
