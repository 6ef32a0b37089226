/**
 * npm run demo: real flights through both forms. The stream's answers come from the stored lambdas while flights arrive;
 * the warehouse's from its own files, once all of them are there; the reference recomputes every point from the meaning.
 */

import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pc from 'picocolors';
import type { CompiledFeature } from '../../../compiler/artifacts/compile.ts';
import { outputName } from '../../../compiler/artifacts/lambda.ts';
import { batchPlanOf } from '../../../compiler/artifacts/plans.ts';
import { counted } from '../../../compiler/counted.ts';
import { timestamp } from '../../../compiler/sql-type.ts';
import type { Value } from '../../../compiler/value.ts';
import { writeArtifacts } from '../../../runners/artifact-files.ts';
import { evaluateBatch, stage } from '../../../runners/batch/evaluate.ts';
import { loadProject } from '../../../runners/cli/load.ts';
import { terminalOutput } from '../../../runners/cli/output.ts';
import { readEvents } from '../../../runners/data/events.ts';
import { formatValue } from '../../../runners/data/format-value.ts';
import type { SpineRow } from '../../../runners/data/spine.ts';
import { openDuckdb } from '../../../runners/engines/duckdb.ts';
import { compare, type Difference } from '../../../runners/parity/compare.ts';
import { evaluateFeature } from '../../../runners/reference/index.ts';
import { readLambda } from '../../../runners/stored-lambda.ts';
import { executeLambda } from '../../../runners/stream/execute.ts';
import { openStore } from '../../../runners/stream/store.ts';
import { breakages, edited, explained } from './break.ts';
import { prepareFlights } from './data.ts';
import { firstDay, instants, places, spineFor } from './points.ts';

const { values } = parseArgs({
  options: {
    break: { type: 'string' },
    days: { type: 'string', default: '21' },
    instants: { type: 'string', default: '24' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});
const output = terminalOutput();
if (values.help) {
  output.result(`npm run demo -- [--break ${breakages.join('|')}] [--days 21] [--instants 24] [--seed 1]`);
  process.exit(0);
}
const breakage = breakages.find((b) => b === values.break);
const [days, howMany, seed] = [values.days, values.instants, values.seed].map(Number) as [number, number, number];
if (
  (values.break !== undefined && breakage === undefined) ||
  ![days, howMany, seed].every((n) => Number.isInteger(n) && n > 0) ||
  days > 170
) {
  output.say(`npm run demo -- [--break ${breakages.join('|')}] [--days 1…170] [--instants n] [--seed n]`);
  process.exit(2);
}

const here = fileURLToPath(new URL('.', import.meta.url));
const root = resolve(here, here.includes('/dist/') ? '../../../..' : '../../..');
const build = join(root, 'build/flights');
const times: (readonly [string, number])[] = [];

async function timed<T>(what: string, run: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await run();
  times.push([what, performance.now() - started]);
  return result;
}

interface Answers {
  readonly spine: readonly SpineRow[];
  stream: (readonly Value[])[];
}

const project = await timed('compile', async () => {
  const loaded = await loadProject(join(root, 'examples/flights'));
  await writeArtifacts(join(build, 'artifacts'), loaded.compiled.files);
  return loaded;
});
const { catalog } = project.authored;
const { features, files } = project.compiled;
output.result(`${pc.bold('Compiled')} ${features.length} features of examples/flights into ${files.length} files:`);
output.result(
  `  ${files.filter((f) => f.path.startsWith('dbt/')).length} of two dbt projects (Snowflake, DuckDB), ${files.filter((f) => f.path.startsWith('lambdas/')).length} of query lambdas, and manifest.json`,
);
if (breakage !== undefined) output.result(`${pc.yellow('Broken on purpose')}: ${explained[breakage]}`);

const warehouse = await openDuckdb();
const data = await timed('prepare flights', () => prepareFlights(warehouse, root, build, days, seed));
const { flights, arrived } = await timed('read arrivals', async () => {
  const read = await readEvents(data.arrivals, catalog.sources);
  const rows = read.events.get('flights');
  if (rows === undefined) throw new Error('no flights');
  return { flights: rows, arrived: rows.columns.indexOf('INGESTED_AT') };
});
const at = instants(days, howMany);
const asked = places(flights, 60);
const answers = new Map(features.map((f): [CompiledFeature, Answers] => [f, { spine: spineFor(f, at, asked), stream: [] }]));

const lostHour = [firstDay + BigInt(Math.max(0, Math.floor(days / 2))) * 86_400_000_000n + 16n * 3_600_000_000n, 3_600_000_000n] as const;
const lost = (t: bigint): boolean => breakage === 'lost-hour' && t >= lostHour[0] && t < lostHour[0] + lostHour[1];

await timed('stream: arrivals and answers', async () => {
  const connection = await openDuckdb();
  const store = await openStore(connection, catalog.sources, { deduplicate: breakage !== 'dedupe' });
  const lambdas = new Map(
    await Promise.all(features.map(async (f) => [f, edited(await readLambda(join(build, 'artifacts'), f.feature), breakage)] as const)),
  );
  const progress = output.progress('stream   ', at.length);
  let next = 0;
  for (const [i, T] of at.entries()) {
    let end = next;
    while (end < flights.rows.length && (flights.rows[end]?.[arrived] as bigint) <= T) end += 1;
    await store.ingest(
      'flights',
      flights.rows.slice(next, end).filter((row) => !lost(row[arrived] as bigint)),
    );
    next = end;
    for (const [feature, answer] of answers) {
      const lambda = lambdas.get(feature);
      if (lambda !== undefined)
        answer.stream.push(
          ...(await executeLambda(
            connection,
            lambda,
            answer.spine.filter((row) => row.asOf === T),
            256,
          )),
        );
    }
    progress.step(i + 1);
  }
  progress.end();
  connection.close();
});

const arrivedPlan = (f: CompiledFeature) => batchPlanOf(f.feature, catalog, 'arrived');
const batch = await timed('batch: from the warehouse files', async () => {
  await warehouse.execute('CREATE SCHEMA raw');
  await warehouse.execute(`CREATE TABLE raw.flights AS FROM '${join(data.warehouse, 'flights.parquet')}'`);
  for (const source of catalog.sources) await stage(warehouse, source);
  const found = new Map<CompiledFeature, { readonly all: readonly (readonly Value[])[]; readonly known: readonly (readonly Value[])[] }>();
  const progress = output.progress('batch    ', features.length);
  for (const [i, f] of features.entries()) {
    const spine = answers.get(f)?.spine ?? [];
    found.set(f, {
      all: await evaluateBatch(warehouse, f.feature, batchPlanOf(f.feature, catalog), spine),
      known: await evaluateBatch(warehouse, f.feature, arrivedPlan(f), spine),
    });
    progress.step(i + 1);
  }
  progress.end();
  return found;
});

const reference = await timed('reference: every point anew', async () => {
  const progress = output.progress('reference', features.length);
  const found = new Map<CompiledFeature, readonly (readonly Value[])[]>();
  for (const [i, f] of features.entries()) {
    found.set(f, evaluateFeature(f.feature, catalog, new Map([['flights', flights]]), answers.get(f)?.spine ?? [], { knowledge: 'event' }));
    progress.step(i + 1);
    await new Promise((done) => setImmediate(done));
  }
  progress.end();
  return found;
});

interface Row {
  readonly name: string;
  readonly points: number;
  readonly equal: number;
  readonly late: number;
  readonly different: number;
  readonly oracle: number;
  readonly shown: readonly string[];
}

const rows: Row[] = features.map((f) => {
  const { spine, stream } = answers.get(f) as Answers;
  const { all, known } = batch.get(f) as { all: readonly (readonly Value[])[]; known: readonly (readonly Value[])[] };
  const now = compare(f.feature.outputs, all, stream);
  const atTheTime = compare(f.feature.outputs, known, stream);
  const unexplained = new Set(atTheTime.differences.map((d) => d.row));
  const late = new Set(now.differences.map((d) => d.row).filter((r) => !unexplained.has(r)));
  const oracle = compare(f.feature.outputs, all, reference.get(f) ?? []);
  return {
    name: f.feature.name,
    points: spine.length,
    equal: spine.length - late.size - unexplained.size,
    late: late.size,
    different: unexplained.size,
    oracle: oracle.mismatches,
    shown: [
      ...atTheTime.differences.slice(0, 2).map((d) => sentence(f, spine, d, 'lambda')),
      ...oracle.differences.slice(0, 1).map((d) => sentence(f, spine, d, 'reference')),
    ],
  };
});

function sentence({ feature }: CompiledFeature, spine: readonly SpineRow[], d: Difference, other: string): string {
  const row = spine[d.row] as SpineRow;
  const type = feature.outputs.find((o) => o.name === d.column)?.type ?? timestamp;
  const entity = feature.entity.map((e, i) => `${outputName(e.name)} ${String(formatValue(row.entity[i] ?? null, e.type))}`).join(', ');
  return `${feature.name} for ${entity || 'the country'} at ${String(formatValue(row.asOf, timestamp))}: ${outputName(d.column)} is ${String(formatValue(d.left, type))} in batch and ${String(formatValue(d.right, type))} in the ${other}`;
}

const total = rows.reduce((n, r) => n + r.points, 0);
const mark = (r: Row): string =>
  r.points === 0 ? pc.yellow('NOTHING COMPARED') : r.different + r.oracle > 0 ? pc.red('DIFFERENT') : pc.green('EQUAL');
const width = Math.max(...rows.map((r) => r.name.length));
output.result(
  `\n${pc.bold('Compared')} ${total.toLocaleString('en')} points; ${flights.rows.length.toLocaleString('en')} flights of ${counted(days, 'day')} arrived, copies included\n`,
);
output.result(`${'feature'.padEnd(width)}   points    equal     late  differ  reference differs`);
for (const r of rows) {
  output.result(
    `${r.name.padEnd(width)} ${[r.points, r.equal, r.late].map((n) => String(n).padStart(8)).join(' ')} ${String(r.different).padStart(7)} ${String(r.oracle).padStart(18)}  ${mark(r)}`,
  );
}
output.result(
  '\nlate: the answer served at T lacked flights that left before T and arrived after it; batch restricted to what had arrived agrees.',
);
const shown = rows.flatMap((r) => r.shown);
if (shown.length > 0)
  output.result(
    `\n${pc.red('For example')}\n${shown
      .slice(0, 8)
      .map((s) => `  ${s}`)
      .join('\n')}`,
  );
output.result(`\n${times.map(([what, ms]) => `${`${(ms / 1000).toFixed(1)} s`.padStart(8)}  ${what}`).join('\n')}`);
output.result(`\nFiles: ${relative(process.cwd(), build) || '.'}/{artifacts,warehouse,arrivals}`);
warehouse.close();
process.exitCode = total === 0 ? 3 : rows.some((r) => r.different + r.oracle > 0) ? 1 : 0;
