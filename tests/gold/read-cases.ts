/** Gold cases: SQL, and what Snowflake printed for it; one JSON object a line. */
import { readFileSync } from 'node:fs';
import { DataError } from '../../runners/data/data-error.ts';
import { UsageError } from '../../runners/usage-error.ts';

export interface GoldCase {
  readonly id: string;
  readonly topic: string;
  readonly sql: string;
  /** Statements that come first. */
  readonly setup: readonly string[];
  /** Cells as text; null is SQL's. */
  readonly rows: readonly (readonly (string | null)[])[];
  /** The order of the rows is part of the result. */
  readonly ordered: boolean;
  readonly flags: readonly string[];
  readonly provenance: string;
}

export function readCases(file: string): readonly GoldCase[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new UsageError(`cannot read ${file}`, 'name a file of gold cases, one JSON object a line');
  }
  const ids = new Set<string>();
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return [];
    const wrong = (message: string): never => {
      throw new DataError({ file, line: i + 1, column: null }, message);
    };
    const read = caseOf(parsed(line, wrong), wrong);
    if (ids.has(read.id)) wrong(`a second case is called ${read.id}`);
    ids.add(read.id);
    return [read];
  });
}

function parsed(line: string, wrong: (message: string) => never): Readonly<Record<string, unknown>> {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return wrong('this is no JSON');
  }
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as Record<string, unknown>) : wrong('this is no object');
}

function caseOf(json: Readonly<Record<string, unknown>>, wrong: (message: string) => never): GoldCase {
  const text = (key: string, otherwise?: string): string => {
    const value = json[key] ?? otherwise;
    return typeof value === 'string' ? value : wrong(`\`${key}\` is no text`);
  };
  const texts = (key: string): readonly string[] => {
    const value = json[key] ?? [];
    return Array.isArray(value) && value.every((v) => typeof v === 'string') ? value : wrong(`\`${key}\` is no list of texts`);
  };
  const { rows } = json;
  const isCell = (cell: unknown): boolean => cell === null || typeof cell === 'string';
  if (!Array.isArray(rows) || !rows.every((row) => Array.isArray(row) && row.every(isCell)))
    return wrong('`rows` is no list of rows whose cells are texts or null');
  return {
    id: text('id'),
    topic: text('topic', 'none'),
    sql: text('sql'),
    setup: texts('setup'),
    rows,
    ordered: json['ordered'] === true,
    flags: texts('flags'),
    provenance: text('provenance', 'unknown'),
  };
}
