/** A tree in one line, so that a test says what it expects where it expects it. */
import { loadParser } from '../../compiler/parse/front-end.ts';
import { parseSql } from '../../compiler/parse/parse-sql.ts';
import { verbatim } from '../../compiler/parse/rendered.ts';
import type {
  Expression,
  FrameBoundSyntax,
  OrderItem,
  Query,
  QueryBody,
  TableExpression,
  WindowSpecification,
} from '../../compiler/parse/syntax.ts';
import { positionOf } from '../../compiler/source.ts';

await loadParser();

export function parse(sql: string): ReturnType<typeof parseSql> {
  return parseSql(verbatim('f.sql', sql, 0));
}

/** `code line:column 'what is marked'` of every diagnostic. */
export function complaints(sql: string): string[] {
  return parse(sql).diagnostics.map(({ code, span }) => {
    const { line, column } = positionOf(sql, span.start);
    return `${code} ${line}:${column} ${sql.slice(span.start, span.end)}`;
  });
}

export function tree(sql: string): string {
  const { value, diagnostics } = parse(sql);
  return value === undefined ? diagnostics.map((d) => `${d.code}: ${d.message}`).join('; ') : query(value);
}

export function first(sql: string): Expression {
  const body = parse(sql).value?.body;
  const item = body?.kind === 'select' ? body.items[0] : undefined;
  if (item?.kind !== 'expression') throw new Error(`no expression in ${sql}: ${tree(sql)}`);
  return item.expression;
}

/** The first select item. */
export function expressionOf(sql: string): string {
  return expression(first(sql));
}

function name({ name: text, quoted }: { readonly name: string; readonly quoted: boolean }): string {
  return quoted ? `"${text}"` : text;
}

function optional(label: string, shown: string | null): string {
  return shown === null || shown === '' ? '' : ` ${label}=${shown}`;
}

function all(items: readonly Expression[]): string {
  return items.map(expression).join(' ');
}

function order(items: readonly OrderItem[]): string {
  return items.map((item) => `${expression(item.expression)}${direction(item)}`).join(', ');
}

function direction(item: Pick<OrderItem, 'descending' | 'nulls'>): string {
  return `${item.descending ? ' desc' : ''}${item.nulls === null ? '' : ` nulls-${item.nulls}`}`;
}

function expression(node: Expression): string {
  switch (node.kind) {
    case 'column':
      return node.path.map(name).join('.');
    case 'number':
      return node.text;
    case 'string':
      return JSON.stringify(node.value).replace(/^"|"$/g, "'");
    case 'boolean':
      return String(node.value);
    case 'null':
      return 'null';
    case 'interval':
      return `[${node.parts.map(({ amount, unit }) => `${amount} ${unit}`).join(', ')}]`;
    case 'unary':
      return `(${node.operator} ${expression(node.argument)})`;
    case 'binary':
      return `(${node.operator} ${expression(node.left)} ${expression(node.right)})`;
    case 'is':
      return `(is${node.negated ? '-not' : ''} ${node.test} ${expression(node.argument)})`;
    case 'is-distinct':
      return `(is${node.negated ? '-not' : ''}-distinct ${expression(node.left)} ${expression(node.right)})`;
    case 'between':
      return `(${node.negated ? 'not-' : ''}between ${all([node.argument, node.low, node.high])})`;
    case 'like':
      return `(${node.negated ? 'not-' : ''}${node.caseSensitive ? 'like' : 'ilike'} ${all([node.argument, node.pattern])}${optional('escape', node.escape && expression(node.escape))})`;
    case 'in-list':
      return `(${node.negated ? 'not-' : ''}in ${expression(node.argument)} [${all(node.list)}])`;
    case 'in-query':
      return `(${node.negated ? 'not-' : ''}in ${expression(node.argument)} {${query(node.query)}})`;
    case 'columns-of':
      return `${name(node.relation)}.*`;
    case 'row-in-query':
      return `(${node.negated ? 'not-' : ''}row-in ${all(node.row)} {${query(node.query)}})`;
    case 'exists':
      return `(${node.negated ? 'not-' : ''}exists {${query(node.query)}})`;
    case 'subquery':
      return `{${query(node.query)}}`;
    case 'case':
      return `(case${optional('of', node.operand && expression(node.operand))} ${node.branches.map(({ when, then }) => `${expression(when)}→${expression(then)}`).join(' ')}${optional('else', node.otherwise && expression(node.otherwise))})`;
    case 'cast':
      return `(${node.try ? 'try-cast' : 'cast'} ${expression(node.argument)} ${node.type.name}${node.type.parameters.length ? `(${node.type.parameters})` : ''})`;
    case 'call':
      return `${node.name}(${node.distinct ? 'distinct ' : ''}${node.star ? '*' : all(node.arguments)}${optional('order', order(node.orderBy))}${optional('nulls', node.nulls)})${node.over === null ? '' : window(node.over)}`;
  }
}

function window({ partitionBy, orderBy, frame }: WindowSpecification): string {
  const shown = frame === null ? null : `${frame.unit} ${bound(frame.start)}..${bound(frame.end)}`;
  return ` over(${`${optional('by', all(partitionBy))}${optional('order', order(orderBy))}${optional('frame', shown)}`.trim()})`;
}

function bound(node: FrameBoundSyntax): string {
  return 'offset' in node ? `${expression(node.offset)} ${node.kind}` : node.kind;
}

function query(node: Query): string {
  const ctes = node.ctes.map((cte) => `${name(cte.name)}={${query(cte.query)}}`).join(' ');
  return `${ctes === '' ? '' : `with ${ctes} `}${body(node.body)}${optional('order', order(node.orderBy))}${optional('order', node.orderAll && `all${direction(node.orderAll)}`)}${optional('limit', node.limit && expression(node.limit))}${optional('offset', node.offset && expression(node.offset))}`;
}

function body(node: QueryBody): string {
  if (node.kind === 'query') return `{${query(node.query)}}`;
  if (node.kind === 'set') return `(${node.operator}${node.all ? '-all' : ''} ${body(node.left)} ${body(node.right)})`;
  const items = node.items.map((item) =>
    item.kind === 'star'
      ? `${item.relation ? `${name(item.relation)}.` : ''}*`
      : `${expression(item.expression)}${item.alias ? `:${name(item.alias)}` : ''}`,
  );
  const groups = node.groupBy === 'all' ? 'all' : node.groupBy === null ? null : all(node.groupBy);
  const sets = node.groupingSets === null ? null : JSON.stringify(node.groupingSets);
  return `select${node.distinct ? '-distinct' : ''} ${items.join(', ')}${optional('from', node.from.map(table).join(', '))}${optional('where', node.where && expression(node.where))}${optional('group', groups)}${optional('sets', sets)}${optional('having', node.having && expression(node.having))}${optional('qualify', node.qualify && expression(node.qualify))}`;
}

function table(node: TableExpression): string {
  switch (node.kind) {
    case 'table':
      return `${node.path.map(name).join('.')}${node.alias ? `:${name(node.alias)}` : ''}`;
    case 'derived':
      return `${node.lateral ? 'lateral ' : ''}{${query(node.query)}}${node.alias ? `:${name(node.alias)}` : ''}`;
    case 'flatten':
      return `flatten${node.outer ? '-outer' : ''}(${expression(node.input)})${node.alias ? `:${name(node.alias)}` : ''}`;
    case 'pivot': {
      const values = node.values.map((v) => `${expression(v.value)}:${name(v.name)}`).join(', ');
      return `(pivot ${table(node.input)} ${expression(node.aggregate)} by=${name(node.by)} ${values}${optional('default', node.otherwise && expression(node.otherwise))})${called(node)}`;
    }
    case 'unpivot':
      return `(unpivot${node.keepNulls ? '-all' : ''} ${table(node.input)} ${name(node.value)} by=${name(node.name)} ${node.columns.map(name).join(', ')})${called(node)}`;
    case 'join':
      return `(${node.join} ${table(node.left)} ${table(node.right)}${optional('on', node.on && expression(node.on))}${optional('using', node.using.map(name).join(','))})`;
  }
}

function called({ alias, names }: Extract<TableExpression, { kind: 'pivot' | 'unpivot' }>): string {
  return `${alias ? `:${name(alias)}` : ''}${names.length === 0 ? '' : `(${names.map(name).join(', ')})`}`;
}
