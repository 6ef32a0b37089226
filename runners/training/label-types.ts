/** What to do about labels whose column has a type that does not cast exactly to the declared one. */
import { type SqlType, typeName } from '../../compiler/sql-type.ts';

/** `found`: as the engine calls it. */
export function labelTypeHint(column: string, found: string, declared: SqlType): string {
  const wanted = typeName(declared);
  if (/^TIMESTAMP(?: WITH TIME ZONE|_TZ|_LTZ)/.test(found) && declared.kind === 'timestamp')
    return `instants without a zone, in UTC, are ${wanted}: ${column} AT TIME ZONE 'UTC' where the labels are made`;
  const cast = `CAST(${column} AS ${wanted}) where the labels are made`;
  if (!/^(?:DOUBLE|FLOAT)$/.test(found)) return cast;
  // What pandas takes a column for that has no type of its own.
  const frame = `of pandas, where whole numbers with a gap and columns without a value are float64, ${column}.astype("${dtypeOf(declared)}")`;
  return declared.kind === 'number' ? `a float does not hold every number: ${cast}; ${frame}` : `${cast}; ${frame}`;
}

function dtypeOf(type: SqlType): string {
  switch (type.kind) {
    case 'number':
      return type.scale === 0 ? 'Int64' : `decimal128(${type.precision}, ${type.scale})[pyarrow]`;
    case 'timestamp':
      return type.zone === 'ltz' ? 'datetime64[us, UTC]' : 'datetime64[us]';
    case 'date':
      return 'date32[day][pyarrow]';
    case 'boolean':
      return 'boolean';
    default:
      return 'string';
  }
}
