/** Parts of a text taken out and put in, and how many such edits part two texts. */
import { binary, call, caseWhen, cast, type Sql, str, token } from '../sql/tree.ts';
import { varchar } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { size as clickhouseSize, whole as clickhouseWhole } from './clickhouse-sql.ts';
import { ifKnown } from './clickhouse-text.ts';
import { clickhouseEditDistance, clickhouseInsert, clickhouseStrtok } from './clickhouse-text-edits.ts';
import type { Arg, ScalarRow } from './define.ts';
import { EvaluationError } from './evaluation-error.ts';
import { raise, size, whole } from './postgres-sql.ts';
import { lengthType, points, textRow } from './text.ts';

const insert = textRow({
  name: 'INSERT',
  summary: 'From a position on, a number of characters replaced by another text.',
  wanted: ['varchar', 'integer', 'integer', 'varchar'],
  raises: ([, position, length]: readonly (Arg | undefined)[]) =>
    position?.literal === null || length?.literal === null || (position?.literal === '1' && length?.literal === '0')
      ? undefined
      : {
          reason: 'INSERT fails where the position or the length is beyond the text',
          hint: 'LEFT(x, n - 1) || other || SUBSTR(x, n + length) takes any text',
        },
  duckdb: ([s, position, length, other]) => {
    const [text, at, count] = [s as Sql, position as Sql, length as Sql];
    const after = binary(at, '+', count);
    const made = [call('left', text, binary(at, '-', token(1))), other as Sql, call('substring', text, after)].reduce((a, b) =>
      binary(a, '||', b),
    );
    const room = binary(call('length', text), '+', token(1));
    const outside = [binary(at, '<', token(1)), binary(count, '<', token(0)), binary(after, '>', room)].reduce((a, b) =>
      binary(a, 'OR', b),
    );
    return caseWhen(
      [
        { when: anyNull([text, at, count, other as Sql]), then: token('NULL') },
        { when: outside, then: call('error', str('INSERT beyond the text')) },
      ],
      made,
    );
  },
  postgres: ([s, position, length, other]) => {
    const [text, at, count] = [s as Sql, whole(position as Sql), whole(length as Sql)];
    const after = binary(at, '+', count);
    const room = binary(call('length', text), '+', token(1));
    const outside = [binary(at, '<', token(1)), binary(count, '<', token(0)), binary(after, '>', room)].reduce((a, b) =>
      binary(a, 'OR', b),
    );
    return caseWhen(
      [
        { when: anyNull([text, at, count, other as Sql]), then: token('NULL') },
        { when: outside, then: raise('INSERT beyond the text', cast(token('NULL'), varchar)) },
      ],
      [call('left', text, binary(at, '-', token(1))), other as Sql, call('substr', text, after)].reduce((a, b) => binary(a, '||', b)),
    );
  },
  clickhouse: clickhouseInsert,
  evaluate: ([s, position, length, other]) => {
    const characters = points(s);
    const [at, count] = [Number(position), Number(length)];
    if (at < 1 || count < 0 || at + count > characters.length + 1) throw new EvaluationError('INSERT beyond the text');
    return [...characters.slice(0, at - 1), other as string, ...characters.slice(at - 1 + count)].join('');
  },
  examples: [
    { sql: "INSERT('abc', 1, 2, 'Z')", result: 'Zc', source: 'gold:slt.string.insert.1' },
    { sql: "INSERT('abc', 2, 1, '')", result: 'ac', source: 'gold:slt.string.insert.3' },
    { sql: "INSERT('abc', 4, 0, 'Z')", result: 'abcZ', source: 'docs:insert' },
  ],
});

const strtok = textRow({
  name: 'STRTOK',
  summary: 'The nth piece between any of the given characters; pieces are never empty. NULL beyond the last.',
  wanted: ['varchar', 'varchar', 'integer'],
  optional: 2,
  partial: true,
  duckdb: ([s, set = str(' '), n = token(1)]) => call('lockstep_strtok', s as Sql, set, n),
  postgres: ([s, set = str(' '), n = token(1)]) => call('lockstep_strtok', s as Sql, set, size(n)),
  clickhouse: clickhouseStrtok,
  evaluate: ([s, set = ' ', n = 1n]) => {
    const ends = new Set(points(set));
    const pieces: string[] = [];
    let piece = '';
    for (const c of [...points(s), null]) {
      if (c !== null && !ends.has(c)) piece += c;
      else {
        if (piece !== '') pieces.push(piece);
        piece = '';
      }
    }
    return (n as bigint) < 1n ? null : (pieces[Number(n) - 1] ?? null);
  },
  examples: [
    { sql: "STRTOK('a.b.c', '.', 1)", result: 'a', source: 'gold:slt.string.strtok.1' },
    { sql: "STRTOK('user@snowflake.com', '@.', 1)", result: 'user', source: 'gold:slt.string.strtok.2' },
    { sql: "STRTOK('user@snowflake.com.', '@.', 4)", result: null, source: 'docs:strtok' },
    { sql: "STRTOK('', '', 1)", result: null, source: 'gold:slt.string.strtok.6' },
    { sql: "STRTOK('a.b', '', 1)", result: 'a.b', source: 'docs:strtok' },
  ],
});

/** Insertions, deletions and substitutions of one code point each. */
function distance(a: readonly string[], b: readonly string[]): number {
  let row = [...b.keys(), b.length];
  for (const [i, x] of a.entries()) {
    const next = [i + 1];
    for (const [j, y] of b.entries())
      next.push(Math.min((row[j + 1] as number) + 1, (next[j] as number) + 1, (row[j] as number) + Number(x !== y)));
    row = next;
  }
  return row[b.length] as number;
}

const editDistance = textRow(
  {
    name: 'EDITDISTANCE',
    summary: 'How many code points must be inserted, deleted or replaced; at most the third argument.',
    wanted: ['varchar', 'varchar', 'integer'],
    optional: 1,
    duckdb: ([a, b, most]) => {
      const made = call('lockstep_editdistance', a as Sql, b as Sql);
      if (most === undefined) return made;
      const capped = call('least', made, call('greatest', most, token(0)));
      // DuckDB's least() skips NULLs.
      return caseWhen([{ when: anyNull([a as Sql, b as Sql, most]), then: token('NULL') }], capped);
    },
    postgres: (args) => call('lockstep_editdistance', ...args),
    clickhouse: ([a, b, most]) => {
      const made = clickhouseEditDistance(a as Sql, b as Sql);
      if (most === undefined) return clickhouseWhole(made);
      return clickhouseWhole(ifKnown([a as Sql, b as Sql, most], call('least', made, call('toInt64', clickhouseSize(most)))));
    },
    evaluate: ([a, b, most]) => {
      const made = BigInt(distance(points(a as Value), points(b as Value)));
      const cap = most === undefined ? made : (most as bigint) < 0n ? 0n : (most as bigint);
      return made < cap ? made : cap;
    },
    examples: [
      { sql: "EDITDISTANCE('future', 'past', 2)", result: '2', source: 'gold:slt.string.editdistance.2' },
      { sql: "EDITDISTANCE('Ich weiß nicht', 'Ich weiss nicht')", result: '2', source: 'gold:slt.string.editdistance.1' },
      { sql: "EDITDISTANCE('Gute nacht', 'Ich weis nicht')", result: '8', source: 'gold:slt.string.editdistance.1' },
    ],
  },
  lengthType,
);

const anyNull = (args: readonly Sql[]): Sql =>
  args.map((arg): Sql => ({ kind: 'postfix', argument: arg, operator: 'IS NULL' })).reduce((a, b) => binary(a, 'OR', b));

export const textEditRows: readonly ScalarRow[] = [insert, strtok, editDistance];
