/** Labels about a marketplace, and what the reference says of them. */
import { DuckDBInstance } from '@duckdb/node-api';
import { expect } from 'vitest';
import { outputName } from '../../compiler/artifacts/lambda.ts';
import { timestamp } from '../../compiler/sql-type.ts';
import type { Row } from '../../examples/marketplace/rows.ts';
import { formatValue, type Printed } from '../../runners/data/format-value.ts';
import { evaluateFeature } from '../../runners/reference/index.ts';
import { asked, catalog, project, valueOf, type World } from './world.ts';

const { features } = project.compiled;
const entities = [...new Set(features.flatMap(({ feature }) => feature.entity.map((e) => e.name.toLowerCase())))];
const nobody: Row = { stream_id: 's-nobody', listing_id: 'l-nobody', category: 'nothing' };

export const featureNames = features.map(({ feature }) => feature.name).join(',');

/** Points of every feature, some twice; what a feature does not ask for is another one's. */
export function labelRows(world: World): readonly Row[] {
  const points = features.map((f) => asked(f, world, 3).rows);
  const pick = (rows: readonly Row[], n: number): Row => rows[n % rows.length] ?? {};
  const rows = Array.from({ length: 150 }, (_, i): Row => {
    const own = points[i % points.length] ?? [];
    const others = Object.assign({}, ...points.map((p, k) => pick(p, i * 7 + k * 3))) as Row;
    return { ...others, ...pick(own, i * 5) };
  });
  const without = entities.map((entity, i): Row => ({ ...pick(rows, i * 11), [entity]: null }));
  const never: Row = { ...pick(rows, 3), as_of: null };
  // In no order of time; copies apart from each other.
  return [...rows, ...without, never, ...rows.slice(0, 20), never].map((row, i) => ({ ...row, label: i % 3 === 0 ? null : `l${i}, "x"` }));
}

export type Outputs = Readonly<Record<string, Printed>>;

/** By the reference: each label's outputs, as `query` prints them. */
export function expected(world: World, labels: readonly Row[], knowledge: 'event' | 'arrived'): readonly Outputs[] {
  const columns = features.map(({ feature }) => {
    const spine = labels.map((row) => {
      const keys = feature.entity.map((e) => row[e.name.toLowerCase()] ?? null);
      // What an entity has that nobody ever saw.
      const absent = row['as_of'] === null || keys.includes(null);
      const given = feature.entity.map((e, i) => (absent ? (nobody[e.name.toLowerCase()] ?? 999_999) : (keys[i] ?? null)));
      return {
        entity: feature.entity.map((e, i) => valueOf(given[i] ?? null, e.type)),
        asOf: valueOf(row['as_of'] ?? '1970-01-01T00:00:00', timestamp) as bigint,
      };
    });
    return { feature, answers: evaluateFeature(feature, catalog, world.events, spine, { knowledge }) };
  });
  return labels.map((_, i) =>
    Object.fromEntries(
      columns.flatMap(({ feature, answers }) =>
        feature.outputs.map((o, k) => {
          // Of the platform as a whole there is no other entity that nobody ever saw: without an instant there is no answer.
          const value = feature.entity.length === 0 && labels[i]?.['as_of'] === null ? null : (answers[i]?.[k] ?? null);
          return [`${feature.name}__${outputName(o.name)}`, formatValue(value, o.type)];
        }),
      ),
    ),
  );
}

/** What a Parquet file has, as `query` would print it. */
export async function parquetRows(file: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const described = (await connection.runAndReadAll(`DESCRIBE SELECT * FROM '${file}'`)).getRows();
  const items = described.map(([name, type]) =>
    type === 'TIMESTAMP' ? `strftime("${name}", '%Y-%m-%dT%H:%M:%S.%f') AS "${name}"` : `"${name}"`,
  );
  const rows = (await connection.runAndReadAll(`SELECT ${items.join(', ')} FROM '${file}'`)).getRowObjectsJson();
  connection.closeSync();
  instance.closeSync();
  return rows as readonly Record<string, unknown>[];
}

/** FLOATs up to the order of additions, everything else to the letter. */
export function requireOutputs(
  rows: readonly Readonly<Record<string, unknown>>[],
  wanted: readonly Outputs[],
  labels: readonly Row[],
): void {
  expect(rows.length).toBe(wanted.length);
  for (const [i, row] of rows.entries())
    for (const [column, value] of Object.entries(wanted[i] ?? {})) {
      const got = row[column];
      const place = `${column} of label ${i + 1}, ${JSON.stringify(labels[i])}`;
      if (typeof value === 'number') expect(Math.abs(Number(got) - value), place).toBeLessThanOrEqual(Math.abs(value) * 1e-12);
      else expect(got, place).toEqual(value);
    }
}
