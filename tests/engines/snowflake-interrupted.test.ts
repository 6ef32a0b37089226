/** What happens to a statement on the way: lost answers are asked for again under the same id, refusals are not, and Ctrl-C cancels. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openSession } from '../../runners/engines/snowflake/session.ts';
import { folderWith } from '../support/cli.ts';
import { type Done, type Service, settingsFor, startService } from './snowflake-service.ts';

const isOurs = (sql: string): boolean => !sql.startsWith('ALTER SESSION');

test.each<[string, Done]>([
  ['a service that is busy', { status: 503 }],
  ['a connection that is cut', 'cut'],
])('%s: the same request once more', async (_, first) => {
  const service = await startService(({ sql }, before) => (isOurs(sql) && !before.some((b) => isOurs(b.sql)) ? first : { rows: [['x']] }));
  const session = await openSession(settingsFor(service));
  expect(await session.run('SELECT 1')).toEqual([['x']]);
  const ours = service.asked.filter(({ sql }) => isOurs(sql));
  expect(ours.length).toBe(2);
  expect(ours[0]?.requestId).toBe(ours[1]?.requestId);
  await session.close();
  service.stop();
});

test('a statement that is refused is asked once', async () => {
  const service = await startService(({ sql }) => (isOurs(sql) ? { refused: 'SQL compilation error' } : { rows: [] }));
  const session = await openSession(settingsFor(service));
  await expect(session.run('SELECT 1')).rejects.toMatchObject({ name: 'EngineError', message: 'SQL compilation error' });
  expect(service.asked.filter(({ sql }) => isOurs(sql)).length).toBe(1);
  await session.close();
  service.stop();
});

test('after an interrupt nothing is asked any more', async () => {
  const service = await startService(() => ({ rows: [['x']] }));
  const session = await openSession(settingsFor(service));
  session.interrupt();
  await expect(session.run('SELECT 1')).rejects.toThrow('interrupted');
  expect(service.asked.filter(({ sql }) => isOurs(sql))).toEqual([]);
  await session.close();
  service.stop();
});

const root = fileURLToPath(new URL('../..', import.meta.url));
const script = "import { main } from './runners/cli/main.ts'; process.exitCode = await main(process.argv.slice(1));";

const projectOn = ({ port }: Service): Promise<string> =>
  folderWith({
    'lockstep.yml': `name: small
targets:
  snow: { engine: snowflake, account: acme, host: 127.0.0.1, port: ${port}, protocol: http, user: me, password: "{{ env_var('THE_PASSWORD') }}", database: DB }
`,
    'transforms/sources.yml': `streams:
  sales: { warehouse: raw.sales, key: sale_id, event_time: sold_at, columns: { sale_id: VARCHAR, shop: VARCHAR, sold_at: TIMESTAMP_NTZ } }
`,
    'transforms/features/shop_sales.sql': '/*---\nentity: shop\n---*/\nSELECT shop, COUNT(*) AS n FROM sales GROUP BY shop\n',
    'labels.csv': 'shop,as_of\na,2026-01-01T00:00:00\n',
  });

test.each([
  ['backfill', ['--since', 'beginning']],
  ['training-set', ['--features', 'shop_sales', '--labels', 'labels.csv', '--out', 'out.csv']],
])('Ctrl-C in %s cancels the statement that is under way, and leaves nothing', async (command, options) => {
  const service = await startService(({ sql }) => (isOurs(sql) ? 'held' : { rows: [] }));
  const folder = await projectOn(service);
  const inFolder = options.map((option) => (/\.csv$/.test(option) ? join(folder, option) : option));
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', script, command, '--project', folder, '--target', 'snow', ...inFolder],
    { cwd: root, env: { ...process.env, THE_PASSWORD: 'pw' }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += String(chunk);
  });
  while (!service.asked.some(({ sql }) => isOurs(sql))) {
    if (child.exitCode !== null) throw new Error(said);
    await new Promise((later) => setTimeout(later, 50));
  }
  child.kill('SIGINT');
  const [code] = await once(child, 'exit');
  expect({ code, said }).toEqual({
    code: 2,
    said: 'error: snowflake failed: interrupted: the statement that was under way is cancelled\n',
  });
  const ours = service.asked.filter(({ sql }) => isOurs(sql));
  expect(new Set(service.cancelled)).toEqual(new Set(ours.map(({ requestId }) => requestId)));
  expect((await readdir(folder)).sort()).toEqual(['labels.csv', 'lockstep.yml', 'transforms']);
  service.stop();
});
