/** UNION ALL of equal width and type; UNION, INTERSECT and EXCEPT in terms of it. */
import { counted } from '../counted.ts';
import { error } from '../diagnostics.ts';
import type { QueryBody } from '../parse/syntax.ts';
import { boolean, commonType, isSemiStructured, type SqlType, typeName } from '../sql-type.ts';
import { type Facts, noFacts } from './bound.ts';
import type { CheckedBody, CheckedColumn, CheckedFrom, CheckedSelect, Expr } from './checked.ts';
import { castTo } from './coerce.ts';
import { castHint } from './comparable.ts';
import { constantKeys } from './constant-keys.ts';
import { type BoundQuery, display, type Environment, type ExpressionScope, fail, freshRelation, type Session } from './context.ts';
import { emptyInput } from './from.ts';

export interface BoundBody extends Omit<BoundQuery, 'query'> {
  readonly body: CheckedBody;
}

export function bindSetOperation(
  syntax: Extract<QueryBody, { kind: 'set' }>,
  left: BoundBody,
  right: BoundBody,
  environment: Environment,
): BoundBody {
  const { session } = environment;
  const union = bindUnion(syntax, left, right, environment);
  if (syntax.all) return union;
  const inexact = union.body.columns.find((c) => c.type.kind === 'float' || union.facts.get(c.name)?.tainted === true);
  if (inexact !== undefined)
    fail(
      session,
      error(
        'float-taint',
        syntax.span,
        `${syntax.operator} compares rows, and \`${display(inexact.name)}\` is a FLOAT: 0.0 and -0.0, and values one bit apart, compare differently`,
        'cast it to NUMBER(38,s), or write UNION ALL',
      ),
    );
  const semi = union.body.columns.find((c) => isSemiStructured(c.type));
  if (semi !== undefined)
    fail(
      session,
      error(
        'type-mismatch',
        syntax.span,
        `${syntax.operator} compares rows, and \`${display(semi.name)}\` is ${typeName(semi.type)}`,
        castHint(semi.type),
      ),
    );
  const body =
    syntax.operator === 'UNION' ? distinctRows(union.body, session) : rowsBySide(union.body, left.body, syntax.operator, session);
  const names = body.columns.map((c) => c.name);
  return { body, facts: union.facts, places: union.places, uniqueKeys: [names], rowKey: () => names };
}

/** UNION: what is left of UNION ALL when copies go. */
function distinctRows(union: CheckedBody, session: Session): CheckedSelect {
  const { from, items } = selectFrom(union, union.columns, session);
  return { kind: 'select', from, where: null, groupBy: null, having: null, qualify: null, items, distinct: true, columns: union.columns };
}

/**
 * INTERSECT and EXCEPT by counting sides: rows of both branches are grouped, and NULLs compare as equal, as they do there.
 * Snowflake says the same of either: "removes duplicates".
 */
function rowsBySide(union: CheckedBody, left: CheckedBody, operator: 'INTERSECT' | 'EXCEPT', session: Session): CheckedSelect {
  const ofLeft = left.kind === 'union-all' ? left.branches.length : 1;
  const branches = union.kind === 'union-all' ? union.branches : [union];
  const tagged: CheckedBody = {
    kind: 'union-all',
    branches: branches.map((branch, i) => withSide(branch, i < ofLeft ? '0' : '1')),
    columns: [...union.columns, sideColumn],
  };
  const { from, items, id } = selectFrom(tagged, union.columns, session);
  const side: Expr = { kind: 'column', relation: id, name: sideColumn.name, type: digit, nullable: false, span: nowhere };
  const lowest = aggregate('MIN', side);
  const highest = aggregate('MAX', side);
  const having =
    operator === 'EXCEPT'
      ? call('=', [highest, literal('0')])
      : call('AND', [call('=', [lowest, literal('0')]), call('=', [highest, literal('1')])]);
  const groupBy = items.map((i) => i.expr);
  return { kind: 'select', from, where: null, groupBy, having, qualify: null, items, distinct: false, columns: union.columns };
}

function withSide(body: CheckedBody, side: '0' | '1'): CheckedBody {
  const columns = [...body.columns, sideColumn];
  if (body.kind === 'union-all') return { ...body, branches: body.branches.map((b) => withSide(b, side)), columns };
  return { ...body, items: [...body.items, { name: sideColumn.name, expr: literal(side) }], columns };
}

function selectFrom(
  body: CheckedBody,
  columns: readonly CheckedColumn[],
  session: Session,
): { readonly from: CheckedFrom; readonly items: CheckedSelect['items']; readonly id: string } {
  const id = freshRelation(session);
  const query = { ctes: [], body, columns: body.columns };
  return {
    id,
    from: { kind: 'derived', id, query, alias: 'BRANCHES', columns: body.columns },
    items: columns.map((c) => ({ name: c.name, expr: { kind: 'column', relation: id, ...c, span: nowhere } })),
  };
}

const digit: SqlType = { kind: 'number', precision: 1, scale: 0 };
/** Hidden like a row's key: no author's column can be called so. */
const sideColumn: CheckedColumn = { name: '__ROW_KEY_0', type: digit, nullable: false };
const nowhere = { file: '', start: 0, end: 0 };
const literal = (text: string): Expr => ({ kind: 'literal', text, type: digit, span: nowhere });
const call = (fn: string, args: readonly Expr[]): Expr => ({ kind: 'call', fn, args, type: boolean, nullable: true, span: nowhere });
const aggregate = (fn: string, argument: Expr): Expr => ({
  kind: 'aggregate',
  fn,
  args: [argument],
  distinct: false,
  orderBy: [],
  type: digit,
  nullable: true,
  span: nowhere,
});

function bindUnion(syntax: Extract<QueryBody, { kind: 'set' }>, left: BoundBody, right: BoundBody, environment: Environment): BoundBody {
  const { session } = environment;
  if (left.body.columns.length !== right.body.columns.length) {
    fail(
      session,
      error(
        'type-mismatch',
        syntax.right.span,
        `the branches of a union have ${counted(left.body.columns.length, 'column')} and ${counted(right.body.columns.length, 'column')}`,
      ),
    );
  }
  const columns = left.body.columns.map((l, i): CheckedColumn => {
    const r = right.body.columns[i] as CheckedColumn;
    const type = commonType(l.type, r.type);
    if (type === undefined)
      fail(
        session,
        error(
          'type-mismatch',
          syntax.right.span,
          `column ${i + 1} of this union, \`${display(l.name)}\`, is ${typeName(l.type)} in one branch and ${typeName(r.type)} in another`,
          'cast one of the two',
        ),
      );
    return { name: l.name, type, nullable: l.nullable || r.nullable };
  });
  const types = columns.map((c) => c.type);
  const branches = [left.body, right.body]
    .flatMap((b) => (b.kind === 'union-all' ? b.branches : [b]))
    .map((b) => castBranch(b, types, environment));
  const facts = new Map(
    left.body.columns.map((l, i): [string, Facts] => {
      const a = left.facts.get(l.name) ?? noFacts;
      const b = right.facts.get(right.body.columns[i]?.name ?? '') ?? noFacts;
      const digits = a.digits === undefined || b.digits === undefined ? {} : { digits: Math.max(a.digits, b.digits) };
      return [
        l.name,
        { nonZero: a.nonZero && b.nonZero, tainted: a.tainted || b.tainted, approximate: a.approximate || b.approximate, ...digits },
      ];
    }),
  );
  return {
    body: { kind: 'union-all', branches, columns },
    facts,
    places: left.places,
    uniqueKeys: constantKeys(
      branches,
      columns.map((c) => c.name),
    ),
    rowKey: null,
  };
}

function castBranch(body: CheckedBody, types: readonly SqlType[], environment: Environment): CheckedBody {
  if (body.kind === 'union-all') return { ...body, branches: body.branches.map((b) => castBranch(b, types, environment)) };
  const scope: ExpressionScope = {
    ...environment,
    input: emptyInput,
    outer: [],
    aliases: new Map(),
    aliasRule: 'none',
    aggregates: 'forbidden',
    windows: 'forbidden',
    place: 'a union',
    rolled: null,
    undecided: null,
    groups: null,
    nonZero: new Set(),
    lower: new Map(),
  };
  const items = body.items.map((item, i) => {
    const type = types[i];
    return type === undefined ? item : { ...item, expr: widened(item.expr, type, scope) };
  });
  const select: CheckedSelect = { ...body, items, columns: body.columns.map((c, i) => ({ ...c, type: types[i] ?? c.type })) };
  return select;
}

function widened(expr: Expr, type: SqlType, scope: ExpressionScope): Expr {
  return typeName(expr.type) === typeName(type) ? expr : castTo({ expr, facts: noFacts }, type, false, expr.span, scope).expr;
}
