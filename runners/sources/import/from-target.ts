/** Candidates from a target of lockstep.yml: all its tables and views. */

import { versionColumn } from '../../../compiler/artifacts/dbt/grid-model.ts';
import { dbtModelOf } from '../../../compiler/artifacts/warehouse-name.ts';
import type { Source } from '../../../compiler/catalog.ts';
import { sameName } from '../../data/column.ts';
import { fromEnvironment } from '../../warehouse/environment.ts';
import { relationOf } from '../../warehouse/relation.ts';
import type { NamedTarget } from '../../warehouse/target-file.ts';
import type { RealRelation, WarehouseEngine } from '../real/relation.ts';
import { endings } from './dbt-facts.ts';
import { type Candidate, declaredAs } from './select.ts';
import { factsOf } from './target-facts.ts';

/** `features`: of the project, whose tables are no sources. */
export function targetCandidates(
  relations: readonly RealRelation[],
  target: NamedTarget,
  sources: readonly Source[],
  features: readonly string[],
): readonly Candidate[] {
  const { declared, name, environment } = target;
  // As they are there; one whose model the target does not place may still be among them, under a name that nobody knows.
  const placed = sources
    .filter((source) => dbtModelOf(source) === null || Object.hasOwn(declared.models, dbtModelOf(source) ?? ''))
    .map((source) => ({ ...source, warehouse: relationOf(source, name, declared, environment).join('.') }));
  const databases = inverse(declared.databases, `databases of the target ${name}`, target);
  const schemas = inverse(declared.schemas, `schemas of the target ${name}`, target);
  return relations.map((relation) => {
    const [database, schema, table] = relation.parts;
    const asInSources = [databases(database) ?? database, schemas(schema) ?? schema, table];
    const names = [...endings(relation.parts), asInSources.join('.')];
    return {
      facts: factsOf(relation, declared.engine, () => asInSources),
      names: [...names, ...names.map((written) => written.replaceAll('"', ''))],
      declared: declaredAs(placed, relation.parts, null),
      isOurs:
        hasVersions(relation) || (isCalled(schema, declared.schema ?? ownSchema[declared.engine]) && isOurs(table, sources, features)),
    };
  });
}

const isCalled = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

const ownSchema: Readonly<Record<WarehouseEngine, string>> = { duckdb: 'main', snowflake: 'PUBLIC' };

/** Name there → name in sources. */
function inverse(
  names: Readonly<Record<string, string>>,
  what: string,
  { environment }: NamedTarget,
): (there: string) => string | undefined {
  const known = Object.entries(names).map(([inSources, there]) => ({ inSources, there: fromEnvironment(there, what, environment) }));
  return (there) => known.find((k) => isCalled(k.there, there))?.inSources;
}

/** A table of a feature, whether or not the project still has it. */
const hasVersions = ({ columns }: RealRelation): boolean => columns.some(({ name }) => sameName(name, versionColumn));

/** Relations that dbt, or `materialize`, makes of features. */
function isOurs(table: string, sources: readonly Source[], features: readonly string[]): boolean {
  const [base] = table.split('__');
  return table.startsWith('lockstep_') || features.includes(base ?? '') || sources.some((s) => table === `stg_${s.name}`);
}
