/**
 * A draft of a source from what is known of its relation. What follows from a fact is proposed and marked to be checked; what does not
 * stays without a value, which `lockstep check` refuses: nothing that decides values is guessed.
 */
import { identifierPattern } from '../../../compiler/authoring/reader.ts';
import type { DraftedType } from './drafted-type.ts';

export interface Facts {
  /** For messages. */
  readonly label: string;
  /** As `warehouse:` has it. */
  readonly warehouse: Proposed<string>;
  /** As `topic:` has it; null: nothing is said of it. */
  readonly topic: Proposed<string> | null;
  readonly table: string;
  readonly schema: string | null;
  readonly description: string | null;
  readonly columns: readonly FactColumn[];
  readonly keys: readonly KeyFact[];
  /** What may be wrong with the relation as a source. */
  readonly doubts: readonly string[];
  /** The column that says when a row was loaded, and who says so. */
  readonly loadedAt: { readonly column: string; readonly says: string } | null;
  readonly lateness: { readonly text: string; readonly says: string } | null;
}

export interface FactColumn {
  /** As a source resolves it: upper case, unless it must be quoted. */
  readonly name: string;
  readonly type: DraftedType;
  readonly description: string | null;
  readonly pii: boolean;
}

export interface KeyFact {
  readonly columns: readonly string[];
  readonly says: string;
}

/** `value` null: nobody said it. */
export interface Proposed<T> {
  readonly value: T | null;
  readonly check: string | null;
}

/** `written` null: it cannot be. */
export const relationNamed = (label: string, written: string | null): Proposed<string> =>
  written === null
    ? { value: null, check: `${label} has a name that cannot be written here: a view may have another` }
    : { value: written, check: null };

export interface Draft {
  readonly name: string;
  readonly kind: 'stream' | 'table';
  readonly label: string;
  readonly description: string | null;
  readonly warehouse: Proposed<string>;
  readonly topic: Proposed<string> | null;
  readonly key: Proposed<readonly string[]>;
  /** Of a stream event_time, of a table updated_at. */
  readonly time: Proposed<string>;
  readonly ingestTime: Proposed<string>;
  readonly lateness: Proposed<string>;
  readonly columns: readonly DraftColumn[];
  readonly doubts: readonly string[];
}

export interface DraftColumn extends FactColumn {
  /** Why no source can have it, by its name. */
  readonly refused: string | null;
}

/** `taken`: names of sources, which no draft may have. */
export function draftsOf(facts: readonly Facts[], kind: Draft['kind'], taken: readonly string[]): readonly Draft[] {
  const names = new Set(taken.map((name) => name.toLowerCase()));
  return facts.map((relation) => {
    const { name, doubt } = nameFor(relation, kind, names);
    names.add(name);
    if (kind === 'table') names.add(`${name}_history`);
    return draftOf(relation, kind, name, doubt);
  });
}

function plainName(text: string): string {
  const plain = text.toLowerCase().replace(/[^a-z0-9_]+/g, '_');
  return /^[a-z_]/.test(plain) ? plain : `s_${plain}`;
}

const keptNames = ['spine', 'instants'];

function nameFor({ table, schema }: Facts, kind: Draft['kind'], names: ReadonlySet<string>): { name: string; doubt: string | null } {
  const written = table.toLowerCase();
  const base = identifierPattern.test(written) ? written : plainName(written);
  const isFree = (name: string): boolean =>
    !names.has(name) && !keptNames.includes(name) && !(kind === 'table' && names.has(`${name}_history`));
  const tries = [base, plainName(`${schema ?? 'other'}_${table}`)];
  for (let n = 2; ; n++) {
    const name = tries.find(isFree);
    if (name === written) return { name, doubt: null };
    if (name !== undefined) return { name, doubt: `it is called ${table} there, which cannot name this source, or names another one` };
    tries.push(`${base}_${n}`);
  }
}

function draftOf(facts: Facts, kind: Draft['kind'], name: string, doubt: string | null): Draft {
  const columns = columnsOf(facts.columns, kind);
  const usable = columns.filter((c) => c.refused === null);
  const times = usable.filter((c) => c.type.kind === 'type' && c.type.text === 'TIMESTAMP_NTZ').map((c) => c.name);
  const { loadedAt } = facts;
  const isLoading = loadedAt !== null && times.includes(loadedAt.column);
  return {
    name,
    kind,
    label: facts.label,
    description: facts.description,
    warehouse: facts.warehouse,
    topic: facts.topic,
    key: keyOf(facts.keys, usable),
    time: timeOf(
      times.filter((t) => t !== loadedAt?.column),
      kind,
      isLoading ? loadedAt.column : null,
    ),
    ingestTime:
      kind === 'stream' && loadedAt !== null
        ? isLoading
          ? { value: loadedAt.column, check: loadedAt.says }
          : { value: null, check: `${loadedAt.says}, but ${loadedAt.column} is no column of type TIMESTAMP_NTZ` }
        : { value: null, check: kind === 'stream' ? 'is there a column that says when the platform first had the row?' : null },
    lateness: facts.lateness === null ? { value: null, check: latenessAsked } : { value: facts.lateness.text, check: facts.lateness.says },
    columns,
    doubts: [...(doubt === null ? [] : [doubt]), ...facts.doubts],
  };
}

const latenessAsked = 'how late may a row come? Without it, not at all';

function columnsOf(columns: readonly FactColumn[], kind: Draft['kind']): readonly DraftColumn[] {
  const seen = new Map<string, string>();
  return columns.map((column) => {
    const folded = column.name.toUpperCase();
    const before = seen.get(folded);
    if (before === undefined) seen.set(folded, column.name);
    return { ...column, refused: refusedName(column.name, before, kind) };
  });
}

function refusedName(name: string, before: string | undefined, kind: Draft['kind']): string | null {
  if (name === '') return 'it has no name';
  if (before !== undefined) return `it differs from ${before} only in case: a view may rename it`;
  if (/^(AS_OF|__ROW_KEY_\d+)$/i.test(name)) return 'Lockstep keeps this name for itself: a view may rename it';
  if (kind === 'table' && /^valid_(from|to)$/i.test(name)) return 'the history of a table adds a column of this name: a view may rename it';
  return null;
}

function keyOf(facts: readonly KeyFact[], columns: readonly DraftColumn[]): Proposed<readonly string[]> {
  const isKey = (name: string): boolean =>
    columns.some(
      ({ name: own, type }) =>
        own === name && (type.kind === 'unknown' || (type.kind === 'type' && type.text !== 'FLOAT' && type.text !== 'VARIANT')),
    );
  const bySet = new Map(facts.filter((f) => f.columns.every(isKey)).map((f) => [JSON.stringify([...f.columns].sort()), f]));
  const [found, ...others] = [...bySet.values()];
  if (found === undefined)
    return { value: null, check: 'which columns identify a row? No test or constraint says that columns are unique which can be a key' };
  if (others.length === 0) return { value: found.columns, check: found.says };
  const sets = [found, ...others].map(({ columns }) => columns.join(' and '));
  return { value: null, check: `which of these identifies a row: ${sets.join(', or ')}? Each is said to be unique` };
}

function timeOf(times: readonly string[], kind: Draft['kind'], loading: string | null): Proposed<string> {
  const what = kind === 'stream' ? 'dates an event' : 'says when a version was made';
  const [only, ...others] = times;
  const but = loading === null ? '' : ` but ${loading}, which says when it was loaded`;
  if (only === undefined)
    return {
      value: null,
      check: loading === null ? `no column of type TIMESTAMP_NTZ ${what}` : `which column ${what}? There is no timestamp${but}`,
    };
  if (others.length === 0) return { value: only, check: `its only timestamp${but}` };
  return { value: null, check: `which column ${what}: ${times.join(', ')}?` };
}
