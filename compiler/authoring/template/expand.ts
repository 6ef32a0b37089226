/** A template and the values of its header to SQL, with the way back from every letter. */
import { type Diagnostic, error } from '../../diagnostics.ts';
import type { RenderedSql, Segment } from '../../parse/rendered.ts';
import type { Span } from '../../source.ts';
import { isNull, scalarValue, type YamlEntry, type YamlMap, type YamlNode } from '../yaml.ts';
import type { Template, TemplateText } from './parse.ts';
import { bare, helpers, type Printed } from './print.ts';
import { lookUp, rootScope, type Scope, synthetic } from './scope.ts';

const sizeLimit = 1_000_000;
const roundLimit = 100_000;

interface Output {
  readonly template: Template;
  readonly pieces: string[];
  readonly segments: Segment[];
  readonly diagnostics: Diagnostic[];
  length: number;
  rounds: number;
  failed: boolean;
}

export function expandTemplate(template: Template, values: YamlMap, diagnostics: Diagnostic[]): RenderedSql | undefined {
  const output: Output = { template, pieces: [], segments: [], diagnostics, length: 0, rounds: 0, failed: false };
  statements(output, template, template.program.body, rootScope(values));
  if (output.failed) return undefined;
  // Also nothing has a place: where the file ends.
  const { path, text } = template.file;
  const nothing: Segment = { start: 0, end: 0, file: path, sourceStart: text.length, sourceEnd: text.length, verbatim: false };
  return { text: output.pieces.join(''), segments: output.segments.length === 0 ? [nothing] : output.segments };
}

type Placed = Parameters<TemplateText['place']>[0];

function fail(output: Output, text: TemplateText, node: Placed, message: string, hint?: string): void {
  output.failed = true;
  const problem = error('template-invalid', text.place(node), message, hint);
  const said = JSON.stringify(problem);
  if (!output.diagnostics.some((d) => JSON.stringify(d) === said)) output.diagnostics.push(problem);
}

function write(output: Output, text: TemplateText, node: Placed, printed: string, verbatim: boolean): void {
  writeAt(output, text, node, text.place(node), printed, verbatim);
}

function writeAt(output: Output, text: TemplateText, node: Placed, span: Span, printed: string, verbatim: boolean): void {
  if (printed === '') return;
  output.segments.push({
    start: output.length,
    end: output.length + printed.length,
    file: span.file,
    sourceStart: span.start,
    sourceEnd: span.end,
    verbatim,
  });
  output.pieces.push(printed);
  const before = output.length;
  output.length += printed.length;
  if (before <= sizeLimit && output.length > sizeLimit) fail(output, text, node, `the template expands to more than ${sizeLimit} letters`);
}

function statements(output: Output, text: TemplateText, body: readonly hbs.AST.Statement[], scope: Scope): void {
  for (const node of body) {
    if (output.length > sizeLimit || output.rounds > roundLimit) return;
    statement(output, text, node, scope);
  }
}

function statement(output: Output, text: TemplateText, node: hbs.AST.Statement, scope: Scope): void {
  switch (node.type) {
    case 'ContentStatement': {
      const { value } = node as hbs.AST.ContentStatement;
      const span = text.place(node);
      const source = text.file.text.slice(span.start, span.end);
      // Of \{{, which stands for braces that are the author's own, the backslash ends the content before them.
      const escaped = source === `${value}\\` && text.file.text.startsWith('{{', span.end);
      if (source !== value && !escaped)
        return fail(output, text, node, 'this backslash before {{ is not supported', 'write \\{{ for braces that are yours');
      return writeAt(output, text, node, escaped ? { ...span, end: span.end - 1 } : span, value, true);
    }
    case 'CommentStatement':
      return;
    case 'MustacheStatement':
      return mustache(output, text, node as hbs.AST.MustacheStatement, scope);
    case 'BlockStatement':
      return block(output, text, node as hbs.AST.BlockStatement, scope);
    case 'PartialStatement':
      return partial(output, text, node as hbs.AST.PartialStatement, scope);
  }
  fail(output, text, node, 'this part of Handlebars is not supported', 'values, helpers, #each, #if, #unless and {{> snippet}} are');
}

function mustache(output: Output, text: TemplateText, node: hbs.AST.MustacheStatement, scope: Scope): void {
  const path = node.path as hbs.AST.Expression;
  const name = path.type === 'PathExpression' ? (path as hbs.AST.PathExpression).original : '';
  const [argument, ...others] = node.params;
  const helper = Object.hasOwn(helpers, name) ? helpers[name] : undefined;
  const known = Object.keys(helpers).join(', ');
  if ((node as unknown as { escaped: boolean }).escaped === false)
    return fail(output, text, node, 'three braces mean nothing here', 'write {{ }}');
  if (argument !== undefined && helper === undefined)
    return fail(output, text, node, `there is no helper \`${name}\``, `helpers: ${known}`);
  if (argument === undefined && helper !== undefined && lookUpQuietly(scope, path) === undefined)
    return fail(output, text, node, `${name} needs a value`, `{{${name} value}}`);
  if (others.length > 0 || (node.hash?.pairs.length ?? 0) > 0) return fail(output, text, node, `${name} takes one value`);
  const value = evaluate(output, text, argument ?? path, scope);
  if (value === undefined) return;
  const printed: Printed = helper !== undefined && argument !== undefined ? helper(value) : bare(value);
  if ('problem' in printed) return fail(output, text, node, printed.problem, printed.hint);
  write(output, text, node, printed.text, false);
}

function lookUpQuietly(scope: Scope, path: hbs.AST.Expression): YamlNode | undefined {
  const found = path.type === 'PathExpression' ? lookUp(scope, path as hbs.AST.PathExpression) : undefined;
  return found !== undefined && 'value' in found ? found.value : undefined;
}

function evaluate(output: Output, text: TemplateText, node: hbs.AST.Expression, scope: Scope): YamlNode | undefined {
  const span = text.place(node);
  switch (node.type) {
    case 'PathExpression': {
      const found = lookUp(scope, node as hbs.AST.PathExpression);
      if ('value' in found) return found.value;
      fail(output, text, node, found.missing, found.hint);
      return undefined;
    }
    case 'StringLiteral':
      return synthetic((node as hbs.AST.StringLiteral).value, span, false);
    case 'NumberLiteral':
      return synthetic(text.file.text.slice(span.start, span.end), span);
    case 'BooleanLiteral':
      return synthetic(String((node as hbs.AST.BooleanLiteral).value), span);
    case 'NullLiteral':
      return synthetic('null', span);
  }
  fail(output, text, node, 'only values can stand here');
  return undefined;
}

function block(output: Output, text: TemplateText, node: hbs.AST.BlockStatement, scope: Scope): void {
  const name = (node.path as hbs.AST.PathExpression).original;
  const [subject, ...others] = node.params;
  if (!['each', 'if', 'unless'].includes(name))
    return fail(output, text, node.path, `there is no block #${name}`, '#each, #if and #unless');
  if (subject === undefined || others.length > 0 || (node.hash?.pairs.length ?? 0) > 0)
    return fail(output, text, node.path, `#${name} takes one value`);
  const value = evaluate(output, text, subject, scope);
  if (value === undefined) return;
  // Handlebars has no `program` for {{^if}}, whatever its types say.
  const { program, inverse } = node as { program?: hbs.AST.Program; inverse?: hbs.AST.Program };
  if (name !== 'each') {
    const chosen = isTruthy(value) === (name === 'if') ? program : inverse;
    return statements(output, text, chosen?.body ?? [], scope);
  }
  if (value.kind === 'scalar' && !isNull(value)) return fail(output, text, subject, '#each loops over a list or a map');
  const items = itemsOf(value);
  if (items.length === 0) return statements(output, text, inverse?.body ?? [], scope);
  const [valueName, keyName] = program?.blockParams ?? [];
  const span = text.place(subject);
  items.forEach((item, index) => {
    if (!anotherRound(output, text, node.path)) return;
    const key = synthetic(item.key ?? String(index), span);
    const named = new Map([
      ...(valueName === undefined ? [] : [[valueName, item.value] as const]),
      ...(keyName === undefined ? [] : [[keyName, key] as const]),
    ]);
    const data = new Map([
      ['index', synthetic(String(index), span)],
      ['key', key],
      ['first', synthetic(String(index === 0), span)],
      ['last', synthetic(String(index === items.length - 1), span)],
    ]);
    statements(output, text, program?.body ?? [], { value: item.value, parent: scope, named, data, root: scope.root });
  });
}

function anotherRound(output: Output, text: TemplateText, node: Placed): boolean {
  output.rounds++;
  if (output.rounds === roundLimit) fail(output, text, node, `the template loops more than ${roundLimit} times`);
  return output.rounds < roundLimit;
}

function itemsOf(node: YamlNode): { readonly key: string | null; readonly value: YamlNode }[] {
  if (node.kind === 'list') return node.items.map((value) => ({ key: null, value }));
  return node.kind === 'map' ? node.entries.map(({ key, value }) => ({ key, value })) : [];
}

function isTruthy(node: YamlNode): boolean {
  if (node.kind !== 'scalar') return itemsOf(node).length > 0;
  const value = scalarValue(node);
  if (value === null || typeof value === 'boolean') return value === true;
  return value.kind === 'number' ? Number(value.text) !== 0 : value.text !== '';
}

/** A snippet sees what its caller sees, and the values given with it: {{> recent window="7 days"}}. */
function partial(output: Output, text: TemplateText, node: hbs.AST.PartialStatement, scope: Scope): void {
  const snippet = output.template.snippets.get((node.name as hbs.AST.PathExpression).original);
  if (snippet === undefined) return fail(output, text, node, 'this snippet cannot be read');
  if (!anotherRound(output, text, node)) return;
  const [context, ...others] = node.params;
  if (others.length > 0) return fail(output, text, node, 'a snippet takes one context and named values');
  const value = context === undefined ? scope.value : evaluate(output, text, context, scope);
  if (value === undefined) return;
  const given = (node.hash?.pairs ?? []).flatMap((pair): YamlEntry[] => {
    const entry = evaluate(output, text, pair.value, scope);
    return entry === undefined ? [] : [{ key: pair.key, keyPlain: true, keySpan: text.place(pair), value: entry }];
  });
  const own = value.kind === 'map' ? value.entries.filter(({ key }) => !given.some((entry) => entry.key === key)) : [];
  const merged: YamlNode = given.length === 0 ? value : { kind: 'map', entries: [...own, ...given], span: value.span };
  statements(output, snippet, snippet.program.body, { ...scope, value: merged });
}
