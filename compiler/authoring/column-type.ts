/** The types a source column may have, as they are written in `sources.yml`. */
import { number, type SqlType, variant } from '../sql-type.ts';
import { numberNames, plainType } from '../type-names.ts';

const reasons: Readonly<Record<string, string>> = {
  TIME: 'engines keep times of day at different precisions',
  TIMESTAMP_TZ: 'engines other than Snowflake drop the offset of each value',
  BINARY: 'no engine-independent text for it is settled',
  GEOGRAPHY: 'engines compute on it differently',
};

/** All three hold JSON; what is in it is the author's to cast. */
const json: ReadonlySet<string> = new Set(['VARIANT', 'OBJECT', 'ARRAY']);

export type ColumnType = { readonly type: SqlType } | { readonly reason: string; readonly hint?: string };

const knownTypes = 'NUMBER(p,s), FLOAT, VARCHAR, BOOLEAN, DATE, TIMESTAMP_NTZ, TIMESTAMP_LTZ, VARIANT';

export function parseColumnType(written: string): ColumnType {
  const found = /^\s*([A-Za-z][A-Za-z0-9_ ]*?)\s*(?:\(\s*(\d{1,9})\s*(?:,\s*(\d{1,9})\s*)?\))?\s*$/.exec(written);
  const name = (found?.[1] ?? written).trim().toUpperCase().replace(/\s+/g, ' ');
  const [first, second] = [found?.[2], found?.[3]].map((digits) => (digits === undefined ? undefined : Number(digits)));
  if (found !== null && first === undefined && json.has(name)) return { type: variant };
  if (found !== null && numberNames.has(name)) return numberType(first ?? 38, second ?? 0);
  const type = plainType(name);
  if (found !== null && type !== undefined) {
    if (first === undefined) return { type };
    // A declared length bounds nothing that features rely on; digits of a second are cut when rows are read.
    if (type.kind === 'varchar' && second === undefined) return { type };
    if (type.kind === 'timestamp' && second === undefined && first <= 9) return { type };
  }
  const reason = reasons[name];
  if (reason !== undefined)
    return { reason: `${name} columns are not supported: ${reason}`, hint: `declare what you read of it as ${knownTypes}` };
  return { reason: `\`${written}\` is not a column type`, hint: knownTypes };
}

function numberType(precision: number, scale: number): ColumnType {
  if (precision < 1 || precision > 38) return { reason: `NUMBER has 1 to 38 digits, not ${precision}` };
  if (scale > Math.min(37, precision)) return { reason: `NUMBER(${precision},${scale}) has more digits after the point than digits` };
  return { type: number(precision, scale) };
}
