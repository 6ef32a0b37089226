/** Alerts over real connections: channels that are down, two processes at once, what is kept, what is refused, and that no secret is shown. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, linkSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { openChannels } from '../../runners/orchestrate/alerts/channels.ts';
import { serverOf } from '../../runners/orchestrate/alerts/email.ts';
import { withLock } from '../../runners/orchestrate/alerts/lock.ts';
import { event, feature } from '../cli/viewers.ts';
import { folderWith, lockstep, put } from '../support/cli.ts';
import { green, night, red } from './alert-nights.ts';
import { configOf, environment, owned, partsOf, post, toldProject, type Web, web } from './alert-servers.ts';

const titles = ({ requests }: Web): readonly string[] => requests.map(({ body }) => JSON.parse(body).text);

test('a channel that is down is told again, the others are not; the exit code is 0', async () => {
  const [slack, hook] = [await web((_, response) => void response.writeHead(503).end('HUNTER2')), await web()];
  environment({ TEST_SLACK: `${slack.url}/HUNTER2`, TEST_HOOK: `${hook.url}/HUNTER2`, TEST_BEARER: 'HUNTER2' });
  const { add, alert, state } = await toldProject(configOf('slack', 'webhook'), { viewers: 'feed', sellers: 'feed' });
  await add(night(1, [red('viewers', 'lost'), red('sellers', 'boundary')]));
  const first = await alert();
  expect(first).toEqual({
    code: 0,
    out: `slack   told 0 alerts, not told 2
        not told: VIOLATED: boundary, 1 feature of feed
        not told: VIOLATED: lost, 1 feature of feed
webhook told 2 alerts
        VIOLATED: boundary, 1 feature of feed
        VIOLATED: lost, 1 feature of feed
`,
    err: 'warning: slack: it answers 503; the next run tells it\n',
  });
  // Once it is down nothing more is tried.
  expect([slack.requests.length, hook.requests.length]).toEqual([1, 2]);
  slack.requests.splice(0);
  slack.answer = (_, response) => void response.end('ok');
  await add(night(2, [green('sellers')]));
  const second = await alert();
  expect([second.code, second.err]).toEqual([0, '']);
  // It never heard of the one that is over.
  expect(titles(slack)).toEqual(['VIOLATED: lost, 1 feature of feed']);
  expect(hook.requests.slice(2).map(({ body }) => JSON.parse(body).title)).toEqual(['Resolved: boundary, 1 feature of feed']);
  expect(await alert()).toEqual({ code: 0, out: 'slack   nothing new\nwebhook nothing new\n', err: '' });
  expect(`${first.out}${first.err}${readFileSync(state, 'utf8')}`).not.toContain('HUNTER2');
});

test('from parity to Slack: a lambda that was changed, and the one that it compiles to', async () => {
  const slack = await web();
  environment({ TEST_SLACK: slack.url });
  const views = [1, 2, 3].map((n) => event({ view_id: `v${n}`, viewed_at: `2026-01-01T11:5${n}:00` })).join('');
  const { alert, folder, history } = await toldProject(configOf('slack'), { viewers: 'feed' }, { 'events/views.ndjson': views });
  const out = join(folder, 'build');
  expect((await lockstep('compile', '--project', folder, '--out', out)).code).toBe(0);
  const file = join(out, 'lambdas/viewers.sql');
  writeFileSync(file, readFileSync(file, 'utf8').replace("INTERVAL '-1 hour'", "INTERVAL '-1 minute'"));
  const parity = (...more: readonly string[]) =>
    lockstep('parity', '--project', folder, '--events', join(folder, 'events'), '--history', history, ...more);
  expect((await parity('--artifacts', out)).code).toBe(1);
  await alert();
  expect((await parity()).code).toBe(0);
  await alert();
  expect(titles(slack)).toEqual(['VIOLATED: tampered_artifact, 1 feature of feed', 'Resolved: tampered_artifact, 1 feature of feed']);
  expect(slack.requests[0]?.body).toContain('The SQL of the lambda is not what this version compiles to.');
});

test('from parity to a webhook: a feature that an engine cannot answer, in a run without a verdict, until it has one', async () => {
  const hook = await web();
  environment({ TEST_HOOK: hook.url, TEST_BEARER: 'HUNTER2' });
  const views = event({ user_id: 'Ann Smith' });
  const numbers = feature('SELECT stream_id, MAX(user_id) AS last_one FROM views GROUP BY stream_id', 'entity: stream_id\nowner: feed');
  const files = { 'events/views.ndjson': views, 'transforms/features/numbers.sql': numbers };
  const { alert, folder, history } = await toldProject(configOf('webhook'), { viewers: 'feed' }, files);
  const out = join(folder, 'build');
  expect((await lockstep('compile', '--project', folder, '--out', out)).code).toBe(0);
  const file = join(out, 'lambdas/numbers.sql');
  const cast = 'CAST(CAST(last_one AS INTEGER) AS VARCHAR) AS last_one';
  writeFileSync(file, `SELECT * REPLACE (${cast}) FROM (${readFileSync(file, 'utf8')}) AS answered`);
  const parity = (...more: readonly string[]) =>
    lockstep('parity', '--project', folder, '--events', join(folder, 'events'), '--history', history, '--feature', 'numbers', ...more);
  const failed = await parity('--artifacts', out, '--raw');
  expect([failed.code, failed.out]).toEqual([2, '']);
  expect(failed.err).toMatch(/^run \S+ is in /m);
  expect((await alert()).out).toBe('webhook told 1 alert\n        NOT COMPARED: 1 feature of feed\n');
  expect(JSON.parse(hook.requests[0]?.body ?? '')).toMatchObject({
    ...{ event: 'opened', group: 'not compared/feed', cause: 'not compared', urgency: 'high', owner: 'feed' },
    features: [{ feature: 'numbers', verdict: 'NOT COMPARED', meaning: 'It could not be compared: duckdb failed' }],
  });
  const page = join(folder, 'report.html');
  const report = (...more: readonly string[]) =>
    lockstep('report', '--project', folder, '--history', history, '--out', page, '--format', 'json', ...more);
  expect(JSON.parse((await report('--feature', 'numbers')).out).notCompared).toMatchObject([
    { feature: 'numbers', mode: 'logic', message: expect.stringContaining('Ann Smith') },
  ]);
  expect((await lockstep('verify', '--project', folder, '--history', history)).err).toContain('has no run that compared anything');
  // Of the same run again nothing is said.
  expect((await parity('--artifacts', out)).code).toBe(2);
  expect((await alert()).out).toBe('webhook nothing new\n');
  expect((await parity()).code).toBe(0);
  expect((await alert()).out).toBe('webhook told 1 alert\n        Resolved: not compared, 1 feature of feed\n');
  expect(hook.requests.map(({ body }) => body).join()).not.toContain('Ann');
  expect(JSON.parse((await report()).out).notCompared).toEqual([]);
});

test('a message that is refused is no hindrance to the next one', async () => {
  const slack = await web((request, response) => {
    const isBad = request.body.includes('boundary');
    response.writeHead(isBad ? 400 : 200).end(isBad ? 'invalid_blocks' : 'ok');
  });
  environment({ TEST_SLACK: slack.url });
  const { add, alert } = await toldProject(configOf('slack'), { viewers: 'feed' });
  await add(night(1, [red('viewers', 'lost', 'boundary')]));
  const { code, out, err } = await alert('--format', 'json');
  expect([code, err]).toEqual([0, 'warning: slack: it answers 400 (invalid_blocks); the next run tells it\n']);
  expect(JSON.parse(out).channels).toEqual([
    {
      channel: 'slack',
      alerts: [
        { event: 'opened', group: 'boundary/feed', title: 'VIOLATED: boundary, 1 feature of feed', delivered: false },
        { event: 'opened', group: 'lost/feed', title: 'VIOLATED: lost, 1 feature of feed', delivered: true },
      ],
    },
  ]);
});

/** Where somebody listened, and nobody does. */
const closedPort = await (async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
})();

test.each([
  ['moved', (url: string) => `${url}/HUNTER2`, 302, 'it answers 302'],
  ['a page in the place of a word', (url: string) => `${url}/HUNTER2`, 404, 'it answers 404'],
  ['nobody there', () => `http://127.0.0.1:${closedPort}/HUNTER2`, 0, 'it is not reached: ECONNREFUSED'],
])('%s: said without the address', async (_, address, status, problem) => {
  const other = await web();
  const slack = await web((_request, response) => void response.writeHead(status, { location: other.url }).end('<p>HUNTER2</p>'));
  environment({ TEST_SLACK: address(slack.url) });
  const { add, alert } = await toldProject(configOf('slack'), { viewers: 'feed' });
  await add(night(1, [red('viewers', 'lost')]));
  const { code, err, out } = await alert();
  expect([code, err]).toEqual([0, `warning: slack: ${problem}; the next run tells it\n`]);
  expect(out).not.toContain('HUNTER2');
  expect(other.requests).toEqual([]);
});

test('e-mail: a wrong password, an address that is refused, and no server, said without what signs in', async () => {
  const server = await post('right', 'feed@example.com');
  environment({ TEST_SMTP: `smtp://lockstep:HUNTER2@127.0.0.1:${server.port}` });
  const { add, alert, state } = await toldProject(configOf('email'), { viewers: 'feed' });
  await add(night(1, [red('viewers', 'lost')]));
  const wrong = await alert();
  expect([wrong.code, wrong.err]).toEqual([0, 'warning: email: it answers 535 (EAUTH); the next run tells it\n']);
  environment({ TEST_SMTP: `smtp://lockstep:HUNTER2@127.0.0.1:${closedPort}` });
  expect((await alert()).err).toBe('warning: email: it is not reached: ESOCKET; the next run tells it\n');
  environment({ TEST_SMTP: `smtp://lockstep:right@127.0.0.1:${server.port}` });
  const right = await alert();
  expect([right.code, right.err]).toEqual([0, 'warning: email: 1 of 2 addresses were refused\n']);
  expect(server.mails.map(({ to, raw }) => [to, partsOf(raw).subject])).toEqual([
    [['data@example.com'], '[lockstep] VIOLATED: lost, 1 feature of feed'],
  ]);
  expect(`${wrong.out}${readFileSync(state, 'utf8')}`).not.toContain('HUNTER2');
});

test('who does not answer is not waited for: ten seconds', async () => {
  const silent = createServer(() => {});
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  onTestFinished(() => void silent.close());
  const { port } = silent.address() as AddressInfo;
  const variables = { SLACK: `http://127.0.0.1:${port}/HUNTER2`, SMTP: `smtp://127.0.0.1:${port}` };
  const alerts = { slack: "{{ env_var('SLACK') }}", webhook: null, email: { smtp: "{{ env_var('SMTP') }}", from: 'a@b.c', to: ['a@b.c'] } };
  const started = Date.now();
  const about = { project: null, report: null };
  const none = { members: [], joined: [], left: [], newSources: [] } as const;
  const alert = { kind: 'opened', id: 'lost/feed', owner: 'feed', cause: 'lost', since: '2026-01-01T02:00:00.000000', ...none } as const;
  const deliveries = await Promise.all(openChannels(alerts, variables).map((channel) => channel.send(alert, about)));
  expect(deliveries).toEqual([
    { kind: 'down', problem: 'it is not reached: no answer within 10 seconds' },
    { kind: 'down', problem: expect.stringMatching(/^it is not reached: (?:ETIMEDOUT|no answer within 10 seconds)$/) },
  ]);
  expect(Date.now() - started).toBeGreaterThan(9_000);
  expect(Date.now() - started).toBeLessThan(13_000);
});

test('a password goes over a network encrypted or not at all', () => {
  expect(serverOf('smtp://u:p@mail.example.com')).toMatchObject({
    port: 587,
    secure: false,
    requireTLS: true,
    auth: { user: 'u', pass: 'p' },
  });
  expect(serverOf('smtp://mail.example.com:25')).toEqual({ host: 'mail.example.com', port: 25, secure: false, requireTLS: false });
  expect(serverOf('smtps://u%40x:p%3A%2F@mail.example.com')).toMatchObject({ port: 465, secure: true, auth: { user: 'u@x', pass: 'p:/' } });
  expect(serverOf('smtp://u:p@[::1]:2525')).toMatchObject({ host: '::1', requireTLS: false });
});

const root = fileURLToPath(new URL('../../', import.meta.url));
const main = "import { main } from './runners/cli/main.ts'; process.exitCode = await main(process.argv.slice(1));";

test('two processes at once tell it once', async () => {
  const slack = await web((_, response) => void setTimeout(() => response.end('ok'), 500));
  const { add, folder, history, state } = await toldProject(configOf('slack'), { viewers: 'feed', sellers: 'feed' });
  await add(night(1, [red('viewers', 'lost'), red('sellers', 'boundary')]));
  const ended = await Promise.all(
    [1, 2].map(async () => {
      const args = ['alert', '--project', folder, '--history', history];
      const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', main, '--', ...args], {
        cwd: root,
        env: { ...process.env, TEST_SLACK: slack.url },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      let out = '';
      child.stdout.on('data', (part: Buffer) => {
        out += part.toString();
      });
      const [code] = await once(child, 'close');
      return [code, out.split('\n')[0]];
    }),
  );
  expect([...ended].sort()).toEqual([
    [0, 'slack   nothing new'],
    [0, 'slack   told 2 alerts'],
  ]);
  expect(titles(slack)).toEqual(['VIOLATED: boundary, 1 feature of feed', 'VIOLATED: lost, 1 feature of feed']);
  expect(existsSync(`${state}.lock`)).toBe(false);
});

test('a lock that a dead process left is taken away, and said; that of a living one is waited for', async () => {
  const folder = await folderWith({});
  const lock = join(folder, 'lock');
  const said: string[] = [];
  const locking = { say: (text: string) => void said.push(text), patience: 300 };
  const gone = spawn(process.execPath, ['-e', '']);
  await once(gone, 'close');
  writeFileSync(lock, JSON.stringify({ pid: gone.pid, host: hostname() }));
  expect(await withLock(lock, locking, async () => 'worked')).toBe('worked');
  const who = `process ${gone.pid} on "${hostname()}"`;
  expect(said.splice(0)).toEqual([`warning: ${lock} was left by ${who}: it was taken away`]);
  expect(readdirSync(folder)).toEqual([]);
  // Nobody here can know whether a process elsewhere lives.
  for (const held of [
    { pid: process.pid, host: hostname() },
    { pid: gone.pid, host: 'elsewhere' },
  ]) {
    writeFileSync(lock, JSON.stringify(held));
    expect(await withLock(lock, locking, async () => 'worked')).toBe(null);
    const holder = `process ${held.pid} on "${held.host}"`;
    expect(said.splice(0)).toEqual([
      `warning: ${lock} says that ${holder} is telling: nothing was told by this one; remove the file if that process is no more`,
    ]);
    expect(JSON.parse(readFileSync(lock, 'utf8'))).toEqual(held);
  }
  // But nobody tells for more than an hour.
  utimesSync(lock, new Date(), new Date(Date.now() - 3_700_000));
  expect(await withLock(lock, locking, async () => 'worked')).toBe('worked');
});

test('while one process takes a lock away, no other does', async () => {
  const held = JSON.stringify({ pid: 2 ** 22 + 1, host: hostname() });
  const folder = await folderWith({ lock: held, 'lock.left': '' });
  const lock = join(folder, 'lock');
  const said: string[] = [];
  expect(await withLock(lock, { say: (text) => void said.push(text), patience: 100 }, async () => 'worked')).toBe(null);
  expect(said).toEqual([expect.stringMatching(/nothing was told by this one; remove it and \S+\/lock\.left if that process is no more$/)]);
  expect(readFileSync(lock, 'utf8')).toBe(held);
});

test('of many that find a lock left, each has it alone', async () => {
  const folder = await folderWith({ lock: JSON.stringify({ pid: 2 ** 22 + 1, host: hostname() }) });
  let [inside, most, done] = [0, 0, 0];
  const work = async (): Promise<boolean> => {
    most = Math.max(most, ++inside);
    await new Promise((resolve) => setTimeout(resolve, 5));
    inside--;
    done++;
    return true;
  };
  const lock = join(folder, 'lock');
  await Promise.all(Array.from({ length: 6 }, () => withLock(lock, { say: () => {}, patience: 30_000 }, work)));
  expect([most, done]).toEqual([1, 6]);
  expect(readdirSync(folder)).toEqual([]);
});

test('what is kept: for its owner alone, replaced as a whole, with nothing that opens a channel and no value', async () => {
  const slack = await web();
  environment({ TEST_SLACK: `${slack.url}/HUNTER2` });
  const { add, alert, folder, state } = await toldProject(configOf('slack'), { viewers: 'feed' });
  const secret = 'jane@example.com';
  const personal = { ...red('viewers', 'lost'), differences: [{ ...difference, key: { user: secret }, batch: secret, proof: secret }] };
  await add(night(1, [personal]));
  const { out, err } = await alert('--format', 'json');
  expect(statSync(state).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(folder, 'kept')).sort()).toEqual(['parity.duckdb', 'parity.duckdb.alerts.json']);
  const text = readFileSync(state, 'utf8');
  expect(`${text}${out}${err}${slack.requests.map((r) => r.body).join('')}`).not.toMatch(/HUNTER2|jane/);
  expect(JSON.parse(text)).toMatchObject({ formatVersion: 1, channels: { slack: { told: [{ owner: 'feed', cause: 'lost' }] } } });
  linkSync(state, join(folder, 'as-it-was'));
  await add(night(2, [green('viewers')]));
  await alert();
  expect(JSON.parse(readFileSync(state, 'utf8'))).toEqual({ formatVersion: 1, channels: { slack: { told: [] } } });
  expect(statSync(state).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(folder, 'as-it-was'), 'utf8')).toBe(text);
});

const difference = {
  asOf: '2026-01-01T01:00:00.000000',
  column: 'email',
  stream: null,
  outcome: 'different',
  cause: 'lost',
  among: [],
  explained: false,
  witness: null,
} as const;

test('a dry run tells nobody, keeps nothing and asks the environment nothing', async () => {
  const { add, alert, folder } = await toldProject(configOf('slack', 'email'), { viewers: 'feed' });
  await add(night(1, [red('viewers', 'lost')]));
  const told = '        VIOLATED: lost, 1 feature of feed\n';
  const out = `slack   would be told 1 alert\n${told}email   would be told 1 alert\n${told}`;
  expect(await alert('--dry-run')).toEqual({ code: 0, out, err: '' });
  expect(readdirSync(join(folder, 'kept'))).toEqual(['parity.duckdb']);
});

test('a feature whose file is spoilt is neither over nor somebody else’s; one that is gone is said to be', async () => {
  const slack = await web();
  environment({ TEST_SLACK: slack.url });
  const { add, alert, folder } = await toldProject(configOf('slack'), { viewers: 'feed', sellers: 'feed' });
  await add(night(1, [red('viewers', 'lost')]));
  await alert();
  await put(folder, { 'transforms/features/viewers.sql': '/*--- : ---*/ SELEKT' });
  await alert();
  expect(titles(slack).slice(1)).toEqual([]);
  rmSync(join(folder, 'transforms/features/viewers.sql'));
  await alert();
  expect(titles(slack).slice(1)).toEqual(['Over: lost, 1 feature of feed']);
  expect(slack.requests[1]?.body).toContain('no longer in the project, and not proven');
  await put(folder, { 'transforms/features/viewers.sql': owned('feed') });
  await alert();
  expect(titles(slack).slice(2)).toEqual(['VIOLATED: lost, 1 feature of feed']);
});

test('what is wrong before anybody is told is exit code 2, without secrets', async () => {
  const slack = await web();
  const good = configOf('slack');
  environment({ TEST_SLACK: `${slack.url}/HUNTER2` });
  const { add, alert, folder, history, state } = await toldProject(good, { viewers: 'feed' });
  const refused = async (message: RegExp, ...args: readonly string[]): Promise<void> => {
    const { code, out, err } = await alert(...args);
    expect([code, out, err]).toEqual([2, '', expect.stringMatching(message)]);
    expect(err).not.toMatch(/HUNTER2|bug/);
  };
  await refused(/^error: there is no history .*\nhint: lockstep parity --history writes one/);
  await add(night(1, [red('viewers', 'lost')]));
  const { code, err } = await lockstep('alert', '--project', folder);
  expect([code, err]).toEqual([2, expect.stringContaining("required option '--history <file>'")]);
  await refused(/--report javascript:alert\(1\): it is no address/, '--report', 'javascript:alert(1)');
  await refused(/--format xml: it is one of/, '--format', 'xml');
  await put(folder, { 'lockstep.yml': 'name: market\n' });
  await refused(/lockstep.yml names nobody to tell/);
  await put(folder, { 'lockstep.yml': 'alerts: { slack: "http://HUNTER2" }\n' });
  await refused(/`slack` of `alerts` is written in clear[\s\S]*error: lockstep.yml is not as it should be/);
  await put(folder, { 'lockstep.yml': good });
  for (const [value, message] of [
    ['', /`slack` of `alerts` in lockstep.yml takes TEST_SLACK from the environment, which has no such value/],
    ['HUNTER2', /`slack` of `alerts` in lockstep.yml is no address/],
    ['ftp://HUNTER2', /is no address that begins with https/],
    ['https://user:HUNTER2@example.com', /has a user or a password/],
  ] as const) {
    environment({ TEST_SLACK: value });
    await refused(message);
  }
  await put(folder, { 'lockstep.yml': configOf('email') });
  for (const [value, message] of [
    ['mail.example.com HUNTER2', /`smtp` of `alerts` in lockstep.yml is no address of a server/],
    ['smtp://u:HUNTER2@mail/?logger=true', /has more than user, password, host and port/],
    ['smtp://u:%HUNTER2@mail', /is not percent-encoded/],
  ] as const) {
    environment({ TEST_SMTP: value });
    await refused(message);
  }
  await put(folder, { 'lockstep.yml': configOf('webhook') });
  environment({ TEST_HOOK: slack.url, TEST_BEARER: 'HUNTER2\r\nX-Other: 1' });
  await refused(/the header `Authorization` of `webhook` of `alerts` in lockstep.yml has letters that no header may have/);
  await put(folder, { 'lockstep.yml': good });
  environment({ TEST_SLACK: slack.url });
  for (const [text, message] of [
    ['{', /is not what lockstep alert keeps/],
    ['[]', /is not what lockstep alert keeps/],
    ['{"formatVersion":2,"channels":{}}', /was written by a newer Lockstep: it is of version 2, and this one knows 1/],
    ['{"formatVersion":1,"channels":{"slack":{"told":[{}]}}}', /is spoilt: remove it/],
  ] as const) {
    writeFileSync(state, text);
    await refused(message);
    expect(readFileSync(state, 'utf8')).toBe(text);
  }
  await refused(/kept\/nowhere\/state.lock cannot be written: ENOENT/, '--state', join(folder, 'kept/nowhere/state'));
  writeFileSync(history, 'no database, but some text that is long enough to be looked at as one');
  rmSync(state);
  await refused(/is no history of Lockstep/);
  expect(slack.requests).toEqual([]);
  expect(readdirSync(join(folder, 'kept'))).toEqual(['parity.duckdb']);
});
