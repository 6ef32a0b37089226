/**
 * Metadata of materialisations and checks. A plain text, number, bigint, boolean, null or list has the type that Dagster finds for it;
 * `metadata.<type>` says the type. What is wrong is refused when it is reported, by its name.
 */
import { type AssetKey, assetKeyParts } from '../asset-key.ts';
import { DagsterClientError } from '../client-error.ts';
import { floatText, type Json, type JsonObject, jsonText, objectText, pythonNumberText, stringText } from '../json.ts';

type TextType = 'text' | 'url' | 'path' | 'notebook' | 'md' | 'dagster_run' | 'asset';

export type MetadataValue =
  | { readonly type: TextType; readonly raw_value: string }
  | { readonly type: 'json'; readonly raw_value: readonly Json[] | JsonObject }
  | { readonly type: 'float' | 'timestamp'; readonly raw_value: number }
  | { readonly type: 'int'; readonly raw_value: number | bigint }
  | { readonly type: 'bool'; readonly raw_value: boolean }
  | { readonly type: 'null'; readonly raw_value: null }
  | { readonly type: 'table' | 'table_schema' | 'table_column_lineage'; readonly raw_value: JsonObject };

export type Metadata = Readonly<Record<string, MetadataValue | null | boolean | number | bigint | string | readonly Json[]>>;

export interface TableColumn {
  readonly name: string;
  readonly type: string;
  readonly description?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly constraints?: { readonly nullable?: boolean; readonly unique?: boolean; readonly other?: readonly string[] };
}

export type TableRecord = Readonly<Record<string, string | number | bigint | boolean | null>>;

export interface ColumnOfAsset {
  readonly assetKey: AssetKey;
  readonly column: string;
}

const text =
  (type: TextType) =>
  (value: string): MetadataValue => ({ type, raw_value: value });

export const metadata = {
  text: text('text'),
  url: text('url'),
  path: text('path'),
  /** The path of a Jupyter notebook. */
  notebook: text('notebook'),
  /** Markdown. */
  md: text('md'),
  /** The id of a run. */
  dagsterRun: text('dagster_run'),
  /** Dagster splits this one at every slash, so a part that has one is refused. */
  asset: (key: AssetKey): MetadataValue => {
    const parts = assetKeyParts(key);
    if (parts.some((part) => part.includes('/')))
      throw new DagsterClientError(`the asset key ${JSON.stringify(parts)} has a slash in a part, which metadata cannot say`);
    return { type: 'asset', raw_value: parts.join('/') };
  },
  json: (value: readonly Json[] | JsonObject): MetadataValue => ({ type: 'json', raw_value: value }),
  /** NaN and infinities too. */
  float: (value: number): MetadataValue => ({ type: 'float', raw_value: value }),
  int: (value: number | bigint): MetadataValue => ({ type: 'int', raw_value: value }),
  bool: (value: boolean): MetadataValue => ({ type: 'bool', raw_value: value }),
  null: (): MetadataValue => ({ type: 'null', raw_value: null }),
  /** Seconds since 1970 UTC, or a Date. */
  timestamp: (value: number | Date): MetadataValue => ({
    type: 'timestamp',
    raw_value: typeof value === 'number' ? value : value.getTime() / 1000,
  }),
  table: (records: readonly TableRecord[], schema: readonly TableColumn[]): MetadataValue => ({
    type: 'table',
    raw_value: { records, schema: schema.map(columnOf) },
  }),
  tableSchema: (columns: readonly TableColumn[]): MetadataValue => ({
    type: 'table_schema',
    raw_value: { columns: columns.map(columnOf) },
  }),
  /** For each column of the asset, the columns that it is made of. */
  tableColumnLineage: (columns: Readonly<Record<string, readonly ColumnOfAsset[]>>): MetadataValue => ({
    type: 'table_column_lineage',
    raw_value: {
      deps_by_column: Object.fromEntries(
        // As a text Dagster would take it for a key of one part.
        Object.entries(columns).map(([name, of]) => [
          name,
          of.map(({ assetKey, column }) => ({ asset_key: assetKeyParts(assetKey), column_name: column })),
        ]),
      ),
    },
  }),
} as const;

const columnOf = ({ name, type, description, tags, constraints }: TableColumn): JsonObject => ({
  name,
  type,
  ...(description === undefined ? {} : { description }),
  ...(tags === undefined ? {} : { tags }),
  ...(constraints === undefined ? {} : { constraints }),
});

/** The metadata of a message, as JSON. */
export const metadataText = (given: Metadata, where: string): string =>
  objectText(
    Object.fromEntries(
      Object.entries(typedMetadata(given, where)).map(([name, { type, text }]) => [
        name,
        objectText({ raw_value: text, type: JSON.stringify(type) }, where),
      ]),
    ),
    where,
  );

/** Each value as JSON, and its type. */
export const typedMetadata = (given: Metadata, where: string): Readonly<Record<string, TypedText>> =>
  Object.fromEntries(Object.entries(given).map(([name, value]) => [name, typedText(value, `${where}.${name}`)]));

interface TypedText {
  readonly type: MetadataValue['type'] | '__infer__';
  readonly text: string;
}

function typedText(value: Metadata[string], where: string): TypedText {
  const isTyped = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isTyped) return { type: '__infer__', text: plainText(value as Exclude<Metadata[string], MetadataValue>, where) };
  const { type, raw_value: raw, ...others } = value as MetadataValue;
  if (typeof type !== 'string' || !Object.hasOwn(texts, type) || raw === undefined || Object.keys(others).length > 0)
    throw new DagsterClientError(`${where}: an object is said with metadata.json(…)`);
  return { type, text: texts[type](raw as never, where) };
}

const plainText = (value: Json, where: string): string => (typeof value === 'number' ? pythonNumberText(value) : jsonText(value, where));

type RawOf<T extends MetadataValue['type']> = Extract<MetadataValue, { readonly type: T }>['raw_value'];

const onlyText = (value: string, where: string): string => {
  if (typeof value !== 'string') throw new DagsterClientError(`${where}: it is no text`);
  return stringText(value, where);
};

const onlyObject = (value: readonly Json[] | JsonObject, where: string): string => {
  if (typeof value !== 'object' || value === null) throw new DagsterClientError(`${where}: it is neither an object nor a list`);
  return jsonText(value, where);
};

/** What each type takes, and how it is written. */
const texts: { readonly [T in MetadataValue['type']]: (value: RawOf<T>, where: string) => string } = {
  text: onlyText,
  url: onlyText,
  path: onlyText,
  notebook: onlyText,
  md: onlyText,
  dagster_run: onlyText,
  asset: onlyText,
  json: onlyObject,
  table: onlyObject,
  table_schema: onlyObject,
  table_column_lineage: onlyObject,
  float: (value, where) => {
    if (typeof value !== 'number') throw new DagsterClientError(`${where}: it is no number`);
    return floatText(value);
  },
  timestamp: (value, where) => {
    if (typeof value !== 'number' || !Number.isFinite(value)) throw new DagsterClientError(`${where}: it is no instant`);
    return floatText(value);
  },
  int: (value, where) => {
    if (typeof value !== 'bigint' && !Number.isSafeInteger(value))
      throw new DagsterClientError(`${where}: ${String(value)} is no whole number that JavaScript holds exactly: a bigint does`);
    return jsonText(value, where);
  },
  bool: (value, where) => {
    if (typeof value !== 'boolean') throw new DagsterClientError(`${where}: it is neither true nor false`);
    return String(value);
  },
  null: (value, where) => {
    if (value !== null) throw new DagsterClientError(`${where}: it is not null`);
    return 'null';
  },
};
