/** ALTER SESSION in a setup: formats of output are no matter; what changes values is refused, unless the case reads nothing that it changes. */
import type { CheckedStatement, Expr } from '../../compiler/check/checked.ts';
import { NotSupported } from './not-supported.ts';
import type { Cursor } from './statement-text.ts';

/** A setting that is not Snowflake's default. */
export interface Setting {
  readonly parameter: string;
  readonly value: string;
}

/** Snowflake's defaults: setting them changes nothing. */
const defaults: Readonly<Record<string, readonly string[]>> = {
  TIMEZONE: ["'America/Los_Angeles'"],
  TIMESTAMP_TYPE_MAPPING: ["'TIMESTAMP_NTZ'", 'TIMESTAMP_NTZ'],
  WEEK_START: ['0'],
  WEEK_OF_YEAR_POLICY: ['0'],
  DEFAULT_NULL_ORDERING: ["'LAST'"],
  DATE_OUTPUT_FORMAT: ["'YYYY-MM-DD'", "'AUTO'"],
};

export function alterSession(cursor: Cursor): readonly Setting[] {
  const settings: Setting[] = [];
  if (cursor.skip('UNSET')) {
    cursor.name();
    return settings;
  }
  cursor.expect('SET');
  while (!cursor.atEnd()) {
    const parameter = cursor.name();
    cursor.expect('=');
    const value = cursor.peek();
    cursor.skip(value);
    cursor.skip(',');
    const harmless = defaults[parameter];
    if (harmless === undefined && !/_OUTPUT_FORMAT$/.test(parameter)) throw new NotSupported(`the session parameter ${parameter}`);
    if (harmless !== undefined && !harmless.includes(value)) settings.push({ parameter, value });
  }
  return settings;
}

/** Why the case cannot be compared with features, which have Snowflake's defaults; undefined: nothing in it depends on the settings. */
export function changedMeaning(settings: readonly Setting[], statement: CheckedStatement, setup: readonly string[]): string | undefined {
  const read = settings.find(({ parameter }) => reads(parameter, statement, setup));
  if (read === undefined) return undefined;
  return read.parameter === 'DATE_OUTPUT_FORMAT'
    ? 'session parameter DATE_OUTPUT_FORMAT [T27]'
    : `session parameter ${read.parameter} = ${read.value}: features have Snowflake's defaults`;
}

function reads(parameter: string, statement: CheckedStatement, setup: readonly string[]): boolean {
  switch (parameter) {
    case 'DATE_OUTPUT_FORMAT':
      return some(statement, printsDate);
    case 'TIMEZONE':
      return some(statement, zoned) || inSetup(setup, /LTZ|_TZ|TIMESTAMPTZ|CURRENT_|GETDATE|LOCALTIME|SYSDATE|CONVERT_TIMEZONE/i);
    case 'WEEK_START':
    case 'WEEK_OF_YEAR_POLICY':
      return some(statement, countsWeeks) || inSetup(setup, /WEEK|DOW|\b(wk?|woy|wy)\b/i);
    default:
      return true;
  }
}

const inSetup = (setup: readonly string[], words: RegExp): boolean =>
  setup.some((text) => !/^\s*ALTER\s+SESSION\b/i.test(text) && words.test(text));

type Node = Partial<Extract<Expr, { kind: 'cast' | 'call' }>> & { readonly zone?: unknown };

function some(node: unknown, test: (node: Node) => boolean): boolean {
  if (typeof node !== 'object' || node === null) return false;
  return test(node as Node) || Object.values(node).some((child) => some(child, test));
}

/** Somewhere a date becomes text without a stated format. */
function printsDate(node: Node): boolean {
  if (node.kind === 'cast') return node.type?.kind === 'varchar' && node.argument?.type.kind === 'date';
  return node.kind === 'call' && node.fn === 'TO_CHAR' && node.args?.length === 1 && node.args[0]?.type.kind === 'date';
}

const zoned = (node: Node): boolean => node.zone === 'ltz' || (node.kind as string) === 'as-of';

const isoWeeks: ReadonlySet<string> = new Set(['WEEKISO', 'DAYOFWEEKISO', 'YEAROFWEEKISO']);
const withParts: ReadonlySet<string> = new Set(['DATE_PART', 'DATE_TRUNC', 'DATEDIFF', 'LAST_DAY', 'TIME_SLICE', 'TRUNC']);

/** A part that has nothing to do with weeks is written out. */
function countsWeeks(node: Node): boolean {
  if (node.kind !== 'call' || node.fn === undefined || isoWeeks.has(node.fn)) return false;
  if (/WEEK/.test(node.fn)) return true;
  if (!withParts.has(node.fn)) return false;
  const constants = (node.args ?? []).flatMap((arg) => (arg.kind === 'literal' && arg.type.kind === 'varchar' ? [String(arg.text)] : []));
  return !constants.every((text) => /^(year|quarter|month|day|hour|minute|second)s?$/i.test(text));
}
