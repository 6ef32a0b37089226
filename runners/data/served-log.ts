/**
 * `--served-log FILE`: what was answered, one answer a line, of any features: the keys that `query` prints (entity columns,
 * `as_of`, outputs), and `feature` and `version`.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckedFeature } from '../../compiler/check/checked.ts';
import { timestamp, varchar } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { DataError } from './data-error.ts';
import { readNdjsonRows, requireFile } from './rows.ts';
import type { SpineRow } from './spine.ts';

export interface Served {
  readonly row: SpineRow;
  readonly version: string;
  /** In the feature's order. */
  readonly values: readonly Value[];
}

/** A feature's own answers, in the order in which they were noted. `place`: a file, or the folder where `lockstep serve` keeps its files. */
export async function readServedLog(place: string, feature: CheckedFeature): Promise<readonly Served[]> {
  const answers: Served[] = [];
  for (const file of await filesAt(place)) answers.push(...(await readFileOf(file, feature)));
  return answers;
}

async function filesAt(place: string): Promise<readonly string[]> {
  const found = await stat(place).catch(() => null);
  if (found === null || !found.isDirectory()) return [place];
  const files = (await readdir(place)).filter((name) => /^served-.*\.ndjson$/.test(name)).sort();
  if (files.length === 0) throw new DataError({ file: place, line: null, column: null }, 'there is no served-….ndjson in this folder');
  return files.map((name) => join(place, name));
}

async function readFileOf(file: string, feature: CheckedFeature): Promise<readonly Served[]> {
  await requireFile(file);
  const own = onlyOf(feature.name, await readFile(file, 'utf8'), file);
  const { entity, outputs } = feature;
  const columns = [
    { name: 'VERSION', type: varchar, secret: false },
    ...entity.map(({ name, type }) => ({ name, type, secret: true })),
    { name: 'AS_OF', type: timestamp, secret: false },
    ...outputs.map(({ name, type }) => ({ name, type, secret: true })),
  ];
  const { rows, lines } = readNdjsonRows(own, file, columns);
  return rows.map((row, i) => {
    const missing = row.slice(0, entity.length + 2).indexOf(null);
    if (missing >= 0)
      throw new DataError({ file, line: lines[i] ?? null, column: columns[missing]?.name ?? null }, 'an answer without it is none');
    return {
      version: String(row[0]),
      row: { entity: row.slice(1, entity.length + 1), asOf: row[entity.length + 1] as bigint },
      values: row.slice(entity.length + 2),
    };
  });
}

/** Lines of other features are left empty, so that those that stay keep their numbers. */
function onlyOf(feature: string, text: string, file: string): string {
  return text
    .split('\n')
    .map((line, i) => {
      if (line.trim() === '') return '';
      const parsed = parse(line);
      if (parsed === undefined) throw new DataError({ file, line: i + 1, column: null }, 'this line is no JSON object');
      if (typeof parsed['feature'] !== 'string')
        throw new DataError({ file, line: i + 1, column: 'feature' }, 'this line does not say which feature it answers for');
      return parsed['feature'] === feature ? line : '';
    })
    .join('\n');
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
