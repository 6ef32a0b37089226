/** Values of a type: those that the query compares with and their neighbours, and a few that often go wrong. */
import type { Literal } from '../../../compiler/check/checked.ts';
import { parseDecimal } from '../../../compiler/functions/decimal.ts';
import { parseDate, parseTimestamp } from '../../../compiler/functions/iso-time.ts';
import type { SqlType } from '../../../compiler/sql-type.ts';
import type { Value } from '../../../compiler/value.ts';
import { formatTimestamp } from '../../data/format-value.ts';

export interface Wanted {
  readonly type: SqlType;
  readonly literals: readonly Literal[];
  /** What the query casts it to. */
  readonly casts: readonly SqlType['kind'][];
  /** Declared bound of |value|, unscaled. */
  readonly max: bigint | null;
  /** Around what times. */
  readonly near: bigint;
}

const day = 86_400_000_000n;
const textOf = (literals: readonly Literal[]): readonly string[] =>
  literals.flatMap(({ text }) => (typeof text === 'string' ? [text] : []));

/** Those of the query first. */
export function valuesOf(wanted: Wanted): readonly Value[] {
  return [...new Set([...fromLiterals(wanted), ...ordinary(wanted)])];
}

export function fromLiterals({ type, literals, max }: Wanted): readonly Value[] {
  const texts = textOf(literals);
  switch (type.kind) {
    case 'number': {
      const most = (max ?? 10n ** BigInt(type.precision)) - 1n;
      const numbers = texts.flatMap((t) => (/^-?\d+(\.\d+)?$/.test(t) ? (parseDecimal(t, type.scale) ?? []) : []));
      return numbers.flatMap((n) => [n, n + 1n, n - 1n]).filter((n) => n <= most && -n <= most);
    }
    case 'float':
      return texts.flatMap((t) => (/^-?\d+(\.\d+)?$/.test(t) ? [Number(t), Number(t) + 0.5, Number(t) - 0.5] : []));
    case 'varchar':
      return texts.flatMap(textsLike);
    case 'date':
      return texts.flatMap((t) => parseDate(t.slice(0, 10)) ?? []).flatMap((d) => [d, d + 1n, d - 1n]);
    case 'timestamp':
      return instantsIn(literals).flatMap((t) => [t, t + 1n, t - 1n]);
    default:
      return [];
  }
}

/** What a pattern matches; a number and its neighbours. */
function textsLike(text: string): readonly string[] {
  if (/[%_]/.test(text)) return [text.replaceAll('%', '').replaceAll('_', 'x'), text.replaceAll('_', 'x').replaceAll('%', 'xy')];
  const number = /^-?\d{1,12}(\.\d+)?$/.test(text) ? Number(text) : undefined;
  return number === undefined ? [text] : [text, String(number + 1), String(number - 1)];
}

export function instantsIn(literals: readonly Literal[]): readonly bigint[] {
  return literals.flatMap(({ text, type }): readonly bigint[] => {
    if (typeof text !== 'string' || (type.kind !== 'timestamp' && type.kind !== 'date')) return [];
    const found = type.kind === 'date' ? parseDate(text) : parseTimestamp(text.replace(/Z$/, ''));
    return found === undefined ? [] : [type.kind === 'date' ? found * day : found];
  });
}

function ordinary({ type, literals, casts, max, near }: Wanted): readonly Value[] {
  switch (type.kind) {
    case 'number': {
      const one = 10n ** BigInt(type.scale);
      const most = (max ?? 10n ** BigInt(type.precision)) - 1n;
      return [one, 0n, 2n * one, -one, one / 2n, 3n, 7n * one + 1n, 20n * one, 1000n * one].filter((n) => n <= most && -n <= most);
    }
    case 'float':
      return [0.5, 0, 1, -0.25, 2.5, 0.1];
    case 'boolean':
      return [true, false];
    case 'varchar':
      return [
        ...readable(casts, near),
        'a',
        'b',
        'É',
        ...textOf(literals).flatMap((t) => [t.toUpperCase(), t.toLowerCase(), `${t}x`]),
        ...odd,
      ];
    case 'binary':
      return ['', '00', 'C3A9', 'FF00'];
    case 'date':
      return [0n, -1n, 1n, -7n, -30n, -365n].map((d) => near / day + d);
    case 'time':
      return [0n, 1n, day / 2n, day - 1n];
    case 'timestamp':
      return [0n, -1n, 1n, -day, day].map((t) => near + t);
    default:
      return [];
  }
}

const odd = ['', ' pad ', "it's", '50%', '👍'];

/** Texts that are read as something else. */
function readable(casts: readonly SqlType['kind'][], near: bigint): readonly string[] {
  const texts: Partial<Record<SqlType['kind'], readonly string[]>> = {
    number: ['1', '12.50', '-3', '0', '7x'],
    float: ['0.5', '1e2', '-2'],
    boolean: ['true', 'false', 'yes'],
    date: [formatTimestamp(near).slice(0, 10), '2024-02-30'],
    timestamp: [formatTimestamp(near), formatTimestamp(near - day)],
  };
  return [...new Set(casts)].flatMap((kind) => texts[kind] ?? []);
}
