/** Numbers for Prometheus: read off the store when they are asked for. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { EventIndexes } from '../event-index/event-indexes.ts';
import type { Outbox } from '../ingest/outbox.ts';
import type { Replica } from './replica.ts';
import type { ServedLog } from './served-log.ts';

export interface Metrics {
  readonly answered: (feature: string, answers: number, errors: number, seconds: number) => void;
  readonly text: () => Promise<string>;
}

/** What comes in. */
export interface Intake {
  readonly lag: () => ReadonlyMap<string, bigint>;
  /** By source: dead letters that made room for newer ones. */
  readonly dropped: () => ReadonlyMap<string, number>;
  /** Events in memory, and what was answered from them. */
  readonly counted: EventIndexes['counts'];
  /** Null: no topic gets copies of dead letters. */
  readonly outbox: Outbox | null;
}

export function openMetrics(
  { catalog, store, asking, now, watch, left }: Replica,
  { lag, dropped, outbox, counted }: Intake,
  log: ServedLog | null,
): Metrics {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const registers = [register];
  new Gauge({
    name: 'lockstep_rows_total',
    help: 'Messages of a source by what became of them, since the store was made; late ones are among the accepted',
    labelNames: ['source', 'outcome'],
    registers,
    collect() {
      for (const { source, counts } of store.state().sources.values())
        for (const [outcome, n] of Object.entries(counts)) this.set({ source, outcome }, n);
    },
  });
  new Gauge({
    name: 'lockstep_lag_messages',
    help: 'Messages that the broker has and the store does not',
    labelNames: ['partition'],
    registers,
    collect() {
      for (const [partition, n] of lag()) this.set({ partition }, Number(n));
    },
  });
  new Gauge({
    name: 'lockstep_source_read',
    help: '0: the topic had messages at the start that are not in the store yet, and its features are not answered',
    labelNames: ['source'],
    registers,
    collect() {
      for (const source of catalog.sources) this.set({ source: source.name }, left(source) === 0n ? 1 : 0);
    },
  });
  new Gauge({
    name: 'lockstep_source_stale',
    help: '1: so many messages of the source are rejected that its features are not to be trusted',
    labelNames: ['source'],
    registers,
    collect() {
      for (const { name } of catalog.sources) this.set({ source: name }, watch.of(name).stale === null ? 0 : 1);
    },
  });
  new Gauge({
    name: 'lockstep_dead_letters_dropped_total',
    help: 'Dead letters that made room for newer ones, since the start',
    labelNames: ['source'],
    registers,
    collect() {
      for (const [source, n] of dropped()) this.set({ source }, n);
    },
  });
  if (outbox !== null) {
    new Gauge({
      name: 'lockstep_dead_letters_waiting',
      help: 'Dead letters that their topic does not have yet',
      registers,
      collect() {
        this.set(outbox.waiting());
      },
    });
    new Gauge({
      name: 'lockstep_dead_letters_not_copied_total',
      help: 'Dead letters that waited too long for their topic, and are in the files only, since the start',
      registers,
      collect() {
        this.set(outbox.dropped());
      },
    });
  }
  new Gauge({
    name: 'lockstep_newest_event_age_seconds',
    help: 'How old the newest event of a source is',
    labelNames: ['source'],
    registers,
    collect() {
      const newest = new Map<string, bigint>();
      for (const { source, latest } of store.state().positions.values())
        if (latest !== null && latest > (newest.get(source) ?? latest - 1n)) newest.set(source, latest);
      for (const [source, at] of newest) this.set({ source }, Number(now() - at) / 1e6);
    },
  });
  new Gauge({
    name: 'lockstep_queries_total',
    help: 'Queries run; lockstep_queried_rows_total says how many rows they answered',
    registers,
    collect() {
      this.set(asking.counts().queries);
    },
  });
  new Gauge({
    name: 'lockstep_queried_rows_total',
    help: 'Rows that queries answered',
    registers,
    collect() {
      this.set(asking.counts().rows);
    },
  });
  const fromMemory = {
    lockstep_counted_answers_total: ['Answers that were counted up from events in memory, without a query', 'answers'],
    lockstep_audited_answers_total: ['Those that were compared with what a query says', 'audited'],
    lockstep_memory_events: ['Events in memory', 'events'],
    lockstep_memory_bytes: ['About what they take', 'bytes'],
  } as const;
  for (const [name, [help, what]] of Object.entries(fromMemory))
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(counted()[what]);
      },
    });
  new Gauge({
    name: 'lockstep_served_log_dropped_total',
    help: 'Answers that the served log should have and does not',
    registers,
    collect() {
      this.set(log?.dropped() ?? 0);
    },
  });
  const latency = new Histogram({
    name: 'lockstep_answer_seconds',
    help: 'From a request to its answer, by feature',
    labelNames: ['feature'],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5],
    registers,
  });
  const answers = new Counter({
    name: 'lockstep_answers_total',
    help: 'Answers by feature',
    labelNames: ['feature', 'outcome'],
    registers,
  });
  // To find a feature's numbers by its labels costs more than to count.
  const values = new Map<string, { readonly latency: Histogram.Internal<'feature'>; readonly answers: Counter.Internal }>();
  const valuesOf = (feature: string) => {
    const known = values.get(feature) ?? { latency: latency.labels(feature), answers: answers.labels(feature, 'value') };
    values.set(feature, known);
    return known;
  };
  return {
    answered: (feature, n, errors, seconds) => {
      const of = valuesOf(feature);
      of.latency.observe(seconds);
      of.answers.inc(n - errors);
      if (errors > 0) answers.inc({ feature, outcome: 'error' }, errors);
    },
    text: () => register.metrics(),
  };
}
