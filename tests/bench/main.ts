/** npm run bench [-- compile|check|batch|parity|serve|freshness]: what things cost, as ratios within one run where something is compared; of code that is built, as it is shipped. */
import { expectShortRun } from '../../runners/cli/short-run.ts';
import { benchBatch } from './batch.ts';
import { benchCheck } from './check.ts';
import { benchCompile } from './compile.ts';
import { benchEvening } from './evening.ts';
import { benchFeast } from './feast/feast.ts';
import { benchCompare, benchParity } from './parity.ts';
import { benchServe } from './serve/bench.ts';
import { benchFreshness, type Waits } from './serve/freshness.ts';
import { benchTrainingSet } from './training-set.ts';

const wanted = process.argv[2];
// As the command line does for `compile`.
if (wanted === undefined || wanted === 'compile') expectShortRun();
if (wanted === undefined || wanted === 'compile') {
  const r = await benchCompile('examples/flights', 1000);
  console.log(
    `compile: ${r.features} features in ${r.seconds.toFixed(2)} s (${r.cpuSeconds.toFixed(2)} s of CPU), ${r.megabytes.toFixed(0)} MB; unchanged: ${(r.unchangedSeconds * 1000).toFixed(0)} ms`,
  );
  console.log(`  texts: ${[...r.targets].map(([target, texts]) => `${target} ${texts}`).join(', ')}`);
}
if (wanted === undefined || wanted === 'check') {
  const r = await benchCheck('.', 50);
  console.log(
    `check: ${r.features} features, ${r.examples} examples, ${r.points} points on generated events in every form: ${r.seconds.toFixed(1)} s (${r.cpuSeconds.toFixed(1)} s of CPU)`,
  );
}
if (wanted === undefined || wanted === 'batch') {
  console.log('batch: 100,000 spine rows on DuckDB; ours and the best SQL by hand, best of 3 each, in one run');
  for (const r of await benchBatch(100_000))
    console.log(
      `  ${r.name.padEnd(22)} ours ${r.ours.toFixed(2)} s   by hand ${r.byHand.toFixed(2)} s   ratio ${(r.ours / r.byHand).toFixed(2)}   ${r.equal ? 'same rows' : 'ROWS DIFFER'}`,
    );
}
if (wanted === undefined || wanted === 'batch') {
  const r = await benchTrainingSet(1_000_000);
  console.log(
    `training set: ${r.rows} labels, ${r.features} features, ${r.flights} raw rows in a DuckDB file, to Parquet: ours ${r.ours.toFixed(1)} s   by hand ${r.byHand.toFixed(1)} s   ratio ${(r.ours / r.byHand).toFixed(2)}   ${r.equal ? 'same rows' : 'ROWS DIFFER'}`,
  );
}
if (wanted === undefined || wanted === 'parity') {
  const r = await benchParity(4000);
  console.log(
    `parity: ${r.features} features, ${r.points} points, ${r.flights} flights, both forms loaded, asked and compared: ${r.seconds.toFixed(1)} s`,
  );
  const c = await benchCompare(1_000_000);
  console.log(
    `compare: two results of ${c.rows} rows: ours ${c.ours.toFixed(2)} s   DuckDB's full join ${c.byHand.toFixed(2)} s   ratio ${(c.ours / c.byHand).toFixed(2)}   ${c.found === c.foundByHand ? `${c.found} differ in both` : 'FOUND OTHER ROWS'}`,
  );
}
/** Of a long run: when it was slow, if it was. */
const slicesText = (parts: readonly number[]): string =>
  parts.length === 0
    ? ''
    : `; p99 of its ${parts.length} tens of seconds: median ${([...parts].sort((a, b) => a - b)[parts.length >> 1] ?? 0).toFixed(1)} ms, over 20 ms in ${parts.filter((p) => p > 20).length}, worst ${Math.max(...parts).toFixed(1)} ms at second ${10 * parts.indexOf(Math.max(...parts))}`;

if (wanted === undefined || wanted === 'serve') {
  const [seconds = 10, arriving = 5_000, steady = 0] = process.argv.slice(3).map(Number);
  for (const { world, events } of [
    { world: 'clicks', events: 5_000_000 },
    { world: 'flights', events: 3_000_000 },
  ] as const) {
    console.log(
      `serve: ${events} ${world}, ${arriving} a second still arriving; open loop, ${seconds} s each, latency from when a request was due`,
    );
    await benchServe({
      ...{ world, events, seconds, arriving, steady: world === 'clicks' ? steady : 0 },
      say: (l) =>
        console.log(
          `  ${l.what.padEnd(42)} ${String(l.rate).padStart(5)}/s  ${l.answersPerSecond.toFixed(0).padStart(6)} answers/s  p50 ${l.p50.toFixed(1).padStart(7)} ms  p99 ${l.p99.toFixed(1).padStart(7)} ms  failed ${l.failed}  cores: server ${l.cores[0].toFixed(2)}, requests ${l.cores[1].toFixed(2)}, events ${l.cores[2].toFixed(2)}  ${l.memory.toFixed(0)} MB${slicesText(l.parts)}`,
        ),
    });
  }
}
// Asked for by name: it needs Feast, which `npm run test:stack` installs.
if (wanted === 'feast') {
  const [labels = 10_000, days = 181] = process.argv.slice(3).map(Number);
  const b = await benchFeast(labels, days);
  console.log(
    `feast: ${b.labels} labels, running totals of ${b.flights} flights: ours from raw flights ${b.ours.toFixed(1)} s  Feast from totals computed before ${b.feast.toFixed(1)} s  ratio ${(b.feast / b.ours).toFixed(1)}  ${b.different === 0 ? 'same rows' : `${b.different} DIFFERENT ROWS`}`,
  );
}
// Asked for by name: it needs Dagster and dbt, which `npm run test:stack` installs.
if (wanted === 'evening') {
  const [features = 50, size = 2_000] = process.argv.slice(3).map(Number);
  const b = await benchEvening(features, size);
  console.log(`evening: ${features} features, ${b.events} raw rows, ${b.answers} answers in the log, verdicts: ${b.verdicts}`);
  for (const { step, seconds, megabytes } of b.steps)
    console.log(
      `  ${step.padEnd(34)} ${seconds === 0 ? ' '.repeat(9) : `${seconds.toFixed(1).padStart(7)} s`}  ${megabytes === 0 ? '' : `${megabytes.toFixed(0).padStart(6)} MB at most`}`,
    );
}
// Asked for by name: it needs the broker that `npm run test:stack` installs.
if (wanted === 'freshness') {
  const [events = 500_000, seconds = 60, arriving = 5_000] = process.argv.slice(3).map(Number);
  const { read, bytes, fresh, plain, cores } = await benchFreshness({ events, seconds, arriving });
  console.log(
    `freshness: ${read.events} messages of a real broker read at ${read.perSecond.toFixed(0)} a second (${read.cores.toFixed(2)} cores); ${bytes.disk.toFixed(0)} bytes each on disk, ${bytes.memory.toFixed(0)} in memory`,
  );
  const waits = ({ looked, p50, p99, worst }: Waits): string =>
    `${looked} events: p50 ${p50.toFixed(1)} ms  p99 ${p99.toFixed(1)} ms  worst ${worst.toFixed(1)} ms`;
  console.log(
    `  ${arriving} a second arriving (${cores.toFixed(2)} cores): from the broker's word to the first answer with it, ${waits(fresh)}`,
  );
  console.log(`  the same, to a consumer that does nothing else, with no server beside it: ${waits(plain)}`);
}
