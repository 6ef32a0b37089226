/** Every feature of the marketplace: it compiles, and batch, lambda and reference give the same on events as they are. */
import { describe, expect, test } from 'vitest';
import { answers, asked, printed, project, valueOf, worldOf } from './world.ts';

const { features } = project.compiled;

test('all features compile without a finding', () => {
  expect(project.diagnostics.map((d) => `${d.feature}: ${d.code}: ${d.message}`)).toEqual([]);
  expect(features.length).toBe(project.authored.features.length);
  expect(features.length).toBeGreaterThanOrEqual(16);
});

test('every feature says what it means, who answers for it, and when it is computed', () => {
  for (const { name, header } of project.authored.features) {
    expect([name, header.description, header.owner, header.every]).toEqual([
      name,
      expect.any(String),
      expect.any(String),
      expect.any(BigInt),
    ]);
  }
});

test('every source is read by some feature, and every universe is a source', () => {
  const sources = project.authored.catalog.sources.map((s) => s.name);
  expect(sources.filter((name) => !features.some((f) => f.feature.sources.includes(name)))).toEqual([]);
  expect(
    project.authored.features
      .flatMap((f) => (f.header.universe === null ? [] : [f.header.universe.name]))
      .filter((name) => !sources.includes(name)),
  ).toEqual([]);
});

describe.each([1, 2, 3])('seed %i', (seed) => {
  const world = worldOf(seed, 140);

  test.each(features.map((f) => [f.feature.name, f] as const))('%s', async (_, compiled) => {
    const { feature } = compiled;
    const { rows, spine } = asked(compiled, world, 14);
    const result = await answers(compiled, world, spine);
    const differences = [result.batchAgainstLambda, result.referenceAgainstBatch].flatMap((c) => c.differences);
    expect(differences.slice(0, 3).map((d) => ({ ...d, at: rows[d.row] }))).toEqual([]);
    expect(result.batchAgainstLambda.points).toBe(spine.length);
    expect(result.referenceAgainstBatch.points).toBe(spine.length);

    const absent = feature.entity.map((e) => valueOf(rows.at(-2)?.[e.name.toLowerCase()] ?? null, e.type));
    const nothing = printed(
      compiled,
      feature.entity.length === 0
        ? feature.outputs.map(() => 0n)
        : (result.batch[spine.findIndex((row) => row.entity.join() === absent.join())] ?? []),
    );
    const given = result.batch.map((values) => printed(compiled, values));
    const silent = Object.keys(nothing).filter((output) => given.every((row) => row[output] === null || row[output] === nothing[output]));
    expect(silent, 'outputs that say nothing on these events').toEqual([]);
  });
});
