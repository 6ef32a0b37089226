/** `10 minutes`: a whole number and a unit of fixed length. */
import { type DatePart, datePart, fixedLength } from '../functions/date-part.ts';

export interface Duration {
  readonly amount: number;
  readonly unit: DatePart;
  readonly microseconds: bigint;
}

export function parseDuration(text: string): Duration | undefined {
  const found = /^\s*(\d{1,9})\s*([A-Za-z]+)\s*$/.exec(text);
  const unit = datePart(found?.[2] ?? '');
  const length = unit === undefined ? undefined : fixedLength(unit);
  if (found === null || unit === undefined || length === undefined) return undefined;
  return { amount: Number(found[1]), unit, microseconds: BigInt(found[1] ?? 0) * length };
}
