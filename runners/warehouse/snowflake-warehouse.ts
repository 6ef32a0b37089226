/** History from Snowflake: looked at before it is read, and read as it streams. */

import type { Source } from '../../compiler/catalog.ts';
import { dialects } from '../../compiler/emit/dialect.ts';
import { timestampText } from '../../compiler/functions/iso-time.ts';
import { timestamp } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { timePlace } from '../data/row-time.ts';
import type { Binds, DriverRow, Session } from '../engines/snowflake/session.ts';
import { pieceRows, type Rows } from '../stream/store/fill.ts';
import { UsageError } from '../usage-error.ts';
import { relationOf } from './relation.ts';
import { openAccount } from './snowflake-account.ts';
import { type DeclaredRead, declaredReads, valuesIn } from './snowflake-relation.ts';
import type { NamedTarget } from './target-file.ts';
import type { Past, Warehouse } from './warehouse.ts';

export async function openSnowflakeWarehouse(target: NamedTarget, command: string): Promise<Warehouse> {
  const { session, close } = await openAccount(target, command);
  return {
    past: (source, since) =>
      past(session, source, relationOf(source, target.name, target.declared, target.environment), target.name, since),
    close,
  };
}

async function past(session: Session, source: Source, parts: readonly string[], target: string, since: bigint): Promise<Past> {
  const { relation, reads } = await declaredReads(session, source, parts, target);
  const time = reads[timePlace(source)];
  // Rows without a time are quarantined and counted, wherever they come from.
  const where = source.kind === 'stream' ? ` WHERE ${time?.sql} >= ${boundInstant(time)} OR ${time?.sql} IS NULL` : '';
  const binds = source.kind === 'stream' ? [timestampText(since)] : [];
  const total = await fitting(session, source, reads, `FROM ${relation}${where}`, binds);
  const select = `SELECT ${reads.flatMap(({ items }) => items).join(', ')} FROM ${relation}${where}`;
  return { source, total, pieces: () => pieces(session.stream(select, binds), source, reads) };
}

/** Bound as a text, with the type that the column has: the service would guess otherwise. */
export const boundInstant = (time: DeclaredRead | undefined): string =>
  `CAST(? AS ${dialects.snowflake.typeName(time?.type ?? timestamp)})`;

/** How many rows there are. No value is beyond its declared type. */
export async function fitting(
  session: Session,
  source: Source,
  reads: readonly DeclaredRead[],
  from: string,
  binds: Binds,
): Promise<number> {
  const wider = reads.filter(({ beyond }) => beyond !== null);
  const counts = ['COUNT(*)', ...wider.map(({ beyond }) => `COUNT_IF(${beyond})`)];
  const [row = []] = await session.run(`SELECT ${counts.join(', ')} ${from}`, binds);
  wider.forEach(({ name }, i) => {
    const beyond = Number(row[i + 1]);
    if (beyond > 0)
      throw new UsageError(
        `the source ${source.name}: the column ${name} of ${source.warehouse} has values that its declared type does not hold, in ${beyond} of ${row[0]} rows`,
        'a time has microseconds and a year from 1 to 9999; a view may cut what is further: DATE_TRUNC(MICROSECOND, …)',
      );
  });
  return Number(row[0]);
}

async function* pieces(rows: AsyncIterable<DriverRow>, source: Source, reads: readonly DeclaredRead[]): AsyncGenerator<Rows> {
  const inexact = ({ name }: DeclaredRead): UsageError =>
    new UsageError(`the source ${source.name}: a value of the column ${name} of ${source.warehouse} cannot be read exactly`);
  let piece: (readonly Value[])[] = [];
  for await (const row of rows) {
    piece.push(valuesIn(row, reads, inexact));
    if (piece.length < pieceRows) continue;
    yield piece;
    piece = [];
  }
  if (piece.length > 0) yield piece;
}
