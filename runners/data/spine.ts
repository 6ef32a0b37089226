/** `--spine FILE`: what is asked, one entity and instant a row. */
import { type SqlType, timestamp } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { keyText } from '../reference/order.ts';
import { DataError } from './data-error.ts';
import { formatOf, readRows, requireFile } from './rows.ts';

export interface SpineRow {
  readonly entity: readonly Value[];
  /** Microseconds. */
  readonly asOf: bigint;
  /** Where it matters what had arrived: by when. Microseconds; without it, by `asOf`. */
  readonly arrivedBy?: bigint;
}

/** The same for the same point alone. */
export const pointText = (row: SpineRow): string => `${row.asOf} ${keyText(row.entity)}`;

export async function readSpine(
  file: string,
  entity: readonly { readonly name: string; readonly type: SqlType }[],
  warn: (warning: string) => void = () => undefined,
): Promise<SpineRow[]> {
  await requireFile(file);
  const format = formatOf(file, 'a spine');
  const columns = [...entity, { name: 'AS_OF', type: timestamp }].map(({ name, type }) => ({ name, type, secret: name !== 'AS_OF' }));
  const { rows, lines, warnings } = await readRows(file, format, columns);
  warnings.forEach(warn);
  return rows.map((row, index) => {
    const missing = row.indexOf(null);
    if (missing >= 0)
      throw new DataError({ file, line: lines[index] ?? null, column: columns[missing]?.name ?? null }, 'a spine holds no NULL');
    return { entity: row.slice(0, -1), asOf: BigInt(row.at(-1) as bigint) };
  });
}
