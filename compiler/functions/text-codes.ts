/** Characters as numbers and letters as others: code points, capitals, alphabets. */
import { binary, call, caseWhen, cast, type Sql, str, token } from '../sql/tree.ts';
import { number, varchar } from '../sql-type.ts';
import { refuse } from './arguments.ts';
import { whole as clickhouseWhole } from './clickhouse-sql.ts';
import { clickhouseCodePoint } from './clickhouse-text.ts';
import { clickhouseCharacter, clickhouseInitcap } from './clickhouse-text-edits.ts';
import type { Arg, ScalarRow } from './define.ts';
import { EvaluationError } from './evaluation-error.ts';
import { inLower, inUpper, oneForOne } from './letter-case.ts';
import { numeric, raise, whole } from './postgres-sql.ts';
import { lengthType, points, textRow } from './text.ts';

const codeType = number(18);

const code = (name: string, summary: string, source: string): ScalarRow =>
  textRow(
    {
      name,
      summary,
      wanted: ['varchar'],
      // DuckDB's unicode('') is -1.
      duckdb: ([s]) => call('ascii', s as Sql),
      postgres: ([s]) => numeric(call('ascii', s as Sql)),
      clickhouse: ([s]) => clickhouseWhole(clickhouseCodePoint(s as Sql)),
      evaluate: ([s]) => BigInt((s as string).codePointAt(0) ?? 0),
      examples: [
        { sql: `${name}('a')`, result: '97', source },
        { sql: `${name}('')`, result: '0', source },
      ],
    },
    codeType,
  );

const isCharacter = (n: bigint): boolean => n > 0n && n <= 0x10ffffn && !(n >= 0xd800n && n <= 0xdfffn);

function provenCharacter(arg: Arg | undefined): boolean {
  if (arg?.literal === null) return true;
  return typeof arg?.literal === 'string' && /^\d{1,9}$/.test(arg.literal) && isCharacter(BigInt(arg.literal));
}

const chr = textRow({
  name: 'CHR',
  aliases: ['CHAR'],
  summary: 'The character with this code point.',
  wanted: ['integer'],
  raises: ([n]) =>
    provenCharacter(n)
      ? undefined
      : { reason: 'not every number is the code point of a character', hint: 'use a constant, or CASE x WHEN 65 THEN CHR(65) … END' },
  duckdb: ([n]) => {
    const x = n as Sql;
    const valid = binary(between(x, 1, 0xd7ff), 'OR', between(x, 0xe000, 0x10ffff));
    const made = call('chr', cast(x, 'INTEGER'));
    if (x.kind === 'token') return made;
    return caseWhen(
      [
        {
          when: binary({ kind: 'prefix', operator: 'NOT', argument: valid }, 'AND', notNull(x)),
          then: call('error', str('no such character')),
        },
      ],
      made,
    );
  },
  postgres: ([n]) => {
    const x = n as Sql;
    const made = call('chr', cast(x, 'INTEGER'));
    if (whole(x).kind === 'token') return made;
    const valid = binary(between(x, 1, 0xd7ff), 'OR', between(x, 0xe000, 0x10ffff));
    return caseWhen([
      { when: valid, then: made },
      { when: notNull(x), then: raise('no such character', cast(token('NULL'), varchar)) },
    ]);
  },
  clickhouse: ([n]) => clickhouseCharacter(n as Sql),
  evaluate: ([n]) => {
    if (!isCharacter(n as bigint)) throw new EvaluationError(`${n} is the code point of no character`);
    return String.fromCodePoint(Number(n));
  },
});

const notNull = (x: Sql): Sql => ({ kind: 'postfix', argument: x, operator: 'IS NOT NULL' });
const between = (x: Sql, low: number, high: number): Sql => ({
  kind: 'between',
  argument: x,
  low: token(low),
  high: token(high),
  negated: false,
});

/** Between words, where none are given; <whitespace> is that of ASCII. */
const wordEnds = ' \t\n\v\f\r!?@"^#$&~_,.:;+-*%/|\\[](){}<>';

const initcap = textRow({
  name: 'INITCAP',
  summary: `The first letter of each word in upper case, the others in lower case; words end at the given characters. Letters change ${oneForOne}.`,
  wanted: ['varchar', 'varchar'],
  optional: 1,
  limits: ([, ends]) => {
    if (ends === undefined) return undefined;
    if (typeof ends.literal !== 'string') return refuse('wrong-arguments', 'INITCAP needs constant delimiters', undefined, 1);
    return ends.literal === ends.literal.toLowerCase()
      ? undefined
      : refuse(
          'wrong-arguments',
          'what INITCAP does with a delimiter in upper case is not documented',
          'give delimiters without capitals',
          1,
        );
  },
  duckdb: ([s, ends = str(wordEnds)]) => call('lockstep_initcap_2', s as Sql, ends),
  postgres: ([s, ends = str(wordEnds)]) => call('lockstep_initcap_2', s as Sql, ends),
  clickhouse: ([s, ends = str(wordEnds)]) => clickhouseInitcap(s as Sql, ends),
  evaluate: ([s, ends = wordEnds]) => {
    const isEnd = new Set(points(ends));
    return points(s)
      .map((c, i, all) => {
        if (isEnd.has(c)) return c;
        const first = i === 0 || isEnd.has(all[i - 1] as string);
        return first ? inUpper(c) : inLower(c);
      })
      .join('');
  },
  examples: [
    { sql: "INITCAP('this is the new Frame+work', '')", result: 'This is the new frame+work', source: 'gold:slt.string.initcap.1' },
    { sql: "INITCAP('lion☂fRog potato⨊cLoUD', '⨊☂')", result: 'Lion☂Frog potato⨊Cloud', source: 'gold:slt.string.initcap.3' },
    {
      sql: "INITCAP('apple is僉sweetandballIsROUND', '僉a b')",
      result: 'aPple Is僉SweetaNdbaLlisround',
      source: 'gold:slt.string.initcap.4',
    },
  ],
});

const translate = textRow({
  name: 'TRANSLATE',
  summary: 'Characters of one alphabet replaced by those of another, or removed where it is shorter.',
  wanted: ['varchar', 'varchar', 'varchar'],
  limits: ([, from, to]) => {
    if (typeof from?.literal !== 'string' || typeof to?.literal !== 'string')
      return refuse('wrong-arguments', 'TRANSLATE needs constant alphabets', undefined, typeof from?.literal === 'string' ? 2 : 1);
    const source = points(from.literal);
    if (points(to.literal).length > source.length)
      return refuse('wrong-arguments', 'the second alphabet of TRANSLATE has more characters than the first', undefined, 2);
    return new Set(source).size === source.length
      ? undefined
      : refuse('wrong-arguments', 'a character stands twice in the first alphabet of TRANSLATE', undefined, 1);
  },
  postgres: 'standard',
  clickhouse: (args) => call('translateUTF8', ...args),
  evaluate: ([s, from, to]) => {
    const [source, target] = [points(from), points(to)];
    const images = new Map(source.map((c, i) => [c, target[i] ?? '']));
    return points(s)
      .map((c) => images.get(c) ?? c)
      .join('');
  },
  examples: [
    { sql: "TRANSLATE('peña', 'ñ', 'n')", result: 'pena', source: 'gold:slt.string.translate.1' },
    { sql: "TRANSLATE('❄a❄bX❄dYZ❄', 'XYZ❄', 'cef')", result: 'abcdef', source: 'gold:slt.string.translate.2' },
  ],
});

export const textCodeRows: readonly ScalarRow[] = [
  code('ASCII', 'The code point of the first character; 0 for the empty text.', 'gold:slt.string.ascii.1'),
  code('UNICODE', 'The code point of the first character; 0 for the empty text.', 'docs:unicode'),
  { ...chr, examples: [{ sql: 'CHR(10052)', result: '❄', source: 'docs:unicode' }] },
  initcap,
  translate,
  textRow(
    {
      name: 'RTRIMMED_LENGTH',
      summary: 'Number of code points without the blanks at the end.',
      wanted: ['varchar'],
      duckdb: ([s]) => call('length', call('rtrim', s as Sql)),
      postgres: ([s]) => numeric(call('length', call('rtrim', s as Sql))),
      clickhouse: ([s]) => clickhouseWhole(call('lengthUTF8', call('trimRight', s as Sql))),
      evaluate: ([s]) => BigInt(points((s as string).replace(/ +$/, '')).length),
      examples: [
        { sql: "RTRIMMED_LENGTH('  ABCD  ')", result: '6', source: 'gold:slt.string.rtrimmed_length.2' },
        { sql: "RTRIMMED_LENGTH('no trailing spaces')", result: '18', source: 'gold:slt.string.rtrimmed_length.3' },
      ],
    },
    lengthType,
  ),
];
