/** A number that no NUMBER holds: the engine has several names for it, and people one. */
import { EngineError } from '../engines/engine.ts';
import { RequestError } from './request-error.ts';

const kind = 'Number Out of Range Error';

/** Of numbers only: times have a range, too. */
const overflows = [
  /^Out of Range Error: Overflow in (HUGEINT \w+|\w+ of (U?INT\d+|DECIMAL\(\d+\)))/,
  /^Conversion Error: Type \w+ with value \S+ can't be cast because the value is out of range for the destination type (U?INT\d+|DECIMAL)/,
  /^Conversion Error: (Could not cast value|Casting value) \S+ to (type )?DECIMAL/,
];

/** `lambda`: its name. Other errors stay what they are. */
export function withNumberRange(error: EngineError, lambda: string): EngineError {
  if (!overflows.some((overflow) => overflow.test(error.message))) return error;
  return new EngineError(error.engine, `${kind}: a number of ${lambda} is out of range of NUMBER(38): ${error.message}`, error.hint);
}

/** What a request is told, which is the kind of the error alone, in words; without values. */
export function numberRangeInWords(error: RequestError, lambda: string): RequestError {
  if (!error.message.endsWith(`: ${kind}`)) return error;
  return new RequestError(error.type, `the query failed for this row: a number of ${lambda} is out of range of NUMBER(38)`);
}
