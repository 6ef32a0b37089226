/** What a warehouse itself knows of its relations. */
import type { RealRelation, WarehouseEngine } from '../real/relation.ts';
import { nameOf, written } from './dbt-facts.ts';
import { type Facts, relationNamed } from './draft.ts';
import { draftedType } from './drafted-type.ts';

/** `asInSources`: what sources.yml calls a database or schema of the target. */
export function factsOf(
  relation: RealRelation,
  engine: WarehouseEngine,
  asInSources: (parts: readonly string[]) => readonly string[],
): Facts {
  const [, schema, table] = relation.parts;
  const columnName = (name: string): string => nameOf(name, engine === 'snowflake');
  const label = relation.parts.join('.');
  return {
    label,
    warehouse: relationNamed(label, written(asInSources(relation.parts))),
    topic: null,
    table: table.replace(/^"(.*)"$/s, '$1'),
    schema,
    description: null,
    columns: relation.columns.map(({ name, type }) => ({
      name: columnName(name),
      type: draftedType(engine, type),
      description: null,
      pii: false,
    })),
    keys: relation.keys.map(({ columns, says }) => ({ columns: columns.map(columnName), says })),
    doubts: [],
    loadedAt: null,
    lateness: null,
  };
}
