/** What names in a template mean. */
import { didYouMean } from '../../diagnostics.ts';
import type { Span } from '../../source.ts';
import type { YamlNode } from '../yaml.ts';

export interface Scope {
  readonly value: YamlNode;
  readonly parent: Scope | null;
  /** Named by `as |name|`. */
  readonly named: ReadonlyMap<string, YamlNode>;
  /** `@index`, `@first`, `@last`, `@key` */
  readonly data: ReadonlyMap<string, YamlNode>;
  readonly root: YamlNode;
}

export function rootScope(value: YamlNode): Scope {
  return { value, parent: null, named: new Map(), data: new Map(), root: value };
}

export type Found = { readonly value: YamlNode } | { readonly missing: string; readonly hint?: string };

export function lookUp(scope: Scope, path: hbs.AST.PathExpression): Found {
  const parts = path.parts.map(String);
  if (path.data) {
    const [name = '', ...rest] = parts;
    if (name === 'root') return inside(scope.root, rest, path.original);
    const value = scope.data.get(name);
    return value === undefined ? { missing: `there is no @${name} here` } : inside(value, rest, path.original);
  }
  const [head = ''] = parts;
  const scoped = /^(\.|this\b)/.test(path.original);
  if (!scoped && path.depth === 0) {
    for (let current: Scope | null = scope; current !== null; current = current.parent) {
      const value = current.named.get(head);
      if (value !== undefined) return inside(value, parts.slice(1), path.original);
    }
  }
  let current: Scope | null = scope;
  for (let i = 0; i < path.depth; i++) current = current?.parent ?? null;
  if (current === null) return { missing: `\`${path.original}\` goes above the header` };
  const found = inside(current.value, parts, path.original);
  if ('value' in found || scoped) return found;
  const outer = current.parent === null ? undefined : lookUp(current.parent, { ...path, depth: 0 });
  return outer !== undefined && 'value' in outer ? { ...found, hint: `inside #each write ../${path.original}` } : found;
}

function inside(node: YamlNode, parts: readonly string[], original: string): Found {
  const [head, ...rest] = parts;
  if (head === undefined) return { value: node };
  if (node.kind === 'list' && /^\d+$/.test(head)) {
    const item = node.items[Number(head)];
    return item === undefined ? { missing: `\`${original}\` is beyond the end of the list` } : inside(item, rest, original);
  }
  const entries = node.kind === 'map' ? node.entries : [];
  const entry = entries.find(({ key }) => key === head);
  if (entry !== undefined) return inside(entry.value, rest, original);
  const hint = didYouMean(
    head,
    entries.map(({ key }) => key),
  );
  return { missing: `nothing here is named \`${original}\``, ...(hint === undefined ? {} : { hint }) };
}

export function synthetic(text: string, span: Span, plain = true): YamlNode {
  return { kind: 'scalar', text, plain, span };
}
