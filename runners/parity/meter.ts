/** What a run has asked of engines, of a server and of the warehouse so far. */
import type { Connection } from '../engines/engine.ts';

export interface Spent {
  readonly queries: number;
  /** That the warehouse was at work for the run, as seen from here. */
  readonly warehouseSeconds: number;
}

export interface Meter {
  /** One more query. */
  readonly asked: () => void;
  /** One more, of the warehouse. */
  readonly onWarehouse: <T>(work: () => Promise<T>) => Promise<T>;
  readonly spent: () => Spent;
}

export function openMeter(): Meter {
  let [queries, milliseconds] = [0, 0];
  return {
    asked: () => {
      queries += 1;
    },
    onWarehouse: async (work) => {
      queries += 1;
      const begun = performance.now();
      return work().finally(() => {
        milliseconds += performance.now() - begun;
      });
    },
    spent: () => ({ queries, warehouseSeconds: milliseconds / 1000 }),
  };
}

/** The same connection, counted. */
export function metered(connection: Connection, meter: Meter): Connection {
  return {
    ...connection,
    query: (...given) => {
      meter.asked();
      return connection.query(...given);
    },
  };
}
