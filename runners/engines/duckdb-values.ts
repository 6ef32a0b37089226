/** What a value is for DuckDB, and back. */
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  DECIMAL,
  DOUBLE,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBType,
  type DuckDBValue,
  HUGEINT,
  LIST,
  listValue,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  VARCHAR,
} from '@duckdb/node-api';
import { duckdb } from '../../compiler/emit/dialect.ts';
import type { SqlType } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { EngineError, type TypedColumn } from './engine.ts';

export function duckdbType(type: SqlType): DuckDBType {
  switch (type.kind) {
    case 'number':
      if (type.scale > 0) return DECIMAL(type.precision, type.scale);
      return type.precision <= 18 ? BIGINT : HUGEINT;
    case 'float':
      return DOUBLE;
    case 'binary':
      return BLOB;
    case 'boolean':
      return BOOLEAN;
    case 'date':
      return DATE;
    case 'time':
      return TIME;
    case 'timestamp':
      return type.zone === 'ntz' ? TIMESTAMP : TIMESTAMPTZ;
    case 'array':
      return LIST(duckdbType(type.of));
    case 'element':
      return duckdbType(type.of);
    case 'varchar':
    case 'variant':
    case 'null':
      return VARCHAR;
  }
}

/** Of another kind than its type's values are it is refused: DuckDB's vectors make something of whatever they are given. */
export function toDuckdb(value: Value, type: SqlType): DuckDBValue {
  if (value === null) return null;
  switch (type.kind) {
    case 'number':
      return type.scale > 0 ? new DuckDBDecimalValue(whole(value), type.precision, type.scale) : whole(value);
    case 'date':
      return new DuckDBDateValue(Number(whole(value)));
    case 'time':
      return new DuckDBTimeValue(whole(value));
    case 'timestamp':
      return type.zone === 'ntz' ? new DuckDBTimestampValue(whole(value)) : new DuckDBTimestampTZValue(whole(value));
    case 'float':
      return typeof value === 'number' ? value : refused('number', value);
    case 'boolean':
      return typeof value === 'boolean' ? value : refused('boolean', value);
    case 'binary':
      return new DuckDBBlobValue(Buffer.from(text(value), 'hex'));
    case 'array':
      return Array.isArray(value) ? listValue(value.map((element: Value) => toDuckdb(element, type.of))) : refused('list', value);
    case 'element':
      return toDuckdb(value, type.of);
    case 'varchar':
    case 'variant':
    case 'null':
      return text(value);
  }
}

const whole = (value: Value): bigint => (typeof value === 'bigint' ? value : refused('bigint', value));
const text = (value: Value): string => (typeof value === 'string' ? value : refused('string', value));

function refused(expected: string, value: Value): never {
  throw new TypeError(`a ${expected} was expected, and a ${Array.isArray(value) ? 'list' : typeof value} came`);
}

export function fromDuckdb(value: DuckDBValue, { name, type }: TypedColumn): Value {
  if (value === null) return null;
  const wrong = (): never => {
    throw new EngineError('duckdb', `column ${name}: expected ${duckdb.typeName(type)}, and the engine gave ${String(value)}`);
  };
  switch (type.kind) {
    case 'number':
      if (value instanceof DuckDBDecimalValue) return value.scale === type.scale ? value.value : wrong();
      if (type.scale !== 0) return wrong();
      return typeof value === 'bigint' ? value : typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : wrong();
    case 'float':
      return typeof value === 'number' ? value : wrong();
    case 'boolean':
      return typeof value === 'boolean' ? value : wrong();
    case 'array':
      return value instanceof DuckDBListValue ? value.items.map((item) => fromDuckdb(item, { name, type: type.of })) : wrong();
    case 'element':
      return fromDuckdb(value, { name, type: type.of });
    case 'varchar':
    case 'variant':
    case 'null':
      return typeof value === 'string' ? value : wrong();
    case 'binary':
      return value instanceof DuckDBBlobValue ? Buffer.from(value.bytes).toString('hex').toUpperCase() : wrong();
    case 'date':
      return value instanceof DuckDBDateValue ? BigInt(value.days) : wrong();
    case 'time':
      return value instanceof DuckDBTimeValue ? value.micros : wrong();
    case 'timestamp':
      return value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue ? value.micros : wrong();
  }
}
