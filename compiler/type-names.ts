/** Snowflake's type names, and which of them features know. */
import { boolean, bytes, date, float, integer, number, type SqlType, timeOfDay, timestamp, varchar, variant } from './sql-type.ts';

// CHAR is missing on purpose: without a length it is VARCHAR(1).
const plain: Readonly<Record<string, SqlType>> = {
  INT: integer,
  INTEGER: integer,
  BIGINT: integer,
  SMALLINT: integer,
  TINYINT: integer,
  BYTEINT: integer,
  FLOAT: float,
  FLOAT4: float,
  FLOAT8: float,
  DOUBLE: float,
  'DOUBLE PRECISION': float,
  REAL: float,
  BOOLEAN: boolean,
  BOOL: boolean,
  VARCHAR: varchar,
  STRING: varchar,
  TEXT: varchar,
  NVARCHAR: varchar,
  DATE: date,
  TIMESTAMP: timestamp,
  TIMESTAMP_NTZ: timestamp,
  TIMESTAMPNTZ: timestamp,
  DATETIME: timestamp,
  TIMESTAMP_LTZ: { kind: 'timestamp', zone: 'ltz' },
  TIMESTAMPLTZ: { kind: 'timestamp', zone: 'ltz' },
};

/** A type of columns, without parameters. `name` upper case. */
export function plainType(name: string): SqlType | undefined {
  return plain[name];
}

export const numberNames: ReadonlySet<string> = new Set(['NUMBER', 'NUMERIC', 'DECIMAL', 'DEC']);

/** What a cast may name, and a source column may not be declared as, or is declared by rules of its own. */
const expressionTypes: Readonly<Record<string, SqlType>> = { TIME: timeOfDay, VARIANT: variant, BINARY: bytes, VARBINARY: bytes };

/** `name` upper case; undefined for a type that features cannot have, or parameters that it does not take. */
export function namedType(name: string, parameters: readonly number[]): SqlType | undefined {
  if (numberNames.has(name)) {
    const [precision = 38, scale = 0] = parameters;
    return parameters.length <= 2 && precision >= 1 && precision <= 38 && scale >= 0 && scale <= precision
      ? number(precision, scale)
      : undefined;
  }
  const type = expressionTypes[name] ?? plain[name];
  if (type === undefined) return undefined;
  if (parameters.length === 0) return type;
  if (type.kind === 'timestamp' || type.kind === 'time') return parameters.length === 1 && (parameters[0] ?? 9) <= 6 ? type : undefined;
  // A shorter VARCHAR would truncate or raise; only the unbounded one is a feature type.
  return undefined;
}
