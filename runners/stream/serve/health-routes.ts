/** Is it alive, may it be asked, and what does it count: for probes and Prometheus. */
import { formatTimestamp } from '../../data/format-value.ts';
import { completeSince } from '../store/history.ts';
import { shownStale } from './features.ts';
import type { Replica } from './replica.ts';
import type { Routes } from './server.ts';

export interface Health {
  /** Why it should not be asked yet, or no more; null: it may. */
  readonly notReady: () => string | null;
  readonly lag: () => ReadonlyMap<string, bigint>;
  readonly metrics: () => Promise<string>;
}

export function healthRoutes({ catalog, store, watch, left }: Replica, health: Health): Routes {
  const open = { config: { open: true } };
  return (server, callerFor) => {
    server.get('/health/live', open, async () => ({ status: 'alive' }));
    server.get('/health/ready', open, async (_, reply) => {
      const reason = health.notReady();
      return reply.code(reason === null ? 200 : 503).send(reason === null ? { status: 'ready' } : { status: 'not ready', reason });
    });
    server.get('/metrics', open, async (_, reply) => reply.type('text/plain; version=0.0.4').send(await health.metrics()));
    server.get('/sources', async (request) => {
      callerFor(request, 'read');
      const { positions, sources } = store.state();
      return {
        sources: catalog.sources.map((source) => {
          const { name, topic } = source;
          const of = sources.get(name);
          const unread = left(source);
          const since = of === undefined || unread !== 0n ? null : completeSince(source, of.history);
          const seen = watch.of(name);
          const newest = [...positions.values()].reduce<bigint | null>(
            (most, p) => (p.source === name && p.latest !== null && (most === null || p.latest > most) ? p.latest : most),
            null,
          );
          return {
            source: name,
            topic,
            ...of?.counts,
            latest: newest === null ? null : formatTimestamp(newest),
            complete_since: since === null ? null : formatTimestamp(since),
            to_be_read: unread === null ? null : Number(unread),
            partitions: [...positions.values()]
              .filter((p) => p.source === name && p.partition >= 0)
              .map(({ partition, next, latest }) => ({
                partition,
                next: String(next),
                latest: latest === null ? null : formatTimestamp(latest),
                lag: String(health.lag().get(`${topic}/${partition}`) ?? ''),
              })),
            undeclared_fields: Object.fromEntries(seen.unknown),
            absent_columns: Object.fromEntries(seen.absent),
            rejected_because: Object.fromEntries(seen.rejected),
            rejected_of_the_last_1000: seen.rejectedLately,
            stale: seen.stale === null ? null : shownStale(seen.stale),
          };
        }),
      };
    });
  };
}
