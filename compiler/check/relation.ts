/** What the checker knows of a relation in FROM: its columns, the keys it is unique by, where its rows come from. */

import { type Facts, noFacts } from './bound.ts';
import type { CheckedColumn, Expr } from './checked.ts';
import { exprKey } from './expr-key.ts';

/** Of rows' keys, added for a tie-break: nobody sees them. */
export const hiddenColumn = /^__ROW_KEY_\d+$/;

export interface Relation {
  readonly id: string;
  /** As SQL addresses it. */
  readonly alias: string;
  /** Grows when a tie-break asks for a hidden column. */
  readonly columns: CheckedColumn[];
  readonly facts: ReadonlyMap<string, Facts>;
  /** Sets of column names that no two rows share, per T. */
  readonly uniqueKeys: readonly (readonly string[])[];
  /** Where rows come one to one from a stream: the columns that identify them, made available on demand. */
  readonly rowKey: (() => readonly string[]) | null;
  readonly origin: 'stream' | 'table' | 'history' | 'fixed' | 'query';
  /** Of a history: the table's key, by which one version at most is in force at any instant. */
  readonly versionKey: readonly string[] | null;
  /** The event_time of a stream. */
  readonly timeColumn: string | null;
}

/** All of FROM: its relations, and what holds for the rows of the whole. */
export interface Input {
  readonly relations: readonly Relation[];
  /** Columns merged by USING: what the bare name means. */
  readonly merged: ReadonlyMap<string, Expr>;
  readonly uniqueKeys: readonly (readonly Expr[])[];
  readonly rowKey: (() => readonly Expr[]) | null;
  /** Relations whose columns may be missing because of an outer join. */
  readonly optional: ReadonlySet<string>;
  /** Relations of joins in which many rows of one side meet many of the other. */
  readonly repeated: ReadonlySet<string>;
  /** Why a query inside may not read it: it stands in a CTE, a derived table, a union or a join of a subquery. */
  readonly outOfReach?: true;
}

/** Of the queries around: known only to say why they cannot be read. */
export function outOfReach(outer: readonly Input[]): readonly Input[] {
  return outer.map((input) => ({ ...input, outOfReach: true }));
}

export function columnExpr(relation: Relation, name: string, span: Expr['span'], optional = false): Expr {
  const column = relation.columns.find((c) => c.name === name);
  if (column === undefined) throw new Error(`no column ${name} in ${relation.alias}`);
  return { kind: 'column', relation: relation.id, name, type: column.type, nullable: column.nullable || optional, span };
}

export function factsOf(relation: Relation, name: string): Facts {
  return relation.facts.get(name) ?? noFacts;
}

/** Whether some key of the input is covered by these expressions. */
export function coversKey(keys: readonly (readonly Expr[])[], expressions: readonly Expr[], same: (e: Expr) => string = exprKey): boolean {
  const given = new Set(expressions.map(same));
  return keys.some((key) => key.every((e) => given.has(same(e))));
}
