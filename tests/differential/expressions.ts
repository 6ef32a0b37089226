/** Legal expressions over columns in scope, by kind; and how each function of the list is written. */
import { bytesForms } from './bytes-forms.ts';
import type { Draw } from './draw.ts';
import { semiStructuredForms } from './semi-structured-forms.ts';
import { timeForms } from './time-forms.ts';

/** list: an array of texts. */
export type Kind = 'num' | 'text' | 'bool' | 'time' | 'date' | 'float' | 'json' | 'list';

export interface ScopeColumn {
  readonly sql: string;
  readonly kind: Kind;
}

export interface Writer {
  readonly d: Draw;
  readonly columns: readonly ScopeColumn[];
  /** Levels of calls that may still be nested. */
  readonly depth: number;
}

const deeper = (w: Writer): Writer => ({ ...w, depth: w.depth - 1 });

export function columnOf(w: Writer, kind: Kind): string | undefined {
  const fitting = w.columns.filter((c) => c.kind === kind);
  return fitting.length === 0 ? undefined : w.d.pick(fitting).sql;
}

const literals: Readonly<Record<Kind, readonly string[]>> = {
  num: ['1', '0', '2', '-3', '0.5', '10.25', '7', '100', '1.005'],
  text: ["'a'", "''", "'é'", "'x,y,z'", "'it''s'", "'50%'", "'b'", "'👍'"],
  bool: ['TRUE', 'FALSE'],
  time: ['as_of()', "'2024-02-29T00:00:00'::TIMESTAMP_NTZ", "'1970-01-01T00:00:00'::TIMESTAMP_NTZ"],
  date: ["'2024-02-29'::DATE", 'as_of()::DATE', "'1969-12-31'::DATE"],
  float: ['0.5::FLOAT', '2::FLOAT', '1e3'],
  json: ['NULL::VARIANT', 'PARSE_JSON(\'{"a":null,"c":[1,"é"]}\')', "OBJECT_CONSTRUCT('a', 'x', 'd', OBJECT_CONSTRUCT('e', 2.5))"],
  list: ["['a', 'b', 'é']", "SPLIT('x,,y', ',')"],
};

const prefer: Readonly<Record<Kind, readonly string[]>> = {
  num: ['+', '-', '*', '/', 'DIV0', 'ROUND', 'COALESCE', 'GREATEST', 'ABS', 'DATEDIFF', 'LENGTH', 'NULLIF', 'CASE', 'IFF', 'CAST'],
  text: ['||', 'LOWER', 'SUBSTR', 'COALESCE_TEXT', 'CASE_TEXT', 'TO_CHAR', 'CAST_TEXT'],
  bool: ['=', '<', '<=', '>', '>=', '<>', 'AND', 'OR', 'NOT', 'IS NULL', 'BETWEEN', 'IN', 'LIKE', 'NOT IN'],
  time: ['DATEADD', 'DATE_TRUNC', 'TIME_SLICE', 'INTERVAL', 'CASE_TIME'],
  date: ['DATEADD_DATE', 'LAST_DAY', 'CAST_DATE', 'DATE_TRUNC_DATE'],
  float: ['SQRT', 'FLOAT_PLUS'],
  json: ['PATH', 'GET'],
  list: ['SPLIT'],
};

export function write(w: Writer, kind: Kind): string {
  if (w.depth > 0 && w.d.below(3) > 0) {
    const form = forms[w.d.pick(prefer[kind])];
    if (form !== undefined) return form.write(deeper(w));
  }
  const column = w.d.below(4) < 3 ? columnOf(w, kind) : undefined;
  return column ?? w.d.pick(literals[kind]);
}

export interface Form {
  readonly gives: Kind;
  readonly write: (w: Writer) => string;
}

const num = (w: Writer): string => write(w, 'num');
const text = (w: Writer): string => write(w, 'text');
const bool = (w: Writer): string => write(w, 'bool');
const time = (w: Writer): string => write(w, 'time');
const day = (w: Writer): string => write(w, 'date');
const float = (w: Writer): string => write(w, 'float');
const small = (w: Writer): string => w.d.pick(['1', '2', '0', '3', '-1', '-2', '5']);
const count = (w: Writer): string => w.d.pick(['1', '2', '0', '3', '6']);
const unit = (w: Writer): string => w.d.pick(['hour', 'minute', 'day', 'week', 'month', 'quarter', 'year', 'second']);
const longUnit = (w: Writer): string => w.d.pick(['day', 'week', 'month', 'quarter', 'year']);
const one = (gives: Kind, name: string, arg: (w: Writer) => string): Form => ({ gives, write: (w) => `${name}(${arg(w)})` });
const two = (gives: Kind, name: string, a: (w: Writer) => string, b: (w: Writer) => string): Form => ({
  gives,
  write: (w) => `${name}(${a(w)}, ${b(w)})`,
});
const infix = (gives: Kind, sign: string, a: (w: Writer) => string, b = a): Form => ({ gives, write: (w) => `(${a(w)} ${sign} ${b(w)})` });
const anyPair = (w: Writer, sign: string): string => {
  const kind = w.d.pick(['num', 'text', 'time', 'date', 'num'] as const);
  return `(${write(w, kind)} ${sign} ${write(w, kind)})`;
};
const comparison = (sign: string): Form => ({ gives: 'bool', write: (w) => anyPair(w, sign) });
const suffix = (words: string, kinds: readonly Kind[]): Form => ({
  gives: 'bool',
  write: (w) => `(${write(w, w.d.pick(kinds))} ${words})`,
});
const any: readonly Kind[] = ['num', 'text', 'bool', 'time', 'date', 'float', 'json'];
const exact = { num, text, time, date: day };
const pattern = (w: Writer): string => w.d.pick(["'%a%'", "'_'", "'a%'", "'50!%' ESCAPE '!'", "'%'", "''", "'a!_b' ESCAPE '!'"]);
const between = (not: string): Form => ({ gives: 'bool', write: (w) => `(${num(w)} ${not}BETWEEN ${num(w)} AND ${num(w)})` });

/** How to call each scalar row (by its name), and forms that are no rows. */
export const forms: Readonly<Record<string, Form>> = {
  '+': infix('num', '+', num),
  '-': infix('num', '-', num),
  '*': infix('num', '*', num),
  '/': { gives: 'num', write: (w) => `(${num(w)} / NULLIF(${num(w)}, 0))` },
  '%': { gives: 'num', write: (w) => `(${num(w)} % NULLIF(${num(w)}, 0))` },
  NEGATE: { gives: 'num', write: (w) => `(- (${num(w)}))` },
  DIV0: two('num', 'DIV0', num, num),
  DIV0NULL: two('num', 'DIV0NULL', num, num),
  ROUND: {
    gives: 'num',
    write: (w) =>
      w.d.oneIn(4)
        ? `ROUND(${num(w)}, 0, 'HALF_TO_EVEN')`
        : w.d.below(2) === 0
          ? `ROUND(${num(w)})`
          : `ROUND(${num(w)}, ${w.d.pick(['1', '2', '0', '-1'])})`,
  },
  TRUNC: { gives: 'num', write: (w) => (w.d.below(2) === 0 ? `TRUNC(${num(w)})` : `TRUNC(${num(w)}, ${w.d.pick(['1', '0', '-1'])})`) },
  FLOOR: { gives: 'num', write: (w) => `FLOOR(${num(w)}${w.d.pick(['', '', ', 1', ', -1'])})` },
  CEIL: { gives: 'num', write: (w) => `CEIL(${num(w)}${w.d.pick(['', '', ', 1', ', -1'])})` },
  ABS: one('num', 'ABS', num),
  SIGN: one('num', 'SIGN', num),
  SQRT: { gives: 'float', write: (w) => `SQRT(ABS(${num(w)}))` },
  EXP: { gives: 'float', write: (w) => `EXP(LEAST(${num(w)}, 5))` },
  LN: { gives: 'float', write: (w) => `LN(ABS(${num(w)}) + 1)` },
  POWER: { gives: 'float', write: (w) => `POWER(ABS(${num(w)}), ${w.d.pick(['2', '0', '3'])})` },
  LOG: { gives: 'float', write: (w) => `LOG(${w.d.pick(['2', '10', '0.5'])}, ABS(${num(w)}) + 1)` },
  SQUARE: one('float', 'SQUARE', smallNumber),
  FACTORIAL: { gives: 'num', write: (w) => `FACTORIAL(${w.d.pick(['0', '5', '20'])})` },
  WIDTH_BUCKET: { gives: 'num', write: (w) => `WIDTH_BUCKET(${smallNumber(w)}, ${w.d.pick(['0, 100, 10', '-4, 4, 2'])})` },
  ...Object.fromEntries(['BITAND', 'BITOR', 'BITXOR'].map((name) => [name, two('num', name, wholeNumber, wholeNumber)])),
  BITNOT: one('num', 'BITNOT', wholeNumber),
  BITSHIFTLEFT: { gives: 'num', write: (w) => `BITSHIFTLEFT(${wholeNumber(w)}, ${w.d.pick(['0', '1', '8'])})` },
  BITSHIFTRIGHT: { gives: 'num', write: (w) => `BITSHIFTRIGHT(ABS(${wholeNumber(w)}), ${w.d.pick(['0', '1', '3'])})` },
  ...Object.fromEntries(
    ['SIN', 'COS', 'TAN', 'ATAN', 'TANH', 'ASINH', 'RADIANS', 'DEGREES', 'CBRT'].map((name) => [name, one('float', name, smallNumber)]),
  ),
  ...Object.fromEntries(
    ['SINH', 'COSH'].map((name) => [name, { gives: 'float', write: (w: Writer) => `${name}(LEAST(ABS(${smallNumber(w)}), 20))` } as const]),
  ),
  COT: { gives: 'float', write: (w) => `COT(ABS(${smallNumber(w)}) + 1)` },
  ...Object.fromEntries(
    [
      ['ASIN', '-0.5'],
      ['ACOS', '0.5'],
      ['ATANH', '0.25'],
    ].map(([name, x]) => [name, { gives: 'float', write: (w: Writer) => `${name}(${w.d.pick([x ?? '', '0'])})` } as const]),
  ),
  ACOSH: { gives: 'float', write: (w) => `ACOSH(ABS(${smallNumber(w)}) + 1)` },
  ATAN2: two('float', 'ATAN2', smallNumber, smallNumber),
  PI: { gives: 'float', write: () => 'PI()' },
  HAVERSINE: { gives: 'float', write: (w) => `HAVERSINE(${smallNumber(w)}, 8.5, 47.4, ${smallNumber(w)})` },
  BOOLAND: two('bool', 'BOOLAND', num, num),
  BOOLOR: two('bool', 'BOOLOR', num, num),
  BOOLXOR: two('bool', 'BOOLXOR', num, num),
  BOOLNOT: one('bool', 'BOOLNOT', num),
  GREATEST_IGNORE_NULLS: two('num', 'GREATEST_IGNORE_NULLS', num, num),
  LEAST_IGNORE_NULLS: two('num', 'LEAST_IGNORE_NULLS', num, num),
  REGR_VALX: two('float', 'REGR_VALX', num, smallNumber),
  REGR_VALY: two('float', 'REGR_VALY', smallNumber, num),
  '=': comparison('='),
  '<>': comparison('<>'),
  '<': comparison('<'),
  '<=': comparison('<='),
  '>': comparison('>'),
  '>=': comparison('>='),
  BETWEEN: between(''),
  'NOT BETWEEN': between('NOT '),
  'IS DISTINCT FROM': comparison('IS DISTINCT FROM'),
  'IS NOT DISTINCT FROM': comparison('IS NOT DISTINCT FROM'),
  LIKE: infix('bool', 'LIKE', text, pattern),
  'NOT LIKE': infix('bool', 'NOT LIKE', text, pattern),
  ILIKE: infix('bool', 'ILIKE', text, pattern),
  'NOT ILIKE': infix('bool', 'NOT ILIKE', text, pattern),
  AND: infix('bool', 'AND', bool),
  OR: infix('bool', 'OR', bool),
  NOT: { gives: 'bool', write: (w) => `(NOT ${bool(w)})` },
  'IS NULL': suffix('IS NULL', any),
  'IS NOT NULL': suffix('IS NOT NULL', any),
  'IS TRUE': suffix('IS TRUE', ['bool']),
  'IS NOT TRUE': suffix('IS NOT TRUE', ['bool']),
  'IS FALSE': suffix('IS FALSE', ['bool']),
  'IS NOT FALSE': suffix('IS NOT FALSE', ['bool']),
  COALESCE: two('num', 'COALESCE', num, num),
  NULLIF: two('num', 'NULLIF', num, num),
  ZEROIFNULL: one('num', 'ZEROIFNULL', num),
  NULLIFZERO: one('num', 'NULLIFZERO', num),
  GREATEST: two('num', 'GREATEST', num, num),
  LEAST: two('num', 'LEAST', num, num),
  '||': { gives: 'text', write: (w) => `(${text(w)} || ${w.d.pick([text, text, num, bool])(w)})` },
  CONCAT: two('text', 'CONCAT', text, text),
  CONCAT_WS: { gives: 'text', write: (w) => `CONCAT_WS('-', ${text(w)}, ${text(w)})` },
  SUBSTR: {
    gives: 'text',
    write: (w) =>
      w.d.below(2) === 0
        ? `SUBSTR(${text(w)}, ${w.d.pick(['1', '2', '0', '3'])}, ${count(w)})`
        : `SUBSTR(${text(w)}, ${w.d.pick(['1', '2'])})`,
  },
  LEFT: two('text', 'LEFT', text, count),
  RIGHT: two('text', 'RIGHT', text, count),
  LOWER: one('text', 'LOWER', text),
  UPPER: one('text', 'UPPER', text),
  TRIM: one('text', 'TRIM', text),
  LTRIM: one('text', 'LTRIM', text),
  RTRIM: one('text', 'RTRIM', text),
  LPAD: { gives: 'text', write: (w) => `LPAD(${text(w)}, ${count(w)}, '-')` },
  RPAD: { gives: 'text', write: (w) => `RPAD(${text(w)}, ${count(w)}, '-')` },
  REVERSE: one('text', 'REVERSE', text),
  REPEAT: two('text', 'REPEAT', text, count),
  LENGTH: one('num', 'LENGTH', text),
  POSITION: two('num', 'POSITION', text, text),
  CHARINDEX: two('num', 'CHARINDEX', text, text),
  STARTSWITH: two('bool', 'STARTSWITH', text, text),
  ENDSWITH: two('bool', 'ENDSWITH', text, text),
  CONTAINS: two('bool', 'CONTAINS', text, text),
  REPLACE: { gives: 'text', write: (w) => `REPLACE(${text(w)}, 'a', ${text(w)})` },
  SPLIT_PART: { gives: 'text', write: (w) => `SPLIT_PART(${text(w)}, ',', ${w.d.pick(['1', '2', '0', '-1', '5'])})` },
  MD5: one('text', 'MD5', text),
  SHA1: one('text', 'SHA1', text),
  SHA2: one('text', 'SHA2', text),
  OCTET_LENGTH: one('num', 'OCTET_LENGTH', text),
  BIT_LENGTH: one('num', 'BIT_LENGTH', text),
  HEX_ENCODE: one('text', 'HEX_ENCODE', text),
  HEX_DECODE_STRING: { gives: 'text', write: (w) => `HEX_DECODE_STRING('${w.d.pick(['61', '', 'C3A9'])}')` },
  BASE64_ENCODE: one('text', 'BASE64_ENCODE', text),
  BASE64_DECODE_STRING: { gives: 'text', write: (w) => `BASE64_DECODE_STRING('${w.d.pick(['YQ==', '', 'w6k='])}')` },
  ASCII: one('num', 'ASCII', text),
  UNICODE: one('num', 'UNICODE', text),
  CHR: { gives: 'text', write: (w) => `CHR(${w.d.pick(['65', '233', '128077'])})` },
  INITCAP: { gives: 'text', write: (w) => `INITCAP(${text(w)}${w.d.pick(['', ", ''", ", ' ,'"])})` },
  TRANSLATE: { gives: 'text', write: (w) => `TRANSLATE(${text(w)}, ${w.d.pick(["'ab', 'x'", "'é👍,', 'e'", "'', ''"])})` },
  RTRIMMED_LENGTH: one('num', 'RTRIMMED_LENGTH', text),
  INSERT: { gives: 'text', write: (w) => `INSERT(${text(w)}, 1, 0, ${text(w)})` },
  STRTOK: {
    gives: 'text',
    write: (w) => `STRTOK((${text(w)} || ',a'), ${w.d.pick(["','", "'a,'", "''", "'👍é'"])}, ${w.d.pick(['1', '1', '1', '2', '0'])})`,
  },
  EDITDISTANCE: { gives: 'num', write: (w) => `EDITDISTANCE(${text(w)}, ${text(w)}${w.d.pick(['', ', 2', ', -1'])})` },
  REGEXP_LIKE: { gives: 'bool', write: (w) => `REGEXP_LIKE(${text(w)}, ${w.d.pick(["'[a-c]*'", "'.*,.*'", "'a|é'", "'A.?', 'i'"])})` },
  REGEXP_SUBSTR: {
    gives: 'text',
    write: (w) =>
      `REGEXP_SUBSTR(${text(w)}, ${w.d.pick(["'.'", "'[^,]+'", "'\\\\w+', 1, 2", "'(.)(,)', 1, 1, 'e', 2", "'[A-Z]', 2, 1, 'i'"])})`,
  },
  REGEXP_COUNT: {
    gives: 'num',
    write: (w) => `REGEXP_COUNT(${text(w)}, ${w.d.pick(["'.'", "'[^,]+'", "'\\\\b'  || 'a', 1, 'i'", "'é|👍', 2"])})`,
  },
  REGEXP_INSTR: {
    gives: 'num',
    write: (w) => `REGEXP_INSTR(${text(w)}, ${w.d.pick(["'[a-z]+'", "',', 1, 2", "'.(,).', 1, 1, 1, 'e'", "'👍|é|b', 1, 1, 1"])})`,
  },
  REGEXP_REPLACE: {
    gives: 'text',
    write: (w) =>
      `REGEXP_REPLACE(${text(w)}, ${w.d.pick(["'[aeiou]'", "'(.)(.)', '\\\\2\\\\1'", "',', ';', 1, 2", "'()', '-'", "'[^a]', 'é', 2"])})`,
  },
  TO_CHAR: {
    gives: 'text',
    write: (w) =>
      w.d.pick([
        () => `TO_CHAR(${num(w)})`,
        () => `TO_CHAR(${time(w)}, 'YYYY-MM-DD HH24:MI:SS.FF6')`,
        () => `TO_CHAR(${day(w)}, 'YYYY-MM-DD')`,
        () => `TO_CHAR(${time(w)}, 'dy, dd mon yy, hh12:mi pm: ff2 hours')`,
      ])(),
  },
  DATEADD: { gives: 'time', write: (w) => `DATEADD(${unit(w)}, ${small(w)}, ${time(w)})` },
  DATEDIFF: { gives: 'num', write: (w) => `DATEDIFF(${unit(w)}, ${time(w)}, ${time(w)})` },
  ADD_MONTHS: { gives: 'date', write: (w) => `ADD_MONTHS(${day(w)}, ${small(w)})` },
  DATE_TRUNC: { gives: 'time', write: (w) => `DATE_TRUNC('${unit(w)}', ${time(w)})` },
  TIME_SLICE: {
    gives: 'time',
    write: (w) => `TIME_SLICE(${time(w)}, ${w.d.pick(['1', '2', '15', '7'])}, '${w.d.pick(['MINUTE', 'HOUR', 'DAY', 'WEEK', 'MONTH'])}')`,
  },
  LAST_DAY: { gives: 'date', write: (w) => `LAST_DAY(${day(w)}${w.d.pick(['', ", 'week'", ", 'month'", ", 'quarter'", ", 'year'"])})` },
  YEAR: one('num', 'YEAR', time),
  QUARTER: one('num', 'QUARTER', time),
  MONTH: one('num', 'MONTH', time),
  DAY: one('num', 'DAY', time),
  HOUR: one('num', 'HOUR', time),
  MINUTE: one('num', 'MINUTE', time),
  SECOND: one('num', 'SECOND', time),
  DAYOFWEEK: one('num', 'DAYOFWEEK', time),
  DAYOFWEEKISO: one('num', 'DAYOFWEEKISO', time),
  DAYOFYEAR: one('num', 'DAYOFYEAR', time),
  WEEK: one('num', 'WEEK', time),
  WEEKISO: one('num', 'WEEKISO', time),
  YEAROFWEEK: one('num', 'YEAROFWEEK', time),
  YEAROFWEEKISO: one('num', 'YEAROFWEEKISO', time),
  DATE_PART: {
    gives: 'num',
    write: (w) => `DATE_PART('${w.d.pick(['epoch_second', 'epoch_millisecond', 'epoch_microsecond', 'hour', 'dayofweek'])}', ${time(w)})`,
  },
  DAYNAME: one('text', 'DAYNAME', time),
  MONTHNAME: one('text', 'MONTHNAME', time),
  TO_DATE: one('date', 'TO_DATE', time),
  ...timeForms(write),
  ...semiStructuredForms(write, columnOf),
  ...bytesForms(write),
  CASE: { gives: 'num', write: (w) => `CASE WHEN ${bool(w)} THEN ${num(w)} WHEN ${bool(w)} THEN ${num(w)} ELSE ${num(w)} END` },
  IFF: { gives: 'num', write: (w) => `IFF(${bool(w)}, ${num(w)}, ${num(w)})` },
  CAST: {
    gives: 'num',
    write: (w) =>
      w.d.pick([
        () => `(${num(w)})::NUMBER(38,2)`,
        () => `(${num(w)})::NUMBER(38,0)`,
        () => `TRY_CAST(${text(w)} AS NUMBER(10,2))`,
        () => `(${bool(w)})::NUMBER(38,0)`,
      ])(),
  },
  CASE_TEXT: { gives: 'text', write: (w) => `CASE WHEN ${bool(w)} THEN ${text(w)} ELSE ${text(w)} END` },
  CAST_TEXT: {
    gives: 'text',
    write: (w) => w.d.pick([() => `(${num(w)})::VARCHAR`, () => `(${bool(w)})::VARCHAR`, () => `(${day(w)})::VARCHAR`])(),
  },
  COALESCE_TEXT: two('text', 'COALESCE', text, text),
  CASE_TIME: { gives: 'time', write: (w) => `CASE WHEN ${bool(w)} THEN ${time(w)} END` },
  CAST_DATE: { gives: 'date', write: (w) => `(${time(w)})::DATE` },
  INTERVAL: {
    gives: 'time',
    write: (w) =>
      `(${time(w)} ${w.d.pick(['-', '+'])} INTERVAL '${w.d.pick(['10 minutes', '1 hour', '1 day', '1 month', '1 day, 1 month'])}')`,
  },
  DATEADD_DATE: { gives: 'date', write: (w) => `DATEADD(${longUnit(w)}, ${small(w)}, ${day(w)})` },
  DATE_TRUNC_DATE: { gives: 'date', write: (w) => `DATE_TRUNC('${longUnit(w)}', ${day(w)})` },
  FLOAT_PLUS: infix('float', '+', float),
  IN: { gives: 'bool', write: (w) => inList(w, 'IN') },
  'NOT IN': { gives: 'bool', write: (w) => inList(w, 'NOT IN') },
};

function inList(w: Writer, word: string): string {
  const kind = w.d.pick(['num', 'text'] as const);
  const items = [exact[kind](w), exact[kind](w), ...(w.d.oneIn(3) ? ['NULL'] : [])];
  return `(${write(w, kind)} ${word} (${items.join(', ')}))`;
}

/** How to call each aggregate row; rows of one stream are in scope. */
export const aggregates: Readonly<Record<string, Form>> = {
  COUNT: {
    gives: 'num',
    write: (w) =>
      w.d.pick([
        'COUNT(*)',
        `COUNT(${w.d.oneIn(2) ? 'DISTINCT ' : ''}${write(w, 'text')}, ${write(w, 'num')})`,
        `COUNT(${write(w, w.d.pick(['text', 'json'] as const))})`,
        `COUNT(DISTINCT ${write(w, w.d.pick(['text', 'num', 'date'] as const))})`,
      ]),
  },
  COUNT_IF: one('num', 'COUNT_IF', bool),
  SUM: { gives: 'num', write: (w) => `SUM(${w.d.oneIn(5) ? 'DISTINCT ' : ''}${num(w)})` },
  AVG: one('num', 'AVG', num),
  MIN: { gives: 'num', write: (w) => `MIN(${num(w)})` },
  MAX: { gives: 'num', write: (w) => `MAX(${num(w)})` },
  MIN_BY: { gives: 'num', write: (w) => `MIN_BY(${num(w)}, ${write(w, w.d.pick(['time', 'num', 'text'] as const))})` },
  MAX_BY: { gives: 'text', write: (w) => `MAX_BY(${text(w)}, ${write(w, w.d.pick(['time', 'num', 'text'] as const))})` },
  BOOLAND_AGG: one('bool', 'BOOLAND_AGG', bool),
  BOOLOR_AGG: one('bool', 'BOOLOR_AGG', bool),
  BOOLXOR_AGG: one('bool', 'BOOLXOR_AGG', bool),
  PERCENTILE_CONT: {
    gives: 'num',
    write: (w) =>
      `PERCENTILE_CONT(${w.d.pick(['0.25', '0.9', '0.5', '1'])}) WITHIN GROUP (ORDER BY ${smallNumber(w)}${w.d.pick(['', ' DESC'])})`,
  },
  PERCENTILE_DISC: {
    gives: 'num',
    write: (w) =>
      `PERCENTILE_DISC(${w.d.pick(['0.25', '0.9', '0.5', '0'])}) WITHIN GROUP (ORDER BY ${smallNumber(w)}${w.d.pick(['', ' DESC'])})`,
  },
  ...Object.fromEntries(
    'CORR COVAR_POP COVAR_SAMP REGR_SLOPE REGR_INTERCEPT REGR_R2 REGR_AVGX REGR_AVGY REGR_SXX REGR_SYY REGR_SXY'.split(' ').map((name) => [
      name,
      {
        gives: 'float',
        // Of two columns that hardly go together, a sum of FLOATs has no digits to compare: groups.test.ts has such pairs.
        write: (w: Writer) => {
          const x = smallNumber(w);
          return `${name}(${x} * 2 + 1, ${x})`;
        },
      } as const,
    ]),
  ),
  VARIANCE: one('num', 'VARIANCE', smallNumber),
  VAR_POP: one('num', 'VAR_POP', smallNumber),
  STDDEV: one('float', 'STDDEV', smallNumber),
  STDDEV_POP: one('float', 'STDDEV_POP', smallNumber),
  MEDIAN: one('num', 'MEDIAN', smallNumber),
  ARRAY_AGG: {
    gives: 'list',
    write: (w) =>
      w.d.oneIn(3)
        ? `ARRAY_AGG(DISTINCT ${columnOf(w, 'text') ?? "'q'"}) WITHIN GROUP (ORDER BY ${columnOf(w, 'text') ?? "'q'"} DESC)`
        : `ARRAY_AGG(${write(w, w.d.pick(['text', 'num', 'time', 'bool'] as const))}) WITHIN GROUP (ORDER BY ${write(w, w.d.pick(['num', 'time', 'text'] as const))})`,
  },
  LISTAGG: {
    gives: 'text',
    write: (w) =>
      w.d.oneIn(3)
        ? `LISTAGG(DISTINCT ${columnOf(w, 'text') ?? "'q'"}, '|') WITHIN GROUP (ORDER BY ${columnOf(w, 'text') ?? "'q'"})`
        : `LISTAGG(${text(w)}, '|') WITHIN GROUP (ORDER BY ${write(w, w.d.pick(['num', 'time', 'text'] as const))}${w.d.oneIn(2) ? ' DESC' : ''})`,
  },
};

function wholeNumber(w: Writer): string {
  return `ROUND(${smallNumber(w)})::NUMBER(12, 0)`;
}

/** A column as it is: squares of long products leave 38 digits. */
function smallNumber(w: Writer): string {
  return columnOf(w, 'num') ?? '1';
}

const overOrder = (w: Writer): string =>
  `${write(w, w.d.pick(['time', 'num', 'text'] as const))}${w.d.pick(['', ' DESC', ' NULLS FIRST', ' DESC NULLS LAST'])}`;
const partition = (w: Writer): string =>
  w.d.below(3) === 0 ? '' : `PARTITION BY ${columnOf(w, w.d.pick(['text', 'num'] as const)) ?? "'p'"} `;
const rowsFrame = (w: Writer): string =>
  w.d.pick([
    'ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW',
    'ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING',
    'ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING',
    'RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW',
    'ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING',
  ]);
/** ORDER BY and a RANGE by distance; NULLs, ties and both directions are in it. */
const rangeWindow = (w: Writer): string => {
  const [column, distance] = w.d.pick([
    [columnOf(w, 'time') ?? 'as_of()', w.d.pick(["INTERVAL '10 minutes'", "INTERVAL '1 hour'", "INTERVAL '1 day'", "INTERVAL '1 month'"])],
    [smallNumber(w), w.d.pick(['0', '1', '3', '100'])],
  ] as const);
  const frame = w.d.pick([
    `${distance} PRECEDING AND CURRENT ROW`,
    `${distance} PRECEDING AND ${distance} FOLLOWING`,
    `UNBOUNDED PRECEDING AND ${distance} PRECEDING`,
    `CURRENT ROW AND ${distance} FOLLOWING`,
  ]);
  return `${partition(w)}ORDER BY ${column}${w.d.pick(['', ' DESC', ' NULLS FIRST', ' DESC NULLS LAST'])} RANGE BETWEEN ${frame}`;
};
const framed = (gives: Kind, call: (w: Writer) => string): Form => ({
  gives,
  write: (w) => `${call(w)} OVER (${w.d.oneIn(2) ? rangeWindow(w) : `${partition(w)}ORDER BY ${overOrder(w)} ${rowsFrame(w)}`})`,
});
const ranked = (gives: Kind, call: (w: Writer) => string): Form => ({
  gives,
  write: (w) => `${call(w)} OVER (${partition(w)}ORDER BY ${overOrder(w)})`,
});

const rowsOrWhole = (gives: Kind, call: (w: Writer) => string): Form => ({
  gives,
  write: (w) =>
    `${call(w)} OVER (${partition(w)}ORDER BY ${overOrder(w)}${w.d.oneIn(2) ? '' : ` ${rowsFrame(w).replace('RANGE', 'ROWS')}`})`,
});

/** How to call each window row, and aggregates as windows. */
export const windows: Readonly<Record<string, Form>> = {
  ROW_NUMBER: ranked('num', () => 'ROW_NUMBER()'),
  RANK: ranked('num', () => 'RANK()'),
  DENSE_RANK: ranked('num', () => 'DENSE_RANK()'),
  LAG: ranked('num', (w) => `LAG(${num(w)}${w.d.pick(['', ', 1', ', 2'])})`),
  LEAD: ranked('text', (w) => `LEAD(${text(w)}${w.d.pick(['', ', 1', ', 2'])})`),
  'LAG IGNORE NULLS': ranked('num', (w) => `LAG(${num(w)}${w.d.pick(['', ', 1', ', 2'])}) IGNORE NULLS`),
  'LEAD IGNORE NULLS': ranked('text', (w) => `LEAD(${text(w)}${w.d.pick(['', ', 2'])}) IGNORE NULLS`),
  FIRST_VALUE: ranked('num', (w) => `FIRST_VALUE(${num(w)})`),
  LAST_VALUE: rowsOrWhole('num', (w) => `LAST_VALUE(${num(w)})`),
  'FIRST_VALUE IGNORE NULLS': rowsOrWhole('num', (w) => `FIRST_VALUE(${num(w)}) IGNORE NULLS`),
  'LAST_VALUE IGNORE NULLS': rowsOrWhole('text', (w) => `LAST_VALUE(${text(w)}) IGNORE NULLS`),
  NTH_VALUE: rowsOrWhole('num', (w) => `NTH_VALUE(${num(w)}, ${w.d.pick(['1', '2', '3'])})`),
  'NTH_VALUE IGNORE NULLS': rowsOrWhole('num', (w) => `NTH_VALUE(${num(w)}, ${w.d.pick(['1', '2'])}) IGNORE NULLS`),
  CONDITIONAL_TRUE_EVENT: ranked('num', (w) => `CONDITIONAL_TRUE_EVENT(${bool(w)})`),
  CONDITIONAL_CHANGE_EVENT: ranked('num', (w) => `CONDITIONAL_CHANGE_EVENT(${write(w, w.d.pick(['text', 'num', 'date'] as const))})`),
  RATIO_TO_REPORT: { gives: 'num', write: (w) => `RATIO_TO_REPORT(${smallNumber(w)}) OVER (${partition(w)})` },
  PERCENT_RANK: ranked('float', () => 'PERCENT_RANK()'),
  CUME_DIST: ranked('float', () => 'CUME_DIST()'),
  NTILE: ranked('num', (w) => `NTILE(${w.d.pick(['2', '3'])})`),
  ...Object.fromEntries(
    ['MEDIAN', 'VARIANCE', 'STDDEV_POP', 'BOOLXOR_AGG', 'BOOLAND_AGG', 'BOOLOR_AGG'].map((name) => [
      `${name} OVER`,
      {
        gives: name.startsWith('BOOL') ? 'bool' : name === 'STDDEV_POP' ? 'float' : 'num',
        write: (w: Writer) => `${name}(${name.startsWith('BOOL') ? bool(w) : smallNumber(w)}) OVER (${partition(w)})`,
      } as const,
    ]),
  ),
  'PERCENTILE_CONT OVER': {
    gives: 'num',
    write: (w) => `PERCENTILE_CONT(0.25) WITHIN GROUP (ORDER BY ${smallNumber(w)}) OVER (${partition(w)})`,
  },
  'SUM OVER': framed('num', (w) => `SUM(${smallNumber(w)})`),
  'COUNT OVER': framed('num', (w) => `COUNT(${write(w, w.d.pick(['text', 'json'] as const))})`),
  'MAX OVER': framed('num', (w) => `MAX(${num(w)})`),
  'AVG OVER': {
    gives: 'num',
    write: (w) => (w.d.oneIn(2) ? `AVG(${smallNumber(w)}) OVER (${partition(w)})` : framed('num', () => `AVG(${smallNumber(w)})`).write(w)),
  },
};
