/** A training set of all features of the marketplace, raw rows from files and from a DuckDB file, against the reference evaluator. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { Row } from '../../examples/marketplace/rows.ts';
import { landedMarketplace } from '../marketplace/landed.ts';
import { expected, featureNames, labelRows, parquetRows, requireOutputs } from '../marketplace/training.ts';
import { project, worldOf } from '../marketplace/world.ts';
import { lockstep } from '../support/cli.ts';

const world = worldOf(11, 160);
let folder = '';
let labels: readonly Row[] = [];

beforeAll(async () => {
  folder = await landedMarketplace(world);
  labels = labelRows(world);
  await writeFile(join(folder, 'labels.ndjson'), labels.map((row) => `${JSON.stringify(row)}\n`).join(''));
});

test.each([
  ['event', '--target', 'local'],
  ['arrived', '--target', 'local'],
  ['event', '--events', 'events'],
  ['arrived', '--events', 'events'],
] as const)('by %s time, %s %s: every value is the reference’s', async (knowledge, option, from) => {
  const out = join(folder, 'out.parquet');
  const raw = option === '--events' ? join(folder, from) : from;
  const ran = await lockstep(
    ...['training-set', '--project', folder, '--labels', join(folder, 'labels.ndjson'), '--features', featureNames],
    ...[option, raw, '--knowledge', knowledge, '--out', out],
  );
  const without = project.authored.catalog.sources.flatMap((s) => (s.kind === 'table' || s.ingestTime === null ? [s.name] : []));
  const told = [...ran.err.matchAll(/^warning: (\w+) (?:has no ingest_time|is a table): /gm)].map(([, name]) => name);
  expect({ code: ran.code, told }).toEqual({ code: 0, told: knowledge === 'event' ? [] : without });
  expect(ran.err).toMatch(/\d+ of \d+ labels have no as_of or not all entities: .*\n$/);
  const rows = await parquetRows(out);
  const wanted = expected(world, labels, knowledge);
  expect(rows.map((row) => row['label'])).toEqual(labels.map((row) => row['label']));
  requireOutputs(rows, wanted, labels);
  expect(Object.keys(rows[0] ?? {})).toEqual([...Object.keys(labels[0] ?? {}), ...Object.keys(wanted[0] ?? {})]);
});

test('late events make the two knowledges differ', () => {
  expect(expected(world, labels, 'arrived')).not.toEqual(expected(world, labels, 'event'));
});
