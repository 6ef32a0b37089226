/** Every feature that compiles, on generated events, on the engines at hand. */
import type { CompiledFeature } from '../../../compiler/artifacts/compile.ts';
import type { Catalog } from '../../../compiler/catalog.ts';
import { openDuckdb } from '../../engines/duckdb.ts';
import { openPostgres } from '../../engines/postgres.ts';
import type { Engines } from './every-form.ts';
import { type FeatureRun, runFeature } from './feature-run.ts';
import { withFewestEvents } from './fewest-events.ts';

export interface RanFeature {
  readonly compiled: CompiledFeature;
  readonly run: FeatureRun;
}

/** DuckDB runs both forms, always; Postgres the batch form. */
export const runEngines = ['duckdb', 'postgres'] as const;
export type RunEngine = (typeof runEngines)[number];

export interface RunOptions {
  readonly seed: string;
  readonly engines: readonly RunEngine[];
}

/** Looking for fewer events takes longer than all of the rest. */
const mostShrunk = 3;

export async function runFeatures(
  features: readonly CompiledFeature[],
  catalog: Catalog,
  { seed, engines: wanted }: RunOptions,
  onDone: (done: number) => void,
): Promise<readonly RanFeature[]> {
  if (features.length === 0) return [];
  const engines = await openEngines(wanted);
  try {
    const ran: RanFeature[] = [];
    for (const compiled of features) {
      ran.push({ compiled, run: await runFeature(compiled, catalog, engines, seed) });
      onDone(ran.length);
    }
    return await shrunk(ran, catalog, engines);
  } finally {
    engines.duckdb.close();
    engines.postgres?.close();
  }
}

async function openEngines(wanted: readonly RunEngine[]): Promise<Engines> {
  const duckdb = await openDuckdb();
  // The data is tiny: a second thread would only wait for the first.
  await duckdb.execute('SET threads = 1');
  return { duckdb, postgres: wanted.includes('postgres') ? await openPostgres() : undefined };
}

async function shrunk(ran: readonly RanFeature[], catalog: Catalog, engines: Engines): Promise<readonly RanFeature[]> {
  const chosen = new Set(ran.filter(({ run }) => run.mismatches.length > 0).slice(0, mostShrunk));
  const smaller: RanFeature[] = [];
  for (const one of ran) {
    const [first, ...others] = one.run.mismatches;
    if (first === undefined || !chosen.has(one)) smaller.push(one);
    else {
      const mismatches = [await withFewestEvents(first, one.compiled, catalog, engines), ...others];
      smaller.push({ ...one, run: { ...one.run, mismatches } });
    }
  }
  return smaller;
}
