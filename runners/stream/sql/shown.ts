/** What DuckDB answers to SQL of any kind, as JSON, and its types as clients of query lambdas know them. */
import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api';
import { dayText } from '../../data/calendar.ts';
import { formatTimestamp } from '../../data/format-value.ts';

export type Shown = string | number | boolean | null | readonly Shown[] | { readonly [key: string]: Shown };

/** Whole numbers that a double keeps are numbers, others their digits, as decimals are. */
export function shown(value: DuckDBValue): Shown {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items.map(shown);
  if (value instanceof DuckDBStructValue) return object(Object.entries(value.entries));
  if (value instanceof DuckDBMapValue)
    return object(value.entries.map(({ key, value: of }): readonly [string, DuckDBValue] => [textOf(shown(key)), of]));
  if (value instanceof DuckDBTimestampValue) return isFinite(value) ? formatTimestamp(value.micros) : String(value);
  if (value instanceof DuckDBTimestampTZValue) return isFinite(value) ? `${formatTimestamp(value.micros)}Z` : String(value);
  if (value instanceof DuckDBDateValue) return value.isFinite ? dayText(value.days) : String(value);
  if (value instanceof DuckDBTimeValue) return formatTimestamp(value.micros).slice(11);
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('hex').toUpperCase();
  if (value instanceof DuckDBDecimalValue) return value.toString();
  return String(value);
}

const isFinite = ({ isFinite: finite }: { readonly isFinite: boolean }): boolean => finite;

function object(entries: readonly (readonly [string, DuckDBValue])[]): Shown {
  return Object.fromEntries(entries.map(([key, value]) => [key, shown(value)]));
}

const textOf = (value: Shown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const names: { readonly [id in DuckDBTypeId]?: string } = {
  [DuckDBTypeId.BOOLEAN]: 'bool',
  [DuckDBTypeId.TINYINT]: 'int',
  [DuckDBTypeId.SMALLINT]: 'int',
  [DuckDBTypeId.INTEGER]: 'int',
  [DuckDBTypeId.BIGINT]: 'int',
  [DuckDBTypeId.UTINYINT]: 'int',
  [DuckDBTypeId.USMALLINT]: 'int',
  [DuckDBTypeId.UINTEGER]: 'int',
  [DuckDBTypeId.UBIGINT]: 'int',
  [DuckDBTypeId.HUGEINT]: 'int',
  [DuckDBTypeId.UHUGEINT]: 'int',
  [DuckDBTypeId.FLOAT]: 'float',
  [DuckDBTypeId.DOUBLE]: 'float',
  [DuckDBTypeId.DECIMAL]: 'decimal',
  [DuckDBTypeId.DATE]: 'date',
  [DuckDBTypeId.TIME]: 'time',
  [DuckDBTypeId.TIMESTAMP]: 'datetime',
  [DuckDBTypeId.TIMESTAMP_TZ]: 'timestamp',
  [DuckDBTypeId.LIST]: 'array',
  [DuckDBTypeId.ARRAY]: 'array',
  [DuckDBTypeId.STRUCT]: 'object',
  [DuckDBTypeId.MAP]: 'object',
  [DuckDBTypeId.BLOB]: 'bytes',
  [DuckDBTypeId.SQLNULL]: 'null',
};

export const shownType = (type: DuckDBType): string => names[type.typeId] ?? 'string';
