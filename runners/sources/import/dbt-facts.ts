/** What dbt knows of its sources and models: columns, types, descriptions, what is unique, when rows are loaded. */

import { identifierPattern } from '../../../compiler/authoring/reader.ts';
import { counted } from '../../../compiler/counted.ts';
import { isObject } from '../../../compiler/functions/json-values.ts';
import { type DbtFiles, type JsonMap, mapIn, membersOf, textIn, textsIn } from './dbt-files.ts';
import { type FactColumn, type Facts, type KeyFact, relationNamed } from './draft.ts';
import { draftedType } from './drafted-type.ts';

export interface DbtRelation {
  readonly facts: Facts;
  /** What `--relation` may call it. */
  readonly names: readonly string[];
  /** What a declared source may have as its `warehouse`. */
  readonly relation: readonly string[];
  readonly model: string | null;
  /** Lockstep's own, which no source reads. */
  readonly isOurs: boolean;
}

/** Sources first, each in the order of the manifest. */
export function dbtRelations(files: DbtFiles): readonly DbtRelation[] {
  const tests = files.nodes.filter((node) => textIn(node, 'resource_type') === 'test');
  const models = files.nodes.filter(
    (node) => textIn(node, 'resource_type') === 'model' && textIn(mapIn(node, 'config'), 'materialized') !== 'ephemeral',
  );
  return [
    ...files.sources.filter((s) => textIn(s, 'resource_type') === 'source').map((s) => sourceOf(s, files, tests)),
    ...models.filter((m) => (m['version'] ?? null) === (m['latest_version'] ?? null)).map((m) => modelOf(m, files, tests)),
  ];
}

function sourceOf(node: JsonMap, files: DbtFiles, tests: readonly JsonMap[]): DbtRelation {
  const table = textIn(node, 'identifier') ?? textIn(node, 'name') ?? '';
  const relation = placeOf(node, table);
  const { facts } = known(node, files, tests);
  const name = `${textIn(node, 'source_name')}.${textIn(node, 'name')}`;
  return {
    facts: {
      ...facts,
      label: relation.join('.'),
      warehouse: relationNamed(relation.join('.'), written(relation)),
      table,
      ...loading(node, facts.columns),
    },
    names: [name, textIn(node, 'name') ?? '', ...endings(relation), textIn(node, 'unique_id') ?? ''],
    relation,
    model: null,
    isOurs: false,
  };
}

function modelOf(node: JsonMap, files: DbtFiles, tests: readonly JsonMap[]): DbtRelation {
  const model = textIn(node, 'name') ?? '';
  const relation = placeOf(node, textIn(node, 'alias') ?? model);
  const { facts, tags } = known(node, files, tests);
  const isVersioned = (node['version'] ?? null) !== null;
  const doubts = isVersioned ? [`the model has versions, and ref('${model}') is the latest of them`] : [];
  return {
    facts: {
      ...facts,
      label: `ref('${model}')`,
      warehouse: relationNamed(`ref('${model}')`, /['"]/.test(model) ? null : `ref('${model}')`),
      table: model,
      doubts,
    },
    names: [model, ...endings(relation), textIn(node, 'unique_id') ?? ''],
    relation,
    model,
    isOurs: tags.includes('lockstep') || model.startsWith('lockstep_'),
  };
}

const placeOf = (node: JsonMap, table: string): readonly string[] =>
  [textIn(node, 'database'), textIn(node, 'schema'), table].filter((part) => part !== null && part !== '') as readonly string[];

/** Parts are what is between two points. */
export const written = (parts: readonly string[]): string | null =>
  parts.every((part) => part.trim() === part && part !== '' && !part.includes('.')) ? parts.join('.') : null;

/** table, schema.table, database.schema.table */
export const endings = (parts: readonly string[]): readonly string[] => parts.map((_, i) => parts.slice(i).join('.'));

interface Known {
  readonly facts: Facts;
  readonly tags: readonly string[];
}

function known(node: JsonMap, files: DbtFiles, tests: readonly JsonMap[]): Known {
  const columns = columnsOf(node, files);
  const facts: Facts = {
    label: '',
    warehouse: relationNamed('', null),
    topic: null,
    table: '',
    schema: textIn(node, 'schema'),
    description: textIn(node, 'description'),
    columns,
    keys: keysOf(node, tests, columns, files),
    doubts: [],
    loadedAt: null,
    lateness: null,
  };
  return { facts, tags: textsIn(node, 'tags') };
}

function columnsOf(node: JsonMap, files: DbtFiles): readonly FactColumn[] {
  const described = membersOf(mapIn(node, 'columns'));
  const real = files.catalog.get(textIn(node, 'unique_id') ?? '');
  if (real === undefined)
    return described.map((column) => {
      const { name: written, isQuoted } = writtenName(column);
      const name = nameOf(written, isQuoted && files.engine === 'snowflake');
      return { name, type: draftedType(files.engine, textIn(column, 'data_type') ?? ''), ...about(column) };
    });
  return real.map(({ name, type }) => {
    const column = described.find((c) => writtenName(c).name.toUpperCase() === name.toUpperCase()) ?? {};
    const [fromCatalog, fromManifest] = [type, textIn(column, 'data_type') ?? ''].map((text) => draftedType(files.engine, text));
    // dbt's catalog of Snowflake has no digits.
    const isVague = fromCatalog?.kind === 'unknown' && fromManifest?.kind === 'type';
    const chosen = (isVague ? fromManifest : fromCatalog) ?? draftedType(files.engine, '');
    return { name: nameOf(name, files.engine === 'snowflake'), type: chosen, ...about(column) };
  });
}

/** Some write a column in SQL's quotes. */
function writtenName(column: JsonMap): { readonly name: string; readonly isQuoted: boolean } {
  const name = textIn(column, 'name') ?? '';
  const inner = /^"(.+)"$/s.exec(name)?.[1];
  return { name: inner?.replaceAll('""', '"') ?? name, isQuoted: inner !== undefined || column['quote'] === true };
}

/** `isExact`: upper and lower case count. */
export function nameOf(written: string, isExact: boolean): string {
  return isExact || !identifierPattern.test(written) ? written : written.toUpperCase();
}

function about(column: JsonMap): Pick<FactColumn, 'description' | 'pii'> {
  const metas = [mapIn(column, 'meta'), mapIn(mapIn(column, 'config'), 'meta')];
  const tags = [...textsIn(column, 'tags'), ...textsIn(mapIn(column, 'config'), 'tags')];
  return {
    description: textIn(column, 'description'),
    pii: metas.some((meta) => meta['pii'] === true) || tags.some((tag) => tag.toLowerCase() === 'pii'),
  };
}

/** Where the arguments of a generic test name the columns that are unique together. */
const uniqueTests: Readonly<Record<string, string>> = {
  unique: 'column_name',
  unique_combination_of_columns: 'combination_of_columns',
  lockstep_unique_by: 'columns',
};

function keysOf(node: JsonMap, tests: readonly JsonMap[], columns: readonly FactColumn[], { engine }: DbtFiles): readonly KeyFact[] {
  const keyOf = (names: readonly string[], says: string): readonly KeyFact[] => {
    const found = names.map((name) => columnNamed(name, columns));
    return found.length === 0 || found.includes(undefined) ? [] : [{ columns: found as readonly string[], says }];
  };
  const id = textIn(node, 'unique_id');
  const tested = tests
    .filter((t) => (textIn(t, 'attached_node') ?? textsIn(mapIn(t, 'depends_on'), 'nodes')[0]) === id)
    .flatMap((test) => {
      const { name, kwargs } = {
        name: textIn(mapIn(test, 'test_metadata'), 'name') ?? '',
        kwargs: mapIn(mapIn(test, 'test_metadata'), 'kwargs'),
      };
      const argument = Object.hasOwn(uniqueTests, name) ? uniqueTests[name] : undefined;
      // Of some rows it says nothing.
      if (argument === undefined || (mapIn(test, 'config')['where'] ?? null) !== null) return [];
      const named = argument === 'column_name' ? [textIn(kwargs, argument) ?? ''] : textsIn(kwargs, argument);
      return keyOf(named, `a test of dbt, ${name}, is on it`);
    });
  const isKey = (constraint: JsonMap): boolean => ['primary_key', 'unique'].includes(textIn(constraint, 'type') ?? '');
  const unenforced = engine === 'snowflake' ? ', which Snowflake does not enforce' : '';
  const says = (constraint: JsonMap): string => `its contract in dbt has it as ${textIn(constraint, 'type')}${unenforced}`;
  const constraints = (of: JsonMap): readonly JsonMap[] => (Array.isArray(of['constraints']) ? of['constraints'].filter(isObject) : []);
  const constrained = [
    ...constraints(node).flatMap((c) => (isKey(c) ? keyOf(textsIn(c, 'columns'), says(c)) : [])),
    ...membersOf(mapIn(node, 'columns')).flatMap((column) =>
      constraints(column).flatMap((c) => (isKey(c) ? keyOf([textIn(column, 'name') ?? ''], says(c)) : [])),
    ),
  ];
  return [...tested, ...constrained];
}

/** As SQL reads it. */
function columnNamed(text: string, columns: readonly FactColumn[]): string | undefined {
  const bare = /^"(.*)"$/s.exec(text)?.[1]?.replaceAll('""', '"');
  const exact = columns.find((c) => c.name === (bare ?? text.toUpperCase())) ?? columns.find((c) => c.name === text);
  return (exact ?? columns.find((c) => c.name.toUpperCase() === (bare ?? text).toUpperCase()))?.name;
}

function loading(node: JsonMap, columns: readonly FactColumn[]): Pick<Facts, 'loadedAt' | 'lateness'> {
  const field = textIn(node, 'loaded_at_field') ?? textIn(mapIn(node, 'config'), 'loaded_at_field');
  const column = field === null ? undefined : columnNamed(field.trim(), columns);
  const freshness = mapIn(node, 'freshness');
  const warns =
    Object.keys(freshness).length > 0 ? mapIn(freshness, 'warn_after') : mapIn(mapIn(mapIn(node, 'config'), 'freshness'), 'warn_after');
  const [count, period] = [warns['count'], warns['period']];
  return {
    loadedAt: column === undefined ? null : { column, says: "it is the loaded_at_field of dbt's freshness" },
    lateness:
      typeof count === 'number' && Number.isInteger(count) && count > 0 && typeof period === 'string' && /^(minute|hour|day)$/.test(period)
        ? { text: counted(count, period), says: "dbt's freshness warns after that without a new row; what comes later is late" }
        : null,
  };
}
