/** The relations that the setup of a case leaves behind. */
import type { Catalog, Fixed } from '../../compiler/catalog.ts';
import type { CheckedStatement } from '../../compiler/check/checked.ts';
import { smallestKeys } from '../../compiler/check/constant-keys.ts';
import { checkStatement } from '../../compiler/check/statement.ts';
import type { Diagnostic } from '../../compiler/diagnostics.ts';
import { parseSql } from '../../compiler/parse/parse-sql.ts';
import { verbatim } from '../../compiler/parse/rendered.ts';
import type { SqlType } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { evaluateStatement } from '../../runners/reference/index.ts';
import { keyText } from '../../runners/reference/order.ts';

export interface Relation {
  readonly columns: readonly { readonly name: string; readonly type: SqlType }[];
  readonly rows: readonly (readonly Value[])[];
}

export interface World {
  readonly catalog: Catalog;
  readonly relations: ReadonlyMap<string, Relation>;
}

/** Nothing in a case depends on it, or its flags say so. */
export const asOf = 1_767_225_600_000_000n;

export function worldOf(relations: ReadonlyMap<string, Relation>): World {
  const fixed = [...relations].map(([name, relation]): Fixed => ({ name, columns: relation.columns, keys: keysOf(relation) }));
  return { catalog: { sources: [], fixed }, relations: new Map(relations) };
}

/** The query does not compile. */
export class Refused extends Error {
  readonly diagnostics: readonly Diagnostic[];
  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map((d) => d.message).join('; '));
    this.diagnostics = diagnostics;
  }
}

export function statementOf(sql: string, { catalog }: World): CheckedStatement {
  const parsed = parseSql(verbatim('', sql, 0));
  const checked = parsed.value === undefined ? undefined : checkStatement(parsed.value, catalog);
  const said = [...parsed.diagnostics, ...(checked?.diagnostics ?? [])].filter((d) => d.severity === 'error');
  if (checked?.value === undefined || said.length > 0) throw new Refused(said);
  return checked.value;
}

/** All rows, unordered, on the reference; hidden columns too. */
export function referenceRows(statement: CheckedStatement, { catalog, relations }: World): readonly (readonly Value[])[] {
  const rows = new Map([...relations].map(([name, r]) => [name, { columns: r.columns.map((c) => c.name), rows: r.rows }]));
  return evaluateStatement(statement, catalog, rows, asOf);
}

/** The smallest sets of columns that tell every row from every other. */
function keysOf({ columns, rows }: Relation): readonly (readonly string[])[] {
  const texts = rows.map((row) => row.map((value) => keyText([value])));
  return smallestKeys(texts, columns.length).map((key) => key.map((i) => columns[i]?.name ?? ''));
}
