/** Many generated cases, one after the other; the first failures are shrunk and written as files that reproduce them. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { outputName } from '../../compiler/artifacts/lambda.ts';
import { batchPlanOf } from '../../compiler/artifacts/plans.ts';
import type { CheckedFeature } from '../../compiler/check/checked.ts';
import { timestamp } from '../../compiler/sql-type.ts';
import { formatValue } from '../../runners/data/format-value.ts';
import { openClickhouse } from '../../runners/engines/clickhouse.ts';
import { openDuckdb } from '../../runners/engines/duckdb.ts';
import { openPostgres } from '../../runners/engines/postgres.ts';
import { type Case, type Failure, judge, makeCase } from './case.ts';
import { functionsShown, planNodes } from './coverage.ts';
import { drawFrom, shrinkTape } from './draw.ts';
import { catalog, drawWorld, sourcesYaml, type World } from './world.ts';

export interface CampaignResult {
  readonly cases: number;
  readonly agreed: number;
  readonly raised: number;
  readonly refused: number;
  readonly refusals: ReadonlyMap<string, number>;
  readonly failures: readonly (Failure & { readonly folder: string; readonly sql: string })[];
  /** Cases with a non-NULL answer, per function row and plan node. */
  readonly functions: ReadonlyMap<string, number>;
  readonly nodes: ReadonlyMap<string, number>;
  /** Of the cases that ran on Postgres too. */
  readonly postgres: { readonly asked: number; readonly refused: number; readonly functions: ReadonlyMap<string, number> };
  readonly shapes: ReadonlyMap<string, number>;
}

export interface CampaignOptions {
  readonly cases: number;
  readonly seed: number;
  /** Where failing cases are written. */
  readonly folder: string;
  readonly mostFailures: number;
  readonly shrink: boolean;
  /** Every n-th case runs on Postgres too; 0: none. */
  readonly postgresEvery: number;
  /** ClickHouse in its place. */
  readonly beside?: 'postgres' | 'clickhouse';
  readonly onProgress?: (done: number) => void;
}

/** That many in a row are asked of one world: to load it takes as long as to ask. */
const casesOfWorld = 4;

export const tape = fc.noBias(fc.array(fc.nat(1_000_000), { minLength: 1500, maxLength: 1500 }));

export async function campaign(options: CampaignOptions): Promise<CampaignResult> {
  const connection = await openDuckdb();
  // The data is tiny: a second thread would only wait for the first.
  await connection.execute('SET threads = 1');
  const beside = options.beside ?? 'postgres';
  const postgres = options.postgresEvery > 0 ? await (beside === 'postgres' ? openPostgres() : openClickhouse()) : undefined;
  const postgresFunctions = new Map<string, number>();
  const onPostgres = { asked: 0, refused: 0 };
  const functions = new Map<string, number>();
  const nodes = new Map<string, number>();
  const shapes = new Map<string, number>();
  const refusals = new Map<string, number>();
  const failures: CampaignResult['failures'][number][] = [];
  const counts = { agree: 0, raised: 0, refused: 0, differ: 0 };
  let turn = 0;
  let worldTape: readonly number[] = [];
  let world = worldFrom(worldTape);
  const bump = (map: Map<string, number>, key: string): void => void map.set(key, (map.get(key) ?? 0) + 1);
  try {
    for (const numbers of tapes(options)) {
      const own = turn++;
      if (own % casesOfWorld === 0) {
        worldTape = numbers.toReversed();
        world = worldFrom(worldTape);
      }
      const c = makeCase(numbers, own, beside, world);
      const second = postgres !== undefined && own % options.postgresEvery === 0 ? postgres : undefined;
      const verdict = await judge(c, connection, second);
      counts[verdict.kind] += 1;
      options.onProgress?.(turn);
      if (verdict.kind === 'refused')
        for (const d of c.diagnostics.filter((x) => x.severity === 'error').slice(0, 1))
          bump(refusals, `${c.generated.shape}: ${d.code}: ${d.message}`);
      if (verdict.kind === 'agree' && c.compiled !== undefined) {
        const { feature } = c.compiled;
        const shown = functionsShown(feature, verdict.answers);
        for (const f of shown) bump(functions, f);
        if (verdict.postgres === true) for (const f of shown) bump(postgresFunctions, f);
        if (verdict.postgres !== undefined) onPostgres[verdict.postgres ? 'asked' : 'refused'] += 1;
        if (verdict.answers.some((row) => row.some((v) => v !== null))) {
          for (const n of planNodes(batchPlanOf(feature, catalog))) bump(nodes, n);
          bump(shapes, c.generated.shape);
        }
      }
      if (verdict.kind === 'differ') {
        const fails = async (of: Case): Promise<boolean> => (await judge(of, connection, second)).kind === 'differ';
        const given = world;
        const small = options.shrink ? await shrinkTape(numbers, (t) => fails(makeCase(t, own, beside, given))) : numbers;
        const fewest = options.shrink ? await shrinkTape(worldTape, (t) => fails(makeCase(small, own, beside, worldFrom(t)))) : worldTape;
        const smallest = makeCase(small, own, beside, worldFrom(fewest));
        const last = await judge(smallest, connection, second);
        const folder = join(options.folder, `seed-${options.seed}-case-${own}`);
        await writeCase(folder, smallest);
        failures.push({ ...(last.kind === 'differ' ? last : verdict), folder, sql: smallest.generated.text });
        if (failures.length >= options.mostFailures) break;
      }
    }
  } finally {
    connection.close();
    postgres?.close();
  }
  return {
    cases: turn,
    agreed: counts.agree,
    raised: counts.raised,
    refused: counts.refused,
    refusals,
    failures,
    functions,
    nodes,
    postgres: { ...onPostgres, functions: postgresFunctions },
    shapes,
  };
}

const worldFrom = (numbers: readonly number[]): World => drawWorld(drawFrom(numbers));

function* tapes({ cases, seed }: CampaignOptions): Generator<readonly number[]> {
  const portion = 500;
  for (let done = 0; done < cases; done += portion)
    yield* fc.sample(tape, { numRuns: Math.min(portion, cases - done), seed: seed * 1_000_003 + done });
}

/** A project that `lockstep query f --project … --events …/events --spine …/spine.ndjson` runs. */
async function writeCase(folder: string, c: Case): Promise<void> {
  await mkdir(join(folder, 'transforms/features'), { recursive: true });
  await mkdir(join(folder, 'events'), { recursive: true });
  await writeFile(join(folder, 'lockstep.yml'), 'name: fuzz\n');
  await writeFile(join(folder, 'transforms/sources.yml'), sourcesYaml);
  await writeFile(join(folder, 'transforms/features/f.sql'), c.generated.text);
  for (const source of catalog.sources) {
    const rows = c.world.events.get(source.name)?.rows ?? [];
    const lines = rows.map((row) =>
      JSON.stringify(Object.fromEntries(source.columns.map((col, i) => [col.name.toLowerCase(), formatValue(row[i] ?? null, col.type)]))),
    );
    await writeFile(join(folder, 'events', `${source.name}.ndjson`), lines.map((l) => `${l}\n`).join(''));
  }
  const feature = c.compiled?.feature as CheckedFeature;
  const spine = c.spine.map((row) =>
    JSON.stringify({
      ...Object.fromEntries(feature.entity.map((e, i) => [outputName(e.name), formatValue(row.entity[i] ?? null, e.type)])),
      as_of: formatValue(row.asOf, timestamp),
    }),
  );
  await writeFile(join(folder, 'spine.ndjson'), spine.map((l) => `${l}\n`).join(''));
}
