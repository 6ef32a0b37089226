/** manifest.json and catalog.json of dbt, as far as sources are drafted from them. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isObject, type Json } from '../../../compiler/functions/json-values.ts';
import { UsageError } from '../../usage-error.ts';
import type { WarehouseEngine } from '../real/relation.ts';

export type JsonMap = Readonly<Record<string, Json>>;

export interface DbtFiles {
  readonly engine: WarehouseEngine;
  readonly nodes: readonly JsonMap[];
  readonly sources: readonly JsonMap[];
  /** By the id of a node or source; columns as the warehouse had them. */
  readonly catalog: ReadonlyMap<string, readonly { readonly name: string; readonly type: string }[]>;
  readonly hasCatalog: boolean;
}

const version = 'v12';

/** `file`: manifest.json; a catalog.json beside it is read too. */
export async function readDbtFiles(file: string): Promise<DbtFiles> {
  const text = await readText(file);
  if (text === undefined) throw new UsageError(`there is no file ${file}`, '`dbt parse` writes target/manifest.json');
  const manifest = parsed(text, file);
  const metadata = mapIn(manifest, 'metadata');
  const schema = textIn(metadata, 'dbt_schema_version') ?? '';
  const found = /\/manifest\/(v\d+)(?:\.json)?$/.exec(schema)?.[1];
  if (found !== version)
    throw new UsageError(
      `${file} is ${found === undefined ? 'no manifest of dbt' : `a manifest of version ${found}`}`,
      `manifests of version ${version} are read: those of dbt 1.8 and later`,
    );
  const adapter = textIn(metadata, 'adapter_type');
  if (adapter !== 'duckdb' && adapter !== 'snowflake')
    throw new UsageError(`${file} is of dbt on ${adapter ?? 'no adapter'}`, 'types are understood as DuckDB and Snowflake write them');
  const catalogFile = join(dirname(file), 'catalog.json');
  const catalog = await readText(catalogFile);
  return {
    engine: adapter,
    nodes: membersOf(mapIn(manifest, 'nodes')),
    sources: membersOf(mapIn(manifest, 'sources')),
    catalog: catalog === undefined ? new Map() : columnsIn(parsed(catalog, catalogFile)),
    hasCatalog: catalog !== undefined,
  };
}

function readText(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return undefined;
    throw thrown;
  });
}

function parsed(text: string, file: string): JsonMap {
  try {
    const json = JSON.parse(text) as Json;
    if (isObject(json)) return json;
  } catch {
    // Said below, without quoting the text.
  }
  throw new UsageError(`${file} is no JSON object`);
}

function columnsIn(catalog: JsonMap): DbtFiles['catalog'] {
  const entries = [...Object.entries(mapIn(catalog, 'nodes')), ...Object.entries(mapIn(catalog, 'sources'))];
  return new Map(
    entries.map(([id, node]) => {
      const columns = isObject(node) ? membersOf(mapIn(node, 'columns')) : [];
      const inOrder = [...columns].sort((a, b) => Number(a['index'] ?? 0) - Number(b['index'] ?? 0));
      return [id, inOrder.map((c) => ({ name: textIn(c, 'name') ?? '', type: textIn(c, 'type') ?? '' }))];
    }),
  );
}

/** Empty where it is none. */
export function mapIn(map: JsonMap, key: string): JsonMap {
  const value = map[key];
  return value !== undefined && isObject(value) ? value : {};
}

export const membersOf = (map: JsonMap): readonly JsonMap[] => Object.values(map).filter(isObject);

export function textIn(map: JsonMap, key: string): string | null {
  const value = map[key];
  return typeof value === 'string' ? value : null;
}

export function textsIn(map: JsonMap, key: string): readonly string[] {
  const value = map[key];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
