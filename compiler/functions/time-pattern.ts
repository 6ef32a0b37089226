/** A format of dates and times as a pattern for its text, and how that text is put into ISO form. */
import { binary, call, caseWhen, cast, type Sql, str, token } from '../sql/tree.ts';
import type { SqlType } from '../sql-type.ts';
import { monthNames, shortMonths } from './auto-time.ts';
import { dayOf } from './calendar.ts';
import { padded, parseTime, parseTimestamp, yearPattern } from './iso-time.ts';
import { type ElementName, formatPieces, type Piece } from './time-format.ts';

export interface Reading {
  /** JavaScript, DuckDB and Snowflake read it alike; one group for each element. */
  readonly pattern: string;
  readonly read: (text: string) => bigint | undefined;
  /** ISO text in DuckDB, from the text of each group. */
  readonly iso: (group: (index: number) => Sql) => Sql;
}

const anyCase = (words: readonly string[]): string =>
  words.map((word) => [...word].map((letter) => `[${letter.toUpperCase()}${letter}]`).join('')).join('|');
const sixty = '[0-5][0-9]';
/** Without AM or PM nobody knows which twelve o'clock is meant. */
const beforeTwelve = '0[1-9]|1[01]';
const fractionOf = (digits: number): string => `[0-9]{1,${digits}}`;

const patterns: Readonly<Partial<Record<ElementName, string>>> = {
  YYYY: yearPattern.slice(1, -1),
  YY: '[0-9]{2}',
  MMMM: anyCase(monthNames),
  MON: anyCase(shortMonths),
  MM: '0[1-9]|1[0-2]',
  DD: '0[1-9]|[12][0-9]|3[01]',
  HH24: '[01][0-9]|2[0-3]',
  AM: '[AaPp][Mm]',
  MI: sixty,
  SS: sixty,
  FF: fractionOf(6),
  FF1: fractionOf(1),
  FF2: fractionOf(2),
  FF3: fractionOf(3),
  FF4: fractionOf(4),
  FF5: fractionOf(5),
  FF6: fractionOf(6),
};

/** What an element says, where several say the same. */
const meaning = (name: ElementName): string => {
  if (name === 'YYYY' || name === 'YY') return 'year';
  if (name === 'MM' || name === 'MON' || name === 'MMMM') return 'month';
  return name.slice(0, 2);
};

const known = new Map<string, Reading | undefined>();

/** undefined: the format is not known, or says too little or too much for a value of this type. */
export function readingOf(format: string, type: SqlType): Reading | undefined {
  const key = `${type.kind} ${format}`;
  if (!known.has(key)) known.set(key, newReading(format, type));
  return known.get(key);
}

function newReading(format: string, type: SqlType): Reading | undefined {
  const pieces = formatPieces(format, false);
  const names = pieces?.flatMap((piece) => ('element' in piece ? [piece.element] : [])) ?? [];
  if (pieces === undefined || !fits(names, type)) return undefined;
  const half = names.includes('AM');
  const elementPattern = (name: ElementName): string | undefined =>
    name === 'HH12' || name === 'HH' ? (half ? '0[1-9]|1[0-2]' : beforeTwelve) : patterns[name];
  if (names.some((name) => elementPattern(name) === undefined)) return undefined;
  const shown = (piece: Piece): string =>
    'element' in piece ? `(${elementPattern(piece.element)})` : piece.text.replace(/[^A-Za-z0-9]/g, '[$&]');
  const pattern = pieces.map(shown).join('');
  const whole = new RegExp(`^${pattern}$`);
  return {
    pattern,
    read: (text) => {
      const groups = whole.exec(text);
      return groups === null
        ? undefined
        : valueOf(
            isoText(names, (i) => groups[i] ?? ''),
            type,
          );
    },
    iso: (group) => isoSql(names, type, group),
  };
}

function fits(names: readonly ElementName[], type: SqlType): boolean {
  const said = names.map(meaning);
  if (new Set(said).size !== said.length) return false;
  const has = (what: string): boolean => said.includes(what);
  const dated = ['year', 'month', 'DD'].filter(has).length;
  if (type.kind === 'time' ? dated > 0 || !has('HH') : dated < 3) return false;
  if (has('AM') && (!has('HH') || names.includes('HH24'))) return false;
  return (!has('MI') || has('HH')) && (!has('SS') || has('MI')) && (!has('FF') || has('SS'));
}

function valueOf(iso: string, type: SqlType): bigint | undefined {
  if (type.kind === 'time') return parseTime(iso.slice(11));
  const micros = parseTimestamp(iso);
  return micros === undefined || type.kind === 'timestamp' ? micros : dayOf(micros);
}

function isoText(names: readonly ElementName[], group: (index: number) => string): string {
  const of = (...wanted: readonly ElementName[]): string | undefined => {
    const index = names.findIndex((name) => wanted.includes(name));
    return index < 0 ? undefined : group(index + 1);
  };
  const short = of('YY');
  const year = of('YYYY') ?? (short === undefined ? '1970' : `${short >= '70' ? 19 : 20}${short}`);
  const named = of('MON', 'MMMM');
  const month = of('MM') ?? (named === undefined ? '01' : padded(shortMonths.indexOf(named.slice(0, 3).toLowerCase()) + 1, 2));
  const half = of('AM');
  const written = of('HH24', 'HH12', 'HH') ?? '00';
  const hour = half === undefined ? written : padded((Number(written) % 12) + (/p/i.test(half) ? 12 : 0), 2);
  const fraction = of('FF', 'FF1', 'FF2', 'FF3', 'FF4', 'FF5', 'FF6') ?? '0';
  return `${year}-${month}-${of('DD') ?? '01'} ${hour}:${of('MI') ?? '00'}:${of('SS') ?? '00'}.${fraction}`;
}

function isoSql(names: readonly ElementName[], type: SqlType, group: (index: number) => Sql): Sql {
  const of = (...wanted: readonly ElementName[]): Sql | undefined => {
    const index = names.findIndex((name) => wanted.includes(name));
    return index < 0 ? undefined : group(index + 1);
  };
  const twoDigits = (n: Sql): Sql => call('lpad', cast(n, 'VARCHAR'), token(2), str('0'));
  const short = of('YY');
  const century = (yy: Sql): Sql => caseWhen([{ when: binary(yy, '>=', str('70')), then: str('19') }], str('20'));
  const year = of('YYYY') ?? (short && binary(century(short), '||', short));
  const named = of('MON', 'MMMM');
  const numbered = str(shortMonths.map((month, i) => `${month}${padded(i + 1, 2)}`).join(''));
  const place = (word: Sql): Sql => call('strpos', numbered, call('lower', call('left', word, token(3))));
  const month = of('MM') ?? (named && call('substr', numbered, binary(place(named), '+', token(3)), token(2)));
  const half = of('AM');
  const written = of('HH24', 'HH12', 'HH') ?? str('00');
  const afternoon = (word: Sql): Sql => caseWhen([{ when: binary(call('lower', word), '=', str('pm')), then: token(12) }], token(0));
  const hour = half ? twoDigits(binary(binary(cast(written, 'INTEGER'), '%', token(12)), '+', afternoon(half))) : written;
  const fraction = of('FF', 'FF1', 'FF2', 'FF3', 'FF4', 'FF5', 'FF6') ?? str('0');
  const join = (parts: readonly (Sql | undefined)[], sign: string): Sql =>
    parts.map((part) => part ?? str('00')).reduce((all, part) => binary(binary(all, '||', str(sign)), '||', part));
  const day = join([year, month, of('DD')], '-');
  const clock = binary(binary(join([hour, of('MI'), of('SS')], ':'), '||', str('.')), '||', fraction);
  if (type.kind === 'date') return day;
  return type.kind === 'time' ? clock : binary(binary(day, '||', str(' ')), '||', clock);
}
