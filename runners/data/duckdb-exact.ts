/** Columns of a type of DuckDB's as the declared type has them, or not at all: what may lose something is no cast. */
import { duckdb } from '../../compiler/emit/dialect.ts';
import { type SqlType, typeName } from '../../compiler/sql-type.ts';
import { fitted, inRange, type ParsedValue, parseText } from './parse-value.ts';

export interface Exact {
  /** Gives what JavaScript holds exactly: unscaled integers, days, microseconds. */
  readonly sql: string;
  /** The same as a column of the declared type, for what stays in the engine. Of a VARIANT the text as it is: it may not be JSON. */
  readonly cast: string;
  /** Of the unscaled integers. */
  readonly scale: number;
  /** Whether the type holds values that the declared one does not. */
  readonly wider: boolean;
}

const integers = /^U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/;
const day = 86_400_000_000n;

/** `column`: as SQL has it; `found`: the type as DESCRIBE has it. */
export function exactly(column: string, found: string, declared: SqlType): Exact | null {
  const cast = declared.kind === 'variant' ? `${column}::VARCHAR` : `${column}::${duckdb.typeName(declared)}`;
  const as = (sql: string, wider = false, scale = 0): Exact => ({ sql, cast, scale, wider });
  // An infinite time has no microseconds, and would be NULL: as the last of all numbers it is beyond its type.
  const finite = (sql: string): string => `CASE WHEN NOT isfinite(${column}) THEN 9223372036854775807 ELSE ${sql} END`;
  switch (declared.kind) {
    case 'number': {
      if (integers.test(found)) return as(`${column}::HUGEINT`, true);
      const [, precision, scale] = /^DECIMAL\((\d+),(\d+)\)$/.exec(found)?.map(Number) ?? [];
      if (precision === undefined || scale === undefined) return null;
      const fits = scale <= declared.scale && precision - scale <= declared.precision - declared.scale;
      return fits ? as(`replace(${column}::VARCHAR, '.', '')::HUGEINT`, false, scale) : null;
    }
    case 'float':
      return found === 'DOUBLE' || found === 'FLOAT' ? as(`${column}::DOUBLE`) : null;
    case 'timestamp':
      if (declared.zone === 'ltz') return found === 'TIMESTAMP WITH TIME ZONE' ? as(finite(`epoch_us(${column})`), true) : null;
      return /^TIMESTAMP(_S|_MS|_NS)?$/.test(found) ? as(finite(`epoch_us(${column}::TIMESTAMP)`), true) : null;
    case 'date':
      return found === 'DATE' ? as(finite(`(${column} - DATE '1970-01-01')::BIGINT`), true) : null;
    case 'boolean':
    case 'varchar':
      return found === declared.kind.toUpperCase() ? as(column) : null;
    case 'variant':
      return found === 'VARCHAR' || found === 'JSON' ? as(`${column}::VARCHAR`) : null;
    case 'time':
    case 'binary':
    case 'array':
    case 'element':
    case 'null':
      return null;
  }
}

/** What the SQL gave, as a value of the declared type. */
export function exactValue(given: unknown, scale: number, declared: SqlType): ParsedValue {
  if (given === null || given === undefined) return { value: null };
  if (typeof given === 'bigint') {
    if (declared.kind === 'number') return fitted(given * 10n ** BigInt(declared.scale - scale), declared);
    const time = declared.kind === 'date' ? given * day : given;
    return inRange(time) ? { value: given } : { problem: `the value is beyond ${typeName(declared)}` };
  }
  if (declared.kind === 'variant' && typeof given === 'string') return parseText(given, declared);
  if (typeof given === 'string' || typeof given === 'number' || typeof given === 'boolean') return { value: given };
  return { problem: `the value is no ${typeName(declared)}` };
}
