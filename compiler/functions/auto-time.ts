/** Dates and times written out in SQL, in any form that Snowflake detects by itself: read once, when the SQL is checked. */
import type { SqlType } from '../sql-type.ts';
import { type Civil, dayOf, isoWeekday, microsPerDay } from './calendar.ts';
import { dateText, parseTime, parseWallClock, timestampText, timeText, validDay } from './iso-time.ts';

export const monthNames = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
] as const;
export const shortMonths = monthNames.map((name) => name.slice(0, 3));
const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

const year = '(?<year>\\d{4})';
const day = '(?<day>\\d{2})';
const month = `(?<month>${[...monthNames, ...shortMonths].join('|')})`;
const weekday = `(?<weekday>${weekdays.join('|')})`;
const clock = '(?<clock>\\d{2}:\\d{2}:\\d{2}(?:\\.\\d{1,6})?)';
const offset = '[+-]\\d{4}';

const forms = [
  `${day}-${month}-${year}`,
  `(?<number>\\d{2})/${day}/${year}(?: ${clock})?`,
  `(?:${weekday}, )?${day} ${month} ${year} ${clock}(?: ${offset})?`,
  `${weekday} ${month} ${day} ${year}`,
  `${weekday} ${month} ${day} ${clock} ${offset} ${year}`,
].map((form) => new RegExp(`^${form}$`, 'i'));

/**
 * The same in ISO form. null: surely no such value, whatever forms Snowflake detects. undefined: perhaps one that is not known here.
 */
export function timeConstant(text: string, type: SqlType): string | null | undefined {
  if (type.kind === 'time') {
    const micros = parseTime(text) ?? twelveHours(text);
    return micros === undefined ? (/\d/.test(text) ? undefined : null) : timeText(micros);
  }
  const micros = parseWallClock(text) ?? hourAlone(text) ?? inWords(text);
  if (micros === undefined) return tooLittle(text) ? null : undefined;
  return type.kind === 'date' ? dateText(dayOf(micros)) : timestampText(micros);
}

function hourAlone(text: string): bigint | undefined {
  return /^[^ T]{10}[ T]\d{2}$/.test(text) ? parseWallClock(`${text}:00`) : undefined;
}

/** 01:30 PM */
function twelveHours(text: string): bigint | undefined {
  const [, hour = '', rest = '', half = ''] = /^(0[1-9]|1[0-2])(:\d{2}(?::\d{2}(?:\.\d{1,6})?)?) ([ap]m)$/i.exec(text) ?? [];
  if (hour === '') return undefined;
  const shifted = (Number(hour) % 12) + (half.toLowerCase() === 'pm' ? 12 : 0);
  return parseTime(`${String(shifted).padStart(2, '0')}${rest}`);
}

function inWords(text: string): bigint | undefined {
  const found = forms.map((form) => form.exec(text)?.groups).find((groups) => groups !== undefined);
  if (found === undefined) return undefined;
  const civil: Civil = {
    year: Number(found['year']),
    month:
      found['number'] === undefined ? shortMonths.indexOf((found['month'] ?? '').slice(0, 3).toLowerCase()) + 1 : Number(found['number']),
    day: Number(found['day']),
  };
  const days = civil.year === 0 ? undefined : validDay(civil);
  const micros = parseTime(found['clock'] ?? '00:00');
  if (days === undefined || micros === undefined) return undefined;
  const named = found['weekday'];
  if (named !== undefined && weekdays.indexOf(named.toLowerCase()) !== isoWeekday(days) - 1) return undefined;
  return days * microsPerDay + micros;
}

/** A day needs a year, a month and a day; two short numbers cannot be all of them. */
function tooLittle(text: string): boolean {
  const numbers = text.match(/\d+/g) ?? [];
  return numbers.length === 0 || (numbers.length === 2 && numbers.every((n) => n.length <= 2) && !/[a-z:]/i.test(text));
}
