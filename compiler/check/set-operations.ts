/** UNION, EXCEPT and INTERSECT by what they mean: distinct rows of a UNION ALL, and its groups by the sides they come from. */
import type { Expression, Identifier, Query, QueryBody, Select, SelectItem } from '../parse/syntax.ts';
import type { Span } from '../source.ts';

type SetOperation = Extract<QueryBody, { kind: 'set' }>;

/** UNION is SELECT DISTINCT * FROM (… UNION ALL …). */
export function distinctRows(union: SetOperation): Select {
  const { span } = union;
  const star: SelectItem = { kind: 'star', relation: null, span };
  return { ...selectFrom([star], { ...union, all: true }, span), distinct: true };
}

const [fromLeft, fromRight] = ['__FROM_LEFT', '__FROM_RIGHT'];

/** A row and its copies are one group, NULLs too; `columns` are the left side's. */
export function groupsOfSides(operation: SetOperation, columns: readonly string[]): Select {
  const { span } = operation;
  const names = columns.map((name): Identifier => ({ name, quoted: true, span }));
  const column = (name: Identifier): Expression => ({ kind: 'column', path: [name], span });
  const number = (text: string): Expression => ({ kind: 'number', text, span });
  const named = (name: string): Identifier => ({ name, quoted: true, span });
  const marked = (side: QueryBody, left: string, right: string): Select => {
    const star: SelectItem = { kind: 'star', relation: null, span };
    const marks = [
      [fromLeft, left],
      [fromRight, right],
    ].map(([name, text]): SelectItem => ({ kind: 'expression', expression: number(text ?? ''), alias: named(name ?? '') }));
    return selectFrom([star, ...marks], side, span);
  };
  const seen = (mark: string, wanted: string): Expression => ({
    kind: 'binary',
    operator: '=',
    left: {
      kind: 'call',
      name: 'MAX',
      nameSpan: span,
      arguments: [column(named(mark))],
      star: false,
      distinct: false,
      orderBy: [],
      nulls: null,
      over: null,
      span,
    },
    right: number(wanted),
    span,
  });
  const sides: SetOperation = {
    ...operation,
    operator: 'UNION',
    all: true,
    left: marked(operation.left, '1', '0'),
    right: marked(operation.right, '0', '1'),
  };
  const items = names.map((name): SelectItem => ({ kind: 'expression', expression: column(name), alias: name }));
  return {
    ...selectFrom(items, sides, span),
    groupBy: names.map(column),
    having: {
      kind: 'binary',
      operator: 'AND',
      left: seen(fromLeft, '1'),
      right: seen(fromRight, operation.operator === 'INTERSECT' ? '1' : '0'),
      span,
    },
  };
}

function selectFrom(items: readonly SelectItem[], body: QueryBody, span: Span): Select {
  const query: Query = { ctes: [], body, orderBy: [], limit: null, offset: null, span };
  return {
    kind: 'select',
    distinct: false,
    items,
    from: [{ kind: 'derived', query, alias: null, span }],
    where: null,
    groupBy: null,
    having: null,
    qualify: null,
    span,
  };
}
