/** The shapes that others rely on (design section 8): JSON of each command, output keys and values. */
import { readFile, rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { lockstep } from '../support/cli.ts';
import { event, feature, project, queryArguments } from './viewers.ts';

test('check and compile', async () => {
  const folder = await project();
  const checked = await lockstep('check', '--project', folder, '--format', 'json');
  expect(checked).toMatchObject({ code: 0, err: '' });
  expect(JSON.parse(checked.out)).toMatchObject({
    ok: true,
    diagnostics: [],
    seed: '1',
    features: [{ feature: 'viewers', run: { mismatches: [] } }],
  });
  const compiled = await lockstep('compile', '--project', folder, '--out', `${folder}/out`, '--format', 'json');
  expect(compiled).toMatchObject({ code: 0, err: '' });
  expect(JSON.parse(compiled.out)).toMatchObject({ ok: true, diagnostics: [], out: `${folder}/out`, stale: [] });
  expect(JSON.parse(compiled.out).files).toEqual(expect.arrayContaining(['lambdas/viewers.json', 'lambdas/viewers.sql', 'manifest.json']));
});

test('compile --check: up to date, then stale', async () => {
  const folder = await project();
  const before = await lockstep('compile', '--check', '--project', folder, '--format', 'json');
  expect(before.code).toBe(1);
  expect(JSON.parse(before.out).stale).toContain('manifest.json');
  await lockstep('compile', '--project', folder);
  const after = await lockstep('compile', '--check', '--project', folder, '--format', 'json');
  expect(after.code).toBe(0);
  expect(JSON.parse(after.out)).toMatchObject({ ok: true, stale: [] });
});

const everyType = `streams:
  e:
    warehouse: raw.e
    key: id
    event_time: at
    columns: { id: NUMBER(38,0), who: VARCHAR, n: NUMBER(10,2), f: FLOAT, b: BOOLEAN, d: DATE, at: TIMESTAMP_NTZ, l: TIMESTAMP_LTZ }
`;
const lastOf = feature(
  `SELECT "Odd Name", n, n * n AS "nSquared", f, b, d, at AS at_time, l, text
FROM (SELECT who AS "Odd Name", n, f, b, d, at, l, who AS text, id FROM e) AS x
QUALIFY ROW_NUMBER() OVER (PARTITION BY "Odd Name" ORDER BY at DESC) = 1`,
  'entity: "Odd Name"',
);

test('query: keys in select order, values by type', async () => {
  const row = {
    id: '12345678901234567890',
    who: 'ä"',
    n: -12.5,
    f: 0.1,
    b: true,
    d: '2026-01-31',
    at: '2026-01-31 12:00:00.5',
    l: '2026-01-31T12:00:00+02:00',
  };
  const nothing = { ...row, id: 2, who: 'b', n: null, f: null, b: null, d: null, l: null };
  const strange = { ...row, id: 3, who: 'c', f: 'NaN' };
  const infinite = { ...row, id: 4, who: 'd', f: '-Infinity', n: 0 };
  const folder = await project({
    'transforms/sources.yml': everyType,
    'transforms/features/viewers.sql': lastOf,
    'events/e.ndjson': [row, nothing, strange, infinite].map((r) => `${JSON.stringify(r)}\n`).join(''),
    'spine.ndjson': ['ä"', 'b', 'c', 'd', 'absent']
      .map((who) => `${JSON.stringify({ 'Odd Name': who, extra: 1, as_of: '2026-02-01T00:00:00Z' })}\n`)
      .join(''),
  });
  const expected = [
    '{"Odd Name":"ä\\"","as_of":"2026-02-01T00:00:00.000000","n":"-12.50","nSquared":"156.2500","f":0.1,"b":true,"d":"2026-01-31","at_time":"2026-01-31T12:00:00.500000","l":"2026-01-31T10:00:00.000000Z","text":"ä\\""}',
    '{"Odd Name":"b","as_of":"2026-02-01T00:00:00.000000","n":null,"nSquared":null,"f":null,"b":null,"d":null,"at_time":"2026-01-31T12:00:00.500000","l":null,"text":"b"}',
    '{"Odd Name":"c","as_of":"2026-02-01T00:00:00.000000","n":"-12.50","nSquared":"156.2500","f":"NaN","b":true,"d":"2026-01-31","at_time":"2026-01-31T12:00:00.500000","l":"2026-01-31T10:00:00.000000Z","text":"c"}',
    '{"Odd Name":"d","as_of":"2026-02-01T00:00:00.000000","n":"0.00","nSquared":"0.0000","f":"-Infinity","b":true,"d":"2026-01-31","at_time":"2026-01-31T12:00:00.500000","l":"2026-01-31T10:00:00.000000Z","text":"d"}',
    '{"Odd Name":"absent","as_of":"2026-02-01T00:00:00.000000","n":null,"nSquared":null,"f":null,"b":null,"d":null,"at_time":null,"l":null,"text":null}',
  ];
  for (const more of [[], ['--form', 'lambda'], ['--form', 'lambda', '--batch', '3'], ['--engine', 'reference']]) {
    const { code, out, err } = await lockstep(...queryArguments(folder), ...more);
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out.trimEnd().split('\n')).toEqual(expected);
  }
});

test('query of an empty spine prints nothing', async () => {
  const folder = await project({ 'spine.ndjson': '' });
  expect(await lockstep(...queryArguments(folder))).toEqual({ code: 0, out: '', err: '' });
});

test('CSV: an empty field is NULL, a quoted one is a text', async () => {
  const columns = 'view_id,stream_id,user_id,price,weight,viewed_at';
  const folder = await project({
    'transforms/features/viewers.sql': feature(
      'SELECT stream_id, COUNT(user_id) AS users, COUNT(price) AS prices FROM views GROUP BY stream_id',
    ),
    'events/views.ndjson': '',
    'events/views.csv': `${columns}\nv1,s1,"",1.50,,2026-01-01 11:00:00\nv2,s1,,,0.5,2026-01-01 11:00:00\n`,
    'spine.ndjson': '',
    'spine.csv': 'as_of,stream_id\n2026-01-01T12:00:00,s1\n',
  });
  await rm(`${folder}/events/views.ndjson`);
  const { out } = await lockstep('query', 'viewers', '--project', folder, '--events', `${folder}/events`, '--spine', `${folder}/spine.csv`);
  expect(JSON.parse(out)).toEqual({ stream_id: 's1', as_of: '2026-01-01T12:00:00.000000', users: '1', prices: '1' });
});

test('parity', async () => {
  const folder = await project({ 'events/views.ndjson': event() + event({ view_id: 'v2', viewed_at: '2026-01-01T11:30:00' }) });
  const ran = await lockstep(
    'parity',
    '--project',
    folder,
    '--events',
    `${folder}/events`,
    '--spine',
    `${folder}/spine.ndjson`,
    '--format',
    'json',
  );
  expect(ran).toMatchObject({ code: 0, err: '' });
  const { features } = JSON.parse(ran.out);
  expect(features).toHaveLength(1);
  expect(features[0]).toMatchObject({ feature: 'viewers', mode: 'logic', verdict: 'PROVEN', samples: 1, mismatches: 0, differences: [] });
  expect(features[0].version).toBe(features[0].lambdaVersion);
});

test('the manifest', async () => {
  const folder = await project({
    'transforms/features/plain.sql': feature(
      'SELECT stream_id, price FROM views QUALIFY ROW_NUMBER() OVER (PARTITION BY stream_id ORDER BY viewed_at) = 1',
      'entity: stream_id\ndefaults: { price: 0 }',
    ),
    'transforms/features/sums.sql': feature(
      "SELECT stream_id, COALESCE(SUM(price), 0) AS paid, COALESCE(stream_id, 'none') AS name FROM views GROUP BY stream_id",
    ),
    'transforms/features/many.sql': feature('SELECT stream_id, COUNT(*) AS n FROM views GROUP BY stream_id HAVING COUNT(*) > 1'),
  });
  await lockstep('compile', '--project', folder);
  const manifest = JSON.parse(await readFile(`${folder}/build/manifest.json`, 'utf8'));
  expect(manifest.formatVersion).toBe(1);
  const [many, plain, sums, viewers] = manifest.features;
  expect(viewers).toMatchObject({
    name: 'viewers',
    version: expect.any(String),
    entity: [{ name: 'stream_id', type: 'VARCHAR' }],
    outputs: [
      { name: 'views', type: 'NUMBER(18,0)', nullable: false, exactness: 'exact', empty: '0' },
      { name: 'paid', type: 'NUMBER(38,2)', nullable: true, exactness: 'exact', empty: null },
    ],
    sources: ['views'],
    lookback: '3600000000',
  });
  expect(viewers.artifacts).toEqual(
    expect.arrayContaining([{ kind: 'lambda', path: 'lambdas/viewers.json', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }]),
  );
  expect(plain.outputs).toMatchObject([{ name: 'price', nullable: true, empty: '0.00' }]);
  expect(sums.outputs).toMatchObject([
    { name: 'paid', nullable: false, empty: '0.00' },
    // It depends on who is asked about.
    { name: 'name', nullable: false, empty: null },
  ]);
  // HAVING drops the group of no rows, and a present one as well.
  expect(many.outputs).toMatchObject([{ name: 'n', nullable: true, empty: null }]);
  expect(many.lookback).toBeNull();
});

test('agreement about nothing is undecided: an interval in which no event is in any window', async () => {
  const folder = await project();
  const far = ['--interval', '2030-01-01T00:00:00/2030-01-02T00:00:00', '--format', 'json'];
  const ran = await lockstep('parity', '--project', folder, '--events', `${folder}/events`, ...far);
  expect(ran.code).toBe(3);
  expect(JSON.parse(ran.out).features[0]).toMatchObject({ verdict: 'UNDECIDED', mismatches: 0 });
});
