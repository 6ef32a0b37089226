/** What is so of a feature by its definition: its columns, where their values come from, who answers for it. Pure. */
import type { CompiledFeature } from '../../../compiler/artifacts/compile.ts';
import { versionColumn } from '../../../compiler/artifacts/dbt/grid-model.ts';
import { tableReads, tableSources } from '../../../compiler/artifacts/universe.ts';
import type { Catalog } from '../../../compiler/catalog.ts';
import type { CheckedFeature } from '../../../compiler/check/checked.ts';
import { lineageOf, type SourceColumnName } from '../../../compiler/check/lineage.ts';
import { asOfColumn } from '../../../compiler/plan/plan.ts';
import { timestamp, varchar } from '../../../compiler/sql-type.ts';
import type { Facets, InputDataset } from './event.ts';
import {
  columnLineage,
  datasetDescription,
  datasetOwner,
  type InputField,
  jobDescription,
  jobOwner,
  jobTags,
  schema,
  type Write,
} from './facets.ts';
import type { Place } from './place.ts';

export function jobFacets({ feature, version }: CompiledFeature, write: Write): Facets {
  const { owner, description, status, deprecationDate } = feature;
  return {
    ...(owner === null ? {} : { ownership: jobOwner(write, owner) }),
    ...(description === null ? {} : { documentation: jobDescription(write, description) }),
    tags: jobTags(write, { lockstep_version: version, status, ...(deprecationDate === null ? {} : { deprecation_date: deprecationDate }) }),
  };
}

/** Of its table, in `place`. */
export function tableFacets({ feature }: CompiledFeature, place: Place, catalog: Catalog, write: Write): Facets {
  const { owner, description } = feature;
  const columns = [...feature.entity, { name: asOfColumn, type: timestamp }, ...feature.outputs, { name: versionColumn, type: varchar }];
  return {
    schema: schema(
      write,
      columns.map(({ name, type }) => ({ name: place.column(name), type: place.type(type) })),
    ),
    columnLineage: lineageFacet(feature, place, catalog, write),
    ...(owner === null ? {} : { ownership: datasetOwner(write, owner) }),
    ...(description === null ? {} : { documentation: datasetDescription(write, description) }),
  };
}

/** A column that is read and that no value is made of decides which rows count, how they go together, or whom the table holds. */
function lineageFacet(feature: CheckedFeature, place: Place, catalog: Catalog, write: Write) {
  const { columns } = lineageOf(feature);
  const nameOf = (c: SourceColumnName): string => JSON.stringify([c.source, c.column]);
  const used = new Set([...columns.values()].flatMap((from) => from.map(nameOf)));
  const fields = (from: readonly SourceColumnName[]): readonly InputField[] =>
    from.flatMap(({ source, column }) => {
      const dataset = datasetOf(source, place, catalog);
      return dataset === null ? [] : [{ ...dataset, field: place.column(column) }];
    });
  return columnLineage(
    write,
    new Map([...columns].map(([name, from]) => [place.column(name), fields(from)])),
    fields(tableReads(feature).filter((c) => !used.has(nameOf(c)))),
  );
}

function datasetOf(name: string, place: Place, { sources }: Catalog) {
  const source = sources.find((s) => s.name === name);
  return source === undefined ? null : place.source(source);
}

/** What its table is made of, in `place`. */
export const inputsOf = ({ feature }: CompiledFeature, place: Place, catalog: Catalog): readonly InputDataset[] =>
  tableSources(feature).flatMap((name) => {
    const dataset = datasetOf(name, place, catalog);
    return dataset === null ? [] : [{ ...dataset, facets: {}, inputFacets: {} }];
  });
