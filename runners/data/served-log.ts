/**
 * `--served-log FILE`: what was answered, one answer a line, of any features: the keys that `query` prints (entity columns,
 * `as_of`, outputs), and `feature` and `version`; `lockstep.asked_at`, if whoever wrote it noted when they were asked.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckedFeature } from '../../compiler/check/checked.ts';
import { timestamp, varchar } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { sameName } from './column.ts';
import { DataError, type DataPlace } from './data-error.ts';
import type { Printed } from './format-value.ts';
import { jsonValue } from './json-lines.ts';
import { isMasked } from './masked.ts';
import { readParquet } from './parquet.ts';
import { parseJsonValue } from './parse-value.ts';
import { readNdjsonRows, requireFile } from './rows.ts';
import type { SpineRow } from './spine.ts';

export interface Served {
  readonly row: SpineRow;
  /** What had arrived by then was known. Microseconds; null: nobody noted it. */
  readonly askedAt: bigint | null;
  readonly version: string;
  /** In the feature's order. */
  readonly values: readonly Value[];
}

/** What masks stand for. */
export interface Unmask {
  /** Of the key that it knows. */
  readonly fingerprint: string;
  /** By entity column, undefined where the value is no mask; null: nobody can say. */
  readonly entity: (tokens: readonly (string | undefined)[]) => readonly (Printed | undefined)[] | null;
}

/** A feature's own answers, in the order in which they were noted. `place`: a file, or the folder where `lockstep serve` keeps its files. */
export async function readServedLog(place: string, feature: CheckedFeature, unmask?: Unmask): Promise<readonly Served[]> {
  const answers: Served[] = [];
  for (const file of await filesAt(place)) answers.push(...(await readFileOf(file, feature, unmask)));
  return answers;
}

async function filesAt(place: string): Promise<readonly string[]> {
  const found = await stat(place).catch(() => null);
  if (found === null || !found.isDirectory()) return [place];
  const files = (await readdir(place)).filter((name) => /^served-.*\.(ndjson|parquet)$/.test(name)).sort();
  if (files.length === 0)
    throw new DataError({ file: place, line: null, column: null }, 'there is no served-….parquet or .ndjson in this folder');
  return files.map((name) => join(place, name));
}

async function readFileOf(file: string, feature: CheckedFeature, unmask: Unmask | undefined): Promise<readonly Served[]> {
  await requireFile(file);
  const own = onlyOf(feature, await linesOf(file), file, unmask);
  const text = own.map((line) => line.text).join('\n');
  const { entity, outputs } = feature;
  const columns = [
    { name: 'VERSION', type: varchar, secret: false },
    ...entity.map(({ name, type }) => ({ name, type, secret: true })),
    { name: 'AS_OF', type: timestamp, secret: false },
    ...outputs.map(({ name, type }) => ({ name, type, secret: true })),
  ];
  const { rows, lines } = readNdjsonRows(text, file, columns);
  return rows.map((row, i) => {
    const missing = row.slice(0, entity.length + 2).indexOf(null);
    if (missing >= 0)
      throw new DataError({ file, line: lines[i] ?? null, column: columns[missing]?.name ?? null }, 'an answer without it is none');
    return {
      version: String(row[0]),
      askedAt: own[(lines[i] ?? 0) - 1]?.askedAt ?? null,
      row: { entity: row.slice(1, entity.length + 1), asOf: row[entity.length + 1] as bigint },
      values: row.slice(entity.length + 2),
    };
  });
}

/** Of a file that is still written to, or that a crash has ended, the last line may be a part of one. */
async function linesOf(file: string): Promise<string> {
  if (file.endsWith('.parquet')) {
    const { rows } = await readParquet(file, [{ name: 'ANSWER', type: varchar, secret: true }]);
    return rows.map(([line]) => String(line)).join('\n');
  }
  const text = await readFile(file, 'utf8');
  const isServers = /(^|\/)served-[^/]*\.ndjson$/.test(file);
  return isServers ? text.slice(0, text.lastIndexOf('\n') + 1) : text;
}

interface Line {
  readonly text: string;
  readonly askedAt: bigint | null;
}

const noLine: Line = { text: '', askedAt: null };

/** Lines of other features are left empty, so that those that stay keep their numbers. */
function onlyOf(feature: CheckedFeature, text: string, file: string, unmask: Unmask | undefined): readonly Line[] {
  return text.split('\n').map((line, i): Line => {
    if (line.trim() === '') return noLine;
    const parsed = parse(line);
    if (parsed === undefined) throw new DataError({ file, line: i + 1, column: null }, 'this line is no JSON object');
    if (typeof parsed['feature'] !== 'string')
      throw new DataError({ file, line: i + 1, column: 'feature' }, 'this line does not say which feature it answers for');
    if (parsed['feature'] !== feature.name) return noLine;
    const askedAt = askedAtOf(parsed[askedAtKey] ?? null, { file, line: i + 1, column: askedAtKey });
    return { askedAt, text: 'lockstep.mask' in parsed ? unmasked(parsed, feature, unmask, { file, line: i + 1, column: null }) : line };
  });
}

const askedAtKey = 'lockstep.asked_at';

function askedAtOf(given: unknown, place: DataPlace): bigint | null {
  const parsed = parseJsonValue(jsonValue(given, null), timestamp);
  if ('problem' in parsed) throw new DataError(place, parsed.problem);
  return typeof parsed.value === 'bigint' ? parsed.value : null;
}

function unmasked(line: Json, { entity }: CheckedFeature, unmask: Unmask | undefined, place: DataPlace): string {
  if (unmask === undefined)
    throw new DataError(place, 'this answer is masked, and LOCKSTEP_MASK_KEY, the key that it was masked with, is not set');
  if (line['lockstep.mask'] !== unmask.fingerprint)
    throw new DataError(place, 'this answer was masked with another key than LOCKSTEP_MASK_KEY');
  const names = entity.map((e) => Object.keys(line).find((name) => sameName(name, e.name)) ?? e.name);
  const known = unmask.entity(names.map((name) => (isMasked(line[name]) ? line[name] : undefined)));
  if (known === null) throw new DataError(place, 'the entity is masked, and no row that was given has it');
  const keys = names.flatMap((name, i) => (known[i] === undefined ? [] : [[name, known[i]]]));
  return JSON.stringify({ ...line, ...Object.fromEntries(keys) });
}

type Json = Readonly<Record<string, unknown>>;

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
