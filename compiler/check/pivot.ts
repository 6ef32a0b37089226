/** PIVOT is a GROUP BY with one conditional aggregate for each value; UNPIVOT is a UNION ALL with one branch for each column. */
import { error } from '../diagnostics.ts';
import type { Expression, Identifier, PivotExpression, Query, QueryBody, Select, SelectItem, UnpivotExpression } from '../parse/syntax.ts';
import type { Span } from '../source.ts';
import { typeName } from '../sql-type.ts';
import type { CheckedColumn } from './checked.ts';
import { type BoundCte, type BoundQuery, display, type Environment, fail, freshCte } from './context.ts';
import { type Input, outOfReach } from './relation.ts';

type Table = PivotExpression | UnpivotExpression;

/** The rows that are turned are bound once, as a CTE: their columns must be known before the rest can be written. */
export function bindPivot(table: Table, environment: Environment, outer: readonly Input[]): BoundQuery {
  const reach = outOfReach(outer);
  const star: SelectItem = { kind: 'star', relation: null, span: table.input.span };
  const rows = environment.bindQuery(queryOf({ ...selectOf([star], table.span), from: [table.input] }), environment, reach);
  const name = table.kind === 'pivot' ? 'PIVOTED' : 'UNPIVOTED';
  const cte: BoundCte = { name, id: freshCte(name, environment.session), bound: rows };
  const columns = [...rows.query.columns];
  const written = table.kind === 'pivot' ? pivotQuery(table, name, columns, environment) : unpivotQuery(table, name, columns, environment);
  const turned = environment.bindQuery(queryOf(written), { ...environment, ctes: [cte, ...environment.ctes] }, reach);
  const query = { ...turned.query, ctes: [{ id: cte.id, name, query: rows.query }, ...turned.query.ctes] };
  const uniqueKeys = table.kind === 'pivot' ? turned.uniqueKeys : unpivotedKeys(table, rows, turned);
  return { ...turned, query, uniqueKeys };
}

function pivotQuery(table: PivotExpression, from: string, columns: readonly CheckedColumn[], environment: Environment): QueryBody {
  const [argument] = table.aggregate.arguments;
  const aggregated = argument?.kind === 'column' ? (argument.path[0] as Identifier) : table.by;
  for (const column of [aggregated, table.by]) requireColumn(column, columns, environment);
  const groups = columns.filter((c) => c.name !== aggregated.name && c.name !== table.by.name);
  if (groups.length === 0)
    fail(
      environment.session,
      error(
        'sql-unsupported',
        table.span,
        'not supported: PIVOT of a relation that has no further column: whether no rows give a row is not documented',
        'MAX(CASE WHEN x = … THEN y END) without GROUP BY',
      ),
    );
  requireNames(table, groups.length + table.values.length, environment);
  const keys = groups.map((c) => columnOf(c.name, table.span));
  const items = [
    ...groups.map((c, i) => itemOf(keys[i] as Expression, table.names[i] ?? nameOf(c.name, table.span))),
    ...table.values.map(({ value, name }, i) => itemOf(cell(table, value), table.names[groups.length + i] ?? name)),
  ];
  return { ...selectOf(items, table.span), from: [tableOf(from, table.span)], groupBy: keys };
}

function cell(table: PivotExpression, value: Expression): Expression {
  const { aggregate, by, otherwise } = table;
  const { span } = value;
  const when: Expression = { kind: 'binary', operator: '=', left: { kind: 'column', path: [by], span: by.span }, right: value, span };
  const then = aggregate.arguments[0] as Expression;
  const chosen: Expression = { kind: 'case', operand: null, branches: [{ when, then }], otherwise: null, span: aggregate.span };
  const call = { ...aggregate, arguments: [chosen] };
  return otherwise === null ? call : { ...call, name: 'COALESCE', arguments: [call, otherwise], span: otherwise.span };
}

function unpivotQuery(table: UnpivotExpression, from: string, columns: readonly CheckedColumn[], environment: Environment): QueryBody {
  const { session } = environment;
  const turned = table.columns.map((column) => requireColumn(column, columns, environment));
  const [first] = turned as [CheckedColumn];
  turned.forEach((column, i) => {
    const { name, span } = table.columns[i] as Identifier;
    if (turned.findIndex((c) => c.name === name) !== i)
      fail(session, error('duplicate-column', span, `UNPIVOT names \`${display(name)}\` twice`));
    if (typeName(column.type) !== typeName(first.type)) {
      const types = `\`${display(first.name)}\` is ${typeName(first.type)}, and \`${display(name)}\` ${typeName(column.type)}`;
      fail(session, error('type-mismatch', span, `the columns of UNPIVOT have one type: ${types}`, 'cast them in a SELECT before'));
    }
  });
  const kept = columns.filter((c) => !turned.includes(c));
  requireNames(table, kept.length + 2, environment);
  const names = [...kept.map((c) => nameOf(c.name, table.span)), table.name, table.value].map((own, i) => table.names[i] ?? own);
  const branches = table.columns.map((column): Select => {
    const value = columnOf(column.name, column.span);
    const text: Expression = { kind: 'string', value: column.name, span: column.span };
    const cells = [...kept.map((c) => columnOf(c.name, table.span)), text, value];
    const where: Expression = { kind: 'is', argument: value, test: 'NULL', negated: true, span: column.span };
    const items = cells.map((expression, i) => itemOf(expression, names[i] as Identifier));
    return { ...selectOf(items, table.span), from: [tableOf(from, table.span)], where: table.keepNulls ? null : where };
  });
  return branches.reduce<QueryBody>(
    (left, right) => (left === right ? left : { kind: 'set', operator: 'UNION', all: true, left, right, span: table.span }),
    branches[0] as Select,
  );
}

/** A row is told apart by what told its origin apart, and by the column that it comes from. */
function unpivotedKeys(table: UnpivotExpression, rows: BoundQuery, turned: BoundQuery): BoundQuery['uniqueKeys'] {
  const gone = new Set(table.columns.map((c) => c.name));
  const kept = rows.query.columns.filter((c) => !gone.has(c.name)).map((c) => c.name);
  const now = turned.query.columns.map((c) => c.name);
  const named = now[kept.length] as string;
  return rows.uniqueKeys
    .filter((key) => key.every((name) => kept.includes(name)))
    .map((key) => [...key.map((name) => now[kept.indexOf(name)] as string), named]);
}

function requireColumn(name: Identifier, columns: readonly CheckedColumn[], { session }: Environment): CheckedColumn {
  const found = columns.find((c) => c.name === name.name);
  if (found !== undefined) return found;
  const has = `it has ${columns.map((c) => display(c.name)).join(', ')}`;
  return fail(session, error('unknown-column', name.span, `what is turned has no column \`${display(name.name)}\``, has));
}

function requireNames(table: Table, width: number, { session }: Environment): void {
  const [first] = table.names;
  if (first !== undefined && table.names.length !== width)
    fail(session, error('wrong-arguments', first.span, `${table.names.length} names for ${width} columns`));
}

const nameOf = (name: string, span: Span): Identifier => ({ name, quoted: true, span });
const columnOf = (name: string, span: Span): Expression => ({ kind: 'column', path: [nameOf(name, span)], span });
const itemOf = (expression: Expression, alias: Identifier): SelectItem => ({ kind: 'expression', expression, alias });
const tableOf = (name: string, span: Span): Select['from'][number] => ({ kind: 'table', path: [nameOf(name, span)], alias: null, span });

function selectOf(items: readonly SelectItem[], span: Span): Select {
  return {
    kind: 'select',
    distinct: false,
    items,
    from: [],
    where: null,
    groupBy: null,
    groupingSets: null,
    having: null,
    qualify: null,
    span,
  };
}

function queryOf(body: QueryBody): Query {
  return { ctes: [], body, orderBy: [], orderAll: null, limit: null, offset: null, span: body.span };
}
