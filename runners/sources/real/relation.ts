/** Relations as a warehouse describes them. Its information schema is read by the same rows on every engine that has one. */
import type { Target } from '../../../compiler/authoring/config.ts';
import { sameName } from '../../data/column.ts';

export type WarehouseEngine = Target['engine'];

/** Whether a column of the warehouse is the declared one. */
export const isColumn: Readonly<Record<WarehouseEngine, (there: string, declared: string) => boolean>> = {
  duckdb: sameName,
  snowflake: (there, declared) => there === declared,
};

export interface RealColumn {
  /** As the warehouse has it. */
  readonly name: string;
  /** As the engine writes it, with its digits. */
  readonly type: string;
}

export interface RealRelation {
  /** database.schema.table */
  readonly parts: readonly [string, string, string];
  readonly columns: readonly RealColumn[];
  /** Columns that the warehouse itself holds to be unique, and how it says so. */
  readonly keys: readonly { readonly columns: readonly string[]; readonly says: string }[];
}

/** A row of INFORMATION_SCHEMA.COLUMNS: the names are those of DuckDB and, in capitals, of Snowflake. */
export interface InformationSchemaColumn {
  readonly table_catalog: string;
  readonly table_schema: string;
  readonly table_name: string;
  readonly column_name: string;
  readonly ordinal_position: number;
  readonly data_type: string;
  readonly numeric_precision: number | null;
  readonly numeric_scale: number | null;
}

/** One for each table or view, sorted by its name; columns in their order. Keys are in another table of the schema. */
export function relationsIn(rows: readonly InformationSchemaColumn[]): readonly RealRelation[] {
  const byName = new Map<string, InformationSchemaColumn[]>();
  for (const row of rows) {
    const name = JSON.stringify([row.table_catalog, row.table_schema, row.table_name]);
    byName.set(name, [...(byName.get(name) ?? []), row]);
  }
  return [...byName.keys()].sort().map((name) => {
    const columns = [...(byName.get(name) ?? [])].sort((a, b) => a.ordinal_position - b.ordinal_position);
    return {
      parts: JSON.parse(name) as [string, string, string],
      columns: columns.map((row) => ({ name: row.column_name, type: typeIn(row) })),
      keys: [],
    };
  });
}

/** Snowflake has the digits of a NUMBER in columns of their own. */
function typeIn({ data_type, numeric_precision, numeric_scale }: InformationSchemaColumn): string {
  return /^(NUMBER|NUMERIC|DECIMAL)$/i.test(data_type) && numeric_precision !== null
    ? `${data_type}(${numeric_precision},${numeric_scale ?? 0})`
    : data_type;
}
