/** Relations of Snowflake by name, and what is read of a column: the declared type's values exactly, or nothing. */
import type { Source } from '../../compiler/catalog.ts';
import { dialects, identifier } from '../../compiler/emit/dialect.ts';
import { type SqlType, typeName } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import type { DriverColumn, Session } from '../engines/snowflake/session.ts';
import { fromDriver } from '../engines/snowflake/values.ts';
import { UsageError } from '../usage-error.ts';

const { snowflake } = dialects;

/** A plain name means itself in capitals, as dbt writes it; any other, or one in quotes, is as it stands. */
export const nameThere = (written: string): string => identifier(nameInCatalog(written), snowflake);

export const relationName = (parts: readonly string[]): string => parts.map(nameThere).join('.');

/** As the service itself writes it. */
export const exactName = (there: string): string => identifier(there, snowflake);

/** So that `nameThere` means it again: in small letters where that does. */
export function nameWritten(there: string): string {
  if (/^[A-Z_][A-Z0-9_$]*$/.test(there)) return there.toLowerCase();
  return nameInCatalog(there) === there ? there : identifier(there, snowflake);
}

/** As INFORMATION_SCHEMA has it. */
export function nameInCatalog(part: string): string {
  if (/^[A-Za-z_][\w$]*$/.test(part)) return part.toUpperCase();
  return /^"(?:[^"]|"")+"$/.test(part) ? part.slice(1, -1).replaceAll('""', '"') : part;
}

export interface ExactColumn {
  /** SQL of the declared type, for what stays on Snowflake. */
  readonly cast: string;
  /** TRUE where the column has what the declared type does not hold; null: it cannot. */
  readonly beyond: string | null;
  /** What is selected to have the value here. */
  readonly items: readonly string[];
  /** From what these gave; undefined: it is not the value for certain. */
  readonly value: (given: readonly unknown[]) => Value | undefined;
}

/** `column`: as SQL has it. Null: a type that does not cast exactly. */
export function exactColumn(column: string, found: Omit<DriverColumn, 'name'>, declared: SqlType): ExactColumn | null {
  const cast = `CAST(${column} AS ${snowflake.typeName(declared)})`;
  const plain = (beyond: string | null, sql = cast): ExactColumn => ({
    cast: sql,
    beyond,
    items: [sql],
    value: ([given]) => fromDriver(given, declared),
  });
  switch (declared.kind) {
    case 'number': {
      if (found.type !== 'fixed' || found.scale > declared.scale) return null;
      const digits = declared.precision - declared.scale;
      return plain(found.precision - found.scale > digits ? `ABS(${column}) >= 1${'0'.repeat(digits)}` : null);
    }
    case 'float':
      return found.type === 'real' ? floatColumn(column, cast) : null;
    case 'timestamp': {
      if (found.type !== `timestamp_${declared.zone}`) return null;
      const [from, to] = ['0001-01-01', '9999-12-31 23:59:59.999999'].map((at) => `CAST('${at}' AS ${snowflake.typeName(declared)})`);
      return plain(`${column} <> ${cast} OR ${column} < ${from} OR ${column} > ${to}`);
    }
    case 'date':
      return found.type === 'date' ? plain(`${column} < CAST('0001-01-01' AS DATE) OR ${column} > CAST('9999-12-31' AS DATE)`) : null;
    case 'boolean':
      return found.type === 'boolean' ? plain(null, column) : null;
    case 'varchar':
      return found.type === 'text' ? plain(null, column) : null;
    case 'variant':
      return ['variant', 'object', 'array'].includes(found.type) ? plain(null) : null;
    case 'time':
    case 'binary':
    case 'array':
    case 'element':
    case 'null':
      return null;
  }
}

/** Of a row that has the items of each column behind those before. `refused`: for a value that is not certain. */
export function valuesIn<T extends ExactColumn>(
  row: readonly unknown[],
  columns: readonly T[],
  refused: (column: T) => Error,
): readonly Value[] {
  let at = 0;
  return columns.map((column) => {
    const value = column.value(row.slice(at, at + column.items.length));
    at += column.items.length;
    if (value === undefined) throw refused(column);
    return value;
  });
}

/** Of what Lockstep computed with that type. */
export function ownColumn(column: string, type: SqlType): ExactColumn {
  if (type.kind === 'float') return floatColumn(column, column);
  return { cast: column, beyond: null, items: [column], value: ([given]) => fromDriver(given, type) };
}

/**
 * A FLOAT as the service writes it may have fewer digits than it takes. What the text leaves out is written too, and the service says
 * whether both together are the number.
 */
function floatColumn(column: string, cast: string): ExactColumn {
  const text = `TO_VARCHAR(${column})`;
  const read = `TRY_CAST(${text} AS DOUBLE)`;
  const rest = `TO_VARCHAR(${column} - ${read})`;
  const together = `${read} + TRY_CAST(${rest} AS DOUBLE) = ${column}`;
  const isSpecial = `${column} IN (CAST('NaN' AS DOUBLE), CAST('inf' AS DOUBLE), CAST('-inf' AS DOUBLE))`;
  return {
    cast,
    beyond: null,
    items: [text, `IFF(${isSpecial}, '0', ${rest})`, `${isSpecial} OR ${together}`],
    value: ([first, second, isWhole]) => {
      if (first === null || first === undefined) return null;
      const [given, left] = [fromDriver(first, { kind: 'float' }), fromDriver(second, { kind: 'float' })];
      if (isWhole !== true || typeof given !== 'number' || typeof left !== 'number') return undefined;
      // Zero is added to nothing: it would make -0 of 0.
      return left === 0 ? given : given + left;
    },
  };
}

export const foundType = ({ type, precision, scale }: Omit<DriverColumn, 'name'>): string => {
  if (type === 'fixed') return `NUMBER(${precision},${scale})`;
  return { real: 'FLOAT', text: 'VARCHAR' }[type] ?? type.toUpperCase();
};

/** What `foundType` says of a column; null: no type that is read. */
export function foundColumn(written: string): Omit<DriverColumn, 'name'> | null {
  const [, name = '', precision = '0', scale = '0'] = /^(\w+)(?:\((\d+)(?:, ?(\d+))?\))?$/.exec(written) ?? [];
  const type = { NUMBER: 'fixed', FLOAT: 'real', VARCHAR: 'text', TEXT: 'text' }[name] ?? name.toLowerCase();
  return type === '' ? null : { type, precision: Number(precision), scale: Number(scale) };
}

export interface DeclaredRead extends ExactColumn {
  readonly name: string;
  readonly type: SqlType;
  /** The column as SQL has it. */
  readonly sql: string;
}

/** All declared columns, in their order. UsageError if the relation does not have them so. */
export async function declaredReads(
  session: Session,
  source: Source,
  parts: readonly string[],
  target: string,
): Promise<{ readonly relation: string; readonly reads: readonly DeclaredRead[] }> {
  const relation = relationName(parts);
  const found = await session.describe(`SELECT * FROM ${relation}`);
  if (found === null)
    throw new UsageError(
      `the target ${target} has no relation ${source.warehouse}, where the source ${source.name} is, or its role may not see it`,
      '`databases`, `schemas` and `models` of the target say what names of sources are there',
    );
  const reads = source.columns.map(({ name, type }): DeclaredRead => {
    const declared = `the source ${source.name}: the column ${name} is declared ${typeName(type)}, and ${source.warehouse}`;
    const column = found.find((c) => c.name === name);
    if (column === undefined) throw new UsageError(`${declared} does not have it`, missingHint(name, found));
    const sql = identifier(name, snowflake);
    const exact = exactColumn(sql, column, type);
    if (exact !== null) return { ...exact, name, type, sql };
    throw new UsageError(`${declared} has it as ${foundType(column)}, which does not cast exactly`, typeHint(column, type));
  });
  return { relation, reads };
}

function missingHint(name: string, found: readonly DriverColumn[]): string {
  const alike = found.find((c) => c.name.toUpperCase() === name.toUpperCase());
  return alike === undefined ? `it has ${found.map((c) => c.name).join(', ')}` : `it has ${alike.name}: Snowflake tells them apart`;
}

function typeHint({ type }: DriverColumn, declared: SqlType): string {
  if ((type === 'timestamp_ltz' || type === 'timestamp_tz') && declared.kind === 'timestamp' && declared.zone === 'ntz')
    return "a view may say which wall clock is meant: CONVERT_TIMEZONE('UTC', …)::TIMESTAMP_NTZ";
  if (type === 'text' && declared.kind === 'variant') return 'a view may read the text: PARSE_JSON(…)';
  return 'declare the type that it has, or name a view that casts it';
}
