/** The executable as people and pipes start it. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { folderWith } from '../support/cli.ts';
import { event, project, queryArguments, viewers } from './viewers.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let installed: string;

interface Finished {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function run(file: string, args: readonly string[], cwd: string): Promise<Finished> {
  return new Promise((done) => {
    execFile(file, args, { cwd, env: { ...process.env, NO_COLOR: '1' } }, (error, out, err) => {
      done({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err });
    });
  });
}

const lockstep = (args: readonly string[], cwd: string = installed): Promise<Finished> =>
  run(process.execPath, [join(installed, 'bin/lockstep.js'), ...args], cwd);

beforeAll(async () => {
  // A build of its own, so that it meets no other build.
  installed = await mkdtemp(join(tmpdir(), 'installed-'));
  await cp(join(root, 'bin'), join(installed, 'bin'), { recursive: true });
  await cp(join(root, 'package.json'), join(installed, 'package.json'));
  await symlink(join(root, 'node_modules'), join(installed, 'node_modules'));
  const built = await run(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.build.json'), '--outDir', join(installed, 'dist')],
    root,
  );
  if (built.code !== 0) throw new Error(`tsc: ${built.out}${built.err}`);
});

afterAll(() => rm(installed, { recursive: true, force: true }));

test('query prints lines and nothing else', async () => {
  const folder = await project();
  expect(await lockstep(queryArguments(folder))).toEqual({
    code: 0,
    out: '{"stream_id":"s1","as_of":"2026-01-01T12:00:00.000000","views":"1","paid":"2.50"}\n',
    err: '',
  });
});

test('nobody reads to the end: it ends quietly, with the code that it has anyway', async () => {
  const ended = async (args: readonly string[]): Promise<Omit<Finished, 'out'>> => {
    const child = spawn(process.execPath, [join(installed, 'bin/lockstep.js'), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let err = '';
    child.stderr.on('data', (data) => {
      err += String(data);
    });
    const [code] = await once(child, 'close');
    return { code, err };
  };
  const folder = await project({ 'none/views.ndjson': '' });
  expect(await ended(queryArguments(folder))).toEqual({ code: 0, err: '' });
  const [events, history] = [join(folder, 'none'), join(folder, 'h.duckdb')];
  expect(await ended(['parity', '--project', folder, '--events', events, '--history', history])).toMatchObject({ code: 3 });
  expect((await lockstep(['verify', '--project', folder, '--history', history])).err).not.toContain('has no run');
});

test('a disk that is full is no reader who has enough', async () => {
  const full = `exec ${[process.execPath, join(installed, 'bin/lockstep.js'), '--help'].map((w) => JSON.stringify(w)).join(' ')} > /dev/full`;
  expect(await run('sh', ['-c', full], installed)).toMatchObject({
    code: 2,
    err: expect.stringMatching(/^error: what was said cannot be written: ENOSPC.*\n$/),
  });
});

test('the project is found from a folder inside it', async () => {
  const folder = await project();
  expect(await lockstep(['check', '--no-run'], join(folder, 'transforms/features'))).toEqual({
    code: 0,
    out: '1 feature is fine\n',
    err: '',
  });
});

test('no project', async () => {
  const { code, out, err } = await lockstep(['check'], await folderWith({ 'a.txt': '' }));
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(
    /^error: neither .* nor a folder above it has a lockstep\.yml\nhint: name one with --project, or run lockstep init\n$/,
  );
});

test('--engine nonsense', async () => {
  const { code, out, err } = await lockstep([...queryArguments(await project()), '--engine', 'nonsense']);
  expect({ code, out, err }).toEqual({
    code: 2,
    out: '',
    err: 'error: --engine nonsense: it is one of duckdb, postgres, clickhouse, reference\n',
  });
});

test('findings are exit 1, without colours in a pipe', async () => {
  const folder = await project({ 'transforms/features/viewers.sql': viewers.replace('SUM(price)', 'SUM(prize)') });
  const { code, err } = await lockstep(['check', '--project', folder]);
  expect(code).toBe(1);
  expect(err).toMatch(/^transforms\/features\/viewers\.sql:4:42: error\[unknown-column\]/);
  expect(err).not.toContain('\u001b');
});

test('ill-typed data is exit 2, with the line', async () => {
  const folder = await project({ 'events/views.ndjson': event() + event({ price: true }) });
  const { code, out, err } = await lockstep(queryArguments(folder));
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(/^error: .*views\.ndjson:2: PRICE: a boolean is no NUMBER\(10,2\)/);
});

test('init, then what it tells to try', async () => {
  const empty = await folderWith({ 'a.txt': '' });
  expect((await lockstep(['init', 'mine'], empty)).code).toBe(0);
  const mine = join(empty, 'mine');
  expect((await lockstep(['check'], mine)).code).toBe(0);
  const { code, out } = await lockstep(['query', 'stream_viewers', '--events', 'events', '--spine', 'spine.ndjson'], mine);
  expect(code).toBe(0);
  expect(out.trimEnd().split('\n')).toHaveLength(3);
  expect((await lockstep(['parity', '--events', 'events'], mine)).code).toBe(0);
});

test('without the driver of Snowflake: how it is installed', async () => {
  const without = await mkdtemp(join(tmpdir(), 'without-'));
  for (const part of ['bin', 'dist', 'package.json']) await cp(join(installed, part), join(without, part), { recursive: true });
  await mkdir(join(without, 'node_modules'));
  for (const name of await readdir(join(root, 'node_modules')))
    if (name !== 'snowflake-sdk') await symlink(join(root, 'node_modules', name), join(without, 'node_modules', name));
  const folder = await folderWith({
    'lockstep.yml': `targets:
  snow: { engine: snowflake, account: acme, user: me, password: "{{ env_var('HOME') }}", database: DB }
`,
    'transforms/sources.yml':
      'streams:\n  sales: { warehouse: raw.sales, key: sale_id, event_time: sold_at, columns: { sale_id: VARCHAR, sold_at: TIMESTAMP_NTZ } }\n',
  });
  const given = ['backfill', '--project', folder, '--target', 'snow', '--since', 'beginning'];
  expect(await run(process.execPath, [join(without, 'bin/lockstep.js'), ...given], without)).toEqual({
    code: 2,
    out: '',
    err: 'error: snowflake failed: the driver snowflake-sdk is not installed\nhint: npm install snowflake-sdk\n',
  });
  await rm(without, { recursive: true });
});
