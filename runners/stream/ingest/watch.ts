/** What changed on the wire: fields that nobody declared, columns that are no longer there, messages that are no rows. */
import { type Decoded, missingField } from '../wire/decode.ts';
import { openStaleness, type Stale, type Staleness } from './staleness.ts';

export interface SourceWatch {
  /** `schema`: that the message names, or null. */
  readonly saw: (source: string, decoded: Decoded, schema: number | null) => void;
  /** All that was rejected has been taken after all. */
  readonly recovered: (source: string) => void;
  readonly of: (source: string) => Seen;
  /** Null: it is not. */
  readonly stale: (source: string) => Stale | null;
}

export interface Seen {
  readonly messages: number;
  /** By name of the field: in how many messages. Nobody reads them. */
  readonly unknown: ReadonlyMap<string, number>;
  /** By column: in how many messages it was not mentioned. */
  readonly absent: ReadonlyMap<string, number>;
  /** By reason and column. */
  readonly rejected: ReadonlyMap<string, number>;
  /** Of the last thousand messages. */
  readonly rejectedLately: number;
  /** Too much of it is rejected for its features to be trusted. */
  readonly stale: Stale | null;
}

export interface WatchParts {
  /** Microseconds. */
  readonly now: () => bigint;
  /** The first message with an undeclared field, or without a column. */
  readonly isNew: (source: string, what: 'unknown field' | 'absent column', name: string) => void;
  /** It became stale, or is so no longer. */
  readonly turned: (source: string, stale: Stale | null) => void;
}

interface Noted {
  messages: number;
  readonly unknown: Map<string, number>;
  readonly absent: Map<string, number>;
  readonly rejected: Map<string, number>;
  readonly staleness: Staleness;
}

/** A producer that makes names up must not fill the memory. */
const mostNames = 200;

export function openWatch({ now, isNew, turned }: WatchParts): SourceWatch {
  const sources = new Map<string, Noted>();
  const noted = (source: string): Noted => {
    const known = sources.get(source) ?? {
      ...{ messages: 0, unknown: new Map(), absent: new Map(), rejected: new Map() },
      staleness: openStaleness(),
    };
    sources.set(source, known);
    return known;
  };
  const turning = (source: string, { staleness }: Noted, change: () => void): void => {
    const before = staleness.now();
    change();
    const after = staleness.now();
    if ((before === null) !== (after === null)) turned(source, after);
  };
  return {
    saw: (source, decoded, schema) => {
      const of = noted(source);
      of.messages += 1;
      const why = decoded.kind === 'rejected' ? reasonOf(decoded) : null;
      if (why !== null) add(of.rejected, why);
      const lacks = decoded.kind === 'rejected' && decoded.problem === missingField;
      turning(source, of, () => of.staleness.saw(why, lacks, schema, now()));
      if (decoded.kind !== 'row') return;
      for (const name of decoded.unknown) if (add(of.unknown, name)) isNew(source, 'unknown field', name);
      for (const name of decoded.absent) if (add(of.absent, name)) isNew(source, 'absent column', name);
    },
    recovered: (source) => {
      const of = noted(source);
      turning(source, of, of.staleness.recovered);
    },
    stale: (source) => noted(source).staleness.now(),
    of: (source) => {
      const { staleness, ...of } = noted(source);
      return { ...of, rejectedLately: staleness.rejectedLately(), stale: staleness.now() };
    },
  };
}

function reasonOf({ column, problem }: Extract<Decoded, { readonly kind: 'rejected' }>): string {
  return column === null ? problem : `${column}: ${problem}`;
}

/** Whether it is the first. */
function add(counts: Map<string, number>, name: string): boolean {
  const known = counts.get(name);
  if (known === undefined && counts.size >= mostNames) return false;
  counts.set(name, (known ?? 0) + 1);
  return known === undefined;
}
