/** YAML as text: every string in quotes, so that none is read as something else. */
import { asJinja } from '../../emit/dialect.ts';

export type YamlTree = string | number | boolean | null | readonly YamlTree[] | { readonly [key: string]: YamlTree | undefined };

/** Undefined members are left out. */
export function yamlText(tree: { readonly [key: string]: YamlTree | undefined }): string {
  return `${mapLines(tree).join('\n')}\n`;
}

/** Text of authors: dbt renders Jinja in YAML. */
export const said = (text: string): string => asJinja(text);

const isMap = (tree: YamlTree): tree is { readonly [key: string]: YamlTree | undefined } =>
  typeof tree === 'object' && tree !== null && !Array.isArray(tree);

function mapLines(map: { readonly [key: string]: YamlTree | undefined }): readonly string[] {
  return Object.entries(map).flatMap(([key, value]) => (value === undefined ? [] : entryLines(key, value)));
}

function entryLines(key: string, value: YamlTree): readonly string[] {
  const name = /^[A-Za-z_][A-Za-z0-9_+-]*$/.test(key) ? key : JSON.stringify(key);
  const inner = linesOf(value);
  return inner === null ? [`${name}: ${scalar(value)}`] : [`${name}:`, ...inner.map((line) => `  ${line}`)];
}

/** null: it stands on one line. */
function linesOf(value: YamlTree): readonly string[] | null {
  if (Array.isArray(value)) return value.length === 0 ? null : value.flatMap(itemLines);
  if (isMap(value) && Object.values(value).some((v) => v !== undefined)) return mapLines(value);
  return null;
}

function itemLines(item: YamlTree): readonly string[] {
  const [first, ...rest] = linesOf(item) ?? [scalar(item)];
  return [`- ${first}`, ...rest.map((line) => `  ${line}`)];
}

function scalar(value: YamlTree): string {
  if (Array.isArray(value)) return '[]';
  return isMap(value) ? '{}' : JSON.stringify(value);
}
