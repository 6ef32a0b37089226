/** What changed on the wire: fields that nobody declared, columns that are no longer there, messages that are no rows. */
import type { Decoded } from '../wire/decode.ts';

export interface SourceWatch {
  readonly saw: (source: string, decoded: Decoded) => void;
  readonly of: (source: string) => Seen;
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
}

interface Noted {
  messages: number;
  readonly unknown: Map<string, number>;
  readonly absent: Map<string, number>;
  readonly rejected: Map<string, number>;
  readonly lately: boolean[];
}

const window = 1000;
/** A producer that makes names up must not fill the memory. */
const mostNames = 200;

/** `onNew`: the first message with an undeclared field, or without a column. */
export function openWatch(onNew: (source: string, what: 'unknown field' | 'absent column', name: string) => void): SourceWatch {
  const sources = new Map<string, Noted>();
  const noted = (source: string): Noted => {
    const known = sources.get(source) ?? { messages: 0, unknown: new Map(), absent: new Map(), rejected: new Map(), lately: [] };
    sources.set(source, known);
    return known;
  };
  return {
    saw: (source, decoded) => {
      const of = noted(source);
      of.lately[of.messages % window] = decoded.kind === 'rejected';
      of.messages += 1;
      if (decoded.kind === 'rejected')
        add(of.rejected, decoded.column === null ? decoded.problem : `${decoded.column}: ${decoded.problem}`);
      if (decoded.kind !== 'row') return;
      for (const name of decoded.unknown) if (add(of.unknown, name)) onNew(source, 'unknown field', name);
      for (const name of decoded.absent) if (add(of.absent, name)) onNew(source, 'absent column', name);
    },
    of: (source) => {
      const { lately, ...of } = noted(source);
      return { ...of, rejectedLately: lately.filter(Boolean).length };
    },
  };
}

/** Whether it is the first. */
function add(counts: Map<string, number>, name: string): boolean {
  const known = counts.get(name);
  if (known === undefined && counts.size >= mostNames) return false;
  counts.set(name, (known ?? 0) + 1);
  return known === undefined;
}
