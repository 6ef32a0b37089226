/** A column to be read from a data file, and what reading gives. */
import { counted } from '../../compiler/counted.ts';
import type { SqlType } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';

export interface ReadColumn {
  readonly name: string;
  readonly type: SqlType;
  /** Its values never appear in a message. */
  readonly secret: boolean;
}

export interface TypedRows {
  readonly rows: readonly (readonly Value[])[];
  /** The line of each row; for Parquet its number. */
  readonly lines: readonly number[];
  readonly warnings: readonly string[];
}

/** Names in files match without regard to case, unless the declared one could only be written in quotes. */
export function sameName(written: string, declared: string): boolean {
  return declared === declared.toUpperCase() ? written.toUpperCase() === declared : written === declared;
}

/** Digits beyond the microsecond are dropped, and said. */
export function tooPrecise(values: number): string {
  return `${counted(values, 'timestamp has', 'timestamps have')} more than six digits of a second; the rest is cut`;
}
