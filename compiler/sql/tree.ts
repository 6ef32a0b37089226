/**
 * SQL expressions for an engine, as data. Function rows build these; `emit/print.ts` alone turns them into text:
 * it knows the engine's type names, its literals, and where parentheses are needed.
 */
import type { SqlType } from '../sql-type.ts';

export type Engine = 'snowflake' | 'duckdb' | 'postgres' | 'clickhouse';

export type Sql =
  | { readonly kind: 'name'; readonly path: readonly string[] }
  /** Digits, TRUE, NULL, a keyword: printed as it is. Never data. */
  | { readonly kind: 'token'; readonly text: string }
  | { readonly kind: 'string'; readonly value: string }
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly args: readonly Sql[];
      readonly distinct?: boolean;
      readonly orderBy?: readonly SqlSortKey[];
      readonly withinGroup?: readonly SqlSortKey[];
      readonly filter?: Sql;
      /** IGNORE NULLS: after the last argument, or behind the parenthesis. */
      readonly ignoreNulls?: 'inside' | 'behind';
    }
  | {
      readonly kind: 'over';
      readonly call: Sql;
      readonly partitionBy: readonly Sql[];
      readonly orderBy: readonly SqlSortKey[];
      readonly frame: string | null;
    }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Sql; readonly right: Sql }
  | { readonly kind: 'prefix'; readonly operator: string; readonly argument: Sql }
  /** IS NULL, IS NOT TRUE, … */
  | { readonly kind: 'postfix'; readonly argument: Sql; readonly operator: string }
  | { readonly kind: 'between'; readonly argument: Sql; readonly low: Sql; readonly high: Sql; readonly negated: boolean }
  | { readonly kind: 'in'; readonly argument: Sql; readonly list: readonly Sql[]; readonly negated: boolean }
  | { readonly kind: 'like'; readonly argument: Sql; readonly pattern: Sql; readonly operator: string; readonly escape: Sql | null }
  | { readonly kind: 'case'; readonly branches: readonly { readonly when: Sql; readonly then: Sql }[]; readonly otherwise: Sql | null }
  /** `to`: one of Snowflake's types, or the engine's own type name where a template needs it. */
  | { readonly kind: 'cast'; readonly argument: Sql; readonly to: SqlType | string; readonly try?: boolean }
  /** INTERVAL literal of a constant amount. */
  | { readonly kind: 'interval'; readonly amount: string; readonly unit: string };

export interface SqlSortKey {
  readonly expr: Sql;
  /** Where it is known. */
  readonly type?: SqlType;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

export const name = (...path: string[]): Sql => ({ kind: 'name', path });
export const token = (text: string | number | bigint): Sql => ({ kind: 'token', text: String(text) });
export const str = (value: string): Sql => ({ kind: 'string', value });
export const call = (fn: string, ...args: Sql[]): Sql => ({ kind: 'call', name: fn, args });
export const binary = (left: Sql, operator: string, right: Sql): Sql => ({ kind: 'binary', operator, left, right });
export const prefix = (operator: string, argument: Sql): Sql => ({ kind: 'prefix', operator, argument });
export const postfix = (argument: Sql, operator: string): Sql => ({ kind: 'postfix', argument, operator });
export const cast = (argument: Sql, to: SqlType | string): Sql => ({ kind: 'cast', argument, to });
export const caseWhen = (branches: readonly { when: Sql; then: Sql }[], otherwise: Sql | null = null): Sql => ({
  kind: 'case',
  branches,
  otherwise,
});
export const isNull = (argument: Sql): Sql => postfix(argument, 'IS NULL');
export const interval = (amount: string, unit: string): Sql => ({ kind: 'interval', amount, unit });
