/** The type that a source declares for a column of an engine's type: exact, or with the word to check, or none. */
import { parseColumnType } from '../../../compiler/authoring/column-type.ts';
import { typeName } from '../../../compiler/sql-type.ts';
import type { WarehouseEngine } from '../real/relation.ts';

export type DraftedType =
  /** `check`: what may not be as it was there; null: exact. */
  | { readonly kind: 'type'; readonly text: string; readonly check: string | null }
  /** No source can declare such a column. */
  | { readonly kind: 'none'; readonly reason: string }
  /** It is not known; somebody must say it. */
  | { readonly kind: 'unknown'; readonly reason: string };

/** `written`: as the engine, or somebody who knows it, writes the type. */
export function draftedType(engine: WarehouseEngine, written: string): DraftedType {
  const name = written.trim().toUpperCase().replace(/\s+/g, ' ');
  if (name === '') return { kind: 'unknown', reason: 'its type is said nowhere' };
  if (/^(NUMBER|NUMERIC|DECIMAL|DEC)$/.test(name))
    return { kind: 'unknown', reason: `${name} is said without its digits: NUMBER(38,0) would cut what is behind the point` };
  return engine === 'duckdb' ? ofDuckdb(name, written) : ofSnowflake(name, written);
}

const exact = (text: string): DraftedType => ({ kind: 'type', text, check: null });
const toCheck = (text: string, check: string): DraftedType => ({ kind: 'type', text, check });

const tooMany = (name: string): DraftedType => toCheck('NUMBER(38,0)', `a ${name} may have 39 digits, and such a value is refused`);

/** Digits that hold every value. */
const duckdbTypes: readonly (readonly [RegExp, DraftedType])[] = [
  [/^U?TINYINT$|^INT1$/, exact('NUMBER(3,0)')],
  [/^U?SMALLINT$|^INT2$|^SHORT$/, exact('NUMBER(5,0)')],
  [/^U?INTEGER$|^INT4?$|^SIGNED$/, exact('NUMBER(10,0)')],
  [/^BIGINT$|^INT8$|^LONG$/, exact('NUMBER(19,0)')],
  [/^UBIGINT$/, exact('NUMBER(20,0)')],
  [/^HUGEINT$|^INT128$/, tooMany('HUGEINT')],
  [/^UHUGEINT$|^UINT128$/, tooMany('UHUGEINT')],
  [/^(FLOAT|FLOAT4|REAL|DOUBLE|FLOAT8|DOUBLE PRECISION)$/, exact('FLOAT')],
  [/^(BOOLEAN|BOOL|LOGICAL)$/, exact('BOOLEAN')],
  [/^(VARCHAR|TEXT|STRING|CHAR|BPCHAR)( ?\(\d+\))?$/, exact('VARCHAR')],
  [/^DATE$/, exact('DATE')],
  [/^(TIMESTAMP|DATETIME|TIMESTAMP WITHOUT TIME ZONE|TIMESTAMP_US|TIMESTAMP_MS|TIMESTAMP_S)$/, exact('TIMESTAMP_NTZ')],
  [/^(TIMESTAMPTZ|TIMESTAMP WITH TIME ZONE)$/, exact('TIMESTAMP_LTZ')],
  [/^JSON$/, exact('VARIANT')],
  [/^TIMESTAMP_NS$/, { kind: 'none', reason: 'TIMESTAMP_NS has nanoseconds, which would be cut: a view may cast it to TIMESTAMP' }],
];

function ofDuckdb(name: string, written: string): DraftedType {
  const known = duckdbTypes.find(([pattern]) => pattern.test(name))?.[1];
  if (known !== undefined) return known;
  if (/^(DECIMAL|NUMERIC|DEC) ?\(/.test(name)) return declared(name, written);
  return { kind: 'none', reason: `no source declares ${shortened(written)}: a view may cast it` };
}

function ofSnowflake(name: string, written: string): DraftedType {
  if (/^TIMESTAMP( ?\(\d\))?$/.test(name))
    return toCheck('TIMESTAMP_NTZ', "TIMESTAMP is what the account's TIMESTAMP_TYPE_MAPPING says: _NTZ unless somebody changed it");
  if (/^(CHAR|CHARACTER|NCHAR|TEXT|STRING|VARCHAR|NVARCHAR|(N?CHAR|CHARACTER) VARYING)( ?\(\d+\))?$/.test(name)) return exact('VARCHAR');
  if (name === 'OBJECT' || name === 'ARRAY') return toCheck('VARIANT', `the ${name} is read as JSON`);
  return declared(name, written);
}

function declared(name: string, written: string): DraftedType {
  const parsed = parseColumnType(name);
  if ('type' in parsed) return exact(typeName(parsed.type));
  return {
    kind: 'none',
    reason: `${parsed.reason.startsWith('`') ? `no source declares ${shortened(written)}` : parsed.reason}: a view may cast it`,
  };
}

/** The members of an ENUM or STRUCT may be many. */
function shortened(written: string): string {
  const letters = [...written.trim()];
  return letters.length > 40 ? `${letters.slice(0, 40).join('')}…` : letters.join('');
}
