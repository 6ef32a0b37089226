/** Texts taken apart on ClickHouse character by character: INSERT, STRTOK, INITCAP, CHR. */
import { binary, call, caseWhen, postfix, prefix, type Sql, str, token } from '../sql/tree.ts';
import { varchar } from '../sql-type.ts';
import { literalOf, place, raise, signed } from './clickhouse-sql.ts';
import { charactersOf, clickhouseLetter, ifKnown, lambda } from './clickhouse-text.ts';

export function clickhouseInsert([s, position, length, other]: readonly Sql[]): Sql {
  const [text, at, count] = [s as Sql, place(position as Sql), place(length as Sql)];
  const after = binary(at, '+', count);
  const room = binary(call('toInt64', call('lengthUTF8', text)), '+', signed(1));
  const outside = [binary(at, '<', token(1)), binary(count, '<', token(0)), binary(after, '>', room)].reduce((a, b) => binary(a, 'OR', b));
  const least = (n: Sql, most: number): Sql => call('greatest', n, signed(most));
  const head = call('substringUTF8', text, token(1), least(binary(at, '-', signed(1)), 0));
  const made = call('concat', head, other as Sql, call('substringUTF8', text, least(after, 1)));
  const known = [text, position, length, other].map((x) => postfix(x as Sql, 'IS NOT NULL')).reduce((a, b) => binary(a, 'AND', b));
  return caseWhen([
    { when: prefix('NOT', known), then: token('NULL') },
    { when: outside, then: raise('INSERT beyond the text', varchar, binary(known, 'AND', outside)) },
    { when: known, then: made },
  ]);
}

/** Split where a character of the set stands, and that character taken away again. */
export function clickhouseStrtok([s, set = str(' '), n = token(1)]: readonly Sql[]): Sql {
  const [text, at] = [s as Sql, place(n)];
  const ends = charactersOf(set);
  const isEnd = call('has', ends, token('c'));
  const parts = call('arraySplit', lambda('c', isEnd), charactersOf(text));
  const bare = call('arrayStringConcat', call('arrayFilter', lambda('c', prefix('NOT', isEnd)), token('p')));
  const pieces = call('arrayFilter', token("p -> p != ''"), call('arrayMap', lambda('p', bare), parts));
  const found = call('NULLIF', call('arrayElement', pieces, call('greatest', at, signed(1))), str(''));
  return ifKnown([text, set, n], caseWhen([{ when: binary(at, '>', token(0)), then: found }]));
}

export function clickhouseInitcap(s: Sql, ends: Sql): Sql {
  const all = charactersOf(s);
  const before = call('arrayPopBack', call('arrayPushFront', all, str('')));
  const isEnd = (x: string): Sql => call('has', charactersOf(ends), token(x));
  const first = binary(binary(token('b'), '=', str('')), 'OR', isEnd('b'));
  const one = call('if', isEnd('c'), token('c'), call('if', first, clickhouseLetter('upper'), clickhouseLetter('lower')));
  return ifKnown([s], call('arrayStringConcat', call('arrayMap', lambda('(c, b)', one), all, before)));
}

/** The bytes of a code point. */
export function clickhouseCharacter(n: Sql): Sql {
  const literal = Number(literalOf(n) ?? 0);
  if (literal > 0 && literal <= 0x10ffff && !(literal >= 0xd800 && literal <= 0xdfff)) return str(String.fromCodePoint(literal));
  const point = call('coalesce', place(n), signed(0));
  const part = (shift: number, first: number): Sql =>
    binary(signed(first), '+', binary(call('intDiv', point, signed(64 ** shift)), '%', signed(64)));
  const head = (shift: number, first: number): Sql => binary(signed(first), '+', call('intDiv', point, signed(64 ** shift)));
  const below = (limit: number): Sql => binary(point, '<', token(limit));
  const from = (low: number, high: number): Sql => binary(binary(point, '>=', token(low)), 'AND', binary(point, '<=', token(high)));
  const none = prefix('NOT', binary(from(1, 0xd7ff), 'OR', from(0xe000, 0x10ffff)));
  const wrong = binary(postfix(n, 'IS NOT NULL'), 'AND', none);
  return ifKnown(
    [n],
    caseWhen(
      [
        { when: none, then: raise('no such character', varchar, wrong) },
        { when: below(0x80), then: call('char', point) },
        { when: below(0x800), then: call('char', head(1, 192), part(0, 128)) },
        { when: below(0x1_0000), then: call('char', head(2, 224), part(1, 128), part(0, 128)) },
      ],
      call('char', head(3, 240), part(2, 128), part(1, 128), part(0, 128)),
    ),
  );
}

/** Beside an empty text its own counts bytes. */
export function clickhouseEditDistance(a: Sql, b: Sql): Sql {
  const isEmpty = (x: Sql): Sql => binary(x, '=', str(''));
  const length = (x: Sql): Sql => call('toInt64', call('lengthUTF8', x));
  const branches = [
    { when: isEmpty(a), then: length(b) },
    { when: isEmpty(b), then: length(a) },
  ];
  return ifKnown([a, b], caseWhen(branches, call('toInt64', call('editDistanceUTF8', a, b))));
}
