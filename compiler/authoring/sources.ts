/** `sources.yml`: the streams and tables that features read. */
import type { Catalog, Source, SourceColumn, Stream, Table } from '../catalog.ts';
import { type Diagnostic, error } from '../diagnostics.ts';
import type { SourceFile } from '../source.ts';
import { isSemiStructured } from '../sql-type.ts';
import { columnReference, readColumns } from './columns.ts';
import { sourcesKeys, streamKeys, tableKeys } from './keys.ts';
import { type Complain, complainTo, durationOf, fieldsOf, identifierPattern, mapOf, oneOf, textOf, textsOf } from './reader.ts';
import { isNull, parseYaml, type YamlEntry } from './yaml.ts';

const fiveMinutes = 300_000_000n;

/** What a lambda calls its own relations. */
const keptNames = new Set(['spine', 'instants']);

export function readSources(file: SourceFile, diagnostics: Diagnostic[]): Catalog {
  const node = parseYaml(file.text, file.path, 0, diagnostics);
  const complain = complainTo(diagnostics);
  if (node === undefined || isNull(node)) return { sources: [] };
  const map = mapOf(node, 'sources.yml', complain);
  if (map === undefined) return { sources: [] };
  const fields = fieldsOf(map, sourcesKeys, 'sources.yml', complain);
  const entries = (field: YamlEntry | undefined): readonly YamlEntry[] =>
    field === undefined || isNull(field.value) ? [] : (mapOf(field.value, `\`${field.key}\``, complain)?.entries ?? []);
  const sources = [
    ...entries(fields.streams).map((entry) => ({ entry, source: readStream(entry, complain) })),
    ...entries(fields.tables).map((entry) => ({ entry, source: readTable(entry, complain) })),
  ];
  const names = sources.flatMap(({ entry }) => [
    entry.key,
    ...(fields.tables !== undefined && isIn(entry, fields.tables) ? [`${entry.key}_history`] : []),
  ]);
  const taken = new Set<string>();
  for (const { entry } of sources) {
    const name = entry.key.toLowerCase();
    const clash = taken.has(name) || (names.filter((other) => other.toLowerCase() === name).length > 1 && name.endsWith('_history'));
    if (clash)
      diagnostics.push(
        error(
          'name-taken',
          entry.keySpan,
          `another source has the name \`${entry.key}\`, which SQL reads without regard to case`,
          name.endsWith('_history') ? 'every table `t` is also read as `t_history`' : undefined,
        ),
      );
    taken.add(name);
    if (keptNames.has(name))
      diagnostics.push(
        error(
          'reserved-name',
          entry.keySpan,
          `\`${entry.key}\` is a name that Lockstep keeps for itself`,
          'call it otherwise; `warehouse` and `topic` may stay',
        ),
      );
    if (!identifierPattern.test(entry.key)) complain(entry.keySpan, `\`${entry.key}\` cannot name a source`, 'letters, digits and _');
  }
  return { sources: sources.flatMap(({ source }) => (source === undefined ? [] : [source])) };
}

function isIn(entry: YamlEntry, field: YamlEntry): boolean {
  return field.value.kind === 'map' && field.value.entries.includes(entry);
}

type Shared = Omit<Stream, 'kind' | 'eventTime' | 'ingestTime' | 'lateness' | 'maxSkew'>;

function readShared(
  entry: YamlEntry,
  fields: { readonly [name in 'description' | 'warehouse' | 'topic' | 'envelope' | 'key' | 'columns']?: YamlEntry },
  complain: Complain,
): Shared {
  const columns = readColumns(fields.columns, complain);
  const key = textsOf(fields.key, complain).flatMap((name) => columnReference(name, '`key`', columns, isExact, complain) ?? []);
  if (fields.key?.value.kind === 'list' && fields.key.value.items.length === 0) complain(fields.key.value.span, '`key` names no column');
  if (new Set(key).size !== key.length && fields.key !== undefined) complain(fields.key.value.span, '`key` names a column twice');
  return {
    name: entry.key,
    description: textOf(fields.description, complain),
    warehouse: textOf(fields.warehouse, complain) ?? '',
    topic: textOf(fields.topic, complain),
    envelope: oneOf(fields.envelope, ['plain', 'segment', 'debezium'], complain) ?? 'plain',
    key,
    columns,
    span: entry.keySpan,
  };
}

function readStream(entry: YamlEntry, complain: Complain): Source | undefined {
  const what = `the stream \`${entry.key}\``;
  const map = mapOf(entry.value, what, complain);
  if (map === undefined) return undefined;
  const fields = fieldsOf(map, streamKeys, what, complain, { place: entry.keySpan });
  const shared = readShared(entry, fields, complain);
  const [eventTime, ingestTime] = [fields.event_time, fields.ingest_time].map((field) =>
    reference(field, shared.columns, isTime, complain),
  );
  if (!eventTime || shared.key.length === 0) return undefined;
  return {
    ...shared,
    kind: 'stream',
    eventTime,
    ingestTime: ingestTime ?? null,
    lateness: durationOf(fields.lateness, complain) ?? 0n,
    maxSkew: durationOf(fields.max_skew, complain) ?? fiveMinutes,
  };
}

function readTable(entry: YamlEntry, complain: Complain): Table | undefined {
  const what = `the table \`${entry.key}\``;
  const map = mapOf(entry.value, what, complain);
  if (map === undefined) return undefined;
  const fields = fieldsOf(map, tableKeys, what, complain, { place: entry.keySpan });
  const shared = readShared(entry, fields, complain);
  const kept = shared.columns.find((c) => /^valid_(from|to)$/i.test(c.name));
  if (kept !== undefined && fields.columns !== undefined)
    complain(fields.columns.keySpan, `\`${kept.name.toLowerCase()}\` is what \`${entry.key}_history\` adds, so no column can be called so`);
  const updatedAt = reference(fields.updated_at, shared.columns, isTime, complain);
  if (updatedAt === null || shared.key.length === 0) return undefined;
  return {
    ...shared,
    kind: 'table',
    updatedAt,
    versionBy: reference(fields.version_by, shared.columns, isVersion, complain),
    deleted: reference(fields.deleted, shared.columns, isFlag, complain),
    lateness: durationOf(fields.lateness, complain) ?? 0n,
  };
}

type Fits = (column: SourceColumn) => string | null;

function reference(field: YamlEntry | undefined, columns: readonly SourceColumn[], fits: Fits, complain: Complain): string | null {
  if (field === undefined || textOf(field, complain) === null || field.value.kind !== 'scalar') return null;
  return columnReference(field.value, `\`${field.key}\``, columns, fits, complain);
}

function isExact({ type }: SourceColumn): string | null {
  if (isSemiStructured(type)) return 'is a VARIANT, and keys must compare exactly; declare the key as a column of its own';
  return type.kind === 'float' ? 'is a FLOAT: engines disagree on which FLOATs are one key; declare it NUMBER or VARCHAR' : null;
}

function isTime({ type }: SourceColumn): string | null {
  if (type.kind === 'timestamp' && type.zone === 'ntz') return null;
  if (type.kind === 'timestamp')
    return 'is TIMESTAMP_LTZ: as_of() is TIMESTAMP_NTZ in UTC, and comparing the two would depend on the time zone of a session; declare it TIMESTAMP_NTZ';
  return type.kind === 'date' ? 'is a DATE: a whole day would count as one instant' : 'is no timestamp';
}

function isVersion({ type }: SourceColumn): string | null {
  return ['number', 'timestamp', 'date', 'varchar'].includes(type.kind) ? null : 'does not order versions exactly';
}

function isFlag({ type }: SourceColumn): string | null {
  return type.kind === 'boolean' ? null : 'is no BOOLEAN';
}
