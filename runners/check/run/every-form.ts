/** One feature on the same events in every form that an engine at hand can run. */
import type { CompiledFeature } from '../../../compiler/artifacts/compile.ts';
import { eventIndexOf } from '../../../compiler/artifacts/event-index.ts';
import { batchPlanOf } from '../../../compiler/artifacts/plans.ts';
import type { Catalog } from '../../../compiler/catalog.ts';
import { NotOnEngine } from '../../../compiler/functions/engine-sql.ts';
import type { Value } from '../../../compiler/value.ts';
import { evaluateBatch, loadRaw } from '../../batch/evaluate.ts';
import type { SourceRows } from '../../data/events.ts';
import type { SpineRow } from '../../data/spine.ts';
import { type Connection, EngineError } from '../../engines/engine.ts';
import { compiledLambda } from '../../stored-lambda.ts';
import { executeCounted } from '../../stream/event-index/execute-counted.ts';
import { executeLambda } from '../../stream/execute.ts';
import { openStore } from '../../stream/store/store.ts';

type Answers = readonly (readonly Value[])[];
type Events = ReadonlyMap<string, SourceRows>;

export type FormName = 'batch' | 'lambda' | 'lambda from memory' | 'batch on Postgres';

export type FormAnswer =
  | { readonly kind: 'answers'; readonly form: FormName; readonly answers: Answers }
  /** The engine refuses the feature: said, no fault. */
  | { readonly kind: 'refused'; readonly form: FormName; readonly reason: string }
  | { readonly kind: 'raised'; readonly form: FormName; readonly message: string };

export interface Engines {
  readonly duckdb: Connection;
  readonly postgres: Connection | undefined;
}

export async function everyForm(
  engines: Engines,
  compiled: CompiledFeature,
  catalog: Catalog,
  events: Events,
  spine: readonly SpineRow[],
): Promise<readonly FormAnswer[]> {
  const { duckdb, postgres } = engines;
  return [
    await attempted('batch', () => onBatch(duckdb, compiled, catalog, events, spine)),
    await attempted('lambda', () => onLambda(duckdb, compiled, catalog, events, spine)),
    ...(eventIndexOf(compiled.lambdaPlan) === undefined
      ? []
      : [await attempted('lambda from memory', () => fromMemory(duckdb, compiled, catalog, events, spine))]),
    ...(postgres === undefined ? [] : [await attempted('batch on Postgres', () => onBatch(postgres, compiled, catalog, events, spine))]),
  ];
}

async function attempted(form: FormName, run: () => Promise<Answers>): Promise<FormAnswer> {
  try {
    return { kind: 'answers', form, answers: await run() };
  } catch (thrown) {
    if (thrown instanceof NotOnEngine) return { kind: 'refused', form, reason: thrown.message };
    if (thrown instanceof EngineError) return { kind: 'raised', form, message: thrown.message };
    throw thrown;
  }
}

async function onBatch(
  connection: Connection,
  { feature }: CompiledFeature,
  catalog: Catalog,
  events: Events,
  spine: readonly SpineRow[],
): Promise<Answers> {
  await loadRaw(connection, catalog, feature.sources, events);
  return evaluateBatch(connection, feature, batchPlanOf(feature, catalog), spine);
}

const readBy = ({ feature }: CompiledFeature, catalog: Catalog): Catalog['sources'] =>
  catalog.sources.filter((s) => feature.sources.includes(s.name));

/** In two portions, so that copies meet what the store holds already. */
async function onLambda(
  connection: Connection,
  compiled: CompiledFeature,
  catalog: Catalog,
  events: Events,
  spine: readonly SpineRow[],
): Promise<Answers> {
  const sources = readBy(compiled, catalog);
  const store = await openStore(connection, sources);
  for (const { name } of sources) {
    const rows = events.get(name)?.rows ?? [];
    const half = Math.floor(rows.length / 2);
    await store.ingest(name, rows.slice(0, half));
    await store.ingest(name, rows.slice(half));
  }
  return executeLambda(connection, compiledLambda(compiled, catalog), spine, 256);
}

/** What is left to SQL is asked of it, as a server does. */
async function fromMemory(
  connection: Connection,
  compiled: CompiledFeature,
  catalog: Catalog,
  events: Events,
  spine: readonly SpineRow[],
): Promise<Answers> {
  const sources = readBy(compiled, catalog);
  const counted = await executeCounted(compiledLambda(compiled, catalog), sources, events, spine);
  const rest = counted.includes(undefined) ? await onLambda(connection, compiled, catalog, events, spine) : [];
  return counted.map((values, i) => values ?? rest[i] ?? []);
}
