/** A feature file: its header, its template, its SQL. */
import type { FeatureDefinition } from '../definition.ts';
import { type Diagnostic, error, hasErrors } from '../diagnostics.ts';
import { parseSql } from '../parse/parse-sql.ts';
import type { SourceFile, Span } from '../source.ts';
import { readHeader } from './header.ts';
import { expandTemplate, parseTemplate, type Snippets } from './template/index.ts';
import { parseYaml, type YamlMap } from './yaml.ts';

const hint = 'begin the file with /*---, YAML such as `entity: user_id`, and ---*/';

export function readFeature(file: SourceFile, snippets: Snippets, diagnostics: Diagnostic[]): FeatureDefinition | undefined {
  const found: Diagnostic[] = [];
  const definition = read(file, snippets, found);
  const feature = featureName(file.path);
  diagnostics.push(...found.map((d) => ({ ...d, feature })));
  return hasErrors(found) ? undefined : definition;
}

export function featureName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\.sql$/i, '');
}

function read(file: SourceFile, snippets: Snippets, diagnostics: Diagnostic[]): FeatureDefinition | undefined {
  const open = /^\ufeff?\s*\/\*---[ \t]*\r?\n/.exec(file.text)?.[0].length;
  if (open === undefined) {
    diagnostics.push(error('header-missing', firstLine(file), 'this feature has no header', hint));
    return undefined;
  }
  const close = /^[ \t]*---\*\//m.exec(file.text.slice(open));
  if (close === null) {
    diagnostics.push(error('header-missing', firstLine(file), 'the header is never closed', 'end it with ---*/ on a line of its own'));
    return undefined;
  }
  const body = open + close.index + close[0].length;
  const span = { file: file.path, start: open, end: open + close.index };
  const node = parseYaml(file.text.slice(open, open + close.index), file.path, open, diagnostics);
  if (node !== undefined && node.kind !== 'map')
    diagnostics.push(error('config-invalid', node.span, 'the header must be a map of keys and values', hint));
  const map: YamlMap = node?.kind === 'map' ? node : { kind: 'map', entries: [], span };

  const template = parseTemplate(file, body, snippets, diagnostics);
  const header = node?.kind === 'map' ? readHeader(map, span, (key) => template?.names.has(key) ?? true, diagnostics) : undefined;
  const sql = template === undefined ? undefined : expandTemplate(template, map, diagnostics);
  if (sql === undefined) return undefined;
  const query = parseSql(sql);
  diagnostics.push(...query.diagnostics);
  if (header === undefined || query.value === undefined) return undefined;
  return {
    name: featureName(file.path),
    file: file.path,
    header,
    query: query.value,
    sql: sql.text,
    snippets: [...(template?.snippets.keys() ?? [])],
  };
}

function firstLine(file: SourceFile): Span {
  const end = file.text.search(/\r?\n/);
  return { file: file.path, start: 0, end: end < 0 ? file.text.length : end };
}
