/** Executes a stored lambda against the event store. */
import type { EventIndex } from '../../compiler/artifacts/event-index.ts';
import type { LambdaArtifact } from '../../compiler/artifacts/lambda.ts';
import { integer, type SqlType, timestamp } from '../../compiler/sql-type.ts';
import { namedType } from '../../compiler/type-names.ts';
import type { Value } from '../../compiler/value.ts';
import type { SpineRow } from '../data/spine.ts';
import { type Connection, EngineError, type ListParameter } from '../engines/engine.ts';
import { withNumberRange } from './number-range.ts';

export interface StoredLambda {
  readonly artifact: LambdaArtifact;
  readonly sql: string;
  /** If what it answers can be counted up from an entity's own events. */
  readonly eventIndex?: EventIndex | undefined;
  /** The file, if Lockstep did not compile it. */
  readonly foreign?: string;
}

/** Outputs for each row of the spine, undefined where a stored lambda leaves the row out; `atOnce` rows are asked in one execution. */
export async function executeLambda(
  connection: Connection,
  lambda: StoredLambda,
  spine: readonly SpineRow[],
  atOnce: number,
): Promise<readonly (readonly Value[])[]> {
  const answers: (readonly Value[])[] = [];
  for (let start = 0; start < spine.length; start += atOnce)
    answers.push(
      ...(await executeOnce(connection, lambda, spine.slice(start, start + atOnce)).catch((thrown: unknown) => {
        throw named(thrown, lambda);
      })),
    );
  return answers;
}

/** Whoever wrote the SQL by hand is told which file failed. */
function named(error: unknown, { foreign, artifact }: StoredLambda): unknown {
  if (!(error instanceof EngineError)) return error;
  const thrown = withNumberRange(error, artifact.name);
  if (foreign === undefined) return thrown;
  const hint = 'it compiles, and fails on these rows: guard it with TRY_CAST, NULLIF or CASE';
  return new EngineError(`${thrown.engine}, on ${foreign},`, thrown.message, thrown.hint ?? hint);
}

async function executeOnce(
  connection: Connection,
  { artifact, sql, foreign }: StoredLambda,
  rows: readonly SpineRow[],
): Promise<readonly (readonly Value[])[]> {
  const entity = artifact.entity.map(({ name, type }) => ({ name, type: typeOf(type) }));
  const outputs = artifact.outputs.map(({ name, type }) => ({ name, type: typeOf(type) }));
  const asked = [{ name: 'ordinal', type: integer }, ...entity, { name: 'as_of', type: timestamp }];
  const found = await connection.query(sql, [...asked, ...outputs], lambdaParameters({ artifact }, rows));
  if (foreign !== undefined) requireOwnRows(found, rows);
  return byOrdinal(found, rows.length, asked.length);
}

/** The request as the statement takes it: a value for each row in each parameter, the entity's first. */
export function lambdaParameters({ artifact }: Pick<StoredLambda, 'artifact'>, rows: readonly SpineRow[]): readonly ListParameter[] {
  return artifact.parameters.map(({ name, type }, i) => ({
    name,
    type: typeOf(type),
    values: rows.map((row) => (i < artifact.entity.length ? (row.entity[i] ?? null) : row.asOf)),
  }));
}

/** An ordinal that was counted anew stands beside another entity, or another instant. */
function requireOwnRows(found: readonly (readonly Value[])[], asked: readonly SpineRow[]): void {
  for (const row of found) {
    const of = asked[Number(row[0] ?? 0) - 1];
    if (of !== undefined && [...of.entity, of.asOf].some((value, i) => row[i + 1] !== value))
      throw new EngineError(
        'duckdb',
        `the lambda answers row ${row[0]} of the ${asked.length} asked with the entity or the instant of another`,
        'hand ordinal, entity and as_of through from what was asked',
      );
  }
}

const oneEach = 'each row that is asked has one answer, with its ordinal';

/** A lambda that Lockstep did not compile may answer in any order, and not for every row: each answer says which it is for. */
function byOrdinal(found: readonly (readonly Value[])[], asked: number, before: number): readonly (readonly Value[])[] {
  const answers: (readonly Value[] | undefined)[] = new Array(asked).fill(undefined);
  for (const row of found) {
    const place = Number(row[0] ?? 0);
    if (!(place >= 1 && place <= asked))
      throw new EngineError('duckdb', `the lambda answers for a row that was not asked: its ordinal is none of 1 to ${asked}`, oneEach);
    if (answers[place - 1] !== undefined)
      throw new EngineError('duckdb', `the lambda answers row ${place} of the ${asked} asked twice`, oneEach);
    answers[place - 1] = row.slice(before);
  }
  // Whoever indexes it meets undefined in any case.
  return answers as readonly (readonly Value[])[];
}

/** As the artifact writes it: NUMBER(10,2), TIMESTAMP_NTZ, ARRAY(VARCHAR). */
export function artifactType(written: string): SqlType | undefined {
  const known = types.get(written);
  if (known !== undefined) return known;
  const type = readType(written);
  if (type !== undefined && types.size < 10_000) types.set(written, type);
  return type;
}

const types = new Map<string, SqlType>();

function readType(written: string): SqlType | undefined {
  const element = /^ARRAY\((.*)\)$/.exec(written)?.[1];
  if (element !== undefined) {
    const of = artifactType(element);
    return of === undefined ? undefined : { kind: 'array', of };
  }
  const match = /^([A-Z_]+)(?:\((\d+),(\d+)\))?$/.exec(written);
  return match === null ? undefined : namedType(match[1] ?? '', match[2] === undefined ? [] : [Number(match[2]), Number(match[3])]);
}

function typeOf(written: string): SqlType {
  const type = artifactType(written);
  if (type === undefined) throw new Error(`an artifact has the type ${written}`);
  return type;
}
