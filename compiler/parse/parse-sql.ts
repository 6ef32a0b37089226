/** Rendered SQL to a tree whose places are the author's. */
import { type Diagnostic, error, hasErrors, type Outcome } from '../diagnostics.ts';
import type { Span } from '../source.ts';
import { type Parsed, parseStatements } from './front-end.ts';
import { deepest, refusedBeforeParsing, tooLaborious } from './guard.ts';
import { list, variant } from './json.ts';
import { lowerExpression } from './lower-expression.ts';
import { lowerQuery } from './lower-query.ts';
import { at, startLowering } from './lowering.ts';
import { authorSpan, offsetFinder, type RenderedSql } from './rendered.ts';
import { scan, type Token } from './scan.ts';
import type { Query } from './syntax.ts';
import { syntaxError } from './syntax-error.ts';

/** Beyond it the parser may run out of levels, take another path and complain about something else. */
const safeDepth = 40;
/** What lies deeper the parser never reads, and takes long to find out. */
const depthLimit = 50;

export function parseSql(sql: RenderedSql): Outcome<Query> {
  const { tokens, open } = scan(sql.text);
  const author = (start: number, end: number): Span => authorSpan(sql, start, end);
  const failed = (diagnostic: Diagnostic): Outcome<Query> => ({ value: undefined, diagnostics: [diagnostic] });
  if (open !== null) return failed(error('sql-syntax', author(open.start, open.start + 1), `this ${open.what} is never closed`));
  const refused = refusedBeforeParsing(tokens);
  if (refused !== null) return failed({ ...refused, span: author(refused.span.start, refused.span.end) });
  const last = tokens.at(-1);
  if (last === undefined) return failed(error('sql-syntax', author(0, sql.text.length), 'there is no SQL here'));

  const laborious = tooLaborious(tokens);
  if (laborious !== undefined)
    return failed(error('sql-too-complex', author(laborious.start, laborious.end), 'this nests too deeply', 'move inner parts to CTEs'));
  const depth = deepest(tokens);
  const parsed: Parsed = depth.levels > depthLimit ? { kind: 'too-deep' } : parseStatements(sql.text);
  const lowered = parsed.kind === 'tree' ? lowerStatements(sql, tokens, list(parsed.statements), author) : undefined;
  if (parsed.kind === 'too-deep' || (depth.levels >= safeDepth && lowered?.value === undefined)) {
    return failed(error('sql-too-complex', author(depth.span.start, depth.span.end), 'this nests too deeply', 'move inner parts to CTEs'));
  }
  if (parsed.kind === 'refused') {
    const refusal = syntaxError(
      parsed.message,
      parsed.place === null ? sql.text.length : offsetFinder(sql.text)(parsed.place.line, parsed.place.column),
      tokens,
    );
    return failed({ ...refusal, span: author(refusal.span.start, refusal.span.end) });
  }
  return lowered ?? { value: undefined, diagnostics: [] };
}

function lowerStatements(
  sql: RenderedSql,
  tokens: readonly Token[],
  statements: ReturnType<typeof list>,
  author: (start: number, end: number) => Span,
): Outcome<Query> {
  const end = tokens.findIndex((token) => token.text === ';');
  const second = end < 0 ? undefined : tokens[end + 1];
  const [statement] = statements;
  const first = tokens[0];
  const { tag, content } = variant(statement ?? null);
  if (tag !== 'Query' && first !== undefined) {
    return {
      value: undefined,
      diagnostics: [error('sql-unsupported', author(first.start, first.end), 'a feature is one query: it begins with SELECT or WITH')],
    };
  }
  if (second !== undefined) {
    return {
      value: undefined,
      diagnostics: [error('sql-unsupported', author(second.start, second.end), 'a feature is exactly one statement')],
    };
  }
  const lowering = startLowering(sql.text, tokens, { expression: lowerExpression, query: lowerQuery });
  const query = lowerQuery(lowering, content, at(first?.start ?? 0, tokens.at(-1)?.end ?? 0));
  const diagnostics = distinct(lowering.diagnostics.map((d) => ({ ...d, span: author(d.span.start, d.span.end) })));
  return { value: hasErrors(diagnostics) ? undefined : relocate(query, author), diagnostics };
}

/** A loop over a template repeats what it says about its body. */
function distinct(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Map(diagnostics.map((d) => [JSON.stringify([d.code, d.span, d.message]), d]));
  return [...seen.values()];
}

/** In place, for the tree is new and nobody else's. Places that nodes share are met again with their file, and left. */
function relocate<T>(tree: T, author: (start: number, end: number) => Span): T {
  const visit = (value: object): void => {
    if ('file' in value) {
      if (value.file === '') Object.assign(value, author((value as Span).start, (value as Span).end));
      return;
    }
    for (const key in value) {
      const inner = (value as Record<string, unknown>)[key];
      if (typeof inner === 'object' && inner !== null) visit(inner);
    }
  };
  if (typeof tree === 'object' && tree !== null) visit(tree);
  return tree;
}
