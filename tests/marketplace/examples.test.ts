/** `examples:` in headers: the reference gives the expected row. */
import { expect, test } from 'vitest';
import type { YamlValue } from '../../compiler/definition.ts';
import { timestamp } from '../../compiler/sql-type.ts';
import type { Cell, Row } from '../../examples/marketplace/rows.ts';
import { evaluateFeature } from '../../runners/reference/index.ts';
import { catalog, featureNamed, project, typed, valueOf } from './world.ts';

const examples = project.authored.features.flatMap((f) =>
  f.header.examples.map((example, n) => ({ feature: f.name, name: example.name ?? `example ${n + 1}`, example })),
);

function cell(value: YamlValue | undefined): Cell {
  if (value === null || value === undefined || typeof value === 'boolean') return value ?? null;
  if (value.kind === 'list' || value.kind === 'map') throw new Error('the marketplace has no arrays in its examples');
  return value.text;
}

test.each(examples)('$feature: $name', ({ feature: name, example }) => {
  const { feature } = featureNamed(name);
  const events = new Map(
    feature.sources.map((source) => {
      const declared = catalog.sources.find((s) => s.name === source);
      if (declared === undefined) throw new Error(source);
      const rows = (example.events[source] ?? []).map(
        (row): Row => Object.fromEntries(Object.entries(row).map(([column, value]) => [column.toLowerCase(), cell(value)])),
      );
      return [source, typed(declared, rows)] as const;
    }),
  );
  const entity = feature.entity.map((e) => valueOf(cell(example.expect[e.name]), e.type));
  const [found] = evaluateFeature(feature, catalog, events, [{ entity, asOf: valueOf(example.asOf, timestamp) as bigint }], {
    knowledge: 'event',
  });
  expect(found).toEqual(feature.outputs.map((o) => valueOf(cell(example.expect[o.name]), o.type)));
});

test('there are examples', () => {
  expect(examples.length).toBeGreaterThanOrEqual(4);
});
