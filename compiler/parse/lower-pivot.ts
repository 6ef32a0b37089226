/** PIVOT and UNPIVOT, as far as their columns are known from the text. */
import { joinSpans, type Span } from '../source.ts';
import { field, isAbsent, type Json, list, record, variant } from './json.ts';
import { at, identifier, isWord, type Lowering, onlyKnown, refuse, specialCall, tokenEnd, tokenFrom, unsupported } from './lowering.ts';
import type { CallExpression, Expression, Identifier, PivotExpression, TableExpression, UnpivotExpression } from './syntax.ts';

const aggregates = new Set(['AVG', 'COUNT', 'MAX', 'MIN', 'SUM']);

export function lowerPivot(lowering: Lowering, json: Json, input: TableExpression, around: Span): TableExpression {
  const named = lowerNames(lowering, field(json, 'alias'), around);
  const clause = clauseSpan(lowering, 'PIVOT', input.span);
  const span = joinSpans(joinSpans(input.span, clause), named.span ?? clause);
  const known = ['table', 'aggregate_functions', 'value_column', 'value_source', 'default_on_null', 'alias'];
  onlyKnown(lowering, record(json), known, clause, 'PIVOT');
  const aggregate = pivotAggregate(lowering, list(field(json, 'aggregate_functions')), clause);
  const by = pivotColumn(lowering, list(field(json, 'value_column')), clause);
  const source = variant(field(json, 'value_source'));
  const otherwiseJson = field(json, 'default_on_null');
  const otherwise = isAbsent(otherwiseJson) ? null : lowering.lower.expression(lowering, otherwiseJson, clause);
  if (otherwise !== null && plainLiteral(otherwise) === undefined)
    unsupported(lowering, otherwise.span, 'DEFAULT ON NULL of anything but a whole number or a text', 'COALESCE each column in the SELECT');
  if (source.tag !== 'List') {
    const what = source.tag === 'Any' ? 'ANY' : 'a subquery';
    unsupported(lowering, clause, `PIVOT with ${what}, whose columns depend on the data`, "list the values: FOR x IN ('a', 'b')");
  }
  const values = list(source.content).map((item) => pivotValue(lowering, item, clause));
  if (aggregate === undefined || by === undefined) return input;
  const table: PivotExpression = { kind: 'pivot', input, aggregate, by, values, otherwise, alias: named.alias, names: named.names, span };
  return table;
}

export function lowerUnpivot(lowering: Lowering, json: Json, input: TableExpression, around: Span): TableExpression {
  const named = lowerNames(lowering, field(json, 'alias'), around);
  const clause = clauseSpan(lowering, 'UNPIVOT', input.span);
  onlyKnown(lowering, record(json), ['table', 'value', 'name', 'columns', 'null_inclusion', 'alias'], clause, 'UNPIVOT');
  const value = columnName(lowering, field(json, 'value'), clause);
  const columns = list(field(json, 'columns')).map((item): Identifier | undefined => {
    const column = columnName(lowering, field(item, 'expr'), clause);
    const alias = field(item, 'alias');
    if (!isAbsent(alias)) {
      const place = identifier(lowering, alias, clause).span;
      unsupported(lowering, place, 'another name for a column of UNPIVOT', 'rename the column in a SELECT before');
    }
    if (column?.quoted === true)
      unsupported(
        lowering,
        column.span,
        'a quoted column in UNPIVOT, whose text is not documented',
        'rename the column in a SELECT before',
      );
    return column;
  });
  const known = columns.filter((c) => c !== undefined);
  if (value === undefined || known.length !== columns.length) return input;
  const table: UnpivotExpression = {
    kind: 'unpivot',
    input,
    value,
    name: identifier(lowering, field(json, 'name'), clause),
    columns: known,
    keepNulls: field(json, 'null_inclusion') === 'IncludeNulls',
    alias: named.alias,
    names: named.names,
    span: joinSpans(joinSpans(input.span, clause), named.span ?? clause),
  };
  return table;
}

/** From the word to the parenthesis that closes it. */
function clauseSpan(lowering: Lowering, word: string, input: Span): Span {
  let index = tokenFrom(lowering, input.end);
  while (index < lowering.tokens.length && !isWord(lowering.tokens[index], word)) index++;
  const start = lowering.tokens[index]?.start ?? input.start;
  let open = index + 1;
  while (open < lowering.tokens.length && lowering.tokens[open]?.text !== '(') open++;
  return at(start, tokenEnd(lowering, lowering.pairs.get(open) ?? index));
}

function lowerNames(
  lowering: Lowering,
  json: Json,
  around: Span,
): { readonly alias: Identifier | null; readonly names: readonly Identifier[]; readonly span: Span | undefined } {
  if (isAbsent(json)) return { alias: null, names: [], span: undefined };
  const alias = identifier(lowering, field(json, 'name'), around);
  const names = list(field(json, 'columns')).map((column) => identifier(lowering, field(column, 'name'), alias.span));
  const last = names.at(-1);
  const span = last === undefined ? alias.span : at(alias.span.start, tokenEnd(lowering, tokenFrom(lowering, last.span.end)));
  return { alias, names, span };
}

function pivotAggregate(lowering: Lowering, items: readonly Json[], clause: Span): CallExpression | undefined {
  const [item, second] = items;
  const lowered = item === undefined ? undefined : lowering.lower.expression(lowering, field(item, 'expr'), clause);
  if (lowered?.kind !== 'call') return undefined;
  // The parser says no place of this call.
  const [first] = lowered.arguments;
  const call = first === undefined ? lowered : { ...lowered, ...specialCall(lowering, first.span) };
  const alias = field(item ?? null, 'alias');
  if (second !== undefined) unsupported(lowering, call.span, 'several aggregates in one PIVOT', 'join two PIVOTs, or GROUP BY');
  if (!isAbsent(alias)) unsupported(lowering, call.span, 'a name for the aggregate of a PIVOT', "name the values: IN ('a' AS a)");
  const [argument] = call.arguments;
  const plain = !call.star && !call.distinct && call.over === null && call.orderBy.length === 0 && call.arguments.length === 1;
  if (!aggregates.has(call.name) || !plain || argument?.kind !== 'column' || argument.path.length !== 1)
    unsupported(
      lowering,
      call.span,
      'PIVOT of anything but AVG, COUNT, MAX, MIN or SUM of a column',
      'MAX(CASE WHEN x = … THEN y END), GROUP BY',
    );
  return call;
}

function pivotColumn(lowering: Lowering, items: readonly Json[], clause: Span): Identifier | undefined {
  const [item, second] = items;
  const column = item === undefined ? undefined : columnName(lowering, item, clause);
  if (second !== undefined && column !== undefined)
    unsupported(lowering, column.span, 'PIVOT for several columns', 'concatenate them in a SELECT before');
  return column;
}

/** The parser says a name as itself or as an expression. */
function columnName(lowering: Lowering, json: Json, around: Span): Identifier | undefined {
  const { tag, content } = variant(json);
  if (tag === 'Identifier') return identifier(lowering, content, around);
  unsupported(lowering, around, 'anything but the bare name of a column here', 'name the column in a SELECT before');
  return undefined;
}

function pivotValue(lowering: Lowering, json: Json, clause: Span): PivotExpression['values'][number] {
  const value = lowering.lower.expression(lowering, field(json, 'expr'), clause);
  const alias = field(json, 'alias');
  const literal = value.kind === 'cast' ? plainLiteral(value.argument) : plainLiteral(value);
  if (literal === undefined && value.kind !== 'boolean')
    unsupported(lowering, value.span, 'a value of PIVOT that is no literal', 'write the value itself');
  if (!isAbsent(alias)) return { value, name: identifier(lowering, alias, value.span) };
  // Snowflake calls the column as the literal is written, with its quotes.
  if (value.kind === 'string' && !value.value.includes("'"))
    return { value, name: { name: `'${value.value}'`, quoted: true, span: value.span } };
  refuse(lowering, 'sql-unsupported', value.span, 'not supported: a value of PIVOT without a name, unless it is a text', '… AS name');
  return { value, name: { name: 'PIVOTED', quoted: false, span: value.span } };
}

function plainLiteral(value: Expression): Expression | undefined {
  const inner = value.kind === 'unary' && value.operator === '-' ? value.argument : value;
  if (inner.kind === 'number') return /^\d+$/.test(inner.text) ? value : undefined;
  return value.kind === 'string' ? value : undefined;
}
