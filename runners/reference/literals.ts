/** Values of literals. */
import type { Literal } from '../../compiler/check/checked.ts';
import { parseDecimal } from '../../compiler/functions/decimal.ts';
import { parseDate, parseTime, parseTimestamp } from '../../compiler/functions/iso-time.ts';
import type { Value } from '../../compiler/value.ts';
import { InternalError } from './internal-error.ts';

export function literalValue({ text, type }: Literal): Value {
  if (text === null || typeof text === 'boolean') return text;
  const value = parse(text, type);
  if (value === undefined || Number.isNaN(value)) throw new InternalError(`the literal ${text} is no ${type.kind}`);
  return value;
}

function parse(text: string, type: Literal['type']): Value | undefined {
  switch (type.kind) {
    case 'number':
      return parseDecimal(text, type.scale);
    case 'float':
      return Number(text);
    case 'array':
      return text === '[]' ? [] : undefined;
    case 'date':
      return parseDate(text);
    case 'time':
      return parseTime(text);
    case 'timestamp':
      return parseTimestamp(text.replace(/Z$/, ''));
    default:
      return text;
  }
}
