import type { Diagnostic } from '../../diagnostics.ts';
import { verbatim, type RenderedSql } from '../../parse/rendered.ts';
import type { SourceFile } from '../../source.ts';
import type { YamlMap } from '../yaml.ts';

export type Snippets = ReadonlyMap<string, SourceFile>;
export interface Template { readonly names: ReadonlySet<string>; readonly file: SourceFile; readonly body: number }
export function parseTemplate(file: SourceFile, body: number, _snippets: Snippets, _diagnostics: Diagnostic[]): Template | undefined {
  return { names: new Set(), file, body };
}
export function expandTemplate(template: Template, _values: YamlMap, _diagnostics: Diagnostic[]): RenderedSql | undefined {
  return verbatim(template.file.path, template.file.text, template.body);
}
