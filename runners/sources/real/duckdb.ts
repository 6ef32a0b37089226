/** Relations of a DuckDB file, which is opened for reading only. */
import { type DuckdbReader, openDuckdbReader } from '../../engines/duckdb-reader.ts';
import { relationSql } from '../../warehouse/declared-columns.ts';
import { fileOf, type NamedTarget } from '../../warehouse/target-file.ts';
import { measureOnDuckdb } from './duckdb-measure.ts';
import { rowsOf } from './duckdb-rows.ts';
import { type InformationSchemaColumn, type RealRelation, relationsIn } from './relation.ts';
import type { RealWarehouse } from './warehouse.ts';

export async function openDuckdbReal(target: NamedTarget): Promise<RealWarehouse> {
  const { file, shown, relationOf } = await fileOf(target);
  const reader = await openDuckdbReader(file, shown);
  return {
    relations: () => relations(reader),
    columns: (source) => reader.describe(relationSql(relationOf(source))),
    measure: (source, asked) => measureOnDuckdb(reader, source, relationSql(relationOf(source)), asked),
    close: reader.close,
  };
}

async function relations(reader: Pick<DuckdbReader, 'rows'>): Promise<readonly RealRelation[]> {
  const columns = await rowsOf(
    reader,
    `SELECT table_catalog, table_schema, table_name, column_name, ordinal_position, data_type, numeric_precision, numeric_scale
FROM information_schema.columns WHERE table_catalog = current_database()`,
    {},
  );
  const keys = await rowsOf(
    reader,
    `SELECT schema_name, table_name, constraint_type, constraint_column_names
FROM duckdb_constraints() WHERE database_name = current_database() AND constraint_type IN ('PRIMARY KEY', 'UNIQUE')
ORDER BY constraint_type, constraint_index`,
    {},
  );
  const described = columns.map(
    ([table_catalog, table_schema, table_name, column_name, position, data_type, precision, scale]): InformationSchemaColumn => ({
      table_catalog: String(table_catalog),
      table_schema: String(table_schema),
      table_name: String(table_name),
      column_name: String(column_name),
      ordinal_position: Number(position),
      data_type: String(data_type),
      numeric_precision: precision === null ? null : Number(precision),
      numeric_scale: scale === null ? null : Number(scale),
    }),
  );
  return relationsIn(described).map((relation) => {
    const [, schema, table] = relation.parts;
    const own = keys.filter(([s, t]) => s === schema && t === table);
    return { ...relation, keys: own.map(([, , type, names]) => ({ columns: textsIn(names), says: `the table has it as ${type}` })) };
  });
}

const textsIn = (list: unknown): readonly string[] => (list as { readonly items: readonly unknown[] }).items.map(String);
