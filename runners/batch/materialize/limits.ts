/** A plan that is estimated to take or to cost more than it may is not begun. */
import { UsageError } from '../../usage-error.ts';
import { creditsOf } from './estimate.ts';
import type { Bill } from './tables.ts';

/** Of a whole plan. */
export interface Cost {
  readonly seconds: number;
  readonly bill: Bill;
}

/** null: it may be any number. */
export interface Limits {
  readonly credits: number | null;
  readonly seconds: number | null;
}

export const creditsText = (credits: number): string => (credits < 0.1 ? credits.toPrecision(1) : credits.toFixed(1));

/** UsageError otherwise, and where there is a limit of credits and nobody knows what it costs. */
export function requireWithin({ seconds, bill }: Cost, most: Limits): void {
  if (most.credits !== null) {
    if (bill.kind === 'unknown')
      throw new UsageError(`what this costs is not known, and --max-cost is ${most.credits}: ${bill.reason}`, bill.hint);
    const credits = bill.kind === 'none' ? 0 : creditsOf(seconds, bill.anHour);
    if (credits > most.credits)
      throw new UsageError(`this is estimated to cost ${creditsText(credits)} credits, and --max-cost is ${most.credits}`, nothing);
  }
  if (most.seconds !== null && seconds > most.seconds)
    throw new UsageError(`this is estimated to take ${seconds.toFixed(1)} s, and --max-seconds is ${most.seconds}`, nothing);
}

const nothing = 'nothing was computed: give it more, or name an interval with --from and --to';
