/** Regular expressions whose pattern is a constant within the portable part: see regexp-pattern.ts. */
import { binary, call, caseWhen, type Sql, str, token } from '../sql/tree.ts';
import { boolean, type SqlType, varchar } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { anyNullable, expectArgs, refuse, type Wanted } from './arguments.ts';
import { whole as clickhouseWhole } from './clickhouse-sql.ts';
import { clickhouseLeft, ifKnown, sure } from './clickhouse-text.ts';
import type { Arg, CallTypes, Example, Refusal, ScalarRow } from './define.ts';
import { collated, numeric } from './postgres-sql.ts';
import { type Demands, type RegexpCall, readCall, regexpCall, upToMatch } from './regexp-call.ts';
import { around, matchesEmpty, type Regex } from './regexp-pattern.ts';
import { printPattern } from './regexp-print.ts';
import { escapedReplacement, type Replacement, readReplacement } from './regexp-replacement.ts';
import { lengthType } from './text.ts';

/** Where each constant stands among the arguments. */
interface Layout {
  readonly position?: number;
  readonly occurrence?: number;
  readonly parameters?: number;
  readonly group?: number;
}

interface RegexpRow {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  readonly wanted: readonly Wanted[];
  readonly type: SqlType;
  readonly partial?: boolean;
  readonly layout: Layout;
  readonly demands: Demands;
  readonly limits?: (args: readonly Arg[], call: RegexpCall) => Refusal | undefined;
  readonly duckdb: (text: Sql, call: RegexpCall, types: CallTypes) => Sql;
  /** The text, from the position on, has the collation "C", so that a word is one in ASCII; `whole` is all of it. */
  readonly postgres: (text: Sql, call: RegexpCall, types: CallTypes, whole: Sql) => Sql;
  /** Of a text that is not NULL. */
  readonly clickhouse: (text: Sql, call: RegexpCall, types: CallTypes, whole: Sql) => Sql;
  /** `before` is what the position leaves out. */
  readonly evaluate: (text: string, call: RegexpCall, types: CallTypes, before: string) => Value;
  readonly examples: readonly Example[];
}

function regexpRow(row: RegexpRow): ScalarRow {
  const places = (args: readonly Arg[]): Parameters<typeof readCall>[1] => {
    const of = (index: number | undefined): Arg | undefined => (index === undefined ? undefined : args[index]);
    const { position, occurrence, parameters, group } = row.layout;
    return { position: of(position), occurrence: of(occurrence), parameters: of(parameters), group: of(group) };
  };
  const read = ({ args }: CallTypes): RegexpCall => regexpCall(args[1], places(args), row.demands);
  return {
    kind: 'scalar',
    name: row.name,
    aliases: row.aliases ?? [],
    summary: row.summary,
    nulls: 'propagate',
    resolve: (args) => {
      const refusal = expectArgs(row.name, args, row.wanted, row.wanted.length - 2);
      if (refusal) return refusal;
      const read = readCall(args[1], places(args), row.demands);
      if ('refused' in read) return read;
      return row.limits?.(args, read) ?? { type: row.type, nullable: row.partial === true || anyNullable(args) };
    },
    sql: {
      standard: (args) => call(row.name, ...args),
      duckdb: ([text], types) => {
        const regexp = read(types);
        return row.duckdb(regexp.position === 1 ? (text as Sql) : call('substring', text as Sql, token(regexp.position)), regexp, types);
      },
      postgres: ([text], types) => {
        const regexp = read(types);
        const rest = regexp.position === 1 ? (text as Sql) : call('substr', text as Sql, token(regexp.position));
        return row.postgres(collated(rest), regexp, types, text as Sql);
      },
      clickhouse: ([text], types) => {
        const regexp = read(types);
        const whole = sure(text as Sql);
        const rest = regexp.position === 1 ? whole : call('substringUTF8', whole, token(regexp.position));
        return ifKnown([text as Sql], row.clickhouse(rest, regexp, types, whole));
      },
    },
    evaluate: ([text], types) => {
      const regexp = read(types);
      const characters = [...(text as string)];
      const before = characters.slice(0, regexp.position - 1).join('');
      return row.evaluate(characters.slice(regexp.position - 1).join(''), regexp, types, before);
    },
    examples: row.examples,
  };
}

/** Of the patterns that are taken, the longest match is the first one too: see `ambiguity`. */
const are = (regexp: RegexpCall): Sql => str(printPattern(regexp.regex, { syntax: 'postgres', capture: true }));
const re2 = (regexp: RegexpCall, capture: boolean): Sql => str(printPattern(regexp.regex, { syntax: 're2', capture }));

function matches(text: string, { regex }: RegexpCall): readonly RegExpExecArray[] {
  return [...text.matchAll(new RegExp(printPattern(regex, { syntax: 'javascript', capture: true }), 'dgu'))];
}

const points = (text: string): number => [...text].length;

const like = regexpRow({
  name: 'REGEXP_LIKE',
  aliases: ['RLIKE', 'REGEXP'],
  summary: 'Does the whole text match the regular expression?',
  wanted: ['varchar', 'varchar', 'varchar'],
  type: boolean,
  layout: { parameters: 2 },
  demands: { whole: true, leastOccurrence: 1, defaultOccurrence: 1, extracts: false },
  duckdb: (text, regexp) => call('regexp_full_match', text, re2(regexp, false)),
  clickhouse: (text, { regex }) => call('match', text, str(`^(?:${printPattern(regex, { syntax: 're2', capture: false })})$`)),
  postgres: (text, { regex }) => call('regexp_like', text, str(`^(?:${printPattern(regex, { syntax: 'postgres', capture: false })})$`)),
  evaluate: (text, { regex }) => new RegExp(`^(?:${printPattern(regex, { syntax: 'javascript', capture: false })})$`, 'u').test(text),
  examples: [
    { sql: "RLIKE('800-456-7891', '[2-9]\\\\d{2}-\\\\d{3}-\\\\d{4}')", result: 'true', source: 'gold:slt.regexp.rlike.3' },
    { sql: "REGEXP_LIKE('San Jose', 'san.*')", result: 'false', source: 'gold:slt.regexp.regexp_like.1' },
    { sql: "REGEXP_LIKE('San Jose', 'san.*', 'i')", result: 'true', source: 'gold:slt.regexp.regexp_like.2' },
  ],
});

const found: Demands = { whole: false, leastOccurrence: 1, defaultOccurrence: 1, extracts: true };

const substr = regexpRow({
  name: 'REGEXP_SUBSTR',
  summary: 'The nth piece that matches the regular expression, or a group of it; NULL if there is none.',
  wanted: ['varchar', 'varchar', 'integer', 'integer', 'varchar', 'integer'],
  type: varchar,
  partial: true,
  layout: { position: 2, occurrence: 3, parameters: 4, group: 5 },
  demands: found,
  duckdb: (text, regexp) => {
    const { group, occurrence } = regexp;
    const all = call('regexp_extract_all', text, re2(regexp, group > 0), ...(group > 0 ? [token(group)] : []));
    return call('list_extract', all, token(occurrence));
  },
  clickhouse: (text, regexp) => {
    const { group, occurrence } = regexp;
    if (group === 0) return call('arrayElementOrNull', call('extractAll', text, re2(regexp, false)), token(occurrence));
    const all = call('extractAllGroupsVertical', text, re2(regexp, true));
    const piece = call('arrayElement', call('arrayElement', all, token(occurrence)), token(group));
    return caseWhen([{ when: binary(call('length', all), '>=', token(occurrence)), then: piece }]);
  },
  postgres: (text, regexp) => {
    const { group, occurrence } = regexp;
    return call('regexp_substr', text, are(regexp), token(1), token(occurrence), str(''), token(group));
  },
  evaluate: (text, regexp) => matches(text, regexp)[regexp.occurrence - 1]?.[regexp.group] ?? null,
  examples: [
    { sql: "REGEXP_SUBSTR('Release 24', 'Release\\\\W+(\\\\d+)', 1, 1, 'e')", result: '24', source: 'gold:doc.regexp.substr_e' },
    { sql: "REGEXP_SUBSTR('Hellooo World', '\\\\b\\\\S*o\\\\S*\\\\b', 3)", result: 'llooo', source: 'gold:slt.regexp.regexp_substr.7' },
    { sql: "REGEXP_SUBSTR('nevermore1', 'nevermore', 1, 4)", result: null, source: 'gold:slt.regexp.regexp_instr.5' },
  ],
});

const count = regexpRow({
  name: 'REGEXP_COUNT',
  summary: 'How many pieces match the regular expression, none overlapping another.',
  wanted: ['varchar', 'varchar', 'integer', 'varchar'],
  type: lengthType,
  layout: { position: 2, parameters: 3 },
  demands: { ...found, extracts: false },
  duckdb: (text, regexp) => call('len', call('regexp_extract_all', text, re2(regexp, false))),
  clickhouse: (text, regexp) => clickhouseWhole(call('countMatches', text, re2(regexp, false))),
  postgres: (text, regexp) => numeric(call('regexp_count', text, are(regexp))),
  evaluate: (text, regexp) => BigInt(matches(text, regexp).length),
  examples: [
    {
      sql: "REGEXP_COUNT('It was the best of times, it was the worst of times', '\\\\bwas\\\\b', 1)",
      result: '2',
      source: 'gold:slt.regexp.regexp_count.1',
    },
    { sql: "REGEXP_COUNT('snow', 'SNOW', 1, 'i')", result: '1', source: 'gold:doc.regexp.count_case' },
  ],
});

const optionOf = (args: readonly Arg[]): Value | undefined => (args[4] === undefined ? '0' : (args[4].literal as Value));

/** Up to the place that is asked for, which its first group ends at. */
function instrPattern(regexp: RegexpCall, args: readonly Arg[]): Sql {
  const { regex, group } = regexp;
  const plain = { syntax: 're2', capture: false } as const;
  const inside = group === 0 ? { before: [], group: regex } : around(regex, group);
  if (inside === undefined) throw new Error('the group is not in every match');
  const start = printPattern({ kind: 'sequence', parts: inside.before }, plain);
  const piece = `(?:${printPattern(inside.group, plain)})`;
  const end = optionOf(args) === '1' ? piece : '';
  // The whole match stands behind the place, so that what comes after the group has its say.
  const lead = `^(${upToMatch(regexp, 're2')}${start}${end})`;
  const rest = printPattern({ kind: 'sequence', parts: behind(regexp, optionOf(args) === '1') }, plain);
  return str(lead + rest);
}

const instr = regexpRow({
  name: 'REGEXP_INSTR',
  summary: 'Where the nth piece that matches begins, or where the text goes on behind it (option 1); 0 if there is none.',
  wanted: ['varchar', 'varchar', 'integer', 'integer', 'integer', 'varchar', 'integer'],
  type: lengthType,
  layout: { position: 2, occurrence: 3, parameters: 5, group: 6 },
  demands: found,
  limits: (args) =>
    optionOf(args) === '0' || optionOf(args) === '1'
      ? undefined
      : refuse('wrong-arguments', 'the option of REGEXP_INSTR is the constant 0 or 1', undefined, 4),
  duckdb: (text, regexp, { args }) => {
    const { occurrence, position } = regexp;
    const before = call('length', call('regexp_extract', text, instrPattern(regexp, args), token(1)));
    const enough = binary(call('len', call('regexp_extract_all', text, re2(regexp, false))), '<', token(occurrence));
    return caseWhen([{ when: enough, then: token(0) }], binary(before, '+', token(position)));
  },
  clickhouse: (text, regexp, { args }) => {
    const before = call('lengthUTF8', call('extract', text, instrPattern(regexp, args)));
    const enough = binary(call('countMatches', text, re2(regexp, false)), '<', token(regexp.occurrence));
    return clickhouseWhole(caseWhen([{ when: enough, then: token(0) }], binary(before, '+', token(regexp.position))));
  },
  postgres: (text, regexp, { args }) => {
    const { group, occurrence, position } = regexp;
    const option = token(String(optionOf(args)));
    const place = call('regexp_instr', text, are(regexp), token(1), token(occurrence), option, str(''), token(group));
    if (position === 1) return numeric(place);
    return numeric(caseWhen([{ when: binary(place, '>', token(0)), then: binary(place, '+', token(position - 1)) }], place));
  },
  evaluate: (text, regexp, { args }) => {
    const match = matches(text, regexp)[regexp.occurrence - 1];
    const place = match?.indices?.[regexp.group];
    if (place === undefined) return 0n;
    return BigInt(points(text.slice(0, place[optionOf(args) === '1' ? 1 : 0])) + regexp.position);
  },
  examples: [
    {
      sql: "REGEXP_INSTR('It was the best of times, it was the worst of times', '\\\\bwas\\\\b', 1, 1)",
      result: '4',
      source: 'gold:slt.regexp.regexp_instr.13',
    },
    {
      sql: "REGEXP_INSTR('It was the best of times, it was the worst of times', 'the\\\\W+(\\\\w+)', 1, 1, 0, 'e')",
      result: '12',
      source: 'gold:slt.regexp.regexp_instr.15',
    },
  ],
});

const replacementOf = (args: readonly Arg[], groups: RegexpCall): Replacement | Refusal =>
  readReplacement(args[2] === undefined ? '' : args[2].literal, groups);

const replace = regexpRow({
  name: 'REGEXP_REPLACE',
  summary: 'Every piece that matches replaced (or the nth), or removed; \\1 to \\9 stand for its groups.',
  wanted: ['varchar', 'varchar', 'varchar', 'integer', 'integer', 'varchar'],
  type: varchar,
  layout: { position: 3, occurrence: 4, parameters: 5 },
  demands: { whole: false, emptyGroup: true, leastOccurrence: 0, defaultOccurrence: 0, extracts: false },
  limits: (args, regexp) => {
    const replacement = replacementOf(args, regexp);
    if ('refused' in replacement) return replacement;
    return matchesEmpty(regexp.regex) && (regexp.occurrence > 0 || regexp.position > 1)
      ? refuse('sql-unsupported', 'not supported: the nth occurrence of ()', undefined, 1)
      : undefined;
  },
  duckdb: (text, regexp, { args }) => {
    const replacement = replacementOf(args, regexp);
    if ('refused' in replacement) throw new Error(replacement.message);
    const { occurrence, position } = regexp;
    const changed =
      occurrence === 0
        ? call('regexp_replace', text, re2(regexp, true), str(escapedReplacement(replacement, 0)), str('g'))
        : nthReplaced(text, regexp, replacement);
    if (position === 1) return changed;
    const whole = text.kind === 'call' ? (text.args[0] as Sql) : text;
    return binary(call('left', whole, token(position - 1)), '||', changed);
  },
  clickhouse: (text, regexp, { args }, whole) => {
    const replacement = replacementOf(args, regexp);
    if ('refused' in replacement) throw new Error(replacement.message);
    const changed =
      regexp.occurrence === 0
        ? call('replaceRegexpAll', text, re2(regexp, true), str(escapedReplacement(replacement, 0)))
        : clickhouseNthReplaced(text, regexp, replacement);
    return regexp.position === 1 ? changed : call('concat', clickhouseLeft(whole, token(regexp.position - 1)), changed);
  },
  postgres: (text, regexp, { args }, whole) => {
    const replacement = replacementOf(args, regexp);
    if ('refused' in replacement) throw new Error(replacement.message);
    const { occurrence, position } = regexp;
    const changed = call(
      'regexp_replace',
      text,
      are(regexp),
      str(escapedReplacement(replacement, 0)),
      token(1),
      token(occurrence),
      str(''),
    );
    return position === 1 ? changed : binary(call('left', whole, token(position - 1)), '||', changed);
  },
  evaluate: (text, regexp, { args }, before) => {
    const replacement = replacementOf(args, regexp);
    if ('refused' in replacement) throw new Error(replacement.message);
    let result = before;
    let at = 0;
    for (const [i, match] of matches(text, regexp).entries()) {
      if (regexp.occurrence > 0 && i + 1 !== regexp.occurrence) continue;
      result += text.slice(at, match.index) + replacement.map((part) => (typeof part === 'string' ? part : (match[part] ?? ''))).join('');
      at = match.index + match[0].length;
    }
    return result + text.slice(at);
  },
  examples: [
    {
      sql: "REGEXP_REPLACE('It was the best of times, it was the worst of times', 'times', 'days', 1, 2)",
      result: 'It was the best of times, it was the worst of days',
      source: 'gold:slt.regexp.regexp_replace.2',
    },
    { sql: "REGEXP_REPLACE('Customers - (NY)', '\\\\(|\\\\)', '')", result: 'Customers - NY', source: 'docs:regexp_replace' },
    {
      sql: "REGEXP_REPLACE('firstname middlename lastname', '(.*) (.*) (.*)', '\\\\3, \\\\1 \\\\2')",
      result: 'lastname, firstname middlename',
      source: 'docs:regexp_replace',
    },
  ],
});

function nthReplaced(text: Sql, regexp: RegexpCall, replacement: Replacement): Sql {
  const pattern = `^(${upToMatch(regexp, 're2')})(?:${printPattern(regexp.regex, { syntax: 're2', capture: true })})`;
  const changed = call('regexp_replace', text, str(pattern), str(`\\1${escapedReplacement(replacement, 1)}`));
  const enough = binary(call('len', call('regexp_extract_all', text, re2(regexp, false))), '<', token(regexp.occurrence));
  return caseWhen([{ when: enough, then: text }], changed);
}

function clickhouseNthReplaced(text: Sql, regexp: RegexpCall, replacement: Replacement): Sql {
  const pattern = `^(${upToMatch(regexp, 're2')})(?:${printPattern(regexp.regex, { syntax: 're2', capture: true })})`;
  const changed = call('replaceRegexpOne', text, str(pattern), str(`\\1${escapedReplacement(replacement, 1)}`));
  const enough = binary(call('countMatches', text, re2(regexp, false)), '<', token(regexp.occurrence));
  return caseWhen([{ when: enough, then: text }], changed);
}

/** The parts of the pattern behind the place that is asked for. */
function behind({ regex, group }: RegexpCall, afterPiece: boolean): readonly Regex[] {
  if (group === 0) return afterPiece ? [] : [regex];
  const inside = around(regex, group);
  return inside === undefined ? [] : [...(afterPiece ? [] : [inside.group]), ...inside.after];
}

export const regexpRows: readonly ScalarRow[] = [like, substr, count, instr, replace];
