/** One feature on a few events, asked in every form. Rows go in and come out as JSON, as on the command line. */
import { afterAll, expect } from 'vitest';
import { type CompiledFeature, compileFeature } from '../../compiler/artifacts/compile.ts';
import { lambdaArtifact, lambdaSql, outputName } from '../../compiler/artifacts/lambda.ts';
import { batchPlanOf } from '../../compiler/artifacts/plans.ts';
import { readAuthored } from '../../compiler/authoring/index.ts';
import type { Catalog } from '../../compiler/catalog.ts';
import { checkFeature } from '../../compiler/check/index.ts';
import { hasErrors } from '../../compiler/diagnostics.ts';
import { NotOnEngine } from '../../compiler/functions/engine-sql.ts';
import { loadParser } from '../../compiler/parse/front-end.ts';
import { lift } from '../../compiler/plan/lift.ts';
import type { Plan } from '../../compiler/plan/plan.ts';
import { renderDiagnostics } from '../../compiler/render-diagnostics.ts';
import { timestamp } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { evaluateBatch, loadRaw } from '../../runners/batch/evaluate.ts';
import type { SourceRows } from '../../runners/data/events.ts';
import { formatValue } from '../../runners/data/format-value.ts';
import type { SpineRow } from '../../runners/data/spine.ts';
import { openDuckdb } from '../../runners/engines/duckdb.ts';
import type { Connection } from '../../runners/engines/engine.ts';
import { openPostgres } from '../../runners/engines/postgres.ts';
import { evaluateFeature } from '../../runners/reference/index.ts';
import { executeLambda, type StoredLambda } from '../../runners/stream/execute.ts';
import { openStore } from '../../runners/stream/store/store.ts';
import { type JsonRow, valuesOf } from './json-rows.ts';

await loadParser();

export interface Given {
  /** The text of transforms/sources.yml. */
  readonly sources: string;
  /** The text of transforms/features/f.sql. */
  readonly feature: string;
  /** By source; a column that a row leaves out is NULL. */
  readonly events: Readonly<Record<string, readonly JsonRow[]>>;
  readonly spine: readonly JsonRow[];
}

export const forms = ['reference', 'batch', 'batch, plain', 'lambda, one by one', 'lambda, at once', 'lambda, plain'] as const;
/** Where a function has no SQL for Postgres, that form is left out. */
const onPostgres = 'batch, postgres';
export type Form = (typeof forms)[number];

/** The outputs of each spine row, in order. */
export type Answers = Readonly<Record<Form, readonly JsonRow[]> & { [onPostgres]?: readonly JsonRow[] }>;

export interface Prepared {
  readonly compiled: CompiledFeature;
  readonly catalog: Catalog;
}

export function prepare({ sources, feature }: Pick<Given, 'sources' | 'feature'>): Prepared {
  const files = [
    { path: 'lockstep.yml', text: 'name: t\n' },
    { path: 'transforms/sources.yml', text: sources },
    { path: 'transforms/features/f.sql', text: feature },
  ];
  const read = readAuthored({ files });
  const catalog = read.value?.catalog ?? { sources: [] };
  const definition = read.value?.features[0];
  const checked = definition === undefined ? undefined : checkFeature(definition, catalog, '2026-01-01');
  const said = [...read.diagnostics, ...(checked?.diagnostics ?? [])];
  if (checked?.value === undefined || hasErrors(said)) throw new Error(renderDiagnostics(said, files, { color: false }));
  return { compiled: compileFeature(checked.value, catalog), catalog };
}

async function everyForm(given: Given): Promise<Answers> {
  const { compiled, catalog } = prepare(given);
  const { feature } = compiled;
  const events = new Map(
    catalog.sources.map((source): [string, SourceRows] => [
      source.name,
      {
        columns: source.columns.map((c) => c.name),
        rows: (given.events[source.name] ?? []).map((row) => valuesOf(row, source.columns)),
      },
    ]),
  );
  const asked = [...feature.entity, { name: 'AS_OF', type: timestamp }];
  const spine = given.spine.map((row): SpineRow => {
    const values = valuesOf(row, asked);
    return { entity: values.slice(0, -1), asOf: values[asked.length - 1] as bigint };
  });
  const plain = lift(feature, catalog);
  const lambda = (plan: Plan): StoredLambda => {
    const sql = lambdaSql(plan);
    return { artifact: lambdaArtifact(feature, plan, compiled.version, sql, catalog), sql };
  };
  const shown = (answers: readonly (readonly Value[])[]): readonly JsonRow[] =>
    answers.map((row) => Object.fromEntries(feature.outputs.map((o, i) => [outputName(o.name), formatValue(row[i] ?? null, o.type)])));
  const connection = await duckdb();
  const second = await postgres();
  await loadRaw(second, catalog, feature.sources, events);
  await loadRaw(connection, catalog, feature.sources, events);
  const store = await openStore(
    connection,
    catalog.sources.filter((s) => feature.sources.includes(s.name)),
  );
  // One row at a time, so that copies and versions meet what is already there.
  for (const source of feature.sources) for (const row of events.get(source)?.rows ?? []) await store.ingest(source, [row]);
  const inBatch = async (plan: Plan): Promise<readonly JsonRow[]> => shown(await evaluateBatch(connection, feature, plan, spine));
  const served = async (plan: Plan, atOnce: number): Promise<readonly JsonRow[]> =>
    shown(await executeLambda(connection, lambda(plan), spine, atOnce));
  return {
    reference: shown(evaluateFeature(feature, catalog, events, spine, { knowledge: 'event' })),
    batch: await inBatch(batchPlanOf(feature, catalog)),
    'batch, plain': await inBatch(plain),
    'lambda, one by one': await served(compiled.lambdaPlan, 1),
    'lambda, at once': await served(compiled.lambdaPlan, 256),
    'lambda, plain': await served(plain, 256),
    ...(await unlessRefused(() => evaluateBatch(second, feature, batchPlanOf(feature, catalog), spine).then(shown))),
  };
}

/** Each spine row with the outputs that a person computed for it; every form must give them. */
export async function expectEverywhere(
  given: Omit<Given, 'spine'>,
  rows: readonly (readonly [asked: JsonRow, outputs: JsonRow])[],
): Promise<void> {
  const answers = await everyForm({ ...given, spine: rows.map(([asked]) => asked) });
  const expected = rows.map(([, outputs]) => outputs);
  expect(answers).toEqual(Object.fromEntries(Object.keys(answers).map((form) => [form, expected])));
  expect(Object.keys(answers)).toEqual(expect.arrayContaining([...forms]));
}

async function unlessRefused(run: () => Promise<readonly JsonRow[]>): Promise<Pick<Answers, typeof onPostgres>> {
  try {
    return { [onPostgres]: await run() };
  } catch (thrown) {
    if (thrown instanceof NotOnEngine) return {};
    throw thrown;
  }
}

let opened: Promise<Connection> | undefined;
let openedToo: Promise<Connection> | undefined;

function postgres(): Promise<Connection> {
  openedToo ??= openPostgres();
  return openedToo;
}

/** One for all tests of a file. */
function duckdb(): Promise<Connection> {
  opened ??= openDuckdb();
  return opened;
}

afterAll(async () => {
  (await opened)?.close();
  (await openedToo)?.close();
  opened = undefined;
  openedToo = undefined;
});
