/** YAML as text: every string in quotes, so that none is read as something else. */
import { asJinja } from '../../emit/dialect.ts';

export type YamlTree = string | number | boolean | null | readonly YamlTree[] | YamlMap;

/** Undefined members are left out. */
export function yamlText(tree: YamlMap): string {
  const lines: string[] = [];
  writeMap(tree, '', '', lines);
  return `${lines.join('\n')}\n`;
}

/** Text of authors: dbt renders Jinja in YAML. */
export const said = (text: string): string => asJinja(text);

type YamlMap = { readonly [key: string]: YamlTree | undefined };

const isMap = (tree: YamlTree): tree is YamlMap => typeof tree === 'object' && tree !== null && !Array.isArray(tree);

/** `first` stands before the first line in the place of its indent. */
function writeMap(map: YamlMap, indent: string, first: string, lines: string[]): void {
  let before = first === '' ? indent : first;
  for (const key in map) {
    const value = map[key];
    if (value === undefined) continue;
    const name = `${before}${/^[A-Za-z_][A-Za-z0-9_+-]*$/.test(key) ? key : JSON.stringify(key)}:`;
    before = indent;
    const line = onOneLine(value);
    lines.push(line === null ? name : `${name} ${line}`);
    if (line !== null) continue;
    if (isMap(value)) writeMap(value, `${indent}  `, '', lines);
    else for (const item of value as readonly YamlTree[]) writeItem(item, `${indent}  `, lines);
  }
}

function writeItem(item: YamlTree, indent: string, lines: string[]): void {
  const line = onOneLine(item);
  if (line !== null) lines.push(`${indent}- ${line}`);
  else if (isMap(item)) writeMap(item, `${indent}  `, `${indent}- `, lines);
}

/** null: it takes more. */
function onOneLine(value: YamlTree): string | null {
  if (Array.isArray(value)) return value.length === 0 ? '[]' : null;
  if (!isMap(value)) return JSON.stringify(value);
  for (const key in value) if (value[key] !== undefined) return null;
  return '{}';
}
