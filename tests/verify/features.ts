/** Every feature of the repository's own projects: the marketplace's on generated events, those of flights on real ones. */
import type { SpineRow } from '../../runners/data/spine.ts';
import { loadFlights, originSpine, routeSpine } from '../flights/data.ts';
import { asked, catalog, project, worldOf } from '../marketplace/world.ts';
import { againstReference } from './against-reference.ts';
import type { Item, Part } from './item.ts';
import { type Data, placesOf } from './places.ts';

const seed = 1;
/** Sellers, streams and the like, as `generateMarketplace` takes it. */
const people = 30;
const mostEntities = 14;

/** Of three days: some 40,000 would take an account an upload, and the reference minutes. */
const everyNthFlight = 40;

export async function featuresPart(): Promise<Part> {
  return { name: 'features', seed, items: [...marketplace(), ...(await flights())] };
}

function marketplace(): readonly Item[] {
  const world = worldOf(seed, people);
  const data: Data = { catalog, events: world.events, places: placesOf('market') };
  return project.compiled.features.flatMap((compiled) =>
    (['event', 'arrived'] as const).map((knowledge) => ({
      id: `marketplace ${compiled.feature.name}, ${knowledge}`,
      sql: null,
      run: (connection) => againstReference(connection, compiled.feature, data, asked(compiled, world, mostEntities).spine, knowledge),
    })),
  );
}

async function flights(): Promise<readonly Item[]> {
  const loaded = await loadFlights();
  try {
    const { columns, rows } = loaded.events;
    const id = columns.findIndex((c) => c.toLowerCase() === 'flight_id');
    const events = new Map([['flights', { columns, rows: rows.filter((row) => Number(row[id]) % everyNthFlight === 0) }]]);
    const data: Data = { catalog: loaded.project.authored.catalog, events, places: placesOf('flights') };
    const [routes, origins] = [await routeSpine(loaded), originSpine()];
    return loaded.project.compiled.features.map(({ feature }) => {
      const { length } = feature.entity;
      const spine: readonly SpineRow[] = (length === 2 ? routes : origins).map(({ entity, asOf }) => ({
        entity: entity.slice(0, length),
        asOf,
      }));
      return { id: `flights ${feature.name}`, sql: null, run: (connection) => againstReference(connection, feature, data, spine, 'event') };
    });
  } finally {
    loaded.byHand.close();
  }
}
