/** A night of many features in a real Dagster: what each step takes, and how much memory. Events of one evening, already in raw tables and in a server. */
import { execFile, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { generateMarketplace } from '../../examples/marketplace/generate.ts';
import { loadProject } from '../../runners/cli/load.ts';
import { readEvents } from '../../runners/data/events.ts';
import { openDuckdb } from '../../runners/engines/duckdb.ts';
import { openNights } from '../stack/evening/night.ts';

const day = '2026-03-01';
const lockstep = resolve('bin/lockstep.js');
const key = { LOCKSTEP_MASK_KEY: 'a key for the night of a bench' };

export interface Step {
  readonly step: string;
  readonly seconds: number;
  /** That its processes had at once; 0: not looked at. */
  readonly megabytes: number;
}

/** `size`: chat messages; all else is in proportion. */
export async function benchEvening(features: number, size: number) {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-evening-'));
  const steps: Step[] = [];
  const memory = watched(folder);
  const timed = async <T>(step: string, process: string, work: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    const done = await work();
    steps.push({ step, seconds: (performance.now() - started) / 1000, megabytes: memory.most(process) });
    return done;
  };
  const run = (...args: readonly string[]) =>
    promisify(execFile)(process.execPath, [lockstep, ...args, '--project', folder], { env: { ...process.env, ...key }, maxBuffer: 64e6 });
  const names = await writeProject(folder, features);
  const events = await writeRaw(folder, size);
  try {
    await timed('compile', 'compile', () => run('compile', '--out', join(folder, 'build')));
    await timed('backfill of the server', 'backfill', () =>
      run('backfill', '--store', join(folder, 'store'), '--target', 'local', '--since', 'beginning'),
    );
    const server = await serving(folder);
    try {
      const answers = await timed('a load of requests', 'serve', () => asked(server.url, folder, names));
      const nights = await openNights(
        folder,
        {
          ...{ target: 'local', profiles: '.', engine: 'duckdb', first_day: day, realtime: server.url, served_log: 'store/served' },
          lockstep: [process.execPath, lockstep],
        },
        key,
      );
      try {
        const checks = await timed('the night, whole', 'dagster', () => nights.whole(day));
        const own = { lockstep_models: 'dbt', lockstep_parity: 'parity', lockstep_served: 'served' } as const;
        for (const [step, seconds] of nights.steps())
          steps.push({ step: `  ${step}`, seconds, megabytes: memory.most(own[step as keyof typeof own] ?? step) });
        steps.push({ step: '  the server, meanwhile', seconds: 0, megabytes: memory.most('serve') });
        const verdicts = Object.entries(checks).flatMap(([name, { says }]) =>
          / (parity|served)$/.test(name) ? [says['verdict'] ?? ''] : [],
        );
        const counts = [...new Set(verdicts)].map((v) => `${verdicts.filter((of) => of === v).length} ${v}`);
        return { steps, events, answers, verdicts: counts.join(', ') };
      } finally {
        await nights.stop();
      }
    } finally {
      await server.stop();
    }
  } finally {
    memory.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Those of the marketplace, and copies of them under other names. */
async function writeProject(folder: string, features: number): Promise<readonly string[]> {
  await cp('transforms', join(folder, 'transforms'), { recursive: true });
  const own = join(folder, 'transforms/features');
  const files = (await readdir(own)).filter((file) => file.endsWith('.sql')).sort();
  for (const file of files.slice(features)) await rm(join(own, file));
  const names = files.slice(0, features).map((file) => basename(file, '.sql'));
  for (let i = files.length; i < features; i++) {
    const name = `${basename(files[i % files.length] ?? '', '.sql')}_${Math.floor(i / files.length) + 1}`;
    const text = await readFile(join(own, files[i % files.length] ?? ''), 'utf8');
    await writeFile(join(own, `${name}.sql`), text);
    names.push(name);
  }
  await writeFile(
    join(folder, 'lockstep.yml'),
    'name: marketplace\ntargets:\n  local: { engine: duckdb, path: raw.duckdb, schema: features }\n',
  );
  const output = `{type: duckdb, path: ${join(folder, 'raw.duckdb')}, schema: features, threads: 2}`;
  await writeFile(join(folder, 'profiles.yml'), `marketplace: {target: local, outputs: {local: ${output}}}\n`);
  return names;
}

async function writeRaw(folder: string, size: number): Promise<number> {
  const { catalog } = (await loadProject(folder)).authored;
  const files = join(folder, 'events');
  await mkdir(files);
  for (const [source, rows] of generateMarketplace(51, size))
    await writeFile(join(files, `${source}.ndjson`), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const { events } = await readEvents(files, catalog.sources);
  const raw = await openDuckdb({ file: join(folder, 'raw.duckdb') });
  let rows = 0;
  for (const source of catalog.sources) {
    const [, schema, table] = source.warehouse.split('.');
    const of = events.get(source.name)?.rows ?? [];
    await raw.schema(String(schema));
    await raw.load(`${schema}.${table}`, source.columns, of);
    rows += of.length;
  }
  raw.close();
  return rows;
}

async function serving(folder: string): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const given = ['--project', folder, '--store', join(folder, 'store'), '--port', '0', '--served-share', '1', '--keep-hours', '100000'];
  const child = spawn(process.execPath, [lockstep, 'serve', ...given], {
    env: { ...process.env, ...key },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const url = await new Promise<string>((done, failed) => {
    child.once('exit', (code) => failed(new Error(`lockstep serve ended with ${code}`)));
    createInterface({ input: child.stderr }).on('line', (line) => {
      const { event, url: at } = JSON.parse(line.startsWith('{') ? line : '{}');
      if (event === 'serving') done(at);
    });
  });
  const { catalog } = (await loadProject(folder)).authored;
  for (const { name } of catalog.sources)
    await fetch(`${url}/sources/${name}/complete-since`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: '{"since":"beginning"}',
    });
  return { url, stop: () => new Promise((done) => child.once('exit', () => done()).kill('SIGTERM')) };
}

/** Every feature about a hundred entities at six full hours of the evening. Answers. */
async function asked(url: string, folder: string, names: readonly string[]): Promise<number> {
  const { compiled } = await loadProject(folder);
  let answers = 0;
  for (const name of names) {
    const feature = compiled.features.find((f) => f.feature.name === name)?.feature;
    if (feature === undefined) throw new Error(`${name} does not compile`);
    const entities = Array.from({ length: feature.entity.length === 0 ? 1 : 100 }, (_, i) =>
      Object.fromEntries(feature.entity.map((e) => [e.name.toLowerCase(), entityOf(e.name, i)])),
    );
    for (const hour of [16, 17, 18, 19, 20, 21]) {
      const body = JSON.stringify({ features: [name], entities, as_of: `${day}T${hour}:00:00` });
      const response = await fetch(`${url}/features/query`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      if (!response.ok) throw new Error(`${name}: ${response.status} ${await response.text()}`);
      answers += entities.length;
    }
  }
  return answers;
}

/** As the generator names them. */
function entityOf(name: string, i: number): string | number {
  if (name === 'STREAM_ID') return `s${i + 1}-1`;
  if (name === 'LISTING_ID') return `l${i + 1}-1`;
  if (name === 'CATEGORY') return ['sneakers', 'trading cards', 'vintage', 'beauty', 'coins'][i % 5] ?? '';
  return name === 'SELLER_ID' ? i + 1 : 100 + i;
}

/** The most that the processes of a step had at once, in megabytes, looked at five times a second. */
function watched(folder: string): { readonly most: (process: string) => number; readonly stop: () => void } {
  const most = new Map<string, number>();
  const look = async (): Promise<void> => {
    const now = new Map<string, number>();
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
      const of = await processOf(pid, folder).catch(() => null);
      if (of === null) continue;
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
      now.set(of, (now.get(of) ?? 0) + Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    }
    for (const [of, megabytes] of now) most.set(of, Math.max(most.get(of) ?? 0, megabytes));
  };
  let looking = Promise.resolve();
  const timer = setInterval(() => {
    looking = looking.then(look);
  }, 200);
  return { most: (of) => most.get(of) ?? 0, stop: () => clearInterval(timer) };
}

async function processOf(pid: string, folder: string): Promise<string | null> {
  const args = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
  const isOwn = args.some((arg) => arg.includes(folder));
  if (args.some((arg) => arg.endsWith('lockstep.js')))
    return isOwn ? (args.includes('served') ? 'served' : (args[args.findIndex((arg) => arg.endsWith('lockstep.js')) + 1] ?? null)) : null;
  if (args.some((arg) => arg.includes('dagster/bin/'))) return 'dagster';
  const cwd = await readlink(`/proc/${pid}/cwd`);
  return cwd.startsWith(folder) && args.some((arg) => arg.includes('dbt')) ? 'dbt' : null;
}
