/** What the stored lambdas say while flights arrive, and what the warehouse says once all of them are there. */
import type { CompiledFeature } from '../../../compiler/artifacts/compile.ts';
import { batchPlanOf } from '../../../compiler/artifacts/plans.ts';
import type { Catalog } from '../../../compiler/catalog.ts';
import type { Value } from '../../../compiler/value.ts';
import { evaluateBatch, stage } from '../../../runners/batch/evaluate.ts';
import type { SourceRows } from '../../../runners/data/events.ts';
import type { SpineRow } from '../../../runners/data/spine.ts';
import { openDuckdb } from '../../../runners/engines/duckdb.ts';
import type { Connection } from '../../../runners/engines/engine.ts';
import { executeLambda, type StoredLambda } from '../../../runners/stream/execute.ts';
import { openStore } from '../../../runners/stream/store/store.ts';

export interface Asked {
  readonly compiled: CompiledFeature;
  readonly lambda: StoredLambda;
  readonly spine: readonly SpineRow[];
}

export type Answers = readonly (readonly Value[])[];

/** By feature, in the order of its spine. `flights`: in the order in which they arrived. */
export async function answersOnTheWay(
  asked: readonly Asked[],
  catalog: Catalog,
  flights: SourceRows,
  at: readonly bigint[],
  keepsCopies: boolean,
  step: (done: number) => void,
): Promise<readonly Answers[]> {
  const arrived = flights.columns.indexOf('INGESTED_AT');
  const connection = await openDuckdb();
  const store = await openStore(connection, catalog.sources, { deduplicate: !keepsCopies });
  const answers = asked.map((): (readonly Value[])[] => []);
  let next = 0;
  for (const [i, T] of at.entries()) {
    let end = next;
    while (end < flights.rows.length && (flights.rows[end]?.[arrived] as bigint) <= T) end += 1;
    await store.ingest('flights', flights.rows.slice(next, end));
    next = end;
    for (const [f, { lambda, spine }] of asked.entries()) {
      const now = spine.filter((row) => row.asOf === T);
      answers[f]?.push(...(await executeLambda(connection, lambda, now, 256)));
    }
    step(i + 1);
  }
  connection.close();
  return answers;
}

export async function answersOfTheWarehouse(
  asked: readonly Asked[],
  catalog: Catalog,
  warehouse: Connection,
  file: string,
  step: (done: number) => void,
): Promise<readonly Answers[]> {
  await warehouse.execute('CREATE SCHEMA raw');
  await warehouse.execute(`CREATE TABLE raw.flights AS FROM '${file.replaceAll("'", "''")}'`);
  for (const source of catalog.sources) await stage(warehouse, source);
  const found: Answers[] = [];
  for (const [i, { compiled, spine }] of asked.entries()) {
    found.push(await evaluateBatch(warehouse, compiled.feature, batchPlanOf(compiled.feature, catalog), spine));
    step(i + 1);
  }
  return found;
}
