/** Events of the store as an index keeps them: SQL over one source, and what each row becomes. */
import type { EventColumn, EventIndex } from '../../../compiler/artifacts/event-index.ts';
import type { ColumnReader, Piece } from '../../engines/duckdb-columns.ts';
import { sequenceColumn } from '../store/noted.ts';
import { quoted } from '../store/tables.ts';
import { valuesAt } from './entity-events.ts';

/** One event: of whom, and its numbers without totals, which are others when it is called again. */
export type Take = (key: string, numbers: Float64Array) => void;

export interface EventReader {
  /** Different texts that were met. */
  readonly texts: () => number;
  /** The clean events that are dated from then on (microseconds) and have a sequence from the first on, before the second. */
  readonly read: (connection: ColumnReader, table: string, wanted: Wanted, take: Take, goesOn?: () => boolean) => Promise<void>;
  /** Those of a table with these sequences. */
  readonly readThese: (connection: ColumnReader, table: string, sequences: readonly bigint[], take: Take) => Promise<void>;
}

export interface Wanted {
  readonly since: bigint;
  readonly came: readonly [bigint, bigint];
}

const exact = '9007199254740991';
const always = (): boolean => true;

/** `columns`: of all lambdas that share the index. */
export function eventReader({ relation, key, time, when }: EventIndex, columns: readonly EventColumn[]): EventReader {
  const width = valuesAt + columns.length;
  const codes = columns.map(() => new Map<string, number>());
  const sequence = `${relation}.${quoted(sequenceColumn.name)}`;
  const items = [...key.map((k) => k.sql), `CAST(${time} AS DOUBLE)`, `CAST(${sequence} AS DOUBLE)`, ...columns.map(itemOf)];
  const statement = (table: string, condition: string): string =>
    `SELECT ${items.join(', ')} FROM ${table} AS ${relation} WHERE ${[condition, ...(when === null ? [] : [when])].join(' AND ')}`;
  const rows =
    (take: Take, goesOn: () => boolean) =>
    (piece: Piece): boolean => {
      const keys = key.map((_, i) => piece.texts(i));
      const values = Array.from({ length: width }, (_, i) =>
        columns[i - valuesAt]?.kind === 'text'
          ? coded(piece.texts(key.length + i), codes[i - valuesAt] as Map<string, number>)
          : piece.numbers(key.length + i),
      );
      const numbers = new Float64Array(width);
      for (let row = 0; row < piece.rows; row++) {
        const parts = keys.map((part) => part(row));
        if (parts.includes(null)) continue;
        for (let i = 0; i < width; i++) numbers[i] = (values[i] as (row: number) => number)(row);
        take(keyOf(parts as readonly string[]), numbers);
      }
      return goesOn();
    };
  return {
    texts: () => codes.reduce((sum, { size }) => sum + size, 0),
    read: (connection, table, { since, came: [first, until] }, take, goesOn = always) => {
      const wanted = `${time} BETWEEN $since AND ${exact} AND ${sequence} >= $first AND ${sequence} < $until`;
      return connection.read(statement(table, wanted), { since, first, until }, rows(take, goesOn));
    },
    readThese: (connection, table, sequences, take) =>
      connection.read(statement(table, `${sequence} IN (SELECT unnest($sequences))`), { sequences }, rows(take, always)),
  };
}

/** DOUBLE, or VARCHAR of a text. */
function itemOf({ kind, sql, isNull }: EventColumn): string {
  if (kind === 'text') return sql;
  if (kind === 'known') return `CASE WHEN ${sql} THEN CAST(1 AS DOUBLE) END`;
  return `CASE WHEN ${sql} BETWEEN -${exact} AND ${exact} THEN CAST(${sql} AS DOUBLE) WHEN NOT ${isNull} THEN CAST('Infinity' AS DOUBLE) END`;
}

/** A number for each text, the same for the same one. */
function coded(texts: (row: number) => string | null, codes: Map<string, number>): (row: number) => number {
  return (row) => {
    const text = texts(row);
    if (text === null) return Number.NaN;
    let code = codes.get(text);
    if (code === undefined) {
      code = codes.size;
      codes.set(text, code);
    }
    return code;
  };
}

export function keyOf(parts: readonly string[]): string {
  return parts.length === 1 ? (parts[0] as string) : JSON.stringify(parts);
}
