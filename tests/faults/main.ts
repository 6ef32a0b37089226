/**
 * npm run faults: is the checker any good? Every fault is put in from outside, at several rates, through files and the
 * command line; one run in ten has two. Beside them clean runs, with late, doubled and reordered data and FLOAT sums,
 * in which nothing may be found. Fails if a fault is overlooked, too few are rightly named, or a clean run raises an alarm.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { seeded } from '../../examples/marketplace/random.ts';
import { type Fault, faults } from './faults.ts';
import { foreignFault } from './foreign.ts';
import { compileBoth, falseAlarms, faultyRun, type Judged, type Place, parity, prepare, spawned } from './run.ts';
import { table } from './table.ts';
import { worldOf } from './world.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '6' },
    clean: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '20261122' },
    jobs: { type: 'string', default: '2' },
    only: { type: 'string' },
    injector: { type: 'string' },
  },
});
const [runs, clean, seed, jobs] = [values.runs, values.clean, values.seed, values.jobs].map(Number) as [number, number, number, number];
const shares = [0.05, 0.2, 0.6];
const started = Date.now();
const root = fileURLToPath(new URL('../..', import.meta.url));
const work = await mkdtemp(join(tmpdir(), 'lockstep-faults-'));
const place: Place = { lockstep: spawned(root), project: join(root, 'tests/faults/project'), work };

try {
  await compileBoth(place);
  const injected = plans();
  process.stdout.write(`faults: ${injected.length} runs with a fault, ${clean} clean verdicts, seed ${seed}\n`);
  const judged: Judged[] = [];
  let spared = 0;
  await pooled(injected, async (plan) => {
    const found = await faultyRun(place, plan.faults, plan.feature, plan.seed, plan.share);
    // Where there was nothing that it could touch, no fault was put in.
    if (found.touched > 0) judged.push(found);
    else spared += 1;
    progress('with a fault', judged.length + spared, injected.length);
  });
  const { alarms, verdicts } = await cleanRuns();
  process.stdout.write(`${table(judged)}\n`);
  for (const j of judged.filter((x) => !x.detected || !x.named))
    process.stdout.write(
      `  ${j.detected ? 'wrongly named' : 'OVERLOOKED'}: ${j.faults.map((f) => `${f.cause} (${f.name})`).join(' and ')} in ${j.feature}, seed ${j.seed}, share ${j.share}, ${j.touched} touched: ${j.said}\n`,
    );
  for (const alarm of alarms) process.stdout.write(`  FALSE ALARM: ${alarm}\n`);
  const detected = judged.filter((j) => j.detected).length;
  const named = judged.filter((j) => j.named).length;
  const ambiguous = judged.filter((j) => j.ambiguous).length;
  const ok = detected === judged.length && named >= 0.9 * judged.length && alarms.length === 0 && verdicts >= clean;
  process.stdout.write(
    `${detected} of ${judged.length} detected${spared === 0 ? '' : ` (${spared} more had nothing to touch)`}, ${named} rightly named (${((100 * named) / judged.length).toFixed(1)} %), ${ambiguous} ambiguous; ${alarms.length} false alarms in ${verdicts} clean verdicts; ${Math.round((Date.now() - started) / 1000)} s; seed ${seed}\n`,
  );
  process.exitCode = ok ? 0 : 1;
} finally {
  await rm(work, { recursive: true, force: true });
}

interface Plan {
  readonly faults: readonly Fault[];
  readonly feature: string;
  readonly seed: number;
  readonly share: number;
}

function foreignPlan(command: string, i: number): Plan {
  const share = shares[i % shares.length] as number;
  const fault = foreignFault(command, seed + i * 101, share);
  return { faults: [fault], feature: fault.features[i % fault.features.length] as string, seed: seed + i * 101, share };
}

/** Each fault in turn with each of its features and each rate; every tenth run gets a second fault of another cause. */
function plans(): readonly Plan[] {
  const { injector } = values;
  if (injector !== undefined) return Array.from({ length: runs }, (_, i) => foreignPlan(injector, i));
  const random = seeded(seed, 'plans');
  const wanted = faults.filter((f) => values.only === undefined || f.cause === values.only);
  const single = wanted.flatMap((fault) =>
    Array.from(
      { length: runs },
      (_, i): Plan => ({
        faults: [fault],
        feature: fault.features[i % fault.features.length] as string,
        seed: seed + i * 101 + faults.indexOf(fault),
        share: shares[i % shares.length] as number,
      }),
    ),
  );
  return single.map((plan, i) => {
    if (i % 10 !== 9) return plan;
    const [first] = plan.faults as [Fault];
    const others = faults.filter(
      (f) => f.cause !== first.cause && f.into === 'events' && f.features.includes(plan.feature) && f.cause !== 'late',
    );
    return others.length === 0 ? plan : { ...plan, share: 0.6, faults: [first, random.pick(others)] };
  });
}

async function cleanRuns(): Promise<{ readonly alarms: readonly string[]; readonly verdicts: number }> {
  const features = ['bid_day', 'bid_defaults', 'bid_last', 'bid_price', 'bid_ratio', 'bid_weight', 'bid_window'];
  const worlds = Array.from({ length: Math.ceil(clean / features.length) }, (_, i) => seed + 10_000 + i);
  const alarms: string[] = [];
  let verdicts = 0;
  await pooled(worlds, async (of) => {
    const folder = await prepare(place, of);
    const outcome = await parity(place, folder, features, of);
    alarms.push(...falseAlarms(outcome, features).map((text) => `seed ${of} (${worldOf(of).auctions.length} auctions): ${text}`));
    verdicts += outcome.reports.length;
    progress('clean', verdicts, clean);
    await rm(folder, { recursive: true, force: true });
  });
  return { alarms, verdicts };
}

async function pooled<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  await Promise.all(
    Array.from({ length: jobs }, async () => {
      for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await run(item);
    }),
  );
}

function progress(what: string, done: number, of: number): void {
  if (process.stderr.isTTY === true || done % 50 === 0)
    process.stderr.write(`${what}: ${done} of ${of}, ${Math.round((Date.now() - started) / 1000)} s\n`);
}
