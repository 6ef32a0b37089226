/** npm run bench [-- compile|check|batch]: what things cost, as ratios within one run where something is compared; of code that is built, as it is shipped. */
import { expectShortRun } from '../../runners/cli/short-run.ts';
import { benchBatch } from './batch.ts';
import { benchCheck } from './check.ts';
import { benchCompile } from './compile.ts';

// As the command line does.
expectShortRun();
const wanted = process.argv[2];
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
