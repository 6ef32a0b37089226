/** Text on ClickHouse by code points. Its arrays have no NULL, so where one is between, NULL is tested apart. */
import { binary, call, caseWhen, postfix, prefix, type Sql, str, token } from '../sql/tree.ts';
import { literalOf, place, signed, size } from './clickhouse-sql.ts';
import { keptInLower, keptInUpper, re2Letters } from './letter-case.ts';

export const sure = (x: Sql): Sql => (x.kind === 'string' ? x : call('coalesce', x, str('')));

/** x -> body */
export const lambda = (names: string, body: Sql): Sql => binary(token(names), '->', body);

export const charactersOf = (s: Sql): Sql => call('extractAll', sure(s), str('(?s).'));

/** NULL where one of the arguments is. */
export function ifKnown(args: readonly Sql[], value: Sql): Sql {
  const known = args.filter((x) => x.kind !== 'string' && literalOf(x) === undefined).map((x) => postfix(x, 'IS NOT NULL'));
  return known.length === 0 ? value : caseWhen([{ when: known.reduce((a, b) => binary(a, 'AND', b)), then: value }]);
}

/** What a text is counted in; BINARY is a text of bytes. */
export type Unit = 'characters' | 'bytes';

const pieceOf =
  (unit: Unit) =>
  (s: Sql, from: Sql, length?: Sql): Sql =>
    call(unit === 'bytes' ? 'substring' : 'substringUTF8', s, from, ...(length === undefined ? [] : [length]));
const lengthOf = (s: Sql, unit: Unit): Sql => call('toInt64', call(unit === 'bytes' ? 'length' : 'lengthUTF8', s));

/** Start 0 is 1; a start before the beginning gives ''. */
export function clickhouseSubstring([text, start, length]: readonly Sql[], unit: Unit = 'characters'): Sql {
  const piece = pieceOf(unit);
  const s = text as Sql;
  const count = length === undefined ? undefined : size(length);
  const literal = literalOf(start as Sql);
  if (literal !== undefined && Number(literal) >= 0) return piece(s, token(Math.max(1, Number(literal))), count);
  const at = literal === undefined ? place(start as Sql) : signed(literal);
  const end = binary(lengthOf(s, unit), '+', at);
  const args = [s, start as Sql, ...(length === undefined ? [] : [length])];
  return ifKnown(
    args,
    caseWhen(
      [
        { when: binary(end, '<', token(0)), then: str('') },
        { when: binary(at, '<', token(0)), then: piece(s, binary(end, '+', token(1)), count) },
        { when: binary(at, '=', token(0)), then: piece(s, token(1), count) },
      ],
      piece(s, at, count),
    ),
  );
}

export const clickhouseLeft = (s: Sql, n: Sql, unit: Unit = 'characters'): Sql => pieceOf(unit)(s, token(1), size(n));

export function clickhouseRight(s: Sql, n: Sql, unit: Unit = 'characters'): Sql {
  const from = binary(binary(lengthOf(s, unit), '-', size(n)), '+', token(1));
  return ifKnown([s, n], pieceOf(unit)(s, caseWhen([{ when: binary(from, '<', token(1)), then: signed(1) }], from)));
}

/** A character `c` in the other case, if that is one character and `letter-case.ts` has it. */
export function clickhouseLetter(name: 'lower' | 'upper'): Sql {
  const other = call(`${name}UTF8`, token('c'));
  const kept = call('match', token('c'), str(`[${re2Letters(name === 'lower' ? keptInLower : keptInUpper)}]`));
  return call('if', binary(binary(call('lengthUTF8', other), '=', token(1)), 'AND', prefix('NOT', kept)), other, token('c'));
}

/** Character by character: as a whole, some would become two, and a sigma would know where it stands. */
export function clickhouseCase(name: 'lower' | 'upper', s: Sql): Sql {
  return ifKnown([s], call('arrayStringConcat', call('arrayMap', lambda('c', clickhouseLetter(name)), charactersOf(s))));
}

export function clickhouseTrim(name: string, [s, set]: readonly Sql[]): Sql {
  const fn = { TRIM: 'trimBoth', LTRIM: 'trimLeft', RTRIM: 'trimRight' }[name] as string;
  if (set === undefined) return call(fn, s as Sql);
  if (set.kind === 'string' && /^[\x01-\x7f]+$/.test(set.value)) return call(fn, s as Sql, set);
  // It would take the bytes of other characters apart.
  const all = charactersOf(s as Sql);
  const kept = lambda('c', prefix('NOT', call('has', charactersOf(set), token('c'))));
  const first = name === 'RTRIM' ? signed(1) : call('toInt64', call('arrayFirstIndex', kept, all));
  const last = call('toInt64', name === 'LTRIM' ? call('length', all) : call('arrayLastIndex', kept, all));
  const count = caseWhen([{ when: binary(first, '=', token(0)), then: signed(0) }], binary(binary(last, '-', first), '+', signed(1)));
  const rest = call('arraySlice', all, call('greatest', first, signed(1)), call('greatest', count, signed(0)));
  return ifKnown([s as Sql, set], call('arrayStringConcat', rest));
}

export function clickhousePad(left: boolean, [s, width, filling = str(' ')]: readonly Sql[], unit: Unit = 'characters'): Sql {
  const piece = pieceOf(unit);
  const [text, count] = [s as Sql, size(width as Sql)];
  const cut = piece(text, token(1), count);
  if (filling.kind === 'string' && filling.value === '') return cut;
  // Its own take a constant only, and of text.
  if (filling.kind === 'string' && unit === 'characters') return call(left ? 'leftPadUTF8' : 'rightPadUTF8', text, count, filling);
  const missing = binary(call('toInt64', count), '-', lengthOf(text, unit));
  const times = binary(call('intDiv', missing, call('greatest', lengthOf(filling, unit), signed(1))), '+', signed(1));
  const added = piece(call('repeat', filling, call('greatest', times, signed(0))), token(1), call('greatest', missing, signed(0)));
  const full = binary(binary(missing, '<=', token(0)), 'OR', binary(filling, '=', str('')));
  return ifKnown(
    [text, width as Sql, filling],
    caseWhen([{ when: full, then: cut }], left ? call('concat', added, text) : call('concat', text, added)),
  );
}

export function clickhouseSplitPart([text, separator, part]: readonly Sql[]): Sql {
  const [s, n, between] = [text as Sql, place(part as Sql), separator as Sql];
  const parts = split(s, between);
  const literal = literalOf(part as Sql);
  const index =
    literal === undefined ? caseWhen([{ when: binary(n, '=', token(0)), then: signed(1) }], n) : token(literal === '0' ? 1 : literal);
  return ifKnown([s, part as Sql, between], call('arrayElement', parts, index));
}

/** It splits by a constant only, so any other separator first becomes a character that no text should have. */
function split(s: Sql, separator: Sql): Sql {
  if (separator.kind === 'string') return separator.value === '' ? call('array', sure(s)) : call('splitByString', separator, sure(s));
  const nul = call('char', token(0));
  const has = call('throwIf', binary(call('position', sure(s), nul), '>', token(0)), str('a text with the character 0'));
  const marked = call('replaceAll', sure(s), caseWhen([{ when: binary(has, '=', token(0)), then: sure(separator) }], str('')), nul);
  const whole = call('array', sure(s));
  return call('if', binary(sure(separator), '=', str('')), whole, call('splitByString', nul, marked));
}

export function clickhouseReplace(s: Sql, from: Sql, to: Sql): Sql {
  const replaced = call('replaceAll', s, from, to);
  return from.kind === 'string' && from.value !== ''
    ? replaced
    : ifKnown([s, from, to], caseWhen([{ when: binary(from, '=', str('')), then: s }], replaced));
}

/** A LIKE pattern with a backslash before what stands for itself. */
export const escapedPattern = (tokens: readonly (string | { readonly character: string })[]): Sql =>
  str(tokens.map((one) => (typeof one === 'string' ? one : one.character.replace(/[\\%_]/g, '\\$&'))).join(''));

/** The code point of the first character, put together from its bytes. */
export function clickhouseCodePoint(s: Sql): Sql {
  const byte = (n: number, cut: number): Sql =>
    call('toInt64', call('bitAnd', call('reinterpretAsUInt8', call('substring', sure(s), token(n), token(1))), token(cut)));
  const from = (...bytes: readonly Sql[]): Sql => bytes.reduce((sum, b) => binary(binary(sum, '*', signed(64)), '+', b));
  const first = byte(1, 255);
  const below = (limit: number): Sql => binary(first, '<', token(limit));
  return ifKnown(
    [s],
    caseWhen(
      [
        { when: below(0x80), then: first },
        { when: below(0xe0), then: from(byte(1, 31), byte(2, 63)) },
        { when: below(0xf0), then: from(byte(1, 15), byte(2, 63), byte(3, 63)) },
      ],
      from(byte(1, 7), byte(2, 63), byte(3, 63), byte(4, 63)),
    ),
  );
}

const names: ReadonlyMap<string, string> = new Map([
  ['strpos', 'position'],
  ['lpad', 'leftPad'],
]);

/** Text functions that only have another name. */
export function clickhouseNames(x: Sql): Sql {
  if (x.kind === 'call') return { ...x, name: names.get(x.name) ?? x.name, args: x.args.map(clickhouseNames) };
  if (x.kind === 'binary') return { ...x, left: clickhouseNames(x.left), right: clickhouseNames(x.right) };
  if (x.kind === 'cast') return { ...x, argument: clickhouseNames(x.argument) };
  if (x.kind !== 'case') return x;
  const branches = x.branches.map(({ when, then }) => ({ when: clickhouseNames(when), then: clickhouseNames(then) }));
  return { ...x, branches, otherwise: x.otherwise === null ? null : clickhouseNames(x.otherwise) };
}

/** Byte by byte, the shorter filled up with zeros. */
export function clickhouseBitwise(fn: string, a: Sql, b: Sql, left: boolean): Sql {
  const digits = [a, b].map((x) => call('hex', sure(x)));
  const width = call('greatest', ...digits.map((x) => call('length', x)));
  const bytes = digits.map((x) => call('extractAll', call(left ? 'leftPad' : 'rightPad', x, width, str('0')), str('..')));
  const byte = (x: string): string => `reinterpretAsUInt8(unhex(${x}))`;
  const made = call('arrayMap', token(`(x, y) -> hex(${fn}(${byte('x')}, ${byte('y')}))`), ...bytes);
  return ifKnown([a, b], call('unhex', call('arrayStringConcat', made)));
}
