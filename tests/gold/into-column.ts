/** What INSERT, UPDATE and CREATE TABLE AS do to a value on its way into a column. */
import { parseColumnType } from '../../compiler/authoring/column-type.ts';
import { castValue, resolveCast } from '../../compiler/functions/casts.ts';
import { EvaluationError } from '../../compiler/functions/evaluation-error.ts';
import { canonicalJson, type Json } from '../../compiler/functions/json-values.ts';
import { bytes, type SqlType, timeOfDay, typeName, varchar } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { formatValue } from '../../runners/data/format-value.ts';
import { NotSupported } from './not-supported.ts';

/** `definition` is all of it: `id NUMBER(38,0) NOT NULL`. */
export function columnType(definition: string): SqlType {
  const [written = '', rest = ''] = split(definition.trim());
  if (/\b(DEFAULT|AUTOINCREMENT|IDENTITY|COLLATE|AS|MASKING)\b/i.test(rest)) throw new NotSupported(`a column with ${rest.trim()}`);
  // A text that is too long raises, and gold cases do not.
  if (/^(CHAR|CHARACTER|NCHAR|CHAR VARYING|NCHAR VARYING|NVARCHAR2)\b/i.test(written)) return varchar;
  if (/^(VAR)?BINARY(\s*\(\d+\))?$/i.test(written)) return bytes;
  if (/^TIME(\s*\(\d\))?$/i.test(written)) return timeOfDay;
  const parsed = parseColumnType(written);
  if ('reason' in parsed) throw new NotSupported(`a column of type ${written.toUpperCase().replace(/\s*\(.*/, '')}`);
  return parsed.type;
}

function split(definition: string): readonly [string, string] {
  const found = /^\w+(?:\s+(?:PRECISION|VARYING))?(?:\s*\([^)]*\))?/i.exec(definition)?.[0] ?? '';
  return [found, definition.slice(found.length)];
}

export function intoColumn(value: Value, from: SqlType, to: SqlType): Value {
  if (value === null || from.kind === 'null') return null;
  // Snowflake may look past zeros at the end of a constant in VALUES, and the text would show it.
  if (from.kind === 'number' && to.kind === 'varchar' && from.scale > 0 && (value as bigint) % 10n === 0n)
    throw new NotSupported('a number with zeros at its end into text');
  if (from.kind === 'array' && to.kind === 'variant') return jsonOf(value as readonly Value[], from.of);
  const rule = resolveCast(from, to, false);
  if ('refused' in rule) throw new NotSupported(`${typeName(from)} into a column of type ${typeName(to)}`);
  try {
    return castValue(value, from, to, false);
  } catch (thrown) {
    if (thrown instanceof EvaluationError)
      throw new NotSupported(`${JSON.stringify(String(value))} into ${typeName(to)}: ${thrown.message}`);
    throw thrown;
  }
}

/** A column of type ARRAY holds whatever JSON arrays are put into it. */
function jsonOf(elements: readonly Value[], of: SqlType): Value {
  const json = elements.map((element): Json => {
    if (of.kind === 'varchar' || of.kind === 'boolean') return element as string | boolean;
    const text = of.kind === 'number' ? String(formatValue(element, of)) : '';
    if (!/^-?\d{1,15}(\.\d+)?$/.test(text) || text.length > 16) throw new NotSupported(`an array of ${typeName(of)} into ARRAY`);
    return Number(text);
  });
  return canonicalJson(json);
}
