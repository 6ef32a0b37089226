/** Whether our rows are those that Snowflake printed: value and scale of NUMBERs, bits of FLOATs, rows in their order where it counts. */
import type { OutputColumn } from '../../compiler/check/checked.ts';
import { parseTime, parseTimestamp } from '../../compiler/functions/iso-time.ts';
import type { SqlType } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { formatValue } from '../../runners/data/format-value.ts';
import type { GoldCase } from './read-cases.ts';

type Row = readonly Value[];
type GoldRow = GoldCase['rows'][number];

/** Relative error that a FLOAT may have; 0: none. */
export type Slack = number;

export interface Comparison {
  /** null: equal. */
  readonly difference: string | null;
  /** Equality needed it. */
  readonly slack: boolean;
}

export function compareRows(groups: readonly (readonly Row[])[], outputs: readonly OutputColumn[], gold: GoldCase): Comparison {
  const exact = differenceWith(
    outputs.map(() => 0),
    groups,
    outputs,
    gold,
  );
  const slacks = outputs.map((o) => slackOf(o, gold));
  if (exact === null || slacks.every((s) => s === 0)) return { difference: exact, slack: false };
  return { difference: differenceWith(slacks, groups, outputs, gold), slack: true };
}

function differenceWith(
  slacks: readonly Slack[],
  groups: readonly (readonly Row[])[],
  outputs: readonly OutputColumn[],
  gold: GoldCase,
): string | null {
  const printed = /^snowflake/.test(gold.provenance);
  const same = (row: Row, wanted: GoldRow): boolean =>
    outputs.every((o, i) => sameCell(row[i] ?? null, o.type, wanted[i] ?? null, slacks[i] ?? 0, printed));
  const rows = groups.flat();
  const differ = (why: string): string => `${why}; got ${shownRows(rows, outputs)}`;
  if (gold.rows.some((row) => row.length !== outputs.length))
    return differ(`${gold.rows[0]?.length} columns wanted, ${outputs.length} given`);
  if (rows.length !== gold.rows.length) return differ(`${gold.rows.length} rows wanted, ${rows.length} given`);
  let at = 0;
  for (const block of gold.ordered ? groups : [rows]) {
    const wanted = gold.rows.slice(at, at + block.length);
    const missing = firstMissing(block, wanted, same);
    if (missing !== undefined) return differ(`row ${at + wanted.indexOf(missing) + 1} wanted ${JSON.stringify(missing)}`);
    at += block.length;
  }
  return null;
}

function slackOf({ type, exactness }: OutputColumn, gold: GoldCase): Slack {
  if (type.kind !== 'float') return 0;
  if (gold.flags.includes('approx')) return 1e-9;
  return exactness === 'tolerance' ? 1e-9 : 0;
}

function firstMissing(rows: readonly Row[], wanted: readonly GoldRow[], same: (row: Row, wanted: GoldRow) => boolean): GoldRow | undefined {
  const left = [...rows];
  return wanted.find((w) => {
    const index = left.findIndex((row) => same(row, w));
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}

/** `printed`: by Snowflake's connector, where a FLOAT never looks like an integer. */
function sameCell(value: Value, type: SqlType, wanted: string | null, slack: Slack, printed: boolean): boolean {
  if (value === null || wanted === null) return value === wanted;
  switch (type.kind) {
    case 'number': {
      const decimal = decimalOf(wanted);
      return decimal !== undefined && decimal.scale === type.scale && decimal.unscaled === value;
    }
    case 'float':
      return sameFloat(value as number, wanted, slack, printed);
    case 'boolean':
      return wanted === (value === true ? 'TRUE' : 'FALSE');
    case 'timestamp': {
      const instant = instantOf(wanted);
      return instant !== undefined && instant.micros === value && instant.zoned === (type.zone === 'ltz');
    }
    case 'binary':
      // As the connector writes bytes.
      return wanted.toUpperCase() === `X'${value as string}'`;
    case 'time':
      return parseTime(wanted) === value;
    case 'array':
      return sameArray(value as readonly Value[], type.of, wanted);
    default: {
      const text = formatValue(value, type);
      return text === wanted || compactJson(String(text)) === wanted;
    }
  }
}

/** Snowflake prints an array as JSON: numbers by their value, times and texts as texts. */
function sameArray(value: readonly Value[], of: SqlType, wanted: string): boolean {
  let elements: unknown;
  try {
    elements = JSON.parse(wanted);
  } catch {
    return false;
  }
  if (!Array.isArray(elements) || elements.length !== value.length) return false;
  return value.every((element, i) => {
    const other: unknown = elements[i];
    const own = formatValue(element, of);
    return of.kind === 'number' || of.kind === 'float' ? typeof other === 'number' && Number(own) === other : own === other;
  });
}

/** Text that is a JSON object or array was compacted when the cases were collected. */
function compactJson(text: string): string | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** `0E-10` is zero at scale 10. */
function decimalOf(text: string): { readonly unscaled: bigint; readonly scale: number } | undefined {
  const found = /^(-?)(\d+)(?:\.(\d+))?(?:E([+-]?\d+))?$/.exec(text);
  if (found === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = found;
  const digits = BigInt(`${whole}${fraction}`);
  const scale = fraction.length - Number(exponent);
  const unscaled = scale < 0 ? digits * 10n ** BigInt(-scale) : digits;
  return { unscaled: sign === '-' ? -unscaled : unscaled, scale: Math.max(0, scale) };
}

const special: Readonly<Record<string, number>> = { nan: Number.NaN, inf: Number.POSITIVE_INFINITY, '-inf': Number.NEGATIVE_INFINITY };

function sameFloat(value: number, wanted: string, slack: Slack, printed: boolean): boolean {
  const expected = special[wanted.toLowerCase()] ?? (/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(wanted) ? Number(wanted) : undefined);
  if (expected === undefined || (printed && /^-?\d+$/.test(wanted))) return false;
  if (Object.is(value, expected)) return true;
  return slack > 0 && Math.abs(value - expected) <= slack * Math.max(Math.abs(value), Math.abs(expected));
}

function instantOf(text: string): { readonly micros: bigint; readonly zoned: boolean } | undefined {
  const found = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)(?:0*)(Z|[+-]\d{2}:?\d{2})?$/.exec(text);
  const local = found?.[1] === undefined ? undefined : parseTimestamp(found[1]);
  if (found === null || local === undefined) return undefined;
  const zone = found[2];
  if (zone === undefined || zone === 'Z') return { micros: local, zoned: zone !== undefined };
  const [hours = 0, minutes = 0] = [zone.slice(1, 3), zone.slice(-2)].map(Number);
  const offset = BigInt((zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)) * 60_000_000n;
  return { micros: local - offset, zoned: true };
}

const mostShown = 5;

function shownRows(rows: readonly Row[], outputs: readonly OutputColumn[]): string {
  const shown = rows.slice(0, mostShown).map((row) => outputs.map((o, i) => formatValue(row[i] ?? null, o.type)));
  return `${JSON.stringify(shown)}${rows.length > mostShown ? ` and ${rows.length - mostShown} rows more` : ''}`;
}
