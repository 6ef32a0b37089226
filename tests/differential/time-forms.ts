/** How generated features write the functions that read and put together dates, times and numbers. */
import type { Form, Kind, Writer } from './expressions.ts';

const form = (gives: Form['gives'], ...ways: readonly ((w: Writer) => string)[]): Form => ({ gives, write: (w) => w.d.pick(ways)(w) });
const weekday = (w: Writer): string => w.d.pick(["'mo'", "'Tuesday'", "'fri'", "'sunday'"]);
const part = (w: Writer): string => w.d.pick(['1', '0', '13', '-2', '31', 'MONTH(as_of())']);
const clock = (w: Writer): string => w.d.pick(['0', '23', '-1', '3600', 'HOUR(as_of())']);

export function timeForms(write: (w: Writer, kind: Kind) => string): Readonly<Record<string, Form>> {
  const time = (w: Writer): string => write(w, 'time');
  const day = (w: Writer): string => write(w, 'date');
  const printed = (w: Writer, format: string): string => `TO_CHAR(${time(w)}, '${format}')`;
  const year = (w: Writer): string => w.d.pick(['2024', '1969', `YEAR(${time(w)})`]);
  return {
    TRY_TO_DATE: form(
      'date',
      (w) => `TRY_TO_DATE(${printed(w, 'MM/DD/YYYY')}, 'mm/dd/yyyy')`,
      (w) => `TRY_TO_DATE(${printed(w, 'DD-MON-YY')}, 'DD-MON-YY')`,
    ),
    TO_TIMESTAMP: form(
      'time',
      (w) => `TO_TIMESTAMP(DATE_PART(epoch_second, ${time(w)}))`,
      (w) => `TO_TIMESTAMP(DATE_PART(epoch_millisecond, ${time(w)}), 3)`,
      (w) => `TO_TIMESTAMP_NTZ(DATE_PART(epoch_microsecond, ${time(w)}) * 1000, 9)`,
      (w) => `TO_TIMESTAMP(DATE_PART(epoch_millisecond, ${time(w)}) * 0.001)`,
    ),
    TRY_TO_TIMESTAMP: form(
      'time',
      (w) => `TRY_TO_TIMESTAMP(${printed(w, 'DD.MM.YYYY HH12:MI:SS.FF6 AM')}, 'DD.MM.YYYY HH12:MI:SS.FF AM')`,
      (w) => `TRY_TO_TIMESTAMP(${printed(w, 'MMMM DD, YYYY HH24:MI')}, 'mmmm dd, yyyy hh24:mi')`,
    ),
    CAST_TIME: form(
      'time',
      (w) => `TRY_TO_TIMESTAMP(${printed(w, 'YYYY-MM-DD"T"HH24:MI:SS.FF3')} || '${w.d.pick(['Z', '+05:30', '-07', '', ' +0530'])}')`,
    ),
    TO_TIME: form(
      'num',
      (w) => `MINUTE(TO_TIME(${time(w)}))`,
      (w) => `DATEDIFF(second, TO_TIME('11.15 PM', 'HH12.MI AM'), (${time(w)})::TIME)`,
      (w) => `IFF(TO_TIME(${time(w)}) < TIME '12:00:00', 1, 2)`,
    ),
    TRY_TO_TIME: form('num', (w) => `HOUR(TRY_TO_TIME(${printed(w, 'HH24.MI.SS')}, 'HH24.MI.SS'))`),
    TO_NUMBER: form('num', (w) => `TO_NUMBER('${w.d.pick(['1,234.5', '0,001.0'])}', '9,999.9', ${w.d.pick(['6, 1', '9', '9, 3'])})`),
    TRY_TO_NUMBER: form(
      'num',
      (w) => `TRY_TO_NUMBER(TO_CHAR((${write(w, 'num')})::NUMBER(38, 2)), '99.99', ${w.d.pick(['6, 1', '1', '9, 3'])})`,
      // XXX is the format of three hexadecimal digits.
      (w) => `TRY_TO_NUMBER(LEFT(MD5(${write(w, 'text')}), 3), 'XXX')`,
      (w) => `TRY_TO_NUMBER(${write(w, 'text')} || '1', 'TM9')`,
    ),
    DATE_FROM_PARTS: form('date', (w) => `DATE_FROM_PARTS(${year(w)}, ${part(w)}, ${part(w)})`),
    TIMESTAMP_NTZ_FROM_PARTS: form(
      'time',
      (w) => `TIMESTAMP_NTZ_FROM_PARTS(${year(w)}, ${part(w)}, ${part(w)}, ${clock(w)}, ${clock(w)}, ${clock(w)})`,
      (w) => `TIMESTAMP_FROM_PARTS(${year(w)}, ${part(w)}, ${part(w)}, ${clock(w)}, 0, 0, 987654321)`,
      (w) => `TIMESTAMP_FROM_PARTS(${day(w)}, (${time(w)})::TIME)`,
    ),
    TIME_FROM_PARTS: form('num', (w) => `MINUTE(TIME_FROM_PARTS(${w.d.pick(['1', '22'])}, ${w.d.pick(['100', '59'])}, 12))`),
    MONTHS_BETWEEN: form('num', (w) => `MONTHS_BETWEEN('${w.d.pick(['2019-03-31', '2019-03-01 02:00:00'])}', '2019-02-15')`),
    NEXT_DAY: form('date', (w) => `NEXT_DAY(${w.d.pick([time, day])(w)}, ${weekday(w)})`),
    PREVIOUS_DAY: form('date', (w) => `PREVIOUS_DAY(${w.d.pick([time, day])(w)}, ${weekday(w)})`),
    CONVERT_TIMEZONE: form(
      'time',
      (w) => `CONVERT_TIMEZONE('UTC', '${w.d.pick(['Europe/Warsaw', 'America/Los_Angeles', 'Asia/Kolkata'])}', ${time(w)})`,
    ),
  };
}
