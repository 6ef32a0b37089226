/** Events as they arrive, for indexes that keep columns as they are: what the store has just written need not be read again. */
import type { EventColumn, EventIndex, Plain } from '../../../compiler/artifacts/event-index.ts';
import type { Value } from '../../../compiler/value.ts';
import type { TypedColumn } from '../../engines/engine.ts';
import { sequenceColumn } from '../store/noted.ts';
import { asStored, codeOf, keyOf, type Take } from './events-read.ts';

/** Rows of the store's table. */
export type TakeRows = (rows: readonly (readonly Value[])[], take: Take) => void;

/** Undefined: something is computed, which is the engine's. `since`: microseconds; `codes`: of the texts of each column. */
export function arrivingEvents(
  { key, time, when }: EventIndex,
  kept: readonly EventColumn[],
  stored: readonly TypedColumn[],
  codes: readonly Map<string, number>[],
): ((since: bigint) => TakeRows) | undefined {
  const place = ({ column }: Plain): number => stored.findIndex((c) => c.name === column);
  const keys = key.map(place);
  const columns = kept.map((column, i) => ({ at: place(column), number: numberOf(column, codes[i] as Map<string, number>) }));
  const [timePlace, sequencePlace] = [place(time), stored.findIndex((c) => c.name === sequenceColumn.name)];
  if (when !== null || [...keys, timePlace, sequencePlace, ...columns.map((c) => c.at)].includes(-1)) return undefined;
  const whole = [timePlace, sequencePlace];
  return (since) => (rows, take) => {
    const event = new Float64Array(whole.length + columns.length);
    for (const row of rows) {
      const at = row[timePlace] as bigint;
      const parts = keys.map((k) => row[k] ?? null);
      if (at < since || at > BigInt(Number.MAX_SAFE_INTEGER) || parts.includes(null)) continue;
      event[0] = Number(at);
      event[1] = Number(row[sequencePlace]);
      columns.forEach((column, i) => {
        event[whole.length + i] = column.number(row[column.at] ?? null);
      });
      take(keyOf(parts.map((part) => asStored(String(part)))), event);
    }
  };
}

function numberOf({ kind }: EventColumn, codes: Map<string, number>): (value: Value) => number {
  switch (kind) {
    case 'known':
      return (value) => (value === null ? Number.NaN : 1);
    case 'text':
      return (value) => (value === null ? Number.NaN : codeOf(asStored(String(value)), codes));
    case 'number':
      return (value) => {
        if (value === null) return Number.NaN;
        const number = Number(value);
        return Number.isSafeInteger(number) ? number : Number.POSITIVE_INFINITY;
      };
  }
}
