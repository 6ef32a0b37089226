/** VALUES as a relation: a union of rows without FROM. And names that stand behind a relation's alias. */
import type { Span } from '../source.ts';
import { field, type Json, list } from './json.ts';
import { anyPlace, type Lowering, unsupported } from './lowering.ts';
import type { Expression, Identifier, Query, QueryBody, Select } from './syntax.ts';

/** `names`: those behind the alias; otherwise the columns are COLUMN1, COLUMN2, … */
export function lowerValues(lowering: Lowering, json: Json, names: readonly Identifier[], around: Span): Query {
  const span = anyPlace(lowering, json, around);
  const rows = list(field(json, 'rows')).map((row) =>
    list(field(row, 'content')).map((cell) => lowering.lower.expression(lowering, cell, span)),
  );
  const width = rows[0]?.length ?? 0;
  if (rows.some((row) => row.length !== width)) unsupported(lowering, span, 'VALUES whose rows have different lengths');
  if (names.length > 0 && names.length !== width) unsupported(lowering, span, `${names.length} names for ${width} columns of VALUES`);
  for (let i = 0; i < width; i++)
    refuseUnsettledScale(
      lowering,
      rows.map((row) => row[i]),
    );
  const selects = rows.map((row) => rowSelect(row, names, span));
  return queryOf(unionOf(selects, span), span);
}

/**
 * Snowflake gives (.05), (.5000) the scale 2, not 4, and says nowhere when it looks past zeros at the end. Numbers that are
 * all written with the same number of decimals keep it: (1.50), (3.00).
 */
function refuseUnsettledScale(lowering: Lowering, cells: readonly (Expression | undefined)[]): void {
  const fractions = cells.flatMap((cell) => {
    const number = cell?.kind === 'unary' ? cell.argument : cell;
    const digits = number?.kind === 'number' ? (number.text.split('.')[1] ?? '') : '';
    return number === undefined || digits === '' ? [] : [{ span: number.span, digits }];
  });
  if (new Set(fractions.map((f) => f.digits.length)).size <= 1) return;
  const settled = Math.max(...fractions.map((f) => f.digits.replace(/0+$/, '').length));
  const unsettled = fractions.find((f) => f.digits.length > settled);
  if (unsettled !== undefined)
    unsupported(lowering, unsettled.span, 'zeros at the end of a number in VALUES', 'leave them out, or cast the number');
}

function rowSelect(row: readonly Expression[], names: readonly Identifier[], span: Span): Select {
  return selectOf(
    row.map((expression, i) => ({
      kind: 'expression',
      expression,
      alias: names[i] ?? { name: `COLUMN${i + 1}`, quoted: false, span: expression.span },
    })),
    span,
  );
}

/** Halved, so that a thousand rows are ten levels deep and not a thousand. */
function unionOf(bodies: readonly QueryBody[], span: Span): QueryBody {
  const [first] = bodies;
  if (first === undefined) return selectOf([], span);
  if (bodies.length === 1) return first;
  const middle = bodies.length >> 1;
  return {
    kind: 'set',
    operator: 'UNION',
    all: true,
    left: unionOf(bodies.slice(0, middle), span),
    right: unionOf(bodies.slice(middle), span),
    span,
  };
}

/** `(SELECT a, b + 1 …) AS t(x, y)`: the query under other names. */
export function underNames(lowering: Lowering, query: Query, alias: Identifier, names: readonly Identifier[]): Query {
  const items = firstSelect(query.body)?.items ?? [];
  if (items.length !== names.length || items.some((item) => item.kind === 'star')) {
    unsupported(lowering, alias.span, `names for the columns of \`${alias.name.toLowerCase()}\` here`, 'name the columns in its SELECT');
    return query;
  }
  const inner = items.map((item, i): Identifier => {
    const own = item.kind === 'star' ? null : (item.alias ?? (item.expression.kind === 'column' ? item.expression.path.at(-1) : null));
    return own ?? { name: `EXPRESSION_${i + 1}`, quoted: false, span: alias.span };
  });
  const renamed = inner.map((name, i): Select['items'][number] => ({
    kind: 'expression',
    expression: { kind: 'column', path: [name], span: name.span },
    alias: names[i] ?? name,
  }));
  return queryOf(
    { ...selectOf(renamed, query.span), from: [{ kind: 'derived', query, lateral: false, alias, span: query.span }] },
    query.span,
  );
}

function firstSelect(body: QueryBody): Select | undefined {
  if (body.kind === 'select') return body;
  return firstSelect(body.kind === 'set' ? body.left : body.query.body);
}

function selectOf(items: Select['items'], span: Span): Select {
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

function queryOf(body: QueryBody, span: Span): Query {
  return { ctes: [], body, orderBy: [], orderAll: null, limit: null, offset: null, span };
}
