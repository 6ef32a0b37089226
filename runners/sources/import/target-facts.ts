/** What a warehouse itself knows of its relations. */
import type { RealRelation, WarehouseEngine } from '../real/relation.ts';
import { nameOf, written } from './dbt-facts.ts';
import type { Facts } from './draft.ts';
import { draftedType } from './drafted-type.ts';

/** `asInSources`: what sources.yml calls a database or schema of the target. */
export function factsOf(
  relation: RealRelation,
  engine: WarehouseEngine,
  asInSources: (parts: readonly string[]) => readonly string[],
): Facts {
  const [, schema, table] = relation.parts;
  const columnName = (name: string): string => nameOf(name, engine === 'snowflake');
  return {
    label: relation.parts.join('.'),
    warehouse: written(asInSources(relation.parts)),
    table,
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
