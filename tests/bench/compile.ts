/**
 * 1,000 features compiled cold, in a fresh process state but for the parser's load, for four targets: what `compile` writes
 * (dbt models for Snowflake and for DuckDB, lambdas for DuckDB, the manifest), and the batch form for Postgres and ClickHouse.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileProject } from '../../compiler/artifacts/compile.ts';
import { batchPlanOf } from '../../compiler/artifacts/plans.ts';
import { readAuthored } from '../../compiler/authoring/index.ts';
import { hasErrors } from '../../compiler/diagnostics.ts';
import { dialects } from '../../compiler/emit/dialect.ts';
import { loadParser } from '../../compiler/parse/front-end.ts';
import { batchSql } from '../../runners/batch/evaluate.ts';
import { type Artifacts, compiledOnce } from '../../runners/compile-cache.ts';
import { benchProject } from './project.ts';

export interface CompileBench {
  readonly features: number;
  /** Each with the texts that were written for it. */
  readonly targets: ReadonlyMap<string, number>;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly megabytes: number;
  /** Once more, with nothing changed: found in the cache. */
  readonly unchangedSeconds: number;
}

const besides = ['postgres', 'clickhouse'] as const;

export async function benchCompile(project: string, count: number): Promise<CompileBench> {
  const files = await benchProject(project, count);
  await loadParser();
  const cpu = process.cpuUsage();
  const started = performance.now();
  const authored = readAuthored({ files });
  if (authored.value === undefined) throw new Error('the bench project cannot be read');
  const compiled = compileProject(authored.value, '2026-01-01');
  const { catalog } = authored.value;
  const batch = compiled.features.flatMap(({ feature }) => {
    const plan = batchPlanOf(feature, catalog);
    return besides.map((engine) => ({ engine, text: batchSql(plan, dialects[engine]) }));
  });
  const seconds = (performance.now() - started) / 1000;
  const used = process.cpuUsage(cpu);
  if (hasErrors([...authored.diagnostics, ...compiled.diagnostics]) || compiled.features.length !== count)
    throw new Error('the bench project does not compile');
  const megabytes = process.memoryUsage().rss / 1e6;
  const written = (folder: string): number => compiled.files.filter((f) => f.path.startsWith(folder)).length;
  const targets = new Map([
    ['Snowflake dbt', written('dbt/snowflake/models/grids/')],
    ['DuckDB dbt', written('dbt/duckdb/models/grids/')],
    ['DuckDB lambdas', written('lambdas/')],
    ...besides.map((engine) => [`${engine} batch`, batch.filter((b) => b.engine === engine).length] as const),
  ]);
  const cache = await mkdtemp(join(tmpdir(), 'lockstep-bench-'));
  const artifacts: Artifacts = {
    features: compiled.features.map((f) => ({ name: f.feature.name, version: f.version })),
    files: compiled.files,
    diagnostics: compiled.diagnostics,
  };
  const options = { folder: cache, files, today: '2026-01-01', keep: true };
  await compiledOnce(options, async () => artifacts);
  const again = performance.now();
  const found = await compiledOnce(options, () => Promise.reject(new Error('an unchanged project was compiled anew')));
  const unchangedSeconds = (performance.now() - again) / 1000;
  await rm(cache, { recursive: true });
  if (found.files.length !== compiled.files.length) throw new Error('the cache lost files');
  return { features: count, targets, seconds, cpuSeconds: (used.user + used.system) / 1e6, megabytes, unchangedSeconds };
}
