/** Where the demo looks: on the hour, where many flights leave; airports large, small, and one that does not exist. */
import type { CompiledFeature } from '../../../compiler/artifacts/compile.ts';
import type { Value } from '../../../compiler/value.ts';
import type { SourceRows } from '../../../runners/data/events.ts';
import type { SpineRow } from '../../../runners/data/spine.ts';

const hour = 3_600_000_000n;
const firstDay = 978_912_000_000_000n;

export function instants(days: number, count: number): readonly bigint[] {
  const hours = BigInt(days * 24);
  // An odd stride visits every hour of the day.
  const chosen = Array.from({ length: count }, (_, i) => firstDay + (((BigInt(i) + 1n) * hours) / BigInt(count)) * hour)
    .map((t, i) => t - BigInt((i * 7) % 24) * hour)
    .filter((t) => t > firstDay);
  return [...new Set(chosen)].sort((a, b) => (a < b ? -1 : 1));
}

export interface Places {
  readonly origins: readonly string[];
  readonly routes: readonly (readonly [string, string])[];
}

/** Every airport, and every k-th route by traffic, from the busiest to the quietest; and one of each that is in no event. */
export function places(flights: SourceRows, mostRoutes: number): Places {
  const origin = flights.columns.indexOf('ORIGIN');
  const destination = flights.columns.indexOf('DESTINATION');
  const airports = new Set<string>();
  const byRoute = new Map<string, number>();
  for (const row of flights.rows) {
    const [from, to] = [row[origin] as string, row[destination] as string];
    airports.add(from).add(to);
    byRoute.set(`${from} ${to}`, (byRoute.get(`${from} ${to}`) ?? 0) + 1);
  }
  const routes = [...byRoute].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([name]) => name);
  const stride = Math.max(1, Math.floor(routes.length / mostRoutes));
  return {
    origins: [...[...airports].sort(), 'ZZZ'],
    routes: [...routes.filter((_, i) => i % stride === 0), 'ZZZ ZZZ'].map((r) => r.split(' ') as unknown as readonly [string, string]),
  };
}

export function spineFor({ feature }: CompiledFeature, at: readonly bigint[], { origins, routes }: Places): readonly SpineRow[] {
  const entities: readonly (readonly Value[])[] =
    feature.entity.length === 0 ? [[]] : feature.entity.length === 2 ? routes : origins.map((o) => [o]);
  return at.flatMap((asOf) => entities.map((entity) => ({ entity, asOf })));
}
