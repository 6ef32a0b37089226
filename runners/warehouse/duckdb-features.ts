/** The tables of features in a DuckDB file. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { duckdb, identifier } from '../../compiler/emit/dialect.ts';
import { asOfColumn } from '../../compiler/plan/plan.ts';
import { timestamp, varchar } from '../../compiler/sql-type.ts';
import { sameName } from '../data/column.ts';
import { openWorkspace } from '../engines/duckdb-workspace.ts';
import type { ListParameter } from '../engines/engine.ts';
import { relationSql } from './declared-columns.ts';
import { fromEnvironment } from './environment.ts';
import type { FeatureRelations } from './feature-relations.ts';
import { seenRunsColumns, seenRunsSql } from './runs-sql.ts';
import { duckdbFileOf, type NamedTarget } from './target-file.ts';

export async function openDuckdbFeatures({ name, declared, folder, environment }: NamedTarget): Promise<FeatureRelations> {
  const { file, shown } = await duckdbFileOf(declared, name, folder, environment);
  const schema = declared.schema === null ? 'main' : fromEnvironment(declared.schema, `schema of the target ${name}`, environment);
  const { connection, reader, close } = await openWorkspace({ file, shown, writes: false }, join(tmpdir(), `lockstep-${process.pid}`));
  try {
    const [[database] = []] = await connection.query(
      'SELECT database_name FROM duckdb_databases() WHERE path = $path[1]',
      [{ name: 'NAME', type: varchar }],
      [text('path', file)],
    );
    return {
      place: [String(database), schema],
      columns: async (relation) => {
        const found = await reader.describe(relationSql(relation));
        return (
          found?.map((column) => ({
            isCalled: (declaredName) => sameName(column.name, declaredName),
            type: column.type,
            holds: (type) => column.type === duckdb.typeName(type).replaceAll(', ', ','),
          })) ?? null
        );
      },
      rows: ({ relation, columns, order, within }) => {
        const [items, by] = [columns.map((c) => c.name), order].map((names) =>
          names.map((column) => identifier(column, duckdb)).join(', '),
        );
        const at = identifier(asOfColumn, duckdb);
        const where = within === null ? '' : ` WHERE ${at} >= $within[1] AND ${at} <= $within[2]`;
        return connection.query(
          `SELECT ${items} FROM ${relationSql(relation)}${where} ORDER BY ${by}`,
          columns,
          within === null ? [] : [{ name: 'within', type: timestamp, values: within }],
        );
      },
      runs: ({ feature, version, runs, seen }) =>
        connection.query(
          seenRunsSql(relationSql(runs), relationSql(seen), { feature: '$feature[1]', version: '$version[1]' }, duckdb),
          seenRunsColumns,
          [text('feature', feature), text('version', version)],
        ),
      close,
    };
  } catch (thrown) {
    close();
    throw thrown;
  }
}

const text = (name: string, value: string): ListParameter => ({ name, type: varchar, values: [value] });
