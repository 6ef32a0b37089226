/** Whether the project that dbt has is the one that was compiled here: the same versions, the same relations. */
import { gridName, placeOf, sourceGroup, versionedRelation } from '../../../compiler/artifacts/dbt/names.ts';
import { dbtModelOf } from '../../../compiler/artifacts/warehouse-name.ts';
import { isObject, type Json } from '../../../compiler/functions/json-values.ts';
import { UsageError } from '../../usage-error.ts';
import { relationOf } from '../../warehouse/relation.ts';
import { nameThere, relationName } from '../../warehouse/snowflake-relation.ts';
import type { NamedTarget } from '../../warehouse/target-file.ts';
import type { Grid } from './grid.ts';

/** `manifest`: of the run before. `place`: the database and schema of the target. UsageError where they differ. */
export function requireSameProject(manifest: unknown, grids: readonly Grid[], target: NamedTarget, place: readonly string[]): void {
  const [nodes, sources] = [membersOf(manifest, 'nodes'), membersOf(manifest, 'sources')];
  for (const { name, version } of grids) {
    const model = nodes.find((node) => node['resource_type'] === 'model' && node['name'] === gridName(name));
    const relation = typeof model?.['relation_name'] === 'string' ? model['relation_name'] : null;
    if (relation === null) throw new UsageError(`the dbt project of the target ${target.name} has no model ${gridName(name)}`, deploy);
    const wanted = relationName([...place, versionedRelation(name, version)]);
    const found = relationName(relation.split('.'));
    if (found === wanted) continue;
    const [there, here] = [found, wanted].map((text) => text.split('.').at(-1));
    throw there === here
      ? new UsageError(
          `dbt of the target ${target.name} writes ${found}, and the target says ${wanted}`,
          'database and schema of the target are those in which dbt builds',
        )
      : new UsageError(
          `dbt of the target ${target.name} would build another version: its relation is ${there}, and here it is ${here}`,
          deploy,
        );
  }
  for (const source of new Set(grids.flatMap((grid) => grid.sources))) {
    if (dbtModelOf(source) !== null) continue;
    const read = sources.find((s) => s['source_name'] === sourceGroup(source) && s['name'] === placeOf(source).table)?.['relation_name'];
    const [found, said] = [
      typeof read === 'string' ? relationName(read.split('.')) : null,
      relationOf(source, target.name, target.declared, target.environment),
    ];
    // What the declaration leaves to the profile, dbt fills in.
    const wanted = said.map(nameThere);
    if (found !== null && found.split('.').slice(-wanted.length).join('.') !== wanted.join('.'))
      throw new UsageError(
        `dbt of the target ${target.name} reads the source ${source.name} in ${found}, and the target says ${wanted.join('.')}`,
        'databases and schemas of the target say where dbt has them: a project around the compiled one may move its sources',
      );
  }
}

const deploy = 'lockstep compile writes the project, which the target has to have: the same files as here';

function membersOf(manifest: unknown, key: string): readonly Readonly<Record<string, Json>>[] {
  const found = isObject(manifest as Json) ? (manifest as Readonly<Record<string, Json>>)[key] : undefined;
  return isObject(found) ? Object.values(found).filter(isObject) : [];
}
