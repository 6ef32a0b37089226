/** Rendered SQL to a tree whose places are the author's. */
import { type Diagnostic, error, hasErrors, type Outcome } from '../diagnostics.ts';
import type { Span } from '../source.ts';
import { parseStatements } from './front-end.ts';
import { list, variant } from './json.ts';
import { lowerExpression } from './lower-expression.ts';
import { lowerQuery } from './lower-query.ts';
import { at, startLowering } from './lowering.ts';
import { authorSpan, offsetFinder, type RenderedSql } from './rendered.ts';
import { scan, type Token } from './scan.ts';
import type { Query } from './syntax.ts';

/** The parser's instance does not survive much longer chains. */
const operatorLimit = 400;
const operators = new Set(['+', '-', '*', '/', '%', '||', '=', '<>', '!=', '<', '<=', '>', '>=', '::', ':', 'AND', 'OR', 'NOT', 'IS', 'LIKE', 'ILIKE', 'BETWEEN']);

export function parseSql(sql: RenderedSql): Outcome<Query> {
  const { tokens, open } = scan(sql.text);
  const author = (start: number, end: number): Span => authorSpan(sql, start, end);
  const failed = (diagnostic: Diagnostic): Outcome<Query> => ({ value: undefined, diagnostics: [diagnostic] });
  if (open !== null) return failed(error('sql-syntax', author(open.start, open.start + 1), `this ${open.what} is never closed`));
  const refused = refusedBeforeParsing(tokens);
  if (refused !== null) return failed({ ...refused, span: author(refused.span.start, refused.span.end) });
  const last = tokens.at(-1);
  if (last === undefined) return failed(error('sql-syntax', author(0, sql.text.length), 'there is no SQL here'));

  const parsed = parseStatements(sql.text);
  if (parsed.kind === 'too-deep') {
    return failed(error('sql-too-complex', deepest(tokens, author), 'this nests too deeply', 'move inner parts to CTEs'));
  }
  if (parsed.kind === 'refused') {
    const start = parsed.place === null ? last.end : offsetFinder(sql.text)(parsed.place.line, parsed.place.column);
    const token = tokens.find((candidate) => candidate.end > start);
    const span = token === undefined ? author(last.start, last.end) : author(Math.max(start, token.start), token.end);
    return failed(error('sql-syntax', span, plain(parsed.message)));
  }
  return lowerStatements(sql, tokens, list(parsed.statements), author);
}

function lowerStatements(
  sql: RenderedSql, tokens: readonly Token[], statements: ReturnType<typeof list>, author: (start: number, end: number) => Span,
): Outcome<Query> {
  const end = tokens.findIndex((token) => token.text === ';');
  const second = end < 0 ? undefined : tokens[end + 1];
  const [statement] = statements;
  const first = tokens[0];
  const { tag, content } = variant(statement ?? null);
  if (tag !== 'Query' && first !== undefined) {
    return { value: undefined, diagnostics: [error('sql-unsupported', author(first.start, first.end), 'a feature is one query: it begins with SELECT or WITH')] };
  }
  if (second !== undefined) {
    return { value: undefined, diagnostics: [error('sql-unsupported', author(second.start, second.end), 'a feature is exactly one statement')] };
  }
  const lowering = startLowering(sql.text, tokens, { expression: lowerExpression, query: lowerQuery });
  const query = lowerQuery(lowering, content, at(first?.start ?? 0, tokens.at(-1)?.end ?? 0));
  const diagnostics = distinct(lowering.diagnostics.map((d) => ({ ...d, span: author(d.span.start, d.span.end) })));
  return { value: hasErrors(diagnostics) ? undefined : relocate(query, author), diagnostics };
}

/** A loop over a template repeats what it says about its body. */
export function distinct(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Map(diagnostics.map((d) => [JSON.stringify([d.code, d.span, d.message]), d]));
  return [...seen.values()];
}

function refusedBeforeParsing(tokens: readonly Token[]): Diagnostic | null {
  let count = 0;
  for (const token of tokens) {
    if (token.text === '==') return error('sql-syntax', at(token.start, token.end), '`==` is not an operator', 'write =');
    if (token.text.includes('\0')) return error('sql-syntax', at(token.start, token.end), 'the character NUL stands here');
    if (token.kind === 'string' || token.kind === 'quoted' || !operators.has(token.text.toUpperCase())) continue;
    count++;
    if (count > operatorLimit) {
      return error('sql-too-complex', at(token.start, token.end), `more than ${operatorLimit} operators in one statement`, 'use IN lists, or aggregate in CTEs');
    }
  }
  return null;
}

function deepest(tokens: readonly Token[], author: (start: number, end: number) => Span): Span {
  let depth = 0;
  let most = 0;
  let found = tokens[0];
  for (const token of tokens) {
    const word = token.text.toUpperCase();
    if (word === '(' || word === 'CASE') depth++;
    if (word === ')' || word === 'END') depth--;
    if (depth <= most) continue;
    most = depth;
    found = token;
  }
  return author(found?.start ?? 0, found?.end ?? 0);
}

function plain(message: string): string {
  const found = /^Expected:? (.*?),? found: (.*)$/s.exec(message);
  if (found === null) return message;
  const instead = found[2] === 'EOF' ? 'the end of the text' : `\`${found[2]}\``;
  return `expected ${found[1]}, found ${instead}`;
}

function relocate<T>(node: T, author: (start: number, end: number) => Span): T {
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(visit);
    if (typeof value !== 'object' || value === null) return value;
    if ('file' in value && 'start' in value && 'end' in value) return author(Number(value.start), Number(value.end));
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, visit(child)]));
  };
  return visit(node) as T;
}
