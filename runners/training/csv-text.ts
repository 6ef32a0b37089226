/** Values of DuckDB as `lockstep query` prints them, for a CSV file. */

/** A DOUBLE as JavaScript writes it: DuckDB finds the same digits, and begins to write exponents elsewhere. */
export const floatTextMacros: readonly string[] = [
  `CREATE OR REPLACE MACRO lockstep_float_placed(sign, digits, e) AS CASE
  WHEN e >= 21 OR e < -6 THEN
    sign || digits[1] || CASE WHEN length(digits) > 1 THEN '.' || digits[2:] ELSE '' END || 'e' || CASE WHEN e < 0 THEN '-' ELSE '+' END || abs(e)
  WHEN e < 0 THEN sign || '0.' || repeat('0', -e - 1) || digits
  ELSE sign || rpad(digits, e + 1, '0') END`,
  `CREATE OR REPLACE MACRO lockstep_float_text(x) AS CASE
  WHEN isnan(x) THEN 'NaN'
  WHEN isinf(x) THEN CASE WHEN x > 0 THEN 'Infinity' ELSE '-Infinity' END
  WHEN x = 0 THEN '0'
  WHEN NOT contains(x::VARCHAR, 'e') THEN regexp_replace(x::VARCHAR, '\\.0$', '')
  ELSE lockstep_float_placed(
    CASE WHEN x < 0 THEN '-' ELSE '' END,
    replace(regexp_extract(x::VARCHAR, '^-?([0-9.]+)e', 1), '.', ''),
    TRY_CAST(regexp_extract(x::VARCHAR, 'e(.*)$', 1) AS INTEGER)) END`,
];

/** `type`: as DESCRIBE has it. */
export function csvText(value: string, type: string): string {
  if (type.endsWith('[]')) {
    const of = type.slice(0, -2);
    return `CASE WHEN ${value} IS NULL THEN NULL ELSE '[' || array_to_string(list_transform(${value}, lambda x: coalesce(${elementText('x', of)}, 'null')), ',') || ']' END`;
  }
  switch (type) {
    case 'DOUBLE':
    case 'FLOAT':
      return `lockstep_float_text(${value})`;
    case 'BLOB':
      return `hex(${value})`;
    case 'TIMESTAMP':
    case 'TIMESTAMP_S':
    case 'TIMESTAMP_MS':
      return `strftime(${value}::TIMESTAMP, '%Y-%m-%dT%H:%M:%S.%f')`;
    case 'TIMESTAMP_NS':
      return `strftime(${value}, '%Y-%m-%dT%H:%M:%S.%n')`;
    case 'TIMESTAMP WITH TIME ZONE':
      return `strftime(${value} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')`;
    default:
      return /^(STRUCT|MAP|UNION)\b/.test(type) ? `to_json(${value})::VARCHAR` : `${value}::VARCHAR`;
  }
}

/** As JSON; NUMBERs are texts there. */
function elementText(value: string, type: string): string {
  if (type.endsWith('[]') || type === 'BOOLEAN' || /^(STRUCT|MAP|UNION)\b/.test(type)) return csvText(value, type);
  const text = `to_json(${csvText(value, type)})::VARCHAR`;
  if (type !== 'DOUBLE' && type !== 'FLOAT') return text;
  return `CASE WHEN isfinite(${value}) THEN ${csvText(value, type)} ELSE ${text} END`;
}
