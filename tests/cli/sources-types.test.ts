/** What types of warehouses are drafted as, and relations as an information schema has them. */
import { expect, test } from 'vitest';
import { draftedType } from '../../runners/sources/import/drafted-type.ts';
import { type InformationSchemaColumn, relationsIn } from '../../runners/sources/real/relation.ts';

test.each([
  ['duckdb', 'UBIGINT', 'NUMBER(20,0)', null],
  ['duckdb', 'DECIMAL(18,3)', 'NUMBER(18,3)', null],
  ['duckdb', 'TIMESTAMP WITH TIME ZONE', 'TIMESTAMP_LTZ', null],
  ['duckdb', 'UHUGEINT', 'NUMBER(38,0)', 'a UHUGEINT may have 39 digits, and such a value is refused'],
  ['snowflake', 'NUMBER(12,2)', 'NUMBER(12,2)', null],
  ['snowflake', 'BIGINT', 'NUMBER(38,0)', null],
  ['snowflake', 'TEXT', 'VARCHAR', null],
  ['snowflake', 'CHARACTER VARYING(20)', 'VARCHAR', null],
  ['snowflake', 'TIMESTAMP_NTZ(9)', 'TIMESTAMP_NTZ', null],
  [
    'snowflake',
    'TIMESTAMP',
    'TIMESTAMP_NTZ',
    "TIMESTAMP is what the account's TIMESTAMP_TYPE_MAPPING says: _NTZ unless somebody changed it",
  ],
  ['snowflake', 'OBJECT', 'VARIANT', 'the OBJECT is read as JSON'],
] as const)('on %s, %s is declared %s', (engine, written, text, check) => {
  expect(draftedType(engine, written)).toEqual({ kind: 'type', text, check });
});

test.each([
  ['duckdb', 'DECIMAL', 'unknown'],
  ['duckdb', '', 'unknown'],
  ['snowflake', 'number', 'unknown'],
  ['duckdb', 'TIMESTAMP_NS', 'none'],
  ['duckdb', "ENUM('a', 'b')", 'none'],
  ['duckdb', 'VARCHAR[]', 'none'],
  ['snowflake', 'TIMESTAMP_TZ(9)', 'none'],
  ['snowflake', 'BINARY', 'none'],
  ['snowflake', 'GEOGRAPHY', 'none'],
] as const)('on %s, nothing is declared for %s: %s', (engine, written, kind) => {
  expect(draftedType(engine, written).kind).toBe(kind);
});

test("rows of Snowflake's information schema: digits are in columns of their own", () => {
  const row = (column_name: string, ordinal_position: number, data_type: string, precision: number | null, scale: number | null) =>
    ({
      table_catalog: 'RAW',
      table_schema: 'SHOP',
      table_name: 'SALES',
      column_name,
      ordinal_position,
      data_type,
      numeric_precision: precision,
      numeric_scale: scale,
    }) satisfies InformationSchemaColumn;
  expect(
    relationsIn([row('PRICE', 2, 'NUMBER', 10, 2), row('sold At', 3, 'TIMESTAMP_NTZ', null, null), row('SALE_ID', 1, 'NUMBER', 38, 0)]),
  ).toEqual([
    {
      parts: ['RAW', 'SHOP', 'SALES'],
      columns: [
        { name: 'SALE_ID', type: 'NUMBER(38,0)' },
        { name: 'PRICE', type: 'NUMBER(10,2)' },
        { name: 'sold At', type: 'TIMESTAMP_NTZ' },
      ],
      keys: [],
    },
  ]);
});
