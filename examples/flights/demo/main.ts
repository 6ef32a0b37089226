/**
 * npm run demo: real flights through both forms, and a verdict. The stream's answers come from the stored lambdas while
 * flights arrive; the warehouse's from its own files, once all of them are there; the reference recomputes every point from
 * the meaning, and says why where they differ.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pc from 'picocolors';
import { counted } from '../../../compiler/counted.ts';
import { writeArtifacts } from '../../../runners/artifact-files.ts';
import { loadProject } from '../../../runners/cli/load.ts';
import { main } from '../../../runners/cli/main.ts';
import { terminalOutput } from '../../../runners/cli/output.ts';
import { finished, startedRun } from '../../../runners/cli/recorded.ts';
import { readEvents, type SourceRows } from '../../../runners/data/events.ts';
import { openDuckdb } from '../../../runners/engines/duckdb.ts';
import { engineVersion } from '../../../runners/engines/engine-version.ts';
import type { FeatureReport } from '../../../runners/parity/report.ts';
import { reportText } from '../../../runners/parity/report-text.ts';
import { compiledLambda, readLambda } from '../../../runners/stored-lambda.ts';
import { answersOfTheWarehouse, answersOnTheWay } from './answers.ts';
import { breakages } from './break.ts';
import { prepareFlights } from './data.ts';
import { olderProject } from './older.ts';
import { instants, places, spineFor } from './points.ts';
import { judged } from './verdict.ts';

const { values } = parseArgs({
  options: {
    break: { type: 'string' },
    days: { type: 'string', default: '4' },
    instants: { type: 'string', default: '16' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});
const output = terminalOutput();
const usage = `npm run demo -- [--break ${Object.keys(breakages).join('|')}] [--days 1…170] [--instants n] [--seed n]`;
if (values.help) {
  output.result(usage);
  process.exit(0);
}
const breakage = values.break === undefined ? undefined : breakages[values.break];
const [days, howMany, seed] = [values.days, values.instants, values.seed].map(Number) as [number, number, number];
if (
  (values.break !== undefined && breakage === undefined) ||
  ![days, howMany, seed].every((n) => Number.isInteger(n) && n > 0) ||
  days > 170
) {
  output.say(usage);
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

const started = await startedRun({ mode: 'replay', seed: values.seed, target: 0.001, confidence: 0.95, raw: false }, { ...values });
const project = await timed('compile', async () => {
  const loaded = await loadProject(join(root, 'examples/flights'));
  const served =
    breakage?.older === undefined ? loaded : await olderProject(join(root, 'examples/flights'), join(build, 'older'), breakage.older);
  await rm(join(build, 'artifacts'), { recursive: true, force: true });
  await writeArtifacts(join(build, 'artifacts'), served.compiled.files);
  return loaded;
});
const { catalog } = project.authored;
const { features, files } = project.compiled;
output.result(`${pc.bold('Compiled')} ${features.length} features of examples/flights into ${files.length} files:`);
output.result(
  `  ${files.filter((f) => f.path.startsWith('dbt/')).length} of two dbt projects (Snowflake, DuckDB), ${files.filter((f) => f.path.startsWith('lambdas/')).length} of query lambdas, and manifest.json`,
);
if (breakage !== undefined) output.result(`${pc.yellow('Broken on purpose')}: ${breakage.what}`);

for (const { feature } of features) {
  const file = join(build, 'artifacts/lambdas', `${feature.name}.sql`);
  if (breakage?.lambda !== undefined) await writeFile(file, breakage.lambda(await readFile(file, 'utf8')));
}
const warehouse = await openDuckdb();
const data = await timed('prepare flights', () => prepareFlights(warehouse, root, build, days, seed, breakage));
const read = async (folder: string): Promise<SourceRows> => {
  const flights = (await readEvents(folder, catalog.sources)).events.get('flights');
  if (flights === undefined) throw new Error('no flights');
  return flights;
};
const [arrivals, inWarehouse] = await timed('read flights', async () => [await read(data.arrivals), await read(data.warehouse)] as const);
const at = instants(days, howMany);
const everywhere = places(inWarehouse, 100);
const asked = await Promise.all(
  features.map(async (compiled) => ({
    compiled,
    lambda: await readLambda(join(build, 'artifacts'), compiled.feature, compiledLambda(compiled, catalog)),
    spine: spineFor(compiled, at, everywhere),
  })),
);

const bar = (label: string, total: number) => output.progress(label, total);
const onTheWay = bar('stream   ', at.length);
const stream = await timed('stream: arrivals and answers', () =>
  answersOnTheWay(asked, catalog, arrivals, at, breakage?.keepsCopies === true, onTheWay.step),
);
onTheWay.end();
const nightly = bar('batch    ', features.length);
const batch = await timed('batch: from the warehouse files', () =>
  answersOfTheWarehouse(asked, catalog, warehouse, join(data.warehouse, 'flights.parquet'), nightly.step),
);
nightly.end();
const batchEngine = await engineVersion(warehouse);
warehouse.close();
const judging = bar('reference', features.length);
const reports = await timed('reference: every point anew, and the causes', async () => {
  const found: FeatureReport[] = [];
  for (const [i, of] of asked.entries()) {
    const answers = { batch: batch[i] ?? [], stream: stream[i] ?? [] };
    found.push(await judged(of, answers, catalog, { batch: inWarehouse, stream: arrivals }, features.length));
    judging.step(i + 1);
    await new Promise((done) => setImmediate(done));
  }
  return found;
});
judging.end();

const colour = { PROVEN: pc.green, VIOLATED: pc.red, UNDECIDED: pc.yellow } as const;
const total = reports.reduce((n, r) => n + r.samples, 0);
const width = Math.max(...reports.map((r) => r.feature.length));
output.result(
  `\n${pc.bold('Compared')} ${total.toLocaleString('en')} points: every airport at ${at.length} instants; ${arrivals.rows.length.toLocaleString('en')} flights of ${counted(days, 'day')} arrived, copies included\n`,
);
output.result(`${'feature'.padEnd(width)}   points  explained  unexplained  reference differs`);
for (const r of reports) {
  const numbers = [
    String(r.samples).padStart(8),
    String(r.explained).padStart(10),
    String(r.unexplained).padStart(12),
    String(r.referenceMismatches).padStart(18),
  ];
  const causes = Object.entries(r.causes).map(([cause, n]) => `${cause} ${n}`);
  output.result(`${r.feature.padEnd(width)} ${numbers.join(' ')}  ${colour[r.verdict](r.verdict.padEnd(9))} ${causes.join(', ')}`);
}
output.result(
  '\nexplained: what was answered at T lacked flights that left before T and were reported after it; the reference, given what had arrived, says the same.',
);
const [worst] = reports.filter((r) => r.verdict === 'VIOLATED').sort((a, b) => b.unexplained - a.unexplained);
if (worst !== undefined) output.result(`\n${pc.red('For example')}\n${reportText(worst)}`);
await mkdir(build, { recursive: true });
await writeFile(
  join(build, 'parity.json'),
  JSON.stringify({ run: finished(started, { batchEngine, streamEngine: batchEngine }), features: reports }, null, 2),
);
output.result('');
await main([
  'report',
  '--project',
  join(root, 'examples/flights'),
  '--parity',
  join(build, 'parity.json'),
  '--out',
  join(build, 'report.html'),
]);
output.result(`\n${times.map(([what, ms]) => `${`${(ms / 1000).toFixed(1)} s`.padStart(8)}  ${what}`).join('\n')}`);
output.result(`\nFiles: ${relative(process.cwd(), build) || '.'}/{artifacts,warehouse,arrivals,parity.json,report.html}`);
process.exitCode =
  total === 0 ? 3 : reports.some((r) => r.verdict === 'VIOLATED') ? 1 : reports.some((r) => r.verdict === 'UNDECIDED') ? 3 : 0;
