/** A query on its own: the same meaning as in a feature, without what only features owe; ORDER BY and LIMIT at its end. */
import type { Catalog } from '../catalog.ts';
import type { DiagnosticCode } from '../codes.ts';
import { error, hasErrors, type Outcome } from '../diagnostics.ts';
import type { Expression, OrderItem, Query, Select, SelectItem } from '../parse/syntax.ts';
import type { Span } from '../source.ts';
import type { CheckedBody, CheckedStatement, OutputColumn, OutputOrder } from './checked.ts';
import { attempt, display, type Environment, fail, startSession } from './context.ts';
import { bind } from './expression.ts';
import { bindBody, bindCtes, bindQuery } from './query.ts';
import { hiddenColumn } from './relation.ts';
import { bindSelect, type Item } from './select.ts';
import type { BoundBody } from './set-operation.ts';

/** Owed by what runs every night: that nothing raises, that nobody forgot an ON, that rows may be missing. Not by a statement that somebody watches. */
const onlyFeaturesOwe: readonly DiagnosticCode[] = ['may-raise', 'join-without-condition', 'total-of-none'];

export function checkStatement(query: Query, catalog: Catalog): Outcome<CheckedStatement> {
  const session = startSession(catalog, onlyFeaturesOwe);
  const environment: Environment = { session, ctes: [], bind, bindQuery };
  const value = attempt(() => bindStatement(query, environment));
  const { diagnostics } = session;
  return { value: hasErrors(diagnostics) ? undefined : value, diagnostics };
}

/** What the last ORDER BY sorts by: an output, by its place or its name, or an expression that is none. */
type Sorted =
  | { readonly kind: 'place'; readonly place: number }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'hidden'; readonly name: string; readonly item: SelectItem };

function bindStatement(query: Query, environment: Environment): CheckedStatement {
  const { session } = environment;
  const { ctes, scope } = bindCtes(query, environment, []);
  const sorted = query.orderBy.map((item, i) => sortedBy(item.expression, i, query, environment));
  const hidden = sorted.flatMap((s) => (s.kind === 'hidden' ? [s.item] : []));
  const { body, facts } = bindTop(query, hidden, scope);
  const columns = body.columns.filter((c) => !hiddenColumn.test(c.name));
  const shown = columns.length - hidden.length;
  const outputs = columns.map(
    (c): OutputColumn => ({ ...c, default: null, exactness: facts.get(c.name)?.approximate === true ? 'tolerance' : 'exact' }),
  );
  const order = query.orderBy.map((item, i): OutputOrder => {
    const output = outputOf(sorted[i] as Sorted, outputs, shown);
    if (output === undefined)
      fail(session, error('order-at-top', item.expression.span, 'ORDER BY names no output of this query', 'give it by name, or by place'));
    return { output, ...direction(item) };
  });
  const { orderAll } = query;
  return {
    query: { ctes, body, columns: body.columns },
    outputs,
    shown,
    order: orderAll === null ? order : outputs.map((_, output) => ({ output, ...direction(orderAll) })),
    limit: rowCount(query.limit, environment),
    offset: rowCount(query.offset, environment) ?? 0,
    sources: [...session.sources].sort(),
  };
}

function direction(item: Pick<OrderItem, 'descending' | 'nulls'>): Omit<OutputOrder, 'output'> {
  return { descending: item.descending, nullsFirst: item.nulls === null ? item.descending : item.nulls === 'first' };
}

function bindTop(query: Query, hidden: readonly SelectItem[], scope: Environment): Pick<BoundBody, 'facts'> & { body: CheckedBody } {
  if (query.body.kind !== 'select' || query.body.groupingSets !== null) return bindBody(query.body, scope, []);
  const bound = bindSelect({ ...query.body, items: [...query.body.items, ...hidden] }, scope, [], anyNames);
  return { body: bound.select, facts: bound.facts };
}

/** Two outputs may share a name, as nobody refers to them but ORDER BY; the second then has none. */
function anyNames(items: readonly Item[]): readonly string[] {
  const taken = new Set<string>(['AS_OF']);
  return items.map(({ name }, i) => {
    const free = name === null || taken.has(name.toUpperCase()) ? `EXPRESSION_${i + 1}` : name;
    taken.add(free.toUpperCase());
    return free;
  });
}

function sortedBy(expression: Expression, index: number, query: Query, environment: Environment): Sorted {
  const { span } = expression;
  if (expression.kind === 'number' && /^\d{1,6}$/.test(expression.text)) return { kind: 'place', place: Number(expression.text) };
  const { body } = query;
  const name = bareName(expression);
  // Where rows are merged, only what is selected can sort them.
  const plain = body.kind === 'select' && !body.distinct && body.groupBy !== 'all' && body.groupingSets === null ? body : undefined;
  const named = body.kind === 'select' && name !== undefined ? body.items.filter((item) => outputName(item) === name) : [];
  if (named.length > 1 || (named.length === 1 && body.kind === 'select' && hasStar(body) && renames(body, name ?? '')))
    failAmbiguous(name ?? '', span, environment);
  if (name !== undefined && (plain === undefined || named.length === 1)) return { kind: 'name', name };
  if (plain === undefined)
    fail(
      environment.session,
      error('order-at-top', span, 'ORDER BY of this query sorts by its outputs alone', 'give it by name, or by place'),
    );
  const renamed = name === undefined ? namesInside(expression).find((n) => renames(plain, n)) : undefined;
  if (renamed !== undefined) failAmbiguous(renamed, span, environment);
  const alias = `__ORDER_${index + 1}`;
  return { kind: 'hidden', name: alias, item: { kind: 'expression', expression, alias: { name: alias, quoted: true, span } } };
}

function failAmbiguous(name: string, span: Span, { session }: Environment): never {
  return fail(
    session,
    error('ambiguous-column', span, `\`${display(name)}\` could mean several things in this ORDER BY`, 'sort by place: ORDER BY 1'),
  );
}

const hasStar = (select: Select): boolean => select.items.some((item) => item.kind === 'star');

function outputOf(sorted: Sorted, outputs: readonly OutputColumn[], shown: number): number | undefined {
  if (sorted.kind === 'place') return sorted.place >= 1 && sorted.place <= shown ? sorted.place - 1 : undefined;
  const index = outputs.findIndex((o) => o.name === sorted.name);
  return index < 0 ? undefined : index;
}

function rowCount(count: Expression | null, { session }: Environment): number | null {
  if (count === null || count.kind === 'null' || (count.kind === 'string' && count.value === '')) return null;
  if (count.kind === 'number' && /^\d{1,15}$/.test(count.text)) return Number(count.text);
  return fail(session, error('order-at-top', count.span, 'LIMIT and OFFSET take a whole number'));
}

function bareName(expression: Expression): string | undefined {
  return expression.kind === 'column' && expression.path.length === 1 ? expression.path[0]?.name : undefined;
}

function outputName(item: SelectItem): string | undefined {
  if (item.kind === 'star') return undefined;
  return item.alias?.name ?? (item.expression.kind === 'column' ? item.expression.path.at(-1)?.name : undefined);
}

/** An alias that is not just the name of its column: inside an expression engines disagree which of the two is meant. */
function renames(select: Select, name: string): boolean {
  return select.items.some((item) => item.kind === 'expression' && item.alias?.name === name && bareName(item.expression) !== name);
}

function namesInside(value: unknown): readonly string[] {
  if (value === null || typeof value !== 'object') return [];
  const own = 'kind' in value && value.kind === 'column' ? bareName(value as Expression) : undefined;
  return [...(own === undefined ? [] : [own]), ...Object.values(value).flatMap(namesInside)];
}
