/** What the reference answers for the marketplace, by feature, grouped by the instant at which it is asked. */
import type { Row } from '../../../examples/marketplace/rows.ts';
import { formatTimestamp } from '../../../runners/data/format-value.ts';
import { evaluateFeature } from '../../../runners/reference/index.ts';
import { groupBy } from '../../../runners/reference/order.ts';
import { asked, catalog, entityOnly, featureNamed, printed, project, type worldOf } from '../../marketplace/world.ts';

interface Answers {
  readonly asOf: string;
  readonly entities: readonly Row[];
  readonly answers: readonly unknown[];
}

type OfWorld = (world: ReturnType<typeof worldOf>) => readonly Answers[];

export const answersOfReference: ReadonlyMap<string, OfWorld> = new Map(
  project.compiled.features.map((f) => [f.feature.name, answersOf(f.feature.name)]),
);

function answersOf(name: string): OfWorld {
  return (world) => {
    const compiled = featureNamed(name);
    const { rows, spine } = asked(compiled, world, 40);
    const reference = evaluateFeature(compiled.feature, catalog, world.events, spine, { knowledge: 'event' });
    return [...groupBy(spine.keys(), (i) => spine[i]?.asOf ?? 0n)].map(([asOf, places]) => ({
      asOf: formatTimestamp(asOf),
      entities: places.map((i) => entityOnly(rows[i] as Row)),
      answers: places.map((i) => printed(compiled, reference[i] ?? [])),
    }));
  };
}

/** FLOATs are sums in another order. */
export const closeTo = (values: unknown): unknown =>
  JSON.parse(JSON.stringify(values), (_, value: unknown) =>
    typeof value === 'number' && !Number.isInteger(value) ? value.toPrecision(12) : value,
  );
