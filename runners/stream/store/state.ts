/** What the store knows beside its rows: how far it has read, what it counted, from when it is complete. */
import type { History } from './history.ts';

/** Of a partition of a topic; what came by file or by HTTP is `partition` −1 of the topic `<source>`, which no broker has. */
export interface Position {
  readonly source: string;
  readonly topic: string;
  readonly partition: number;
  /** To read next. */
  readonly next: bigint;
  /** The latest event time that it ever had; microseconds. */
  readonly latest: bigint | null;
}

/** Since the store was made. */
export interface Counts {
  readonly accepted: number;
  readonly duplicates: number;
  /** Without key or time, or dated ahead of their ingest. */
  readonly quarantined: number;
  /** Messages that are no row. */
  readonly rejected: number;
  /** Accepted, and later than the source's lateness. */
  readonly late: number;
}

export interface SourceState {
  readonly source: string;
  readonly counts: Counts;
  readonly history: History;
}

export interface State {
  /** By `positionKey`. */
  readonly positions: ReadonlyMap<string, Position>;
  readonly sources: ReadonlyMap<string, SourceState>;
  /** Of the row that arrives next. */
  readonly sequence: bigint;
  /** How many commits there were. */
  readonly turn: bigint;
}

export const positionKey = (topic: string, partition: number): string => `${topic}/${partition}`;

export function emptySource(source: string): SourceState {
  return {
    source,
    counts: { accepted: 0, duplicates: 0, quarantined: 0, rejected: 0, late: 0 },
    history: { topicSince: null, filled: null, forgotten: null },
  };
}
