/** All events of a source that lambdas look back to, by entity. Grows with what comes, forgets what is old. */
import { type EntityEvents, forget, insert, type Layout, noEvents, remove } from './entity-events.ts';

export interface KeptEvents {
  readonly of: (key: string) => EntityEvents;
  /** The event's numbers without its totals. */
  readonly add: (key: string, event: Float64Array) => void;
  /** `event`: as it was added. */
  readonly remove: (key: string, event: Float64Array) => void;
  /** Those dated before, microseconds; a part of the entities in each turn of the event loop. */
  readonly forget: (before: number) => Promise<void>;
  /** Nobody asks any more: what was remembered of its events is given back. */
  readonly close: () => void;
  readonly size: () => { readonly events: number; readonly bytes: number };
}

/** What an entity costs beside its events: its key, its place in the map, its array's head. */
const bytesOfEntity = 400;
const entitiesInOneTurn = 10_000;
const nobody = noEvents();

export function keepEvents(layout: Layout): KeptEvents {
  const entities = new Map<string, EntityEvents>();
  let [events, numbers] = [0, 0];
  const changing = (of: EntityEvents, change: () => void): void => {
    const [count, length] = [of.end - of.first, of.numbers.length];
    change();
    events += of.end - of.first - count;
    numbers += of.numbers.length - length;
  };
  // Whoever watches begins anew.
  const dismiss = ({ watchers }: EntityEvents): void => {
    for (const watcher of watchers.splice(0)) watcher.left();
  };
  const dropEmpty = (key: string, of: EntityEvents): void => {
    if (of.end > of.first) return;
    entities.delete(key);
    numbers -= of.numbers.length;
  };
  return {
    of: (key) => entities.get(key) ?? nobody,
    add: (key, event) => {
      const of = entities.get(key) ?? noEvents();
      if (of.end === 0) entities.set(key, of);
      changing(of, () => insert(of, layout, event));
    },
    remove: (key, event) => {
      const of = entities.get(key);
      if (of === undefined) return;
      changing(of, () => remove(of, layout, event));
      dropEmpty(key, of);
    },
    forget: async (before) => {
      let left = entitiesInOneTurn;
      for (const [key, of] of entities) {
        changing(of, () => forget(of, layout.width, before));
        dismiss(of);
        dropEmpty(key, of);
        left -= 1;
        if (left > 0) continue;
        await new Promise(setImmediate);
        left = entitiesInOneTurn;
      }
    },
    close: () => {
      for (const of of entities.values()) dismiss(of);
    },
    size: () => ({ events, bytes: numbers * Float64Array.BYTES_PER_ELEMENT + entities.size * bytesOfEntity }),
  };
}
