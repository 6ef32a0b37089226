/** Events of the store as an index keeps them: SQL over one source, and what each row becomes. */
import type { EventColumn, EventIndex } from '../../../compiler/artifacts/event-index.ts';
import type { ColumnReader, Piece } from '../../engines/duckdb-columns.ts';
import type { TypedColumn } from '../../engines/engine.ts';
import { sequenceColumn } from '../store/noted.ts';
import { quoted } from '../store/tables.ts';
import { arrivingEvents, type TakeRows } from './arriving.ts';
import { valuesAt } from './entity-events.ts';
import { codeOf, keyOf, type Take } from './events-read.ts';

export interface EventReader {
  /** The same from rows as they are written, if nothing is computed. */
  readonly arriving: ((since: bigint) => TakeRows) | undefined;
  /** Different texts that were met. */
  readonly texts: () => number;
  /** Clean events that are dated from then on (microseconds) and have a sequence from the first on, before the second. */
  readonly read: (connection: ColumnReader, table: string, wanted: Wanted, take: Take, goesOn?: () => boolean) => Promise<void>;
  /** Those of a table with these sequences. */
  readonly readThese: (connection: ColumnReader, table: string, sequences: readonly bigint[], take: Take) => Promise<void>;
}

export interface Wanted {
  readonly since: bigint;
  /** Null: all that the connection sees. */
  readonly came: readonly [bigint, bigint] | null;
}

const exact = '9007199254740991';
const always = (): boolean => true;

/** `columns`: of all lambdas that share the index; `stored`: of the store's table. */
export function eventReader(index: EventIndex, columns: readonly EventColumn[], stored: readonly TypedColumn[]): EventReader {
  const { relation, key, time, when } = index;
  const width = valuesAt + columns.length;
  const codes = columns.map(() => new Map<string, number>());
  const sequence = `${relation}.${quoted(sequenceColumn.name)}`;
  const items = [...key.map((k) => k.sql), `CAST(${time.sql} AS DOUBLE)`, `CAST(${sequence} AS DOUBLE)`, ...columns.map(itemOf)];
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
    arriving: arrivingEvents(index, columns, stored, codes),
    texts: () => codes.reduce((sum, { size }) => sum + size, 0),
    read: (connection, table, { since, came }, take, goesOn = always) => {
      const dated = `${time.sql} BETWEEN $since AND ${exact}`;
      if (came === null) return connection.read(statement(table, dated), { since }, rows(take, goesOn));
      const [first, until] = came;
      const wanted = `${dated} AND ${sequence} >= $first AND ${sequence} < $until`;
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

function coded(texts: (row: number) => string | null, codes: Map<string, number>): (row: number) => number {
  return (row) => {
    const text = texts(row);
    return text === null ? Number.NaN : codeOf(text, codes);
  };
}
