/** Rows as a test writes them, to typed values. */
import type { Json } from '../../compiler/functions/json-values.ts';
import type { SqlType } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { sameName } from '../../runners/data/column.ts';
import { parseJsonValue } from '../../runners/data/parse-value.ts';

/** Arrays and objects are the values of VARIANT columns. */
export type JsonRow = Readonly<Record<string, Json>>;

export function valuesOf(row: JsonRow, columns: readonly { readonly name: string; readonly type: SqlType }[]): readonly Value[] {
  const unknown = Object.keys(row).find((key) => !columns.some(({ name }) => sameName(key, name)));
  if (unknown !== undefined) throw new Error(`a row of the test has ${unknown}, which is not declared`);
  return columns.map(({ name, type }) => {
    const json = Object.entries(row).find(([key]) => sameName(key, name))?.[1] ?? null;
    const parsed = parseJsonValue(
      json === null || typeof json === 'boolean'
        ? json
        : typeof json === 'object'
          ? { kind: 'other', value: json, exact: null }
          : { kind: typeof json === 'number' ? 'number' : 'string', text: String(json) },
      type,
    );
    if ('problem' in parsed) throw new Error(`${name}: ${parsed.problem}`);
    return parsed.value;
  });
}
