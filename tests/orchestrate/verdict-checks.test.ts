/** `lockstep parity` as a Pipes process: what it writes into the channel, read line by line. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { failedCheck, verdictCheck } from '../../runners/orchestrate/dagster/verdict-check.ts';
import { wayBack } from '../../runners/report/way-back.ts';
import { event, project, viewers } from '../cli/viewers.ts';
import { featureReport } from '../report/runs.ts';
import { lockstep, type Ran } from '../support/cli.ts';

interface Message {
  readonly method: string;
  // biome-ignore lint/suspicious/noExplicitAny: each method has its own.
  readonly params: any;
}

afterEach(() => {
  delete process.env['DAGSTER_PIPES_CONTEXT'];
  delete process.env['DAGSTER_PIPES_MESSAGES'];
});

const packed = (value: object): string => deflateSync(JSON.stringify(value)).toString('base64');

async function piped(folder: string, extras: object, ...args: readonly string[]): Promise<Ran & { readonly messages: readonly Message[] }> {
  const file = join(folder, 'messages');
  writeFileSync(file, '');
  const context = {
    asset_keys: null,
    code_version_by_asset_key: null,
    provenance_by_asset_key: null,
    partition_key: null,
    partition_key_range: null,
    partition_time_window: null,
    run_id: 'r',
    job_name: null,
    retry_number: 0,
    extras,
  };
  process.env['DAGSTER_PIPES_CONTEXT'] = packed({ data: context });
  process.env['DAGSTER_PIPES_MESSAGES'] = packed({ path: file });
  const ran = await lockstep('parity', '--project', folder, '--events', join(folder, 'events'), ...args);
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return { ...ran, messages: lines.map((line) => JSON.parse(line) as Message) };
}

const owned = viewers.replace('---*/', 'owner: feed\n---*/');
const checksOf = (messages: readonly Message[]) => messages.filter((m) => m.method === 'report_asset_check').map((m) => m.params);

test('a proven feature: a check that passes, under the key that was given, with bound and owner', async () => {
  const folder = await project({ 'transforms/features/viewers.sql': owned });
  const extras = { lockstep: { assets: { viewers: ['features', 'viewers'] }, check: 'same', report: 'https://example.com/parity' } };
  const { code, messages } = await piped(folder, extras);
  expect(code).toBe(0);
  expect(messages.map((m) => m.method)).toEqual(['opened', 'report_asset_check', 'log', 'closed']);
  const [check] = checksOf(messages);
  expect(check).toMatchObject({ asset_key: 'features/viewers', check_name: 'same', passed: true });
  expect(check.metadata).toMatchObject({
    verdict: { raw_value: 'PROVEN', type: '__infer__' },
    owner: { raw_value: 'feed', type: '__infer__' },
    upper_bound: { raw_value: 0, type: 'float' },
    report: { raw_value: 'https://example.com/parity', type: 'url' },
  });
  for (const name of ['causes', 'why', 'way_back']) expect(Object.keys(check.metadata)).not.toContain(name);
});

test('a wrong lambda: a check that fails, with its cause as a table; the exit code says that all were asked', async () => {
  const folder = await project({
    'transforms/features/viewers.sql': owned,
    'events/views.ndjson': [1, 2, 3].map((n) => event({ view_id: `v${n}`, viewed_at: `2026-01-01T11:5${n}:00` })).join(''),
  });
  const out = join(folder, 'build');
  expect((await lockstep('compile', '--project', folder, '--out', out)).code).toBe(0);
  const file = join(out, 'lambdas/viewers.sql');
  writeFileSync(file, readFileSync(file, 'utf8').replace("INTERVAL '-1 hour'", "INTERVAL '-1 minute'"));
  const { code, messages } = await piped(folder, {}, '--artifacts', out);
  expect(code).toBe(0);
  const [check] = checksOf(messages);
  expect(check).toMatchObject({ asset_key: 'viewers', check_name: 'parity', passed: false, severity: 'ERROR' });
  expect(check.metadata.causes.raw_value.records).toMatchObject([{ cause: 'tampered_artifact', explained: false }]);
  expect(check.metadata.causes.raw_value.schema.map((c: { name: string }) => c.name)).toContain('sources');
  expect(check.metadata.why.raw_value).toMatch(/^\*\*tampered_artifact\*\*: Deployment: /);
  expect(check.metadata.way_back.raw_value).toContain('lockstep lambda roll-back viewers production --to-proven');
});

test('nothing compared is not green: a check that fails with a warning', async () => {
  const folder = await project({ 'events/views.ndjson': '' });
  const { code, messages } = await piped(folder, {});
  expect(code).toBe(0);
  expect(checksOf(messages)).toMatchObject([{ passed: false, severity: 'WARN', metadata: { verdict: { raw_value: 'UNDECIDED' } } }]);
});

test('what cannot be asked ends the session with what was thrown, and the process with 2', async () => {
  const folder = await project({ 'events/views.ndjson': '{"view_id": 1, "viewed_at": "yesterday"}\n' });
  const { code, messages } = await piped(folder, {});
  expect(code).toBe(2);
  expect(messages.map((m) => m.method)).toEqual(['opened', 'closed']);
  expect(messages[1]?.params.exception.message).toContain('views.ndjson');
});

test('extras that are not as they should be are refused', async () => {
  const folder = await project();
  const wrong: readonly [unknown, RegExp][] = [
    [1, /it is no object/],
    [{ asset: {} }, /it has no `asset`/],
    [{ assets: { viewers: 'viewers' } }, /`assets` maps features/],
    [{ assets: { viewers: [] } }, /`assets` maps features/],
    [{ check: 1 }, /`check` is no text/],
    [{ report: 1 }, /`report` is no text/],
  ];
  for (const [lockstepExtra, why] of wrong) {
    const { code, err } = await piped(folder, { lockstep: lockstepExtra });
    expect([code, err]).toEqual([2, expect.stringMatching(why)]);
  }
});

test('outside Dagster the exit code is the verdict', async () => {
  const folder = await project({ 'events/views.ndjson': '' });
  expect((await lockstep('parity', '--project', folder, '--events', join(folder, 'events'))).code).toBe(3);
});

test('however much is wrong, a line stays short: Dagster may read a long one half', () => {
  const [incident] = featureReport('f').incidents;
  if (incident === undefined) throw new Error();
  const incidents = Array.from({ length: 500 }, (_, i) => ({
    ...incident,
    explained: false,
    sources: Array.from({ length: i }, (_, n) => `source_${n}`),
  }));
  const { metadata } = verdictCheck(featureReport('f', { verdict: 'VIOLATED', incidents }), { owner: 'feed', report: null });
  expect(JSON.stringify(metadata).length).toBeLessThan(12_000);
  expect(metadata).toMatchObject({ further_incidents: 488, causes: { raw_value: { records: { length: 12 } } } });
  const failed = failedCheck('x'.repeat(100_000), { owner: null, report: null });
  expect(JSON.stringify(failed.metadata).length).toBeLessThan(1000);
});

test('the way back of each kind of cause', () => {
  const back = (cause: string, sources: readonly string[], verdict: 'VIOLATED' | 'UNDECIDED' = 'VIOLATED'): string => {
    const [incident] = featureReport('f').incidents;
    if (incident === undefined) throw new Error();
    const incidents = [
      { ...incident, cause, sources, from: '2026-01-01T01:00:00.000000', to: '2026-01-01T03:00:00.000000', explained: false },
    ];
    return wayBack({ ...featureReport('f', { verdict }), incidents } as never, [cause] as never);
  };
  expect(back('stream_gap', ['views'])).toMatch(
    /lockstep backfill --target TARGET --since INSTANT --source views`.* before 2026-01-01T01:00:00\.000000 as the feature looks back/,
  );
  expect(back('lost', ['views'])).toContain('lockstep backfill');
  expect(back('lost', [])).toContain(
    'lockstep materialize f --target TARGET --from 2026-01-01T01:00:00.000000 --to INSTANT --again`, to behind 2026-01-01T03:00:00.000000',
  );
  expect(back('stale_table', ['sellers'])).toContain('lockstep backfill');
  expect(back('stale_table', [])).toContain('lockstep_repair');
  expect(back('version_skew', [])).toContain('lockstep lambda deploy f');
  expect(back('unknown', [])).toContain('roll-back f production');
  expect(back('lost', [], 'UNDECIDED')).toMatch(/^Not enough was compared/);
});
