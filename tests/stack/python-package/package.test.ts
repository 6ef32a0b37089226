/** The Python package: its wheel installed, its types, and its tests in Python against the command and real servers. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadProject } from '../../../runners/cli/load.ts';
import { compiledLambda } from '../../../runners/stored-lambda.ts';
import { digestOf } from '../../../runners/stream/serve/keys.ts';
import { defaultLimits } from '../../../runners/stream/serve/server.ts';
import { worldOf } from '../../marketplace/world.ts';
import { type Serving, serving } from '../../stream/serving.ts';
import { missingParts } from '../in-stack.ts';
import { type Installed, install, ran, stackPython } from './installed.ts';
import { knownOfFlights, knownOfMarket, writeWorld } from './known.ts';
import { fill, type Served, serve } from './servers.ts';

const here = resolve('tests/stack/python-package');
const world = worldOf(5, 150);

describe.skipIf(missingParts.includes('python'))('the Python package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-python-'));
  const at = (name: string): string => join(folder, name);
  let installed: Installed;
  let environment: NodeJS.ProcessEnv;
  let servers: readonly Served[] = [];
  let tight: Serving;

  beforeAll(async () => {
    installed = install(folder);
    const start = (project: string, store: string, ...more: readonly string[]): Promise<Served> =>
      serve(installed.environment, project, at(store), ...more);
    const [read, admin] = ['read-read-read', 'admin-admin-admin'];
    writeFileSync(at('keys'), `reader read ${digestOf(read).toString('hex')}\nowner admin ${digestOf(admin).toString('hex')}\n`);
    const notes = await start(join(here, 'project'), 'notes');
    const keyed = await start(join(here, 'project'), 'keyed', '--keys', at('keys'));
    const market = await start(resolve('.'), 'market');
    servers = [notes, keyed, market];
    const events = readFileSync(join(here, 'events/notes.ndjson'), 'utf8').trim().split('\n');
    await notes.send('POST', '/events/notes', `[${events.join(',')}]`);
    await notes.send('PUT', '/sources/notes/complete-since', '{"since": "beginning"}');
    await keyed.send('PUT', '/sources/notes/complete-since', '{"since": "2026-03-01T12:00:00.000001"}', admin);
    await fill(market, world);
    writeWorld(world, at('market-events'));
    writeFileSync(at('market.json'), JSON.stringify(knownOfMarket(world)));
    writeFileSync(at('flights.json'), JSON.stringify(await knownOfFlights(at('flights-events'))));
    const { authored, compiled } = await loadProject(join(here, 'project'));
    tight = await serving(authored.catalog, {
      lambdas: compiled.features.map((f) => compiledLambda(f, authored.catalog)),
      limits: { ...defaultLimits, requestsPerSecond: 5 },
    });
    await tight.send('PUT', '/sources/notes/complete-since', { since: 'beginning' });
    environment = {
      ...installed.environment,
      LOCKSTEP_TEST: JSON.stringify({
        project: join(here, 'project'),
        broken: join(here, 'broken'),
        events: join(here, 'events'),
        url: notes.url,
        keyed_url: keyed.url,
        read_key: read,
        admin_key: admin,
        tight_url: tight.url,
        market: resolve('.'),
        market_url: market.url,
        market_events: at('market-events'),
        market_known: at('market.json'),
        flights: resolve('examples/flights'),
        flights_events: at('flights-events'),
        flights_known: at('flights.json'),
      }),
      LOCKSTEP_URL: market.url,
      MARKETPLACE_EVENTS: at('market-events'),
    };
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await tight?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Beside this process, which has a server. What it said, and its exit code. */
  const runs = (command: string, ...args: readonly string[]): Promise<{ readonly code: number | null; readonly said: string }> =>
    new Promise((done) => {
      const child = spawn(command, args, { cwd: here, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
      let said = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => {
          said += text;
        });
      child.once('close', (code) => done({ code, said }));
    });

  test('the wheel holds the package and nothing else', () => {
    const names = ran(stackPython, [
      '-c',
      'import sys, zipfile; print("\\n".join(zipfile.ZipFile(sys.argv[1]).namelist()))',
      installed.wheel,
    ]);
    const modules = names.split('\n').filter((name) => name !== '' && !name.includes('.dist-info/'));
    expect(modules.filter((name) => !/^lockstep_features\/(\w+\.py|py\.typed)$/.test(name))).toEqual([]);
    expect(modules).toContain('lockstep_features/py.typed');
  });

  test('its types hold, and its users are told of theirs', async () => {
    const mypy = ['-m', 'mypy', '--config-file', resolve('examples/python/pyproject.toml'), '--cache-dir', at('mypy')];
    const package_ = await runs(stackPython, ...mypy, resolve('examples/python/lockstep_features'));
    expect(package_.said).toMatch(/^Success: no issues found in \d+ source files\n$/);
    const user = await runs(stackPython, ...mypy, '--python-executable', installed.python, 'user.py');
    expect(user.said).toBe(readFileSync(join(here, 'user.txt'), 'utf8'));
  });

  test.each([
    ['test_training', 20],
    ['test_client', 20],
    ['test_values', 3],
  ])('%s', async (name, least) => {
    const { code, said } = await runs(installed.python, '-W', 'error::ResourceWarning', '-m', 'unittest', name);
    expect(code, said).toBe(0);
    expect(Number(/^Ran (\d+) tests/m.exec(said)?.[1]), said).toBeGreaterThanOrEqual(least);
    expect(said).toMatch(/\nOK\n$/);
  });

  test('the notebook says what it said when it was stored', async () => {
    const { code, said } = await runs(
      stackPython,
      'notebook.py',
      installed.python,
      ...(process.env['LOCKSTEP_NOTEBOOK'] === 'store' ? ['--store'] : []),
    );
    expect(code, said).toBe(0);
  });
});
