/** A training set of all features of the marketplace, raw rows from files and from a DuckDB file, against the reference evaluator. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { beforeAll, expect, test } from 'vitest';
import { outputName } from '../../compiler/artifacts/lambda.ts';
import { timestamp } from '../../compiler/sql-type.ts';
import type { Row } from '../../examples/marketplace/rows.ts';
import { formatValue, type Printed } from '../../runners/data/format-value.ts';
import { evaluateFeature } from '../../runners/reference/index.ts';
import { landedMarketplace } from '../marketplace/landed.ts';
import { asked, catalog, project, valueOf, worldOf } from '../marketplace/world.ts';
import { lockstep } from '../support/cli.ts';

const world = worldOf(11, 160);
const { features } = project.compiled;
const entities = [...new Set(features.flatMap(({ feature }) => feature.entity.map((e) => e.name.toLowerCase())))];
const nobody: Row = { stream_id: 's-nobody', listing_id: 'l-nobody', category: 'nothing' };
let folder = '';
let labels: readonly Row[] = [];

/** Points of every feature, some twice; what a feature does not ask for is another one's. */
function labelRows(): readonly Row[] {
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

const names = features.map(({ feature }) => feature.name).join(',');

/** By the reference: each label's outputs, as `query` prints them. */
function expected(knowledge: 'event' | 'arrived'): readonly Record<string, Printed>[] {
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

beforeAll(async () => {
  folder = await landedMarketplace(world);
  labels = labelRows();
  await writeFile(join(folder, 'labels.ndjson'), labels.map((row) => `${JSON.stringify(row)}\n`).join(''));
});

/** What a Parquet file has, as `query` would print it. */
async function parquet(file: string): Promise<readonly Record<string, unknown>[]> {
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

test.each([
  ['event', '--target', 'local'],
  ['arrived', '--target', 'local'],
  ['event', '--events', 'events'],
  ['arrived', '--events', 'events'],
] as const)('by %s time, %s %s: every value is the reference’s', async (knowledge, option, from) => {
  const out = join(folder, 'out.parquet');
  const raw = option === '--events' ? join(folder, from) : from;
  const ran = await lockstep(
    ...['training-set', '--project', folder, '--labels', join(folder, 'labels.ndjson'), '--features', names],
    ...[option, raw, '--knowledge', knowledge, '--out', out],
  );
  const without = project.authored.catalog.sources.flatMap((s) => (s.kind === 'table' || s.ingestTime === null ? [s.name] : []));
  const told = [...ran.err.matchAll(/^warning: (\w+) (?:has no ingest_time|is a table): /gm)].map(([, name]) => name);
  expect({ code: ran.code, told }).toEqual({ code: 0, told: knowledge === 'event' ? [] : without });
  expect(ran.err).toMatch(/\d+ of \d+ labels have no as_of or not all entities: .*\n$/);
  const rows = await parquet(out);
  const wanted = expected(knowledge);
  expect(rows.map((row) => row['label'])).toEqual(labels.map((row) => row['label']));
  for (const [i, row] of rows.entries())
    for (const [column, value] of Object.entries(wanted[i] ?? {})) {
      const got = row[column];
      const place = `${column} of label ${i + 1}, ${JSON.stringify(labels[i])}`;
      if (typeof value === 'number') expect(Math.abs(Number(got) - value), place).toBeLessThanOrEqual(Math.abs(value) * 1e-12);
      else expect(got, place).toEqual(value);
    }
  expect(Object.keys(rows[0] ?? {})).toEqual([...Object.keys(labels[0] ?? {}), ...Object.keys(wanted[0] ?? {})]);
});

test('late events make the two knowledges differ', () => {
  expect(expected('arrived')).not.toEqual(expected('event'));
});
