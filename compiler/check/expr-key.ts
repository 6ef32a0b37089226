/** A text that two expressions share exactly if they are the same but for places and nullability. */
import { jsonText } from '../json-text.ts';
import type { SqlType } from '../sql-type.ts';
import type { Expr, Frame, FrameBound, SortKey } from './checked.ts';

const known = new WeakMap<Expr, string>();

export function exprKey(expr: Expr): string {
  // Sooner made than found.
  if (expr.kind === 'column') return keyOf(expr);
  const cached = known.get(expr);
  if (cached !== undefined) return cached;
  const key = keyOf(expr);
  known.set(expr, key);
  return key;
}

const keyOf = (expr: Expr): string => `${expr.kind}:${typeKey(expr.type)}(${content(expr)})`;

const list = (items: readonly Expr[]): string => `[${items.map(exprKey).join()}]`;

/** What exprKey says. Most pairs are calls and columns, and need no text to be told apart. */
export function sameExpr(a: Expr, b: Expr): boolean {
  if (a === b) return true;
  if (a.kind === 'column' && b.kind === 'column')
    return a.name === b.name && a.relation === b.relation && typeKey(a.type) === typeKey(b.type);
  if (a.kind === 'call' && b.kind === 'call')
    return (
      a.fn === b.fn &&
      a.args.length === b.args.length &&
      typeKey(a.type) === typeKey(b.type) &&
      a.args.every((arg, i) => sameExpr(arg, b.args[i] as Expr))
    );
  return a.kind === b.kind && exprKey(a) === exprKey(b);
}

function typeKey(type: SqlType): string {
  if (type.kind === 'number') return `number${type.precision}.${type.scale}`;
  return type.kind === 'timestamp' ? `timestamp${type.zone}` : type.kind;
}

function content(expr: Expr): string {
  switch (expr.kind) {
    case 'literal':
      return JSON.stringify(expr.text);
    case 'as-of':
      return '';
    case 'column':
      return `${jsonText(expr.relation)}.${jsonText(expr.name)}`;
    case 'call':
      return `${jsonText(expr.fn)}${list(expr.args)}`;
    case 'case':
      return `${expr.branches.map((b) => `${exprKey(b.when)}>${exprKey(b.then)}`).join(';')}|${expr.otherwise === null ? '' : exprKey(expr.otherwise)}`;
    case 'cast':
      return `${expr.try}${exprKey(expr.argument)}`;
    case 'aggregate':
      return `${jsonText(expr.fn)}${expr.distinct}${list(expr.args)}${order(expr.orderBy)}`;
    case 'window':
      return `${jsonText(expr.fn)}${list(expr.args)}${list(expr.partitionBy)}${order(expr.orderBy)}${frame(expr.frame)}`;
    case 'in-list':
      return `${expr.negated}${exprKey(expr.argument)}${list(expr.list)}`;
    case 'in-query':
      return `${expr.negated}${exprKey(expr.argument)}${query(expr.query)}`;
    case 'exists':
      return `${expr.negated}${query(expr.query)}`;
    case 'subquery':
      return query(expr.query);
  }
}

function order(keys: readonly SortKey[]): string {
  return `[${keys.map((k) => `${k.descending}${k.nullsFirst}${k.implied}${exprKey(k.expr)}`).join()}]`;
}

function frame(f: Frame | null): string {
  const bound = (b: FrameBound): string => ('amount' in b ? `${b.kind}${b.amount}${b.unit ?? ''}` : b.kind);
  return f === null ? '' : `${f.unit}${bound(f.start)},${bound(f.end)}`;
}

function query(value: unknown): string {
  return JSON.stringify(value, (name, inner: unknown) => (name === 'span' || name === 'nullable' ? undefined : inner));
}
