/**
 * A statement over fixed relations may leave ties to the engine where they cannot show: if rows that tie are the same in all
 * that the SELECT reads, and one window alone tells them apart, any order of them gives the same rows.
 */
import type { Diagnostic } from '../diagnostics.ts';
import type { Expr } from './checked.ts';
import { type Environment, fail } from './context.ts';
import { exprKey } from './expr-key.ts';
import type { Input } from './relation.ts';

/** A window whose order is not total, by what rows that tie have in common. */
export interface UndecidedTies {
  readonly common: readonly Expr[];
  readonly refusal: Diagnostic;
}

/** Features have no fixed relations: there nothing may stay undecided. */
export function mayStayUndecided(input: Input): boolean {
  return input.relations.length > 0 && input.relations.every((r) => r.origin === 'fixed');
}

/** `read`: everything that the SELECT computes of its rows after WHERE. */
export function requireUnseen(undecided: readonly UndecidedTies[], read: unknown, input: Input, { session }: Environment): void {
  const [only, second] = undecided;
  if (only === undefined) return;
  const common = new Set(only.common.map(exprKey));
  const own = new Set(input.relations.map((r) => r.id));
  const seen = columnsIn(read).some((column) => own.has(column.relation) && !common.has(exprKey(column)));
  if (second !== undefined || seen) fail(session, only.refusal);
}

function columnsIn(node: unknown): readonly (Expr & { readonly kind: 'column' })[] {
  if (typeof node !== 'object' || node === null) return [];
  if ('kind' in node && node.kind === 'column' && 'relation' in node) return [node as Expr & { readonly kind: 'column' }];
  return Object.values(node).flatMap(columnsIn);
}
