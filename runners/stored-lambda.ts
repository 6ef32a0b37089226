/** A lambda that compile wrote, read again: what was deleted or spoilt since is said with its file. */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { CompiledFeature } from '../compiler/artifacts/compile.ts';
import { eventIndexOf } from '../compiler/artifacts/event-index.ts';
import { type LambdaArtifact, lambdaArtifact, outputName } from '../compiler/artifacts/lambda.ts';
import { sha256 } from '../compiler/artifacts/version.ts';
import type { Catalog } from '../compiler/catalog.ts';
import type { CheckedFeature } from '../compiler/check/checked.ts';
import { typeName } from '../compiler/sql-type.ts';
import { artifactType, type StoredLambda } from './stream/execute.ts';
import { UsageError } from './usage-error.ts';

/** The artifact that `compile` would write now. */
export function compiledLambda({ feature, version, lambdaPlan, lambdaSql }: CompiledFeature, catalog: Catalog): StoredLambda {
  const artifact = lambdaArtifact(feature, lambdaPlan, version, lambdaSql, catalog);
  return { artifact, sql: lambdaSql, eventIndex: eventIndexOf(lambdaPlan) };
}

export interface ReadLambda extends StoredLambda {
  /** Why its SQL is not the one that was compiled; null if it is. */
  readonly tampered: string | null;
}

/** `own`: what this version compiles to. */
export async function readLambda(artifacts: string, feature: CheckedFeature, own: StoredLambda): Promise<ReadLambda> {
  const file = join(artifacts, 'lambdas', `${feature.name}.json`);
  const artifact = parsed(await textOf(file), file, feature.name);
  const difference = otherColumns(artifact, feature);
  if (difference !== null) throw spoilt(file, `has other columns than the feature has now: ${difference}`);
  const sqlFile = join(artifacts, 'lambdas', artifact.sqlFile);
  const sql = await textOf(sqlFile);
  return { artifact, sql, tampered: changeOf({ artifact, sql }, own, { file, sqlFile }) };
}

function changeOf(
  { artifact, sql }: StoredLambda,
  own: StoredLambda,
  { file, sqlFile }: { readonly file: string; readonly sqlFile: string },
): string | null {
  if (sha256(sql) !== artifact.sqlSha256)
    return `${sqlFile} is not the SQL that was compiled: its sha256 is not the one in ${basename(file)}`;
  const changed = artifact.version === own.artifact.version ? changedFields(artifact, own.artifact) : [];
  return changed.length === 0 ? null : `${file} is not what was compiled: ${changed.map((key) => `\`${key}\``).join(', ')} is another`;
}

/** All that an artifact says counts: a server runs its prelude, and keeps rows as long as it says. */
export function changedFields(stored: LambdaArtifact, own: LambdaArtifact): readonly string[] {
  const [a, b] = [stored, own] as unknown as readonly Readonly<Record<string, unknown>>[];
  return [...new Set([...Object.keys(stored), ...Object.keys(own)])].filter((key) => !isDeepStrictEqual(a?.[key], b?.[key]));
}

/** For those who cannot use SQL that was changed. */
export async function readUntampered(artifacts: string, feature: CheckedFeature, own: StoredLambda): Promise<StoredLambda> {
  const lambda = await readLambda(artifacts, feature, own);
  if (lambda.tampered !== null) throw new UsageError(lambda.tampered, writeAnew);
  return lambda;
}

const writeAnew = 'write it anew: npx lockstep compile';

function spoilt(file: string, what: string): UsageError {
  return new UsageError(`${file} ${what}`, writeAnew);
}

async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw spoilt(file, cause.code === 'ENOENT' || cause.code === 'ENOTDIR' ? 'is missing' : `cannot be read (${cause.code})`);
  });
}

function parsed(text: string, file: string, feature: string): LambdaArtifact {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw spoilt(file, 'is not JSON');
  }
  const problem = problemOf(value, feature);
  if (problem !== null) throw spoilt(file, `is not a lambda: ${problem}`);
  return value as LambdaArtifact;
}

function problemOf(value: unknown, feature: string): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'it is no object';
  const fields = value as Readonly<Record<string, unknown>>;
  const fixed = Object.entries({ formatVersion: 1, name: feature, engine: 'duckdb', sqlFile: `${feature}.sql` });
  const wrong = fixed.find(([key, wanted]) => fields[key] !== wanted);
  if (wrong !== undefined) return `\`${wrong[0]}\` is not ${wrong[1]}`;
  const noText = ['version', 'sqlSha256'].find((key) => typeof fields[key] !== 'string');
  if (noText !== undefined) return `\`${noText}\` is no text`;
  const noColumns = ['entity', 'parameters', 'outputs'].find((key) => !isColumns(fields[key]));
  return noColumns === undefined ? null : `\`${noColumns}\` is no list of names and types`;
}

function isColumns(value: unknown): boolean {
  return Array.isArray(value) && value.every(isColumn);
}

function isColumn(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('name' in value) || !('type' in value)) return false;
  return typeof value.name === 'string' && typeof value.type === 'string' && artifactType(value.type) !== undefined;
}

/** Answers are read by position: other columns would be shown under the wrong names. */
function otherColumns(artifact: LambdaArtifact, feature: CheckedFeature): string | null {
  const stored = [...artifact.entity, ...artifact.outputs];
  const wanted = [...feature.entity, ...feature.outputs].map((c) => ({ name: outputName(c.name), type: typeName(c.type) }));
  for (let i = 0; i < Math.max(stored.length, wanted.length); i++) {
    const [a, b] = [stored[i], wanted[i]];
    if (a?.name !== b?.name) return `${a?.name ?? 'nothing'} where the feature has ${b?.name ?? 'nothing'}`;
    if (a?.type !== b?.type) return `${a?.name} ${a?.type} where the feature has ${b?.name} ${b?.type}`;
  }
  return null;
}
