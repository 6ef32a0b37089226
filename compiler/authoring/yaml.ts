/** YAML with the place of everything in it, and scalars as the text that was written. */
import { type Document, isAlias, isMap, isScalar, isSeq, type Node, parseDocument } from 'yaml';
import type { YamlScalar, YamlValue } from '../definition.ts';
import { type Diagnostic, error } from '../diagnostics.ts';
import type { Span } from '../source.ts';
import { plainYaml } from './plain-yaml.ts';

export type YamlNode =
  | { readonly kind: 'map'; readonly entries: readonly YamlEntry[]; readonly span: Span }
  | { readonly kind: 'list'; readonly items: readonly YamlNode[]; readonly span: Span }
  /** `plain`: written without quotes. */
  | { readonly kind: 'scalar'; readonly text: string; readonly plain: boolean; readonly span: Span };

export type YamlMap = Extract<YamlNode, { kind: 'map' }>;

export interface YamlEntry {
  readonly key: string;
  readonly keyPlain: boolean;
  readonly keySpan: Span;
  readonly value: YamlNode;
}

/** Where letters of the text stand in its file. */
export type Place = (start: number, end: number) => Span;

/** `base`: where `text` begins in its file. */
export function parseYaml(text: string, file: string, base: number, diagnostics: Diagnostic[]): YamlNode | undefined {
  const at = (start: number, end: number): Span => ({ file, start: base + start, end: base + Math.max(start, end) });
  return plainYaml(text, at) ?? anyYaml(text, at, diagnostics);
}

export function anyYaml(text: string, at: Place, diagnostics: Diagnostic[]): YamlNode | undefined {
  const comma = [...'\ue000\ue001\ue002\ue003'].find((candidate) => !text.includes(candidate)) ?? '\ue004';
  const document = parseDocument(protectTypes(text, comma), { schema: 'failsafe', prettyErrors: false, strict: true, logLevel: 'silent' });
  for (const problem of [...document.errors, ...document.warnings]) {
    diagnostics.push(
      error('yaml-invalid', at(problem.pos[0], Math.min(text.length, problem.pos[1])), messageOf(problem).replaceAll(comma, ',')),
    );
  }
  if (document.errors.length > 0) return undefined;
  return convert(document, comma, at, diagnostics);
}

/** A value that begins with * or ! is an alias or a tag to YAML, which it would name: it may be a secret. */
const messageOf = ({ message }: Error): string => message.replace(/^(Unresolved (?:alias|tag)\b[^:]*):.*$/s, '$1');

/**
 * In `{ id: NUMBER(38,0), name: VARCHAR }` YAML would end the first value at the comma inside the parentheses.
 * A letter that occurs nowhere takes that comma's place while the text is read, so that no position moves.
 */
function protectTypes(text: string, comma: string): string {
  return text.replace(/\b(?:NUMBER|DECIMAL|NUMERIC|DEC)[ \t]*\([ \t]*\d+[ \t]*,[ \t]*\d+[ \t]*\)/gi, (type) => type.replace(',', comma));
}

function convert(document: Document, comma: string, at: Place, diagnostics: Diagnostic[]): YamlNode {
  const place = (node: Node | null): Span => at(node?.range?.[0] ?? 0, node?.range?.[1] ?? 0);
  const visit = (node: unknown, otherwise: Span): YamlNode => {
    if (isMap(node)) {
      const entries = node.items.map((pair): YamlEntry => {
        const key = isScalar(pair.key) ? pair.key : null;
        const keySpan = key === null ? place(node) : place(key);
        if (key === null) diagnostics.push(error('yaml-invalid', keySpan, 'a key must be a word'));
        return {
          key: String(key?.value ?? '').replaceAll(comma, ','),
          keyPlain: key?.type === 'PLAIN',
          keySpan,
          value: visit(pair.value, at(keySpan.end - at(0, 0).start, keySpan.end - at(0, 0).start)),
        };
      });
      return { kind: 'map', entries, span: place(node) };
    }
    if (isSeq(node)) return { kind: 'list', items: node.items.map((item) => visit(item, place(node))), span: place(node) };
    if (isScalar(node)) {
      const span = place(node);
      return {
        kind: 'scalar',
        text: String(node.value ?? '').replaceAll(comma, ','),
        plain: node.type === 'PLAIN' || node.type === undefined,
        span: span.end > span.start ? span : otherwise,
      };
    }
    if (isAlias(node)) diagnostics.push(error('yaml-invalid', place(node), 'YAML aliases are not supported', 'write the value out'));
    return { kind: 'scalar', text: '', plain: true, span: otherwise };
  };
  return visit(document.contents, at(0, 0));
}

/** What a scalar says by YAML 1.2: quoted is text; plain may be null, a boolean or a number. */
export function scalarValue(node: Extract<YamlNode, { kind: 'scalar' }>): YamlScalar {
  if (!node.plain) return { kind: 'string', text: node.text };
  if (/^(|~|null|Null|NULL)$/.test(node.text)) return null;
  if (/^(true|True|TRUE)$/.test(node.text)) return true;
  if (/^(false|False|FALSE)$/.test(node.text)) return false;
  if (/^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(node.text)) return { kind: 'number', text: node.text };
  return { kind: 'string', text: node.text };
}

export function plainValue(node: YamlNode): YamlValue {
  switch (node.kind) {
    case 'scalar':
      return scalarValue(node);
    case 'list':
      return { kind: 'list', items: node.items.map(plainValue) };
    case 'map':
      return { kind: 'map', entries: node.entries.map(({ key, value }) => ({ key, value: plainValue(value) })) };
  }
}

export function isNull(node: YamlNode): boolean {
  return node.kind === 'scalar' && scalarValue(node) === null;
}
