/** Microseconds since 1970 and back, as the warehouse of a project writes them. */
import type { Dialect } from '../../emit/dialect.ts';

export const microsOf = (time: string, { engine }: Dialect): string =>
  engine === 'duckdb' ? `epoch_us(${time})` : `DATE_PART(EPOCH_MICROSECOND, ${time})`;

export const instantAt = (micros: string, { engine }: Dialect): string =>
  engine === 'duckdb' ? `make_timestamp(${micros})` : `DATEADD(MICROSECOND, ${micros}, CAST('1970-01-01' AS TIMESTAMP_NTZ(6)))`;

/** The wall clock in UTC. */
export const nowUtc = ({ engine }: Dialect): string =>
  engine === 'duckdb' ? "CAST(current_timestamp AT TIME ZONE 'UTC' AS TIMESTAMP)" : 'CAST(SYSDATE() AS TIMESTAMP_NTZ(6))';
