/** What dbt is told of the features' models: columns with types, tests, who owns them, what is personal. */
import type { Catalog } from '../../catalog.ts';
import type { CheckedColumn, CheckedFeature } from '../../check/checked.ts';
import { shownColumns } from '../../check/lineage.ts';
import { maskingOf } from '../../check/masking.ts';
import { durationText } from '../../duration-text.ts';
import { type Dialect, identifier } from '../../emit/dialect.ts';
import type { Plan } from '../../plan/plan.ts';
import { timestamp, varchar } from '../../sql-type.ts';
import { outputName } from '../lambda.ts';
import { tableSources } from '../universe.ts';
import { type Granted, grantsConfig } from './grants.ts';
import { latenessOf, lookbackOf, stepOf, tableLookbackOf } from './grid-model.ts';
import { gridName, plainName, stagingName } from './names.ts';
import { said, type YamlTree } from './yaml-text.ts';

export interface DescribedFeature {
  readonly feature: CheckedFeature;
  readonly version: string;
  readonly gridPlan: Plan;
  readonly granted: Granted;
}

export function featureProperties(
  { feature, version, gridPlan, granted }: DescribedFeature,
  catalog: Catalog,
  dialect: Dialect,
): readonly YamlTree[] {
  const every = Number(stepOf(feature));
  const meta = { feature: feature.name, version, every };
  const facts = factsOf(feature, version, gridPlan, catalog);
  const shared = {
    ...(feature.owner === null ? {} : { group: groupName(feature.owner) }),
    tags: ['lockstep', feature.status],
  };
  const columns = columnsOf(feature, catalog, dialect);
  const streams = tableSources(feature).flatMap((name) => streamMeta(feature, name, gridPlan, catalog, dialect));
  const grid: YamlTree = {
    name: gridName(feature.name),
    description: `${feature.universe === null ? `The rows of \`${feature.name}\` in version ${version}` : `A row for each entity of \`${feature.universe}\`: \`${feature.name}\` in version ${version}`}, at each instant of its grid.`,
    config: {
      ...shared,
      access: feature.owner === null ? undefined : 'protected',
      // dbt-duckdb writes the names of a contract without quotes.
      contract: { enforced: dialect.engine !== 'duckdb' || columns.every((c) => c.quote === undefined) },
      meta: {
        ...facts,
        lockstep: { ...meta, lateness: Number(latenessOf(feature, catalog)), include_as_of: feature.includeAsOf, streams },
      },
    },
    columns: columns.map((c) => ({
      name: c.name,
      quote: c.quote,
      ...c.described,
      data_type: c.type,
      ...(c.key ? { constraints: [{ type: 'not_null' }], data_tests: ['not_null'] } : {}),
    })),
    data_tests: [{ lockstep_unique_by: { arguments: { columns: columns.filter((c) => c.key).map((c) => c.printed) } } }],
  };
  const shown: YamlTree = {
    name: feature.name,
    ...(feature.description === null ? {} : { description: said(feature.description) }),
    // Not of the table as well: dbt warns of each model that reads one with such a date.
    ...(feature.deprecationDate === null ? {} : { deprecation_date: `${feature.deprecationDate}T00:00:00+00:00` }),
    config: {
      ...shared,
      access: 'public',
      ...grantsConfig(granted, dialect),
      meta: { ...facts, lockstep: { ...meta, model: gridName(feature.name) } },
    },
    columns: columns.map((c) => ({ name: c.name, quote: c.quote, ...c.described, data_type: c.type })),
  };
  return [grid, shown];
}

/** What people look for in dbt's docs, in words; `meta.lockstep` is for macros. */
function factsOf(feature: CheckedFeature, version: string, plan: Plan, catalog: Catalog): { readonly [name: string]: YamlTree } {
  const streams = feature.sources.filter((name) => catalog.sources.find((s) => s.name === name)?.kind === 'stream');
  const lookbacks = streams.map((name) => lookbackOf(name, plan));
  const longest = lookbacks.reduce<bigint>((most, l) => (l !== null && BigInt(l) > most ? BigInt(l) : most), 0n);
  return {
    lockstep_version: version,
    ...(feature.owner === null ? {} : { owner: said(feature.owner) }),
    status: feature.status,
    ...(feature.deprecationDate === null ? {} : { deprecation_date: feature.deprecationDate }),
    every: durationText(stepOf(feature)),
    ...(streams.length === 0 ? {} : { lookback: lookbacks.includes(null) ? 'all history' : durationText(longest) }),
    ...(feature.universe === null ? {} : { universe: said(feature.universe) }),
    sources: tableSources(feature).map(said),
    consumers: feature.consumers.map(said),
  };
}

/** Streams of which it can be seen what came too late. */
function streamMeta(feature: CheckedFeature, name: string, plan: Plan, catalog: Catalog, dialect: Dialect): readonly YamlTree[] {
  const source = catalog.sources.find((s) => s.name === name);
  if (source?.kind !== 'stream' || source.ingestTime === null) return [];
  const lookback = tableLookbackOf(feature, name, plan);
  return [
    {
      source: name,
      model: stagingName(name),
      event_time: identifier(source.eventTime, dialect),
      ingest_time: identifier(source.ingestTime, dialect),
      lookback: lookback === null ? null : Number(lookback),
    },
  ];
}

function columnsOf(feature: CheckedFeature, catalog: Catalog, dialect: Dialect) {
  const personal = new Set(catalog.sources.flatMap((s) => s.columns.filter((c) => c.pii).map((c) => `${s.name}.${c.name}`)));
  const shows = shownBy(feature);
  const described = (column: CheckedColumn) => {
    const shown = shows.get(column.name) ?? [];
    const from = shown.map((c) => `${c.source}.${c.column}`).filter((c) => personal.has(c));
    if (from.length === 0) return {};
    const masking = maskingOf(column, shown, catalog);
    const policy = masking.kind === 'policy' ? { masking_policy: masking.name } : {};
    return { config: { meta: { pii: true, pii_from: from.map((c) => said(c.toLowerCase())), ...policy } } };
  };
  const own = (key: boolean) => (c: CheckedColumn) => ({
    ...named(c.name, identifier(c.name, dialect)),
    type: dialect.typeName(c.type),
    key,
    described: described(c),
  });
  const added = (name: string, type: typeof timestamp, key: boolean, description: string) => ({
    ...named(name.toUpperCase(), name),
    type: dialect.typeName(type),
    key,
    described: { description },
  });
  return [
    ...feature.entity.map(own(true)),
    added('as_of', timestamp, true, 'The instant of evaluation, UTC: nothing dated at or after it is read unless the feature says so.'),
    ...feature.outputs.map(own(false)),
    added('lockstep_version', varchar, false, "The feature's version: a hash of its meaning."),
  ];
}

const groupName = (owner: string): string => plainName(owner);

const known = new WeakMap<CheckedFeature, ReturnType<typeof shownColumns>>();

/** Of both warehouses. */
function shownBy(feature: CheckedFeature): ReturnType<typeof shownColumns> {
  const before = known.get(feature);
  if (before !== undefined) return before;
  const found = shownColumns(feature);
  known.set(feature, found);
  return found;
}

/** As it is printed in SQL. */
function named(name: string, printed: string): { readonly name: string; readonly printed: string; readonly quote?: true } {
  const quoted = /^"([\s\S]*)"$/.exec(printed)?.[1]?.replaceAll('""', '"');
  return quoted === undefined ? { name: said(outputName(name)), printed } : { name: quoted, printed, quote: true };
}

/** One for each owner. */
export function groups(features: readonly CheckedFeature[]): readonly YamlTree[] {
  const owners = [...new Set(features.flatMap((f) => (f.owner === null ? [] : [f.owner])))].sort();
  const byName = new Map(owners.map((owner) => [groupName(owner), owner]));
  return [...byName].map(([name, owner]) => ({ name, owner: { name: said(owner) } }));
}
