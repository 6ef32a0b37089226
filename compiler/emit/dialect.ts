/** What the one printer must know of an engine: type names, quoting, literals. Functions bring their own SQL. */
import { NotOnEngine } from '../functions/engine-sql.ts';
import type { Engine } from '../sql/tree.ts';
import { type SqlType, typeName } from '../sql-type.ts';

export interface Dialect {
  readonly engine: Engine;
  readonly typeName: (type: SqlType) => string;
  readonly string: (value: string) => string;
  /** A printed literal or quoted name, so that a template around the SQL leaves it as it is. */
  readonly shield: (printed: string) => string;
  /** Lower case; printed in quotes when they name a column. */
  readonly reserved: ReadonlySet<string>;
  /** Names as they are printed: most stand many times in one statement. */
  readonly printed: Map<string, string>;
  /** What a statement must switch on to mean the same on every server, `name = value`. */
  readonly settings: readonly string[];
}

/** Statements are indented line by line, so no literal may go over one. */
const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll('\n', '\\n').replaceAll('\r', '\\r');

/** A backslash is a backslash, but for literals that need an escape. */
const oneLine = (value: string): string => (/[\n\r]/.test(value) ? `E'${escaped(value)}'` : `'${value.replaceAll("'", "''")}'`);

const commonReserved =
  'all and any as asc between by case cast check column constraint create cross current_date current_time current_timestamp current_user default delete desc distinct drop else end except exists false following for from full grant group having ilike in increment inner insert intersect into is join lateral left like limit localtime localtimestamp minus natural not null of offset on or order outer preceding primary qualify range references regexp revoke right rlike row rows sample select set some start table tablesample then to trigger true try_cast union unique unknown update using values view when whenever where window with';

const snowflake: Dialect = {
  engine: 'snowflake',
  typeName: (type) => {
    switch (type.kind) {
      case 'number':
        return `NUMBER(${type.precision}, ${type.scale})`;
      case 'timestamp':
        return `TIMESTAMP_${type.zone.toUpperCase()}(6)`;
      case 'element':
        return 'VARIANT';
      case 'null':
        return 'VARCHAR';
      default:
        return type.kind.toUpperCase();
    }
  },
  shield: (printed) => printed,
  // In a Snowflake literal a backslash begins an escape.
  string: (value) => `'${escaped(value)}'`,
  reserved: new Set(`${commonReserved} account connection database gscluster issue organization schema`.split(' ')),
  printed: new Map(),
  settings: [],
};

export const duckdb: Dialect = {
  engine: 'duckdb',
  typeName: (type) => {
    switch (type.kind) {
      case 'number':
        if (type.scale > 0) return `DECIMAL(${type.precision}, ${type.scale})`;
        return type.precision <= 18 ? 'BIGINT' : 'HUGEINT';
      case 'float':
        return 'DOUBLE';
      case 'timestamp':
        return type.zone === 'ntz' ? 'TIMESTAMP' : 'TIMESTAMPTZ';
      case 'variant':
        return 'JSON';
      case 'binary':
        return 'BLOB';
      case 'array':
        return `${duckdb.typeName(type.of)}[]`;
      case 'element':
        return duckdb.typeName(type.of);
      case 'null':
        return 'VARCHAR';
      default:
        return type.kind.toUpperCase();
    }
  },
  shield: (printed) => printed,
  string: oneLine,
  reserved: new Set(
    `${commonReserved} analyse analyze anti array asof both collate collation deferrable describe do fetch foreign glob initially lambda leading macro map only overlaps pivot pivot_longer pivot_wider placing positional returning semi show similar struct summarize symmetric trailing unpivot variadic verbose within at`.split(
      ' ',
    ),
  ),
  printed: new Map(),
  settings: [],
};

/** Numbers are NUMERIC throughout: Postgres divides whole numbers as whole numbers, and adds INTEGERs in 32 bits. */
export const postgres: Dialect = {
  engine: 'postgres',
  typeName: (type) => {
    switch (type.kind) {
      case 'number':
        return `NUMERIC(${type.precision}, ${type.scale})`;
      case 'float':
        return 'DOUBLE PRECISION';
      case 'timestamp':
        return type.zone === 'ntz' ? 'TIMESTAMP' : 'TIMESTAMPTZ';
      case 'variant':
        // JSON keeps its text as it came; JSONB has an order of keys and a layout of its own.
        return 'JSON';
      case 'binary':
        return 'BYTEA';
      case 'array':
        return `${postgres.typeName(type.of)}[]`;
      case 'element':
        return postgres.typeName(type.of);
      case 'varchar':
      case 'null':
        return 'TEXT';
      default:
        return type.kind.toUpperCase();
    }
  },
  shield: (printed) => printed,
  // With standard_conforming_strings, the default, a backslash is a backslash.
  string: oneLine,
  reserved: new Set(
    `${commonReserved} analyse analyze array asymmetric authorization binary both collate collation concurrently current_catalog current_role current_schema deferrable do fetch foreign freeze initially isnull lateral leading notnull only overlaps placing returning session_user similar symmetric system_user tablesample trailing user variadic verbose within bigint bit boolean char character coalesce dec decimal extract float greatest grouping inout int integer interval json json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize json_table json_value least merge_action national nchar none normalize nullif numeric out overlay position precision real setof smallint substring time timestamp treat trim varchar xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable`.split(
      ' ',
    ),
  ),
  printed: new Map(),
  settings: [],
};

/** Every type is Nullable: what is not takes the default of its type where SQL has NULL. Types that have no NULL, or no column, are refused. */
export const clickhouse: Dialect = {
  engine: 'clickhouse',
  typeName: (type) => {
    switch (type.kind) {
      case 'number':
        return `Nullable(Decimal(${type.precision}, ${type.scale}))`;
      case 'float':
        return 'Nullable(Float64)';
      case 'boolean':
        return 'Nullable(Bool)';
      case 'varchar':
      // A String is bytes.
      case 'binary':
      // As text of JSON.
      case 'variant':
      case 'null':
        return 'Nullable(String)';
      case 'date':
        return 'Nullable(Date32)';
      case 'timestamp':
        return "Nullable(DateTime64(6, 'UTC'))";
      // An array has no NULL, a tuple of one array has.
      case 'array':
        return `Nullable(Tuple(Array(${clickhouse.typeName(type.of)})))`;
      case 'element':
        return clickhouse.typeName(type.of);
      default:
        throw new NotOnEngine(`the type ${typeName(type)}`, 'clickhouse');
    }
  },
  shield: (printed) => printed,
  string: (value) => `'${escaped(value)}'`,
  reserved: new Set(
    `${commonReserved} anti any array asof both collate final format global ilike inf interpolate interval leading nan offset only over paste prewhere sample semi settings trailing using array_join date timestamp if div mod`.split(
      ' ',
    ),
  ),
  printed: new Map(),
  settings: [
    'join_use_nulls = 1',
    'aggregate_functions_null_for_empty = 1',
    'prefer_column_name_to_alias = 1',
    'enable_extended_results_for_datetime_functions = 1',
    // A branch that is not taken must not raise.
    "short_circuit_function_evaluation = 'force_enable'",
    // MAX(IF(c, NULL, x)) would become MAX(x) where NOT c, which leaves out rows with a NULL in c.
    'optimize_rewrite_aggregate_function_with_if = 0',
    // COUNT(x) OVER fails with it in 26.6 and 26.7: ClickHouse issue 119635.
    'optimize_functions_to_subcolumns = 0',
  ],
};

/** A statement with what its engine must switch on for it. */
export function withSettings(sql: string, { settings }: Dialect): string {
  if (settings.length === 0) return sql;
  // Older servers do not know this one, so it is for those statements that cannot do without.
  const arrays = sql.includes('Nullable(Tuple(') ? ['enable_nullable_tuple_type = 1'] : [];
  return `${sql}\nSETTINGS ${[...settings, ...arrays].join(', ')}`;
}

/** Jinja that renders to the text: what begins like one of its tags is put together from a brace and the rest. */
export function asJinja(text: string): string {
  return text.replace(/\{(?=[{%#])/g, "{{ '{' }}");
}

/** The same dialect, printed into a model that dbt renders. */
export function insideJinja(dialect: Dialect): Dialect {
  return { ...dialect, shield: asJinja, printed: new Map() };
}

export const dialects: Readonly<Record<Engine, Dialect>> = { snowflake, duckdb, postgres, clickhouse };

/** An amount of a unit as it stands in an interval literal. */
export function intervalText(amount: string, unit: string, engine: Engine): string {
  return engine === 'postgres' && unit === 'quarter' ? `${BigInt(amount) * 3n} month` : `${amount} ${unit}`;
}

/** A plain upper-case name is printed in lower case; any other keeps its case, in quotes. */
export function identifier(name: string, dialect: Dialect): string {
  const { printed } = dialect;
  const known = printed.get(name);
  if (known !== undefined) return known;
  if (printed.size > 10_000) printed.clear();
  const text = printName(name, dialect);
  printed.set(name, text);
  return text;
}

function printName(name: string, dialect: Dialect): string {
  // Postgres would cut it, and two names could become one.
  if (dialect.engine === 'postgres' && new TextEncoder().encode(name).length > 63)
    throw new NotOnEngine(`the long name ${name}`, 'postgres');
  const lower = name.toLowerCase();
  return /^[A-Z_][A-Z0-9_]*$/.test(name) && !dialect.reserved.has(lower) ? lower : quoted(name, dialect);
}

function quoted(name: string, dialect: Dialect): string {
  // DuckDB ignores case even in quotes, Postgres folds to lower case and ClickHouse keeps what is printed, so only Snowflake must see the upper-case name.
  const kept = dialect.engine !== 'snowflake' && /^[A-Z_][A-Z0-9_]*$/.test(name) ? name.toLowerCase() : name;
  const body = dialect.engine === 'clickhouse' ? kept.replaceAll('\\', '\\\\') : kept;
  return dialect.shield(`"${body.replaceAll('"', '""')}"`);
}

/** In quotes, in the case that it has: for names of others, which are handed through. */
export function asWritten(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
