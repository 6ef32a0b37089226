/** The examples of a header as unit tests of dbt: raw rows, staged as the warehouse stages them, and what is answered of them. */
import type { Catalog, Source } from '../../catalog.ts';
import type { CheckedFeature } from '../../check/checked.ts';
import type { FeatureExample, YamlValue } from '../../definition.ts';
import { type Dialect, identifier } from '../../emit/dialect.ts';
import { literalSql } from '../../emit/expression.ts';
import { printExpression } from '../../emit/print.ts';
import { asOfColumn } from '../../plan/plan.ts';
import { cast, type Sql, str, token } from '../../sql/tree.ts';
import { type SqlType, timestamp } from '../../sql-type.ts';
import { outputName } from '../lambda.ts';
import { stagingSql } from '../staging.ts';
import { asOfMacroName, stagingName, type TextFile, writtenByUs } from './names.ts';
import { said, type YamlTree } from './yaml-text.ts';

const askedName = (feature: string): string => `${feature}__asked`;
const labelsName = (feature: string): string => `${feature}__labels`;

/** What the tests ask: nothing of it is built. */
export function exampleModels(feature: CheckedFeature, dialect: Dialect): readonly TextFile[] {
  const ephemeral = `${writtenByUs}{{ config(materialized='ephemeral') }}\n`;
  const labels = askedColumns(feature).map((c) => `  CAST(NULL AS ${dialect.typeName(c.type)}) AS ${identifier(c.name, dialect)}`);
  return [
    { path: `models/examples/${labelsName(feature.name)}.sql`, text: `${ephemeral}SELECT\n${labels.join(',\n')}\nWHERE FALSE\n` },
    {
      path: `models/examples/${askedName(feature.name)}.sql`,
      text: `${ephemeral}SELECT *\nFROM {{ ${asOfMacroName(feature.name)}(ref('${labelsName(feature.name)}')) }} AS answers\n`,
    },
  ];
}

const askedColumns = (feature: CheckedFeature): readonly { readonly name: string; readonly type: SqlType }[] => [
  ...feature.entity,
  { name: asOfColumn, type: timestamp },
];

export function unitTests(
  feature: CheckedFeature,
  examples: readonly FeatureExample[],
  catalog: Catalog,
  dialect: Dialect,
): readonly YamlTree[] {
  const sources = feature.sources.map((name) => catalog.sources.find((s) => s.name === name) as Source);
  const columns = [...sources.flatMap((s) => s.columns), ...feature.entity, ...feature.outputs];
  if (!columns.every((c) => isWritten(c.type))) return [];
  return examples.map((example, i) => ({
    name: `${feature.name}_example_${i + 1}`,
    ...(example.name === null ? {} : { description: said(example.name) }),
    model: askedName(feature.name),
    given: [
      ...sources.map((source) => ({
        input: `ref('${stagingName(source.name)}')`,
        format: 'sql',
        // Rendered with the YAML, and once more as SQL.
        rows: said(stagingSql(source, `(\n${rawRows(source, example, dialect)}\n)`, dialect)),
      })),
      { input: `ref('${labelsName(feature.name)}')`, format: 'sql', rows: said(rowSql(askedColumns(feature), asked(example), dialect)) },
    ],
    expect: { rows: [expected(feature, example)] },
    config: { tags: ['lockstep'] },
  }));
}

/** Types whose values a header's YAML and a text in SQL write alike. */
const isWritten = (type: SqlType): boolean => !['array', 'element', 'binary', 'time'].includes(type.kind);

const asked = (example: FeatureExample): Readonly<Record<string, YamlValue>> => ({
  ...example.expect,
  [asOfColumn]: { kind: 'string', text: example.asOf },
});

function rawRows(source: Source, example: FeatureExample, dialect: Dialect): string {
  const rows = Object.entries(example.events).find(([name]) => name.toUpperCase() === source.name.toUpperCase())?.[1] ?? [];
  if (rows.length === 0) return `${rowSql(source.columns, {}, dialect)}\nWHERE FALSE`;
  return rows.map((row) => rowSql(source.columns, row, dialect)).join('\nUNION ALL\n');
}

function rowSql(
  columns: readonly { readonly name: string; readonly type: SqlType }[],
  row: Readonly<Record<string, YamlValue>>,
  dialect: Dialect,
): string {
  const items = columns.map(
    (c) => `${printExpression(valueSql(row[c.name] ?? null, c.type, dialect), dialect)} AS ${identifier(c.name, dialect)}`,
  );
  return `SELECT ${items.join(', ')}`;
}

function valueSql(value: YamlValue, type: SqlType, dialect: Dialect): Sql {
  if (value === null) return cast(token('NULL'), type);
  if (type.kind === 'variant') return literalSql(JSON.stringify(json(value)), type, dialect.engine);
  return cast(str(plain(value)), type);
}

function plain(value: YamlValue): string {
  if (value === null || typeof value === 'boolean') return String(value);
  return value.kind === 'number' || value.kind === 'string' ? value.text : JSON.stringify(json(value));
}

function json(value: YamlValue): unknown {
  if (value === null || typeof value === 'boolean') return value;
  if (value.kind === 'number') return Number(value.text);
  if (value.kind === 'string') return value.text;
  return value.kind === 'list' ? value.items.map(json) : Object.fromEntries(value.entries.map((e) => [e.key, json(e.value)]));
}

/** Sums of FLOAT depend on the order of additions, and dbt compares digits. */
function expected(feature: CheckedFeature, example: FeatureExample): YamlTree {
  const given = [
    ...feature.entity.map((c) => c.name),
    ...feature.outputs.filter((o) => o.exactness === 'exact' && o.name in example.expect).map((o) => o.name),
  ];
  const values = given.map((name): [string, YamlTree] => {
    const value = example.expect[name] ?? null;
    return [outputName(name), value === null || typeof value === 'boolean' ? value : said(plain(value))];
  });
  return { ...Object.fromEntries(values), as_of: example.asOf };
}
