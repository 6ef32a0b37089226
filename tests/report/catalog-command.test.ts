/** report --catalog, as it is typed: the page and the JSON say the same, and nobody who was not asked is quoted. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { CatalogData } from '../../runners/report/catalog/model.ts';
import { event, project, viewers } from '../cli/viewers.ts';
import { featureNamed } from '../marketplace/world.ts';
import { type LambdaServer, lambdaServer, sendChats } from '../stream/lambdas.ts';
import { lockstep, type Ran } from '../support/cli.ts';

const marketplace = fileURLToPath(new URL('../../', import.meta.url));
const name = 'stream_chat_activity';
let server: LambdaServer;
let other: Server;
let otherUrl = '';

beforeAll(async () => {
  server = await lambdaServer();
  await sendChats(server);
  other = createServer((_, response) => response.end('{"features": "none"}'));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  otherUrl = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
}, 60_000);
afterAll(async () => {
  other.close();
  await server.stop();
});
afterEach(() => {
  delete process.env['LOCKSTEP_API_KEY'];
});

const catalog = (folder: string, ...more: readonly string[]): Promise<Ran> => lockstep('report', '--catalog', '--project', folder, ...more);
const pageData = async (file: string): Promise<CatalogData> =>
  JSON.parse(/<script type="application\/json" id="data">(.*?)<\/script>/s.exec(await readFile(file, 'utf8'))?.[1] ?? '');

test('the page carries what --format json prints: the project, a history, a profile', async () => {
  const folder = await project({ 'transforms/features/viewers.sql': viewers.replace('---\n', '---\nowner: feed\nconsumers: [ranker]\n') });
  const events = ['--project', folder, '--events', `${folder}/events`];
  const history = ['--history', `${folder}/h.duckdb`];
  expect((await lockstep('parity', ...events, '--spine', `${folder}/spine.ndjson`, ...history)).code).not.toBe(2);
  expect((await lockstep('profile', 'viewers', ...events, '--requests', '2', '--json', `${folder}/p.json`)).code).toBe(0);
  const out = `${folder}/features.html`;
  const { code, out: said, err } = await catalog(folder, ...history, '--profile', `${folder}/p.json`, '--format', 'json', '--out', out);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const data: CatalogData = JSON.parse(said);
  expect(await pageData(out)).toEqual(data);
  const printed = JSON.parse((await lockstep('parity', ...events, '--spine', `${folder}/spine.ndjson`, '--format', 'json')).out);
  const measured = JSON.parse(await readFile(`${folder}/p.json`, 'utf8'));
  expect(data.features).toMatchObject([
    {
      name: 'viewers',
      owner: 'feed',
      consumers: ['ranker'],
      entity: ['stream_id'],
      compiled: { version: printed.features[0].version },
      parity: [{ mode: 'logic', verdict: printed.features[0].verdict, version: printed.features[0].version, otherThanNow: null }],
      deployed: null,
      cost: { p99: measured.batches[0].p99, requests: 2, withinBudget: null },
    },
  ]);
  expect(data.history).toMatchObject({ runs: 1 });
});

test('text says where the page is; JSON alone writes none', async () => {
  const folder = await project();
  const out = `${folder}/c.html`;
  expect(await catalog(folder, '--out', out)).toEqual({
    code: 0,
    out: expect.stringMatching(/^1 feature in .*c\.html \(\d+ KB\)\n$/),
    err: '',
  });
  const before = await readdir(folder);
  const { code, out: said } = await catalog(folder, '--format', 'json');
  expect([code, JSON.parse(said).features.length]).toEqual([0, 1]);
  expect(await readdir(folder)).toEqual(before);
  expect(existsSync('catalog.html')).toBe(false);
});

test('a server says what is deployed, executed and new, to whoever has a key', async () => {
  process.env['LOCKSTEP_API_KEY'] = 'key of read';
  const asked = ['--url', server.url, '--format', 'json', '--feature', name, 'stream_viewers_now'];
  const before = JSON.parse((await catalog(marketplace, ...asked)).out) as CatalogData;
  const { version } = featureNamed(name);
  const headers = { authorization: 'ApiKey key of read' };
  expect(before.features.map((f) => [f.name, f.deployed?.versions, f.deployed?.lastExecuted])).toEqual([
    [name, 1, null],
    ['stream_viewers_now', 0, null],
  ]);
  const began = new Date().toISOString();
  await server.send('POST', '/features/query', { features: [name], entities: [{ stream_id: 's1' }] }, headers);
  const after = JSON.parse((await catalog(marketplace, ...asked)).out) as CatalogData;
  const deployed = after.features[0]?.deployed;
  expect(deployed?.tags).toMatchObject([
    { tag: 'production', version: null },
    { tag: 'latest', version, is: 'as compiled' },
  ]);
  expect((deployed?.lastExecuted ?? '') >= began).toBe(true);
  expect(after.sources.find((s) => s.name === 'chats')?.held).toMatchObject({
    latest: '2026-03-01T20:00:00.000000',
    toBeRead: 0,
    stale: null,
  });
  expect(after.server).toMatchObject({ url: server.url, others: [] });
});

const refused: readonly (readonly [what: string, more: () => readonly string[], message: RegExp])[] = [
  [
    'a server that cannot be reached',
    () => ['--url', 'http://127.0.0.1:1'],
    /^error: no server answers at http:\/\/127\.0\.0\.1:1\nhint: start one/,
  ],
  ['another server', () => ['--url', otherUrl], /answers, and not as lockstep serve does/],
  ['no URL', () => ['--url', 'nowhere'], /is no URL/],
  ['no key', () => ['--url', server.url], /hint: LOCKSTEP_API_KEY must hold a key that the server knows/],
  ['no history', () => ['--history', '/nowhere.duckdb'], /there is no history/],
  ['no profile', () => ['--profile', '/nowhere.json'], /there is no such file or folder/],
  ['no feature', () => ['--feature', 'viewrs'], /the project has no viewrs/],
];

test.for(refused)('%s: exit 2, what to write, and no page', async ([, more, message]) => {
  const folder = await project();
  const { code, out, err } = await catalog(folder, ...more(), '--out', `${folder}/c.html`);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(message);
  expect(existsSync(`${folder}/c.html`)).toBe(false);
});

test('what cannot be asked of a server is no page of before, either', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-catalog-'));
  const small = await project();
  await writeFile(`${folder}/c.html`, 'before');
  expect((await catalog(small, '--url', 'http://127.0.0.1:1', '--out', `${folder}/c.html`)).code).toBe(2);
  expect(await readFile(`${folder}/c.html`, 'utf8')).toBe('before');
  expect(await catalog(small, '--out', `${folder}/none/c.html`)).toMatchObject({ code: 2, err: expect.stringContaining('ENOENT') });
  await mkdir(`${folder}/d`);
  expect((await catalog(small, '--out', `${folder}/d`)).code).toBe(2);
  expect(await readdir(folder)).toEqual(['c.html', 'd']);
});

test('--url and --profile are of the catalogue', async () => {
  const folder = await project();
  for (const option of [
    ['--url', server.url],
    ['--profile', 'p.json'],
  ]) {
    const { code, err } = await lockstep('report', '--project', folder, '--history', 'h.duckdb', ...option);
    expect([code, err]).toEqual([2, expect.stringContaining(`${option[0]} is of --catalog`)]);
  }
});

test('what does not compile is there, and said to be; what cannot be read is named', async () => {
  const folder = await project({
    'transforms/features/wrong.sql': viewers.replace('FROM views', 'FROM nothing'),
    'transforms/features/spoilt.sql': 'no header',
    'events/views.ndjson': event(),
  });
  const { code, out, err } = await catalog(folder, '--format', 'json');
  const data: CatalogData = JSON.parse(out);
  expect(code).toBe(0);
  expect(data.features.map((f) => [f.name, f.compiled === null])).toEqual([
    ['viewers', false],
    ['wrong', true],
  ]);
  expect(data.unread).toEqual(['transforms/features/spoilt.sql']);
  expect(err).toContain('these do not compile, and little is known of them: wrong;');
  expect(err).toContain('these cannot be read: transforms/features/spoilt.sql;');
});

test('a project of which no feature can be read has no catalogue: exit 1, with the places', async () => {
  const folder = await project({ 'transforms/features/viewers.sql': 'no header' });
  const { code, out, err } = await catalog(folder, '--format', 'json');
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toContain('transforms/features/viewers.sql:1:1');
});
