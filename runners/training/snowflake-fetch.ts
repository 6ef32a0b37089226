/** Rows of a temporary table there into a table of the workspace here, as they stream. */
import { number, typeName } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import type { Workspace } from '../engines/duckdb-workspace.ts';
import { EngineError, type TypedColumn } from '../engines/engine.ts';
import type { Session } from '../engines/snowflake/session.ts';
import { type ExactColumn, valuesIn } from '../warehouse/snowflake-relation.ts';

/** What numbers the rows of labels. */
export const ordinal: TypedColumn = { name: 'O', type: number(18) };

export interface Fetching {
  /** A table there, with the rows numbered by `o`. */
  readonly from: string;
  /** A table of the workspace, made here. */
  readonly into: string;
  readonly columns: readonly (TypedColumn & { readonly read: ExactColumn })[];
  readonly rows: number;
}

const pieceRows = 20_000;

/** From there to here as it streams, in pieces. */
export async function fetched(session: Session, { connection }: Workspace, { from, into, columns, rows }: Fetching): Promise<void> {
  const typed = [ordinal, ...columns.map(({ name, type }) => ({ name, type }))];
  await connection.load(into, typed, []);
  let piece: (readonly Value[])[] = [];
  let count = 0;
  const reads = columns.map(({ name, type, read }) => ({ ...read, name, type }));
  const items = reads.flatMap((read) => read.items);
  const inexact = ({ name, type }: TypedColumn): EngineError =>
    new EngineError('snowflake', `a value of ${name} is no ${typeName(type)} for certain`);
  for await (const [o, ...given] of session.stream(`SELECT ${['o', ...items].join(', ')} FROM ${from}`)) {
    const values = valuesIn(given, reads, inexact);
    piece.push([BigInt(String(o)), ...values]);
    count += 1;
    if (piece.length < pieceRows) continue;
    await connection.append(into, typed, piece);
    piece = [];
  }
  await connection.append(into, typed, piece);
  if (count !== rows) throw new EngineError('snowflake', `${count} rows came where there are ${rows}`);
}
