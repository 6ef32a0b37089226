/** Where one text is in another, and what is put in its place. */
import { binary, call, caseWhen, isNull, type Sql, str, token } from '../sql/tree.ts';
import { boolean } from '../sql-type.ts';
import { refuse } from './arguments.ts';
import { whole as clickhouseWhole, place } from './clickhouse-sql.ts';
import { clickhouseReplace, clickhouseSplitPart } from './clickhouse-text.ts';
import type { Example, ScalarRow } from './define.ts';
import { numeric, whole } from './postgres-sql.ts';
import { lengthType, points, textRow } from './text.ts';

/** Code points before the match, plus one; 0 if there is none. */
function position(wanted: string, text: string, start: number): bigint {
  const from = points(text)
    .slice(0, Math.max(0, start - 1))
    .join('').length;
  const at = text.indexOf(wanted, from);
  return at < 0 ? 0n : BigInt(points(text.slice(0, at)).length + 1);
}

function duckdbPosition([wanted, text, start]: readonly Sql[]): Sql {
  const [needle, hay] = [wanted as Sql, text as Sql];
  if (start === undefined) return call('strpos', hay, needle);
  const found = call('strpos', call('substring', hay, start), needle);
  return caseWhen([{ when: binary(found, '=', token(0)), then: token(0) }], binary(binary(found, '+', start), '-', token(1)));
}

function splitPart(text: string, separator: string, part: number): string {
  const parts = separator === '' ? [text] : text.split(separator);
  return parts.at(part > 0 ? part - 1 : part) ?? '';
}

function duckdbSplitPart([text, separator, part]: readonly Sql[]): Sql {
  const index = caseWhen([{ when: binary(part as Sql, '=', token(0)), then: token(1) }], part as Sql);
  const whole = caseWhen(
    [
      { when: { kind: 'in', argument: part as Sql, list: [token(0), token(1), token('-1')], negated: false }, then: text as Sql },
      { when: isNull(part as Sql), then: token('NULL') },
    ],
    call('left', text as Sql, token(0)),
  );
  const pieces = call('split_part', text as Sql, separator as Sql, part?.kind === 'token' && part.text !== '0' ? part : index);
  if (separator?.kind === 'string' && separator.value !== '') return pieces;
  return caseWhen([{ when: binary(separator as Sql, '=', str('')), then: whole }], pieces);
}

function postgresPosition([wanted, text, start]: readonly Sql[]): Sql {
  const [needle, hay] = [wanted as Sql, text as Sql];
  if (start === undefined) return numeric(call('strpos', hay, needle));
  const from = whole(start);
  const found = call('strpos', call('substr', hay, from), needle);
  return numeric(caseWhen([{ when: binary(found, '=', token(0)), then: token(0) }], binary(binary(found, '+', from), '-', token(1))));
}

function postgresSplitPart([text, separator, part]: readonly Sql[]): Sql {
  const at = whole(part as Sql);
  const index = at.kind !== 'token' ? caseWhen([{ when: binary(at, '=', token(0)), then: token(1) }], at) : at.text === '0' ? token(1) : at;
  return call('split_part', text as Sql, separator as Sql, index);
}

const clickhouseTests: Readonly<Record<string, string>> = { STARTSWITH: 'startsWith', ENDSWITH: 'endsWith' };

const test = (
  name: string,
  summary: string,
  native: string,
  postgres: (text: Sql, wanted: Sql) => Sql,
  evaluate: (text: string, wanted: string) => boolean,
): ScalarRow =>
  textRow(
    {
      name,
      summary,
      wanted: ['varchar', 'varchar'],
      duckdb: ([s, w]) => call(native, s as Sql, w as Sql),
      postgres: ([s, w]) => postgres(s as Sql, w as Sql),
      clickhouse: ([s, w]) => {
        const [text, sought] = [s as Sql, w as Sql];
        return name === 'CONTAINS'
          ? binary(call('position', text, sought), '>', token(0))
          : call(clickhouseTests[name] as string, text, sought);
      },
      evaluate: ([s, w]) => evaluate(s as string, w as string),
    },
    boolean,
  );

/** Where '' begins from a position on is not settled, so the text sought is then a constant. */
function positionRow(name: string, examples: readonly Example[]): ScalarRow {
  const row = textRow(
    {
      name,
      summary: 'Where the first text begins in the second, 0 if nowhere; from a position on.',
      wanted: ['varchar', 'varchar', 'integer'],
      optional: 1,
      duckdb: duckdbPosition,
      postgres: postgresPosition,
      clickhouse: ([wanted, text, start]) =>
        clickhouseWhole(call('positionUTF8', text as Sql, wanted as Sql, ...(start === undefined ? [] : [call('toUInt64', place(start))]))),
      evaluate: ([wanted, text, start]) => position(wanted as string, text as string, start === undefined ? 1 : Number(start)),
      examples,
    },
    lengthType,
  );
  return {
    ...row,
    resolve: (args) => {
      const signature = row.resolve(args);
      const open =
        args.length === 3 &&
        (typeof args[0]?.literal !== 'string' || args[0].literal === '' || !/^[1-9]\d*$/.test(String(args[2]?.literal)));
      if ('refused' in signature || !open) return signature;
      return refuse(
        'wrong-arguments',
        `${name} from a position on takes constants: a text that is not empty, and a position of at least 1`,
        `${name}(text, SUBSTR(x, n)) searches the rest`,
      );
    },
  };
}

export const textSearchRows: readonly ScalarRow[] = [
  textRow(
    {
      name: 'LENGTH',
      aliases: ['LEN'],
      summary: 'Number of code points.',
      wanted: ['varchar'],
      postgres: ([s]) => numeric(call('length', s as Sql)),
      clickhouse: ([s]) => clickhouseWhole(call('lengthUTF8', s as Sql)),
      evaluate: ([s]) => BigInt(points(s).length),
    },
    lengthType,
  ),
  positionRow('POSITION', [
    { sql: "POSITION('an', 'banana', 1)", result: '2', source: 'gold:slt.string.position.1' },
    { sql: "POSITION('an', 'banana', 3)", result: '4', source: 'gold:slt.string.position.2' },
  ]),
  positionRow('CHARINDEX', []),
  test(
    'STARTSWITH',
    'Does it begin with the other?',
    'starts_with',
    (s, w) => call('starts_with', s, w),
    (s, w) => s.startsWith(w),
  ),
  test(
    'ENDSWITH',
    'Does it end with the other?',
    'ends_with',
    (s, w) => binary(call('right', s, call('length', w)), '=', w),
    (s, w) => s.endsWith(w),
  ),
  test(
    'CONTAINS',
    'Is the other in it?',
    'contains',
    (s, w) => binary(call('strpos', s, w), '>', token(0)),
    (s, w) => s.includes(w),
  ),
  textRow({
    name: 'REPLACE',
    summary: 'Every occurrence replaced, or removed.',
    wanted: ['varchar', 'varchar', 'varchar'],
    optional: 1,
    duckdb: ([s, from, to = str('')]) => call('replace', s as Sql, from as Sql, to),
    postgres: ([s, from, to = str('')]) => call('replace', s as Sql, from as Sql, to),
    clickhouse: ([s, from, to = str('')]) => clickhouseReplace(s as Sql, from as Sql, to),
    evaluate: ([s, from, to = '']) => (from === '' ? (s as string) : (s as string).split(from as string).join(to as string)),
    examples: [{ sql: "REPLACE('abcd', 'bc')", result: 'ad', source: 'gold:slt.string.replace.3' }],
  }),
  textRow({
    name: 'SPLIT_PART',
    summary: 'The nth piece between separators, counted from the end if negative; 0 counts as 1, beyond the pieces it is empty.',
    wanted: ['varchar', 'varchar', 'integer'],
    duckdb: duckdbSplitPart,
    postgres: postgresSplitPart,
    clickhouse: clickhouseSplitPart,
    evaluate: ([s, separator, n]) => splitPart(s as string, separator as string, Number(n) === 0 ? 1 : Number(n)),
    examples: [
      { sql: "SPLIT_PART('127.0.0.1', '.', 1)", result: '127', source: 'gold:slt.string.split_part.2' },
      { sql: "SPLIT_PART('127.0.0.1', '.', -1)", result: '1', source: 'gold:slt.string.split_part.2' },
      { sql: "SPLIT_PART('aaa--bbb-BBB--ccc', '--', 2)", result: 'bbb-BBB', source: 'gold:slt.string.split_part.4' },
    ],
  }),
];
