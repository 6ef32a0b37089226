/** Whether a real column is read as the type that is declared for it. */
import { duckdb } from '../../../compiler/emit/dialect.ts';
import { type SqlType, typeName } from '../../../compiler/sql-type.ts';
import { exactWithoutNanos } from '../../warehouse/declared-columns.ts';
import { exactColumn, foundColumn } from '../../warehouse/snowflake-relation.ts';
import { draftedType } from '../import/drafted-type.ts';
import type { WarehouseEngine } from '../real/relation.ts';

export interface TypeFit {
  /** narrower: another type, whose values are all of the declared one. wider: some may not be. unfit: it is not read as that. */
  readonly fit: 'same' | 'narrower' | 'wider' | 'unfit';
  /** Only a look at the values tells whether they are of the declared type. */
  readonly mayNotFit: boolean;
}

const unfit: TypeFit = { fit: 'unfit', mayNotFit: false };

/** `found`: as the engine writes it. */
export const typeFits: Readonly<Record<WarehouseEngine, (declared: SqlType, found: string) => TypeFit>> = {
  duckdb: (declared, found) => {
    const exact = exactWithoutNanos('c', found, declared);
    if (exact === null) return unfit;
    const mayNotFit = exact.wider;
    // What our own models make of the declared type, and what is drafted for the real one.
    const drafted = draftedType('duckdb', found);
    const isDrafted =
      declared.kind === 'number' && drafted.kind === 'type' && drafted.check === null && drafted.text === typeName(declared);
    if (duckdbName(declared) === found || isDrafted) return { fit: 'same', mayNotFit };
    const isWider = declared.kind === 'number' && mayNotFit && digitsIn(found) > declared.precision - declared.scale;
    return { fit: isWider ? 'wider' : 'narrower', mayNotFit };
  },
  snowflake: (declared, found) => {
    const column = foundColumn(found);
    const exact = column === null ? null : exactColumn('c', column, declared);
    if (column === null || exact === null) return unfit;
    const mayNotFit = exact.beyond !== null;
    const isWider = declared.kind === 'number' && mayNotFit;
    const drafted = draftedType('snowflake', found);
    if (drafted.kind === 'type' && drafted.text === typeName(declared)) return { fit: 'same', mayNotFit };
    return { fit: isWider ? 'wider' : 'narrower', mayNotFit };
  },
};

/** As DESCRIBE writes it. */
function duckdbName(type: SqlType): string {
  const name = duckdb.typeName(type).replace(', ', ',');
  return name === 'TIMESTAMPTZ' ? 'TIMESTAMP WITH TIME ZONE' : name;
}

/** Of the greatest integer of a type of DuckDB's. */
function digitsIn(found: string): number {
  const bits = { TINYINT: 8, SMALLINT: 16, INTEGER: 32, BIGINT: 64, HUGEINT: 128 }[found.replace(/^U/, '')] ?? 0;
  return (2n ** BigInt(found.startsWith('U') ? bits : bits - 1) - 1n).toString().length;
}
