/** What binding carries along: the feature's catalog, fresh ids, collected diagnostics, names in scope. */
import type { Catalog } from '../catalog.ts';
import type { DiagnosticCode } from '../codes.ts';
import type { Diagnostic } from '../diagnostics.ts';
import type { LowerBound } from '../functions/define.ts';
import type { Expression, Identifier, Query } from '../parse/syntax.ts';
import type { Span } from '../source.ts';
import type { Bound, Facts } from './bound.ts';
import type { CheckedFrom, CheckedQuery, Expr } from './checked.ts';
import type { Input } from './relation.ts';
import type { UndecidedTies } from './undecided-ties.ts';

/** Raised to leave a part that cannot be bound; the diagnostic is already collected, so that siblings go on. */
export class Unbound extends Error {}

export interface BoundCte {
  readonly name: string;
  readonly id: string;
  readonly bound: BoundQuery;
}

export interface Session {
  readonly catalog: Catalog;
  readonly diagnostics: Diagnostic[];
  readonly sources: Set<string>;
  readonly cteIds: Set<string>;
  /** What nobody owes here. */
  readonly notOwed: ReadonlySet<DiagnosticCode>;
  nextRelation: number;
}

export function startSession(catalog: Catalog, notOwed: readonly DiagnosticCode[] = []): Session {
  return {
    catalog,
    diagnostics: [],
    sources: new Set(),
    cteIds: new Set([...catalog.sources, ...(catalog.fixed ?? [])].map((s) => s.name.toUpperCase())),
    notOwed: new Set(notOwed),
    nextRelation: 0,
  };
}

/** A query in its surroundings. `bind` and `bindQuery` tie the knot between expressions and queries. */
export interface Environment {
  readonly session: Session;
  readonly ctes: readonly BoundCte[];
  readonly bind: (syntax: Expression, scope: ExpressionScope) => Bound;
  readonly bindQuery: (query: Query, environment: Environment, outer: readonly Input[]) => BoundQuery;
}

export interface BoundQuery {
  readonly query: CheckedQuery;
  readonly facts: ReadonlyMap<string, Facts>;
  /** Where each output column gets its name. */
  readonly places: ReadonlyMap<string, Span>;
  /** Sets of output columns that no two rows share; a set of none: at most one row. */
  readonly uniqueKeys: readonly (readonly string[])[];
  /** As in Relation.rowKey. */
  readonly rowKey: (() => readonly string[]) | null;
}

/** The grouping set at hand. */
export interface RolledKeys {
  /** exprKeys of the keys of every set. */
  readonly all: ReadonlySet<string>;
  /** Of those that are NULL because this set has them not. */
  readonly absent: ReadonlySet<string>;
  /** What aliases mean where nothing is NULL. */
  readonly aliases: ExpressionScope['aliases'];
}

/** Where an expression stands. */
export interface ExpressionScope extends Environment {
  readonly input: Input;
  /** Columns of the queries around, the nearest first. */
  readonly outer: readonly Input[];
  readonly aliases: ReadonlyMap<string, () => Bound>;
  /** column: a real column wins over an alias of the same name; refuse: both together are ambiguous. */
  readonly aliasRule: 'none' | 'column-first' | 'refuse-both';
  readonly aggregates: 'allowed' | 'forbidden' | 'inside';
  readonly windows: 'allowed' | 'forbidden';
  /** Where the expression stands, for messages. */
  readonly place: string;
  readonly rolled: RolledKeys | null;
  /** Group keys, if the select is grouped: windows are over groups. */
  readonly groups: readonly Expr[] | null;
  /** Where windows leave ties that are looked at when the whole SELECT is known; null: they leave none. */
  readonly undecided: UndecidedTies[] | null;
  /** exprKeys of what is known to be non-zero here. */
  readonly nonZero: ReadonlySet<string>;
  /** exprKey → the least value it can have here. */
  readonly lower: ReadonlyMap<string, LowerBound>;
}

export function fail(session: Session, diagnostic: Diagnostic): never {
  session.diagnostics.push(diagnostic);
  throw new Unbound(diagnostic.message);
}

/** Fails with what is owed: by a feature, everything. */
export function demand(session: Session, owed: Diagnostic): void {
  if (!session.notOwed.has(owed.code)) fail(session, owed);
}

/** Goes on after a part that could not be bound. */
export function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (thrown) {
    if (thrown instanceof Unbound) return undefined;
    throw thrown;
  }
}

export function freshRelation(session: Session): string {
  session.nextRelation += 1;
  return `r${session.nextRelation}`;
}

export function freshCte(name: string, { cteIds }: Session): string {
  let id = name;
  for (let n = 2; cteIds.has(id.toUpperCase()); n++) id = `${name}_${n}`;
  cteIds.add(id.toUpperCase());
  return id;
}

/** As a person writes it. */
export function display(name: string): string {
  return /^[A-Z_][A-Z0-9_$]*$/.test(name) ? name.toLowerCase() : `"${name}"`;
}

export function displayPath(path: readonly Identifier[]): string {
  return path.map((p) => display(p.name)).join('.');
}

export interface BoundFrom {
  readonly from: CheckedFrom;
  readonly input: Input;
}
