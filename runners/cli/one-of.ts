/** An option that takes one of a few words. */
import { didYouMean } from '../../compiler/diagnostics.ts';
import { UsageError } from '../usage-error.ts';

export function oneOf<T extends string>(option: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((a) => a === value);
  if (found === undefined) throw new UsageError(`${option} ${value}: it is one of ${allowed.join(', ')}`, didYouMean(value, allowed));
  return found;
}
