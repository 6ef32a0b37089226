/** Runs from their START to their end. Pure but for the clock and the ids that it is given. */
import type { Data, Facets, Job, LineageEvent, RunEvent } from './event.ts';
import { eventSchema, producerOf } from './event.ts';
import { engine, errorMessage, parent, type RunName, type Write, writeAs } from './facets.ts';

/** Who speaks, of which project. */
export interface Speaker {
  /** Of Lockstep. */
  readonly version: string;
  /** Of jobs. */
  readonly namespace: string;
  /** What names of jobs begin with. */
  readonly project: string;
}

export type Command = 'materialize' | 'parity' | 'lambda';

/** `market.parity`, and `market.parity.viewers` of a feature. */
export const jobName = ({ namespace, project }: Speaker, command: Command, feature: string | null) => ({
  namespace,
  name: [project, command, ...(feature === null ? [] : [feature])].join('.'),
});

export const writeFor = ({ version }: Speaker): Write => writeAs(producerOf(version));

/** What started this process, and what started that. */
export interface Ancestors {
  readonly parent: RunName;
  readonly root: RunName;
}

export interface RunsOf {
  readonly speaker: Speaker;
  readonly now: () => string;
  /** A UUID. */
  readonly newId: () => string;
  readonly emit: (event: LineageEvent) => void;
}

export interface Started {
  readonly job: Job;
  readonly facets: Facets;
  readonly data: Data;
}

/** What is known at the end besides. */
export interface Ended {
  readonly facets: Facets;
  readonly data: Data;
}

export interface OpenRun {
  readonly name: RunName;
  readonly complete: (end: Ended) => void;
  /** `message`: without values of rows. */
  readonly fail: (message: string) => void;
  readonly abort: (end: Ended) => void;
}

export function startRun({ speaker, now, newId, emit }: RunsOf, started: Started, ancestors: Ancestors | null): OpenRun {
  const write = writeFor(speaker);
  const { job } = started;
  const runId = newId();
  const always: Facets = {
    processing_engine: engine(write, speaker.version),
    ...(ancestors === null ? {} : { parent: parent(write, ancestors.parent, ancestors.root) }),
  };
  const tell = (eventType: RunEvent['eventType'], { facets, data }: Ended): void =>
    emit({
      eventType,
      eventTime: now(),
      run: { runId, facets: { ...always, ...facets } },
      job,
      ...data,
      producer: producerOf(speaker.version),
      schemaURL: eventSchema('RunEvent'),
    });
  tell('START', started);
  return {
    name: { job: { namespace: job.namespace, name: job.name }, runId },
    complete: (end) => tell('COMPLETE', end),
    fail: (message) => tell('FAIL', { ...started, facets: { ...started.facets, errorMessage: errorMessage(write, message) } }),
    abort: (end) => tell('ABORT', end),
  };
}

/** Of a run that `run` started. */
export const below = (run: OpenRun, above: Ancestors | null): Ancestors => ({ parent: run.name, root: above?.root ?? run.name });
