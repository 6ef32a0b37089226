/** `--batch-table` and `--lambda-sql`: forms that Lockstep did not compile, in the place of those that it did. */
import { basename, resolve } from 'node:path';
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import type { Catalog } from '../../compiler/catalog.ts';
import { type BatchTable, readBatchTable } from '../data/batch-table.ts';
import { pointText, type SpineRow } from '../data/spine.ts';
import { readForeignLambda } from '../foreign-lambda.ts';
import type { ForeignForms } from '../parity/foreign-text.ts';
import type { StoredLambda } from '../stream/execute.ts';
import { UsageError } from '../usage-error.ts';

export interface ForeignOptions {
  readonly batchTable?: string;
  readonly lambdaSql?: string;
}

interface Beside {
  readonly feature?: readonly string[];
  readonly batchEngine: string;
  readonly streamEngine: string;
  readonly artifacts?: string;
  readonly servedLog?: string;
}

/** Before anything is read. */
export function requireFitting({
  batchTable,
  lambdaSql,
  feature,
  batchEngine,
  streamEngine,
  artifacts,
  servedLog,
}: ForeignOptions & Beside): void {
  const option = batchTable !== undefined ? '--batch-table' : '--lambda-sql';
  if ((batchTable ?? lambdaSql) !== undefined && feature?.length !== 1)
    throw new UsageError(`${option} is of one feature: name it with --feature`);
  if (batchTable !== undefined && batchEngine !== 'duckdb')
    throw new UsageError('--batch-engine is for a batch form that is asked: with --batch-table the table has its answers');
  if (lambdaSql === undefined) return;
  if (artifacts !== undefined)
    throw new UsageError('--artifacts has lambdas that Lockstep compiled, and --lambda-sql one that it did not: give one of the two');
  if (streamEngine === 'reference')
    throw new UsageError('--lambda-sql is for a lambda that is executed: the reference computes what the feature means');
  if (servedLog !== undefined) throw new UsageError('--lambda-sql is not for --mode served: the log says what answered');
}

export interface Foreign {
  readonly table: BatchTable | undefined;
  readonly lambda: StoredLambda | undefined;
}

export async function readForeign(
  { batchTable, lambdaSql }: ForeignOptions,
  compiled: CompiledFeature,
  catalog: Catalog,
  say: (text: string) => void,
): Promise<Foreign> {
  const lambda = lambdaSql === undefined ? undefined : await readForeignLambda(resolve(lambdaSql), compiled, catalog);
  const table =
    batchTable === undefined
      ? undefined
      : await readBatchTable(resolve(batchTable), compiled.feature, (warning) => say(`warning: ${warning}`));
  return { table, lambda };
}

/** `spine`: what was compared. */
export function foreignForms({ table, lambda }: Foreign, spine: readonly SpineRow[]): ForeignForms {
  return {
    batch:
      table === undefined ? null : { file: basename(table.name), rows: spine.filter((row) => table.answers.has(pointText(row))).length },
    lambda: lambda?.foreign === undefined ? null : { file: basename(lambda.foreign) },
  };
}
