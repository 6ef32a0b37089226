/** Where a target has a source: its databases and schemas under the names that they have there. */
import { dbtModelOf, relationParts } from '../../compiler/artifacts/warehouse-name.ts';
import type { Target } from '../../compiler/authoring/config.ts';
import type { Source } from '../../compiler/catalog.ts';
import { UsageError } from '../usage-error.ts';
import { type Environment, fromEnvironment } from './environment.ts';

/** The table last. */
export function relationOf(source: Source, target: string, declared: Target, environment: Environment): readonly string[] {
  const model = dbtModelOf(source);
  const there = (names: Readonly<Record<string, string>>, kind: string, name: string): string | undefined =>
    Object.hasOwn(names, name) ? fromEnvironment(names[name] ?? '', `${kind}.${name} of the target ${target}`, environment) : undefined;
  if (model !== null) {
    const relation = there(declared.models, 'models', model);
    if (relation !== undefined) return named(source, relation.split('.'));
    throw new UsageError(
      `the source ${source.name} is the dbt model ${model}: where dbt built it, the target ${target} does not say`,
      `say its relation in lockstep.yml, targets: { ${target}: { models: { ${model}: database.schema.table } } }`,
    );
  }
  const parts = named(source, relationParts(source));
  const [table = '', schema, database] = [...parts].reverse();
  return [
    ...(database === undefined ? [] : [there(declared.databases, 'databases', database) ?? database]),
    ...(schema === undefined ? [] : [there(declared.schemas, 'schemas', schema) ?? schema]),
    table,
  ];
}

function named(source: Source, parts: readonly string[]): readonly string[] {
  if (parts.length <= 3 && parts.every((part) => part.trim() !== '')) return parts;
  throw new UsageError(`the source ${source.name} has no relation that can be read`, 'it is database.schema.table');
}
