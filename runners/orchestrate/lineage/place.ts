/** What relations and columns are called where data is: by OpenLineage's rules for names, https://openlineage.io/docs/spec/naming. */
import { basename, resolve } from 'node:path';
import { outputName } from '../../../compiler/artifacts/lambda.ts';
import { dbtModelOf } from '../../../compiler/artifacts/warehouse-name.ts';
import type { Source } from '../../../compiler/catalog.ts';
import { dialects, duckdb } from '../../../compiler/emit/dialect.ts';
import { type SqlType, typeName } from '../../../compiler/sql-type.ts';
import { UsageError } from '../../usage-error.ts';
import { fromEnvironment } from '../../warehouse/environment.ts';
import { relationOf } from '../../warehouse/relation.ts';
import { nameInCatalog } from '../../warehouse/snowflake-relation.ts';
import type { NamedTarget } from '../../warehouse/target-file.ts';
import type { DatasetName } from './event.ts';

export interface Place {
  /** The table last; what is not named of a database and a schema is the target's. */
  readonly relation: (parts: readonly string[]) => DatasetName;
  /** Null: where it is, nobody says. */
  readonly source: (source: Source) => DatasetName | null;
  readonly column: (name: string) => string;
  readonly type: (type: SqlType) => string;
}

/** UsageError where the target or the environment does not say it. */
export const targetPlace = (target: NamedTarget): Place => engines[target.declared.engine](target);

const engines = { duckdb: duckdbPlace, snowflake: snowflakePlace } as const;

/** OpenLineage has no name for DuckDB; its integration of dbt writes `duckdb://` and the path of the profile. */
function duckdbPlace(target: NamedTarget): Place {
  const { declared, folder } = target;
  if (declared.path === null) throw new UsageError(`the target ${target.name} does not say where its file is`);
  const file = resolve(folder, valueOf(target, 'path', declared.path));
  // DuckDB calls a database like its file.
  const [database = ''] = basename(file).split('.');
  const place = (schema: string) => (parts: readonly string[]) => ({
    namespace: `duckdb://${file}`,
    name: filled([database, schema], parts).join('.'),
  });
  return {
    relation: place(declared.schema === null ? 'main' : valueOf(target, 'schema', declared.schema)),
    source: (source) => place('main')(relationOf(source, target.name, declared, target.environment)),
    column: outputName,
    type: duckdb.typeName,
  };
}

function snowflakePlace(target: NamedTarget): Place {
  const { declared } = target;
  const { account, database } = declared.account;
  if (account === undefined || database === undefined)
    throw new UsageError(`the target ${target.name} does not say its account and database`);
  const namespace = `snowflake://${valueOf(target, 'account', account)}`;
  const own = [valueOf(target, 'database', database), declared.schema === null ? 'PUBLIC' : valueOf(target, 'schema', declared.schema)];
  const place = (parts: readonly string[]) => ({ namespace, name: filled(own, parts).map(nameInCatalog).join('.') });
  return {
    relation: place,
    source: (source) => place(relationOf(source, target.name, declared, target.environment)),
    column: (name) => name,
    type: dialects.snowflake.typeName,
  };
}

const valueOf = ({ name, environment }: NamedTarget, what: string, text: string): string =>
  fromEnvironment(text, `${what} of the target ${name}`, environment);

const filled = (own: readonly string[], parts: readonly string[]): readonly string[] => [...own.slice(0, 3 - parts.length), ...parts];

/** As sources.yml and the features call it, in a namespace that somebody chose. What a dbt model is called elsewhere is not known. */
export const declaredPlace = (namespace: string): Place => ({
  relation: (parts) => ({ namespace, name: parts.join('.') }),
  source: (source) => (dbtModelOf(source) === null ? { namespace, name: source.warehouse } : null),
  column: outputName,
  type: typeName,
});
