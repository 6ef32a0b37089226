/** Whether so much of a source is unreadable that what is answered from it is not to be trusted. */

/** Of the last `window` messages more than `share` were rejected, and at least `least`. */
const window = 1000;
const share = 0.01;
const least = 10;
/** So many in a row without a field that every row needs: the field is gone. */
const inARow = 3;

export interface Stale {
  /** Without values. */
  readonly because: string;
  /** Microseconds. */
  readonly since: bigint;
  /** Of the message that made it so; null: it names none. */
  readonly schema: number | null;
}

export interface Staleness {
  /** `rejected`: why, in words without values; null: it was read. */
  readonly saw: (rejected: string | null, lacksRequired: boolean, schema: number | null, at: bigint) => void;
  readonly now: () => Stale | null;
  readonly rejectedLately: () => number;
  /** Nothing of what was rejected is missing any more. */
  readonly recovered: () => void;
}

export function openStaleness(): Staleness {
  let last: (string | null)[] = [];
  let messages = 0;
  let rejections = 0;
  let lacking = 0;
  let stale: Stale | null = null;
  const why = (reason: string): string | null => {
    if (lacking >= inARow) return `each of the last ${lacking} messages was rejected, ${reason}`;
    return rejections >= least && rejections > share * last.length
      ? `${rejections} of the last ${last.length} messages were rejected, most of all ${most(last)}`
      : null;
  };
  return {
    saw: (rejected, lacksRequired, schema, at) => {
      const place = messages % window;
      messages += 1;
      if ((last[place] ?? null) !== null) rejections -= 1;
      if (rejected !== null) rejections += 1;
      last[place] = rejected;
      lacking = lacksRequired ? lacking + 1 : 0;
      // What begins with a message begins with one that was rejected.
      if (stale === null && rejected === null) return;
      const because = why(rejected ?? '');
      if (because === null) stale = null;
      else stale ??= { because, since: at, schema };
    },
    now: () => stale,
    rejectedLately: () => rejections,
    recovered: () => {
      last = [];
      [messages, rejections, lacking, stale] = [0, 0, 0, null];
    },
  };
}

function most(reasons: readonly (string | null)[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) if (reason !== null) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? '';
}
