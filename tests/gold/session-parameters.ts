/** ALTER SESSION in a setup: formats of output are no matter; what changes values is refused. */
import { MeaningChanged, NotSupported } from './not-supported.ts';
import type { Cursor } from './statement-text.ts';

/** Snowflake's defaults: setting them changes nothing. */
const defaults: Readonly<Record<string, readonly string[]>> = {
  TIMEZONE: ["'America/Los_Angeles'"],
  TIMESTAMP_TYPE_MAPPING: ["'TIMESTAMP_NTZ'", 'TIMESTAMP_NTZ'],
  WEEK_START: ['0'],
  WEEK_OF_YEAR_POLICY: ['0'],
  DEFAULT_NULL_ORDERING: ["'LAST'"],
};

/** true: dates are no longer printed as they are by default. */
export function alterSession(cursor: Cursor): boolean {
  let otherDates = false;
  if (cursor.skip('UNSET')) {
    cursor.name();
    return otherDates;
  }
  cursor.expect('SET');
  while (!cursor.atEnd()) {
    const parameter = cursor.name();
    cursor.expect('=');
    const value = cursor.peek();
    cursor.skip(value);
    cursor.skip(',');
    if (parameter === 'DATE_OUTPUT_FORMAT' && !["'YYYY-MM-DD'", "'AUTO'"].includes(value)) otherDates = true;
    if (/_OUTPUT_FORMAT$/.test(parameter)) continue;
    const harmless = defaults[parameter];
    if (harmless === undefined) throw new NotSupported(`the session parameter ${parameter}`);
    if (!harmless.includes(value))
      throw new MeaningChanged(`session parameter ${parameter} = ${value}: features have Snowflake's defaults`);
  }
  return otherDates;
}
