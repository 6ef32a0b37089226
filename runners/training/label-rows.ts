/** Labels from text files: what is asked is read as a spine is, every further column is handed through as it is. */
import { type SqlType, typeName, varchar } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { readCsv } from '../data/csv.ts';
import { DataError } from '../data/data-error.ts';
import { readJsonLines } from '../data/json-lines.ts';
import type { JsonValue } from '../data/parse-value.ts';
import { readCsvRows, readNdjsonRows, readText } from '../data/rows.ts';
import type { TypedColumn } from '../engines/engine.ts';
import type { Key } from './engine.ts';
import { keyAmong } from './label-keys.ts';

export interface LabelRows {
  readonly columns: readonly TypedColumn[];
  readonly rows: readonly (readonly Value[])[];
  /** Of the file. */
  readonly lines: readonly number[];
  readonly warnings: readonly string[];
}

export async function readLabelRows(file: string, format: 'csv' | 'ndjson', keys: readonly Key[]): Promise<LabelRows> {
  const text = await readText(file);
  return format === 'csv' ? fromCsv(text, file, keys) : fromJson(text, file, keys);
}

/** A CSV file has texts; only for what is asked it is known what they mean. */
function fromCsv(text: string, file: string, keys: readonly Key[]): LabelRows {
  const header: readonly (string | null)[] = firstOf(readCsv(text, file))?.fields ?? [];
  const names = header.map((name) => {
    if (name === null) throw new DataError({ file, line: 1, column: null }, 'the header has a column without a name');
    return name;
  });
  const keyed = keyAmong(names, keys, file);
  const columns = names.map((name) => ({ name, type: keyed.get(name)?.type ?? varchar }));
  const read = readCsvRows(
    text,
    file,
    columns.map(({ name, type }) => ({ name, type, secret: isSecret(keyed.get(name)) })),
  );
  return { ...read, columns };
}

function firstOf<T>(values: Iterable<T>): T | undefined {
  for (const value of values) return value;
  return undefined;
}

const isSecret = (key: Key | undefined): boolean => key?.type.kind !== 'timestamp';

function fromJson(text: string, file: string, keys: readonly Key[]): LabelRows {
  const names = new Set<string>();
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    for (const name of namesIn(line)) names.add(name);
  }
  const keyed = keyAmong([...names], keys, file);
  const asked = [...names].filter((name) => keyed.has(name));
  const further = [...names].filter((name) => !keyed.has(name));
  const typed = asked.map((name) => ({ name, type: keyed.get(name)?.type ?? varchar }));
  const read = readNdjsonRows(
    text,
    file,
    typed.map(({ name, type }) => ({ name, type, secret: isSecret(keyed.get(name)) })),
  );
  const values = [...readJsonLines(text, file, further)];
  const passed = further.map((name, i) =>
    passedColumn(
      name,
      values.map((line) => line.values[i] ?? null),
      (row) => ({ file, line: values[row]?.line ?? null, column: name }),
    ),
  );
  const columns = [...names].map((name) => {
    const at = asked.indexOf(name);
    const column = passed.find((p) => p.name === name);
    return column ?? { name, type: typed[at]?.type ?? varchar, value: (row: number): Value => read.rows[row]?.[at] ?? null };
  });
  return {
    columns: columns.map(({ name, type }) => ({ name, type })),
    rows: read.rows.map((_, row) => columns.map(({ value }) => value(row))),
    lines: read.lines,
    warnings: read.warnings,
  };
}

/** None of what is no object: the reader says so. */
function namesIn(line: string): readonly string[] {
  try {
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? Object.keys(parsed) : [];
  } catch {
    return [];
  }
}

interface Passed extends TypedColumn {
  readonly value: (row: number) => Value;
}

const whole: SqlType = { kind: 'number', precision: 18, scale: 0 };

/** Its type is that of all its values: whole numbers where all are whole, as a double has them otherwise. */
function passedColumn(name: string, values: readonly JsonValue[], place: (row: number) => DataError['place']): Passed {
  const kind = (value: JsonValue): string | null => (value === null ? null : typeof value === 'boolean' ? 'boolean' : value.kind);
  const first = values.map(kind).find((k) => k !== null) ?? 'string';
  values.forEach((value, row) => {
    if (kind(value) === 'other') throw new DataError(place(row), 'labels hand through texts, numbers and booleans; write this as a text');
    if (value !== null && kind(value) !== first) throw new DataError(place(row), `this is a ${kind(value)}, and before it is a ${first}`);
  });
  const textOf = (value: JsonValue): string => (typeof value === 'object' && value !== null && 'text' in value ? value.text : '');
  if (first === 'boolean')
    return { name, type: { kind: 'boolean' }, value: (row) => values[row] === true || (values[row] === false ? false : null) };
  if (first === 'string') return { name, type: varchar, value: (row) => (values[row] === null ? null : textOf(values[row] ?? null)) };
  const isWhole = values.every((value) => value === null || /^-?\d{1,18}$/.test(textOf(value)));
  if (isWhole) return { name, type: whole, value: (row) => (values[row] === null ? null : BigInt(textOf(values[row] ?? null))) };
  values.forEach((value, row) => {
    if (value !== null && !keptByDouble(textOf(value)))
      throw new DataError(place(row), `a ${typeName({ kind: 'float' })} does not keep this number; write it as a text`);
  });
  return { name, type: { kind: 'float' }, value: (row) => (values[row] === null ? null : Number(textOf(values[row] ?? null))) };
}

/** To 15 digits a double gives back what was written. */
function keptByDouble(text: string): boolean {
  const digits = text
    .replace(/[eE].*$/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+/, '')
    .replace(/0+$/, '');
  return Number.isFinite(Number(text)) && (digits.length <= 15 || BigInt(Math.trunc(Number(text))).toString() === text);
}
