/** One run: a world in files, faults put into them, `lockstep parity` over them, and what it said. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { seeded } from '../../examples/marketplace/random.ts';
import { writeRows } from './bench.ts';
import type { Fault } from './faults.ts';
import { worldOf } from './world.ts';

export interface Place {
  readonly lockstep: (...args: string[]) => Promise<Finished>;
  readonly project: string;
  /** Holds artifacts/ and older/, as `compile` wrote them. */
  readonly work: string;
}

interface Reported {
  readonly feature: string;
  readonly verdict: string;
  readonly samples: number;
  readonly referenceMismatches: number;
  readonly causes: Readonly<Record<string, number>>;
  readonly differences: readonly {
    readonly key: Readonly<Record<string, string>>;
    readonly cause: string;
    readonly among: readonly string[];
    readonly explained: boolean;
  }[];
}

export interface Outcome {
  readonly code: number;
  readonly reports: readonly Reported[];
  /** Why there is none. */
  readonly failed: string | null;
}

export interface Judged {
  readonly faults: readonly Fault[];
  readonly feature: string;
  readonly seed: number;
  readonly share: number;
  /** Auctions that were touched. */
  readonly touched: number;
  readonly detected: boolean;
  readonly named: boolean;
  readonly ambiguous: boolean;
  readonly said: string;
}

export interface Finished {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The command line as a process of its own. */
export function spawned(root: string): Place['lockstep'] {
  return (...args) =>
    new Promise((done) => {
      execFile(
        process.execPath,
        [join(root, 'bin/lockstep.js'), ...args],
        { maxBuffer: 1 << 28, env: { ...process.env, NO_COLOR: '1' } },
        (error, out, err) => done({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err }),
      );
    });
}

/** A folder with both sides alike. */
export async function prepare({ work }: Place, seed: number): Promise<string> {
  const folder = await mkdtemp(join(work, 'run-'));
  const { rows } = worldOf(seed);
  for (const side of ['batch', 'realtime']) {
    await mkdir(join(folder, side));
    for (const [source, of] of Object.entries(rows)) await writeRows(join(folder, side, `${source}.ndjson`), of);
  }
  await cp(join(work, 'artifacts'), join(folder, 'artifacts'), { recursive: true });
  return folder;
}

export async function parity(place: Place, folder: string, features: readonly string[], seed: number, served = false): Promise<Outcome> {
  const sides = ['--batch', join(folder, 'batch'), '--realtime', join(folder, 'realtime')];
  const what = served ? ['served', '--served-log', join(folder, 'served.ndjson')] : ['replay', '--artifacts', join(folder, 'artifacts')];
  const options = ['--mode', ...what, '--seed', String(seed), '--format', 'json'];
  const { code, out, err } = await place.lockstep('parity', '--project', place.project, '--feature', ...features, ...sides, ...options);
  try {
    return { code, reports: (JSON.parse(out) as { features: readonly Reported[] }).features, failed: null };
  } catch {
    return { code, reports: [], failed: err.slice(0, 2000) };
  }
}

/** With faults of `injected`, in order, all in one feature. */
export async function faultyRun(place: Place, injected: readonly Fault[], feature: string, seed: number, share: number): Promise<Judged> {
  const folder = await prepare(place, seed);
  try {
    const world = worldOf(seed);
    const random = seeded(seed, injected.map((f) => f.name).join());
    const ordered = [...world.auctions].sort(() => random.below(3) - 1);
    const chosen = new Set(ordered.slice(0, Math.max(1, Math.round(share * ordered.length))));
    const touched = new Set<string>();
    for (const fault of injected)
      for (const auction of await fault.inject({ folder, feature, world, random, chosen, place })) touched.add(auction);
    const outcome = await parity(
      place,
      folder,
      [feature],
      seed,
      injected.some((f) => f.into === 'served log'),
    );
    return { faults: injected, feature, seed, share, touched: touched.size, ...judge(outcome, injected, touched) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function judge(
  { reports, failed }: Outcome,
  injected: readonly Fault[],
  touched: ReadonlySet<string>,
): Pick<Judged, 'detected' | 'named' | 'ambiguous' | 'said'> {
  const [report] = reports;
  if (report === undefined) return { detected: false, named: false, ambiguous: false, said: `failed: ${failed}` };
  const wanted = injected.map((f) => f.cause);
  // Lateness is everywhere; it is a finding only where it was put in.
  const found = report.differences.filter(
    (d) => touched.has(String(d.key['auction_id'])) && (wanted.includes('late') || d.cause !== 'late'),
  );
  const counts = new Map<string, number>();
  for (const d of found) {
    const name = d.cause === 'ambiguous' ? d.among.join('|') : d.cause;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const ranked = [...counts].sort((a, b) => b[1] - a[1]);
  const [most] = ranked;
  const isNamed = (cause: string): boolean =>
    injected.length === 1
      ? (most?.[0].split('|').includes(cause) ?? false)
      : found.some((d) => d.among.includes(cause) || d.cause === cause);
  return {
    detected: found.length > 0,
    named: found.length > 0 && wanted.every(isNamed),
    ambiguous: most?.[0].includes('|') ?? false,
    said: ranked.map(([name, n]) => `${name} ${n}`).join(', ') || report.verdict,
  };
}

export function falseAlarms({ reports, failed }: Outcome, features: readonly string[]): readonly string[] {
  if (failed !== null) return features.map((feature) => `${feature}: failed: ${failed}`);
  return reports
    .filter((r) => r.verdict === 'VIOLATED' || r.referenceMismatches > 0 || r.differences.some((d) => !d.explained))
    .map((r) => `${r.feature}: ${r.verdict} ${JSON.stringify(r.causes)}`);
}

/** What `compile` writes of the project as it is, and as it was. */
export async function compileBoth(place: Place): Promise<void> {
  const built = await place.lockstep('compile', '--project', place.project, '--out', join(place.work, 'artifacts'));
  if (built.code !== 0) throw new Error(built.err);
  const older = join(place.work, 'older-project');
  await cp(place.project, older, { recursive: true });
  for (const name of ['bid_window', 'bid_ratio']) {
    const file = join(older, 'transforms/features', `${name}.sql`);
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace("INTERVAL '20 minutes'", "INTERVAL '15 minutes'").replace('amount > 50', 'amount > 40'));
  }
  const before = await place.lockstep('compile', '--project', older, '--out', join(place.work, 'older'));
  if (before.code !== 0) throw new Error(before.err);
}
