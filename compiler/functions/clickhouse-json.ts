/** VARIANT on ClickHouse: the text of some JSON. What is read out of it is written again in the same form. */
import { binary, call, caseWhen, type Sql, str, token } from '../sql/tree.ts';
import { surely } from './clickhouse-sql.ts';

const kinds = { array: 'Array', object: 'Object', string: 'String', boolean: 'Bool', null: 'Null' } as const;

export const isJson = (x: Sql, kind: keyof typeof kinds): Sql => binary(call('JSONType', x), '=', str(kinds[kind]));

/** What a key or a place leads to; its own functions take the first member of an object for place 0. */
export function clickhouseMember(x: Sql, step: string | number): Sql {
  if (typeof step === 'string') return call('NULLIF', call('JSONExtractRaw', x, str(step)), str(''));
  return call('NULLIF', call('arrayElement', call('JSONExtractArrayRaw', call('coalesce', x, str(''))), token(step + 1)), str(''));
}

/** Text without its quotes, NULL for a JSON null; anything else as it is written. */
export function clickhouseTextOf(x: Sql): Sql {
  const [raw] = x.kind === 'call' && x.name === 'NULLIF' ? x.args : [];
  const from = raw?.kind === 'call' && raw.name === 'JSONExtractRaw' ? raw.args : [x];
  return call('JSONExtract', ...from, str('Nullable(String)'));
}

/** The same where it is shown: of an array or an object it would write two characters as escapes that no other engine writes. */
export function clickhouseShown(x: Sql): Sql {
  const text = clickhouseTextOf(x);
  const nested = binary(isJson(x, 'array'), 'OR', isJson(x, 'object'));
  const escaped = binary(call('position', text, str('\\u202')), '>', token(0));
  const raised = call('throwIf', surely(binary(escaped, 'AND', nested)), str('an array or object with the character U+2028 or U+2029'));
  return caseWhen([{ when: binary(raised, '=', token(0)), then: text }]);
}

/** The elements of an array of this type, or of JSON the elements or members, each a tuple: a list for ARRAY JOIN. */
export function clickhouseElements(input: string, type: string | null): string {
  const index = 'Nullable(Decimal(38, 0))';
  if (type !== null) {
    const elements = `tupleElement(${input}, 1)`;
    return `arrayMap((v, i) -> CAST(tuple(i - 1, v) AS Tuple(index ${index}, value ${type})), ${elements}, arrayEnumerate(${elements}))`;
  }
  const row = `Tuple(key Nullable(String), index ${index}, value Nullable(String))`;
  const given = `coalesce(${input}, '')`;
  const places = `arrayMap((v, i) -> CAST(tuple(NULL, i - 1, v) AS ${row}), JSONExtractArrayRaw(${given}), arrayEnumerate(JSONExtractArrayRaw(${given})))`;
  const members = `arrayMap(m -> CAST(tuple(m.1, NULL, m.2) AS ${row}), JSONExtractKeysAndValuesRaw(${given}))`;
  return `arrayConcat(${places}, ${members})`;
}
