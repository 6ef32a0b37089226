/** A template read into Handlebars' own tree, with what it refers to. */
import Handlebars from 'handlebars';
import { type Diagnostic, didYouMean, error } from '../../diagnostics.ts';
import type { SourceFile, Span } from '../../source.ts';

/** `shared/<name>.sql` by name. */
export type Snippets = ReadonlyMap<string, SourceFile>;

export interface TemplateText {
  readonly file: SourceFile;
  /** Where the template begins in its file. */
  readonly start: number;
  readonly program: hbs.AST.Program;
  readonly place: (node: { readonly loc: hbs.AST.SourceLocation }) => Span;
}

export interface Template extends TemplateText {
  /** Every first name that the template or its snippets refer to. */
  readonly names: ReadonlySet<string>;
  /** The snippets it includes, directly or not. */
  readonly snippets: ReadonlyMap<string, TemplateText>;
}

export function parseTemplate(file: SourceFile, start: number, snippets: Snippets, diagnostics: Diagnostic[]): Template | undefined {
  const root = parseText(file, start, diagnostics);
  if (root === undefined) return undefined;
  const included = new Map<string, TemplateText>();
  const names = new Set<string>();
  const whole = include(root, [], { snippets, included, names, diagnostics });
  return whole ? { ...root, names, snippets: included } : undefined;
}

interface Walk {
  readonly snippets: Snippets;
  readonly included: Map<string, TemplateText>;
  readonly names: Set<string>;
  readonly diagnostics: Diagnostic[];
}

function include(template: TemplateText, path: readonly string[], walk: Walk): boolean {
  let whole = true;
  const { names, partials } = references(template.program);
  for (const name of names) walk.names.add(name);
  for (const partial of partials) {
    const span = template.place(partial);
    const name = partial.name.type === 'PathExpression' ? (partial.name as hbs.AST.PathExpression).original : '';
    const file = walk.snippets.get(name);
    const cycle = path.indexOf(name);
    if (cycle >= 0) {
      walk.diagnostics.push(error('template-cycle', span, `this snippet includes itself: ${[...path.slice(cycle), name].join(' → ')}`));
      whole = false;
    } else if (file === undefined) {
      const known = [...walk.snippets.keys()];
      walk.diagnostics.push(error('template-invalid', span, `there is no snippet shared/${name}.sql`, didYouMean(name, known)));
      whole = false;
    } else if (!walk.included.has(name)) {
      const snippet = parseSnippet(file, walk.diagnostics);
      if (snippet === undefined) whole = false;
      else if (include(snippet, [...path, name], walk)) walk.included.set(name, snippet);
      else whole = false;
    }
  }
  return whole;
}

const readSnippets = new WeakMap<SourceFile, TemplateText>();

/** Many features include it. One that cannot be read says so for each of them. */
function parseSnippet(file: SourceFile, diagnostics: Diagnostic[]): TemplateText | undefined {
  const snippet = readSnippets.get(file) ?? parseText(file, 0, diagnostics);
  if (snippet !== undefined) readSnippets.set(file, snippet);
  return snippet;
}

const jinja = /\{%|(?<!\\)\{\{-?\s*[A-Za-z_.]+\s*\(/;

function parseText(file: SourceFile, start: number, diagnostics: Diagnostic[]): TemplateText | undefined {
  const text = file.text.slice(start);
  const at = (from: number, to: number): Span => ({ file: file.path, start: start + from, end: start + to });
  const nul = text.indexOf('\0');
  if (nul >= 0) {
    diagnostics.push(error('file-not-text', at(nul, nul + 1), 'the character NUL stands here'));
    return undefined;
  }
  const foreign = jinja.exec(text);
  if (foreign !== null) {
    const hint = 'name sources in FROM as they stand in sources.yml; for families of features use {{#each …}} and {{> snippet}}';
    diagnostics.push(
      error(
        'template-jinja',
        at(foreign.index, foreign.index + foreign[0].length),
        'this is Jinja, which Lockstep writes for dbt and does not read',
        hint,
      ),
    );
    return undefined;
  }
  const lineStarts = [0, ...[...text.matchAll(/\r\n?|\n/g)].map((end) => end.index + end[0].length)];
  const offset = ({ line, column }: hbs.AST.Position): number => Math.min(text.length, (lineStarts[line - 1] ?? text.length) + column);
  try {
    const program = text.includes('{{') ? Handlebars.parseWithoutProcessing(text) : onlyContent(text, lineStarts);
    return { file, start, program, place: ({ loc }) => at(offset(loc.start), offset(loc.end)) };
  } catch (thrown) {
    const { message, from } = parseFailure(thrown, text, offset);
    diagnostics.push(error('template-invalid', at(from, Math.min(text.length, from + 1)), message));
    return undefined;
  }
}

/** What Handlebars makes of a text without braces, which most features are. */
function onlyContent(text: string, lineStarts: readonly number[]): hbs.AST.Program {
  const end = { line: lineStarts.length, column: text.length - (lineStarts.at(-1) ?? 0) };
  const loc = { source: '', start: { line: 1, column: 0 }, end };
  const content = { type: 'ContentStatement', value: text, loc };
  return { type: 'Program', body: text === '' ? [] : [content], blockParams: [], loc };
}

/** Handlebars gives either a position or an excerpt of the text with an arrow under it. */
function parseFailure(
  thrown: unknown,
  text: string,
  offset: (position: hbs.AST.Position) => number,
): { readonly message: string; readonly from: number } {
  const { message = '', lineNumber, column } = thrown as { message?: string; lineNumber?: number; column?: number };
  if (lineNumber !== undefined && column !== undefined) {
    return { message: `the template cannot be read: ${message.replace(/ - \d+:\d+$/, '')}`, from: offset({ line: lineNumber, column }) };
  }
  const [, excerpt = '', arrow = '', expecting = ''] = message.split('\n');
  const before = excerpt.slice(0, arrow.indexOf('^')).replace(/^\.\.\./, '');
  const after = excerpt.slice(arrow.indexOf('^')).replace(/\.\.\.$/, '');
  const line = Number(/line (\d+)/.exec(message)?.[1] ?? 1);
  const got = /got '(\w+)'/.exec(expecting)?.[1];
  const fits = [...Array(text.length + 1).keys()].filter(
    (from) => flat(text.slice(Math.max(0, from - 60), from)).endsWith(before) && flat(text.slice(from, from + 60)).startsWith(after),
  );
  const from = fits.find((candidate) => text.slice(0, candidate).split('\n').length >= line) ?? fits[0] ?? offset({ line, column: 0 });
  return { message: got === 'EOF' ? 'the template ends inside a block or {{ }}' : 'the template cannot be read here', from };
}

function flat(text: string): string {
  return text.replaceAll('\n', '');
}

interface References {
  readonly names: Set<string>;
  readonly partials: hbs.AST.PartialStatement[];
}

function references(program: hbs.AST.Program): References {
  const found: References = { names: new Set(), partials: [] };
  const path = (node: hbs.AST.Expression): void => {
    if (node.type !== 'PathExpression') return;
    const { data, parts } = node as hbs.AST.PathExpression;
    const name = data ? parts[1] : parts[0];
    if (typeof name === 'string') found.names.add(name);
  };
  const visit = (node: hbs.AST.Node): void => {
    const { params = [], hash, program: body, inverse } = node as Partial<hbs.AST.BlockStatement>;
    for (const param of [...params, ...(hash?.pairs ?? []).map(({ value }) => value)]) path(param);
    if (node.type === 'MustacheStatement' && params.length === 0) path((node as hbs.AST.MustacheStatement).path as hbs.AST.Expression);
    if (node.type === 'PartialStatement') found.partials.push(node as hbs.AST.PartialStatement);
    for (const child of [...(body?.body ?? []), ...(inverse?.body ?? [])]) visit(child);
  };
  program.body.forEach(visit);
  return found;
}
