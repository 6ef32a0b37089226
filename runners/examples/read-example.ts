/** An example of a header, its YAML scalars read with the declared types. */
import type { Catalog, Source } from '../../compiler/catalog.ts';
import type { CheckedFeature, OutputColumn } from '../../compiler/check/checked.ts';
import type { FeatureExample, YamlValue } from '../../compiler/definition.ts';
import type { Json } from '../../compiler/functions/json-values.ts';
import { type SqlType, timestamp, typeName } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import type { SourceRows } from '../data/events.ts';
import { type JsonValue, parseJsonValue } from '../data/parse-value.ts';
import type { SpineRow } from '../data/spine.ts';

export interface ReadExample {
  /** Of every source the feature reads: empty where the example has none. */
  readonly events: ReadonlyMap<string, SourceRows>;
  readonly point: SpineRow;
  readonly expected: readonly { readonly output: OutputColumn; readonly value: Value }[];
}

/** The example cannot be run as it is written. */
export class ExampleProblem extends Error {
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

export function readExample(example: FeatureExample, feature: CheckedFeature, catalog: Catalog): ReadExample {
  const asOf = valueOf({ kind: 'string', text: example.asOf }, timestamp, '`as_of`');
  const read = (name: string, type: SqlType): Value =>
    valueOf(example.expect[name] ?? null, type, `\`${name.toLowerCase()}\` in \`expect\``);
  const entity = feature.entity.map(({ name, type }) => read(name, type));
  return {
    events: new Map(catalog.sources.filter((s) => feature.sources.includes(s.name)).map((s) => [s.name, rowsOf(s, example)])),
    point: { entity, asOf: asOf as bigint },
    expected: feature.outputs.filter((o) => o.name in example.expect).map((output) => ({ output, value: read(output.name, output.type) })),
  };
}

function rowsOf(source: Source, example: FeatureExample): SourceRows {
  const written = Object.entries(example.events).find(([name]) => name.toUpperCase() === source.name.toUpperCase())?.[1] ?? [];
  const needed = [...source.key, source.kind === 'stream' ? source.eventTime : source.updatedAt];
  const rows = written.map((row, i) => {
    const missing = needed.find((name) => !(name in row));
    if (missing !== undefined)
      throw new ExampleProblem(
        `row ${i + 1} of \`${source.name}\` has no \`${missing.toLowerCase()}\`, and without it no form would see it`,
        'give it a value; other columns may be left out, which makes them NULL',
      );
    return source.columns.map(({ name, type }) =>
      valueOf(row[name] ?? null, type, `\`${name.toLowerCase()}\` in row ${i + 1} of \`${source.name}\``),
    );
  });
  return { columns: source.columns.map((c) => c.name), rows };
}

function valueOf(written: YamlValue, type: SqlType, what: string): Value {
  if (type.kind === 'array' && typeof written === 'object' && written !== null && written.kind === 'list')
    return written.items.map((item) => valueOf(item, type.of, `an element of ${what}`));
  const parsed = parseJsonValue(jsonOf(written), type);
  if ('value' in parsed) return parsed.value;
  const number = typeof written === 'object' && written !== null && written.kind === 'number';
  const quoted = type.kind === 'varchar' && number ? 'quote it' : undefined;
  throw new ExampleProblem(`${what} is no ${typeName(type)}: ${parsed.problem}`, quoted);
}

function jsonOf(written: YamlValue): JsonValue {
  if (written === null || typeof written === 'boolean') return written;
  return written.kind === 'list' || written.kind === 'map'
    ? { kind: 'other', value: plain(written, Number), exact: plain(written, (text) => text) }
    : written;
}

function plain(written: YamlValue, number: (text: string) => Json): Json {
  if (written === null || typeof written === 'boolean') return written;
  switch (written.kind) {
    case 'number':
      return number(written.text);
    case 'string':
      return written.text;
    case 'list':
      return written.items.map((item) => plain(item, number));
    case 'map':
      return Object.fromEntries(written.entries.map(({ key, value }) => [key, plain(value, number)]));
  }
}
