/** Everything of one replica, put together and taken apart again. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Promotion } from '../../../compiler/authoring/promotion.ts';
import type { Catalog, Source } from '../../../compiler/catalog.ts';
import type { Connection } from '../../engines/engine.ts';
import { engineVersion } from '../../engines/engine-version.ts';
import { openEventIndexes } from '../event-index/event-indexes.ts';
import { executeLambda, type StoredLambda } from '../execute.ts';
import { copiedLetters } from '../ingest/copied-letters.ts';
import { openDeadLetters } from '../ingest/dead-letters.ts';
import { openIngest } from '../ingest/ingest.ts';
import { type ReplayParts, replay } from '../ingest/replay.ts';
import { openWatch } from '../ingest/watch.ts';
import { greet, type KafkaSettings, openKafka } from '../kafka/client.ts';
import { type Consuming, consume } from '../kafka/consume.ts';
import { requireTopic } from '../kafka/letter-topic.ts';
import { refetch } from '../kafka/refetch.ts';
import { refusedBy } from '../kafka/refused.ts';
import { openGate } from '../registry/gate.ts';
import { openJournal } from '../registry/journal.ts';
import { openRegistry } from '../registry/registry.ts';
import { messageReader } from '../schemas/framed.ts';
import { openSchemaRegistry } from '../schemas/registry.ts';
import { openSqlLambdas } from '../sql/sql-lambdas.ts';
import { openKept } from '../store/kept.ts';
import { showAhead } from '../store/show-ahead.ts';
import { openAsking } from './asking.ts';
import { countedAsking } from './counted-asking.ts';
import { deadLetterRoutes } from './dead-letter-routes.ts';
import { eventRoutes } from './event-routes.ts';
import { openExecutions } from './executions.ts';
import { featureRoutes } from './feature-routes.ts';
import { featureWorkspace } from './features.ts';
import { healthRoutes } from './health-routes.ts';
import { historyRoutes } from './history-routes.ts';
import type { Keys } from './keys.ts';
import { openLetterOutbox } from './letter-outbox.ts';
import { openMetrics } from './metrics.ts';
import { openApiRoutes } from './openapi/document.ts';
import { catchingUp, deployedLambdas, eventIndexesOf, type Replica } from './replica.ts';
import { forgetOld } from './retention.ts';
import { openExecuting } from './rockset-execute.ts';
import { rocksetRoutes } from './rockset-routes.ts';
import { openServedLog, type ServedLogOptions } from './served-log.ts';
import { type Limits, openServer } from './server.ts';
import { settledLog } from './settled-log.ts';

export interface ServeOptions {
  readonly catalog: Catalog;
  /** Deployed at the start, by the name `serve`. */
  readonly lambdas: readonly StoredLambda[];
  /** Made if it is not there. */
  readonly folder: string;
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly keys: Keys;
  readonly limits: Limits;
  readonly tls: { readonly key: string; readonly cert: string } | null;
  readonly kafka: KafkaSettings | null;
  /** A topic that gets a copy of each dead letter; null: none does. */
  readonly deadLetterTopic: string | null;
  /** The consumer group: one a replica. */
  readonly group: string;
  readonly servedLog: Omit<ServedLogOptions, 'folder'> | null;
  /** Queries that may run at once. */
  readonly readers: number;
  /** Of one query. */
  readonly mostRows: number;
  /** Bytes for events in memory, from which the lambdas that count are answered; 0: all are asked of the engine. */
  readonly memory: number;
  /** On what tags of features move. */
  readonly promotion: Promotion;
  /** How long events are kept beyond what lambdas look back to, microseconds: so long parity may ask for them. */
  readonly parityHorizon: bigint;
  /** Milliseconds from one deletion of what is older to the next; ten minutes if it is not said. */
  readonly forgetEvery?: number;
  /** Milliseconds from one comparison of what is counted in memory with what the engine says to the next; ten seconds if it is not said. */
  readonly auditEvery?: number;
  /** One line of JSON for what the operator must know; never with values. */
  readonly log: (line: Readonly<Record<string, unknown>>) => void;
  /** It cannot go on. */
  readonly failed: (error: Error) => void;
}

export interface Started {
  /** http://host:port */
  readonly url: string;
  /** Requests that have come are answered, what has come of the topics is committed. */
  readonly stop: () => Promise<void>;
}

const tenMinutes = 600_000;
const tenSeconds = 10_000;
const microseconds = (): bigint => BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000));

export async function startServing(options: ServeOptions): Promise<Started> {
  const { catalog, folder, log, failed } = options;
  const undo: (() => Promise<void> | void)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const store = showAhead(await openKept(join(folder, 'events.duckdb'), catalog.sources));
    undo.push(() => store.close());
    const readers: Connection[] = [];
    for (let i = 0; i < options.readers; i++) readers.push(await store.reader());
    undo.push(() => readers.forEach((reader) => void reader.close()));
    const now = microseconds;
    const engine = await engineVersion(readers[0] as Connection);
    const journal = openJournal(join(folder, 'registry.ndjson'));
    undo.push(() => journal.close());
    const registry = openRegistry(journal, () => new Date().toISOString(), openGate(options.promotion, engine, now));
    for (const { artifact, sql } of options.lambdas) {
      const definition = { kind: 'feature', artifact, sql } as const;
      registry.deploy({ workspace: featureWorkspace, name: artifact.name, definition, description: null, by: 'serve' });
    }
    const selects = await store.selects();
    undo.push(() => selects.close());
    const sqlLambdas = openSqlLambdas(selects, new Set(catalog.sources.map((s) => s.name.toUpperCase())));
    const watch = openWatch({
      now,
      isNew: (source, what, name) => log({ level: 'warn', event: what, source, name }),
      turned: (source, stale) =>
        log(
          stale === null
            ? { level: 'info', event: 'no longer stale', source }
            : { level: 'error', event: 'stale', source, because: stale.because, schema: stale.schema },
        ),
    });
    let consuming: Consuming | null = null;
    const left = (source: Source): bigint | null =>
      options.kafka === null || source.topic === null ? 0n : (consuming?.left(source) ?? null);
    const queries = openAsking({ readers, now, mostRows: options.mostRows, written: store.written });
    const eventIndexes = eventIndexesOf(options.lambdas);
    const indexes = await openEventIndexes({
      store,
      now,
      mostBytes: options.memory,
      deployed: () => deployedLambdas({ registry, eventIndexes }),
      gaveUp: (name, because) => log({ level: because === 'differs' ? 'error' : 'warn', event: 'left to SQL', name, because }),
    });
    const auditor = await store.reader();
    undo.push(async () => {
      await indexes.close();
      auditor.close();
    });
    const asking = options.memory === 0 ? queries : countedAsking(queries, indexes, now);
    const replica: Replica = { catalog, registry, store, engine, now, watch, asking, eventIndexes, left };
    const files = await openDeadLetters(join(folder, 'dead-letters'));
    const outbox = await openLetterOutbox(options);
    if (outbox !== null) undo.push(outbox.close);
    const deadLetters = outbox === null ? files : copiedLetters(files, outbox);
    const ingest = openIngest({ store, now, watch, deadLetters });
    const servedLog =
      options.servedLog === null ? null : settledLog(await openServedLog({ ...options.servedLog, folder: join(folder, 'served') }), store);
    if (servedLog !== null) undo.push(() => servedLog.close());
    let again: () => Pick<ReplayParts, 'read' | 'refetch'> = () => ({ read: messageReader(null), refetch: async () => new Map() });
    let stopping = false;
    const lag = (): ReadonlyMap<string, bigint> => consuming?.lag() ?? new Map();
    const metrics = openMetrics(replica, { lag, dropped: deadLetters.dropped, outbox, counted: indexes.counts }, servedLog);
    let isPrepared = options.memory === 0;
    const prepare = (): void => {
      // Until it is caught up what is asked is refused, and reading what comes has the machine for itself.
      if (options.memory === 0 || catchingUp(replica) !== null) return;
      indexes.prepare();
      void indexes.settled().then(() => {
        isPrepared = true;
      });
    };
    const notReady = (): string | null => {
      if (stopping) return 'stopping';
      return ingest.trouble() ?? catchingUp(replica) ?? (isPrepared ? null : 'events are being read into memory');
    };
    const executions = openExecutions(new Date().toISOString());
    const server = await openServer(options, [
      featureRoutes(replica, servedLog, metrics, executions),
      rocksetRoutes(replica, sqlLambdas, openExecuting({ replica, sqlLambdas, log: servedLog, metrics, executions }), executions),
      eventRoutes(replica, ingest),
      historyRoutes(replica),
      openApiRoutes(),
      deadLetterRoutes({
        sources: catalog.sources,
        deadLetters,
        replay: (source) => replay(source, { store, ingest, deadLetters, watch, ...again() }),
      }),
      healthRoutes(replica, { notReady, lag, metrics: metrics.text }),
    ]);
    undo.push(() => server.close());
    const address = await server.listen({ host: options.host, port: options.port });
    server.server.on('error', failed);
    const url = options.tls === null ? address : address.replace('http:', 'https:');
    if (options.kafka !== null) {
      const say = (event: string): void => log({ level: 'warn', event });
      await greet(options.kafka);
      const kafka = openKafka(options.kafka, say);
      if (options.deadLetterTopic !== null) await requireTopic(kafka, options.deadLetterTopic);
      const { sessionTimeout, schemas } = options.kafka;
      const schemaRegistry = schemas === null ? null : openSchemaRegistry(schemas, say);
      const read = messageReader(schemaRegistry);
      // What the registry did not have, it may have by now.
      again = () => ({ read: messageReader(schemaRegistry), refetch: (places) => refetch(kafka, `${options.group}-replay`, places) });
      consuming = await consume({
        kafka,
        sessionTimeout,
        group: options.group,
        sources: catalog.sources,
        store,
        ingest,
        read,
        say,
        progress: (messages) => {
          log(
            messages === 0n ? { level: 'info', event: 'caught up' } : { level: 'info', event: 'catching up', messages: Number(messages) },
          );
          if (messages === 0n) prepare();
        },
        failed: (error) => failed(refusedBy(error).error),
      });
      const { stop: stopConsuming } = consuming;
      undo.push(stopConsuming);
      // Before the consumer, which would wait for it.
      undo.push(() => schemaRegistry?.close());
    }
    const forgetting = setInterval(
      () => void forgetOld(store, catalog.sources, registry, now(), options.parityHorizon).then(indexes.forgetOld).catch(failed),
      options.forgetEvery ?? tenMinutes,
    );
    undo.push(() => clearInterval(forgetting));
    const audit = (): void => {
      prepare();
      indexes.audit((lambda, rows) => executeLambda(auditor, lambda, rows, rows.length)).catch(failed);
    };
    audit();
    const auditing = setInterval(audit, options.auditEvery ?? tenSeconds);
    undo.push(() => clearInterval(auditing));
    undo.push(() => {
      stopping = true;
    });
    return { url, stop };
  } catch (thrown) {
    await stop();
    throw refusedBy(thrown as Error).error;
  }
}
