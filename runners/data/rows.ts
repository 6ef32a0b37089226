/** One data file to typed rows, whatever its format. */

import { readFile, stat } from 'node:fs/promises';
import { counted } from '../../compiler/counted.ts';
import type { Value } from '../../compiler/value.ts';
import { type ReadColumn, sameName, type TypedRows, tooPrecise } from './column.ts';
import { readCsv } from './csv.ts';
import { DataError } from './data-error.ts';
import { readJsonLines } from './json-lines.ts';
import { readParquet } from './parquet.ts';
import { type ParsedValue, parseJsonValue, parseText } from './parse-value.ts';

export const formats = ['ndjson', 'csv', 'parquet'] as const;
export type Format = (typeof formats)[number];

/** By the end of its name. `what`: of which kind the file is, for the message. */
export function formatOf(file: string, what: string): Format {
  const format = formats.find((candidate) => file.toLowerCase().endsWith(`.${candidate}`));
  if (format === undefined)
    throw new DataError({ file, line: null, column: null }, `${what} is one of ${formats.map((name) => `.${name}`).join(', ')}`);
  return format;
}

export async function readRows(file: string, format: Format, columns: readonly ReadColumn[]): Promise<TypedRows> {
  await requireFile(file);
  if (format === 'parquet') return readParquet(file, columns);
  const text = await readText(file);
  return format === 'csv' ? readCsvRows(text, file, columns) : readNdjsonRows(text, file, columns);
}

export async function requireFile(file: string): Promise<void> {
  const problem = await stat(file).then(
    (found) => (found.isDirectory() ? 'this is a folder' : null),
    (cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return 'there is no such file';
      throw cause;
    },
  );
  if (problem !== null) throw new DataError({ file, line: null, column: null }, problem);
}

export async function readText(file: string): Promise<string> {
  const bytes = await readFile(file);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new DataError({ file, line: null, column: null }, 'the file is not UTF-8 text');
  }
}

interface Collector {
  readonly file: string;
  readonly columns: readonly ReadColumn[];
  readonly rows: Value[][];
  readonly lines: number[];
  readonly cut: number[];
}

function collect(file: string, columns: readonly ReadColumn[]): Collector {
  return { file, columns, rows: [], lines: [], cut: columns.map(() => 0) };
}

function take(collector: Collector, index: number, parsed: ParsedValue, line: number, written: () => string): Value {
  if ('value' in parsed) {
    if (parsed.cut) collector.cut[index] = (collector.cut[index] ?? 0) + 1;
    return parsed.value;
  }
  const column = collector.columns[index];
  const shown = column === undefined || column.secret ? '' : ` (${shorten(written())})`;
  throw new DataError({ file: collector.file, line, column: column?.name ?? null }, parsed.problem + shown);
}

function shorten(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

function finish({ file, columns, rows, lines, cut }: Collector): TypedRows {
  const warnings = columns.flatMap(({ name }, i) => (cut[i] ? [`${file}: ${name}: ${tooPrecise(cut[i])}`] : []));
  return { rows, lines, warnings };
}

export function readCsvRows(text: string, file: string, columns: readonly ReadColumn[]): TypedRows {
  const collector = collect(file, columns);
  let positions: number[] | null = null;
  let width = 0;
  for (const { fields, line } of readCsv(text, file)) {
    if (positions === null) {
      positions = columns.map(({ name }) => position(fields, name, file));
      width = fields.length;
      continue;
    }
    if (fields.length !== width)
      throw new DataError({ file, line, column: null }, `the header has ${counted(width, 'field')} and this record ${fields.length}`);
    const row: Value[] = [];
    for (let i = 0; i < columns.length; i++) {
      const field = fields[positions[i] ?? 0] ?? null;
      const type = columns[i]?.type;
      row.push(field === null || type === undefined ? null : take(collector, i, parseText(field, type), line, () => field));
    }
    collector.rows.push(row);
    collector.lines.push(line);
  }
  if (positions === null) throw new DataError({ file, line: 1, column: null }, 'the header with the names of the columns is missing');
  return finish(collector);
}

function position(header: readonly (string | null)[], name: string, file: string): number {
  const found = [...header.keys()].filter((i) => sameName(header[i] ?? '', name));
  if (found.length > 1) throw new DataError({ file, line: 1, column: name }, 'the header names this column twice');
  if (found[0] === undefined) throw new DataError({ file, line: 1, column: name }, 'the header does not name this column');
  return found[0];
}

export function readNdjsonRows(text: string, file: string, columns: readonly ReadColumn[]): TypedRows {
  const collector = collect(file, columns);
  const names = columns.map(({ name }) => name);
  for (const { values, line } of readJsonLines(text, file, names)) {
    collector.rows.push(
      columns.map(({ type }, i) => {
        const json = values[i] ?? null;
        return take(collector, i, parseJsonValue(json, type), line, () =>
          typeof json === 'object' && json !== null && 'text' in json ? json.text : String(json),
        );
      }),
    );
    collector.lines.push(line);
  }
  return finish(collector);
}
