/** What the catalogue says: of the project, of a history, of a server and of profiles; and of none of them where it was not given. */
import { beforeAll, expect, test } from 'vitest';
import { sha256 } from '../../compiler/artifacts/version.ts';
import { loadProject } from '../../runners/cli/load.ts';
import { type CatalogAsked, type CatalogProject, catalogData } from '../../runners/report/catalog/build.ts';
import { serverFacts } from '../../runners/report/catalog/server-facts.ts';
import { catalogHtml, dataText } from '../../runners/report/html.ts';
import { project as small } from '../cli/viewers.ts';
import { batch, profile } from '../profile/profiles.ts';
import { featureReport, hostile, reportedRun } from './runs.ts';

const written = { at: '2026-03-15T06:00:00.000000', lockstep: '0.1.0' };
const nobody: CatalogAsked = { runs: null, server: null, profiles: null };
const sources = `streams:
  views:
    description: Somebody looks.
    warehouse: raw.views
    topic: views.v1
    key: view_id
    event_time: viewed_at
    lateness: 2 minutes
    columns: { view_id: VARCHAR, stream_id: VARCHAR, viewed_at: TIMESTAMP_NTZ }
tables:
  streams:
    warehouse: raw.streams
    key: stream_id
    updated_at: at
    columns: { stream_id: VARCHAR, title: VARCHAR, at: TIMESTAMP_NTZ }
`;
const feature = (header: string, sql: string): string => `/*---\n${header}---*/\n${sql}\n`;
const views = (window: string): string => `SELECT stream_id, COUNT(*) AS views FROM views ${window} GROUP BY stream_id`;

let market: CatalogProject;
let version = '';
let sql = '';

beforeAll(async () => {
  const folder = await small({
    'transforms/sources.yml': sources,
    'transforms/features/viewers.sql': feature(
      'entity: stream_id\nowner: feed\ndescription: Who looks.\nevery: 15 minutes\nlatency_budget: 20 ms\nconsumers: [ranker, search]\n',
      views("WHERE viewed_at >= as_of() - INTERVAL '1 hour'"),
    ),
    'transforms/features/all_viewers.sql': feature(
      'entity: stream_id\nstatus: deprecated\ndeprecation_date: 2027-03-01\nconsumers: [ranker]\n',
      views(''),
    ),
    'transforms/features/title.sql': feature(
      'entity: stream_id\nuniverse: STREAMS\nstatus: draft\nowner: catalogue\n',
      'SELECT stream_id, title FROM streams',
    ),
    'transforms/features/wrong.sql': feature(
      'entity: stream_id\nowner: feed\n',
      'SELECT stream_id, COUNT(*) AS n FROM nothing GROUP BY stream_id',
    ),
  });
  const { authored, compiled } = await loadProject(folder);
  market = { name: 'small', authored, compiled: compiled.features, unread: ['transforms/features/spoilt.sql'] };
  const viewers = compiled.features.find((f) => f.feature.name === 'viewers');
  if (viewers === undefined) throw new Error('viewers does not compile');
  [version, sql] = [viewers.version, viewers.lambdaSql];
}, 60_000);

const of = (name: string, asked: Partial<CatalogAsked> = {}) => {
  const found = catalogData(market, { ...nobody, ...asked }, written).features.find((f) => f.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};

test('the project says what features there are, those that are deprecated last, and what does not compile', () => {
  const data = catalogData(market, nobody, written);
  expect(data.features.map((f) => [f.name, f.status, f.compiled !== null])).toEqual([
    ['title', 'draft', true],
    ['viewers', 'active', true],
    ['wrong', 'active', false],
    ['all_viewers', 'deprecated', true],
  ]);
  expect(of('all_viewers').deprecationDate).toBe('2027-03-01');
  expect(of('viewers')).toEqual({
    name: 'viewers',
    file: 'transforms/features/viewers.sql',
    status: 'active',
    deprecationDate: null,
    description: 'Who looks.',
    owner: 'feed',
    entity: ['stream_id'],
    consumers: ['ranker', 'search'],
    latencyBudget: { microseconds: '20000', text: '20 milliseconds' },
    compiled: {
      version,
      every: { microseconds: '900000000', text: '15 minutes' },
      sources: [{ name: 'views', kind: 'stream', lookback: { microseconds: '3600000000', text: '1 hour' } }],
      universe: null,
      outputs: [{ name: 'views', type: 'NUMBER(18,0)' }],
    },
    parity: null,
    deployed: null,
    cost: null,
  });
  expect(of('all_viewers').compiled).toMatchObject({
    every: { text: '1 day' },
    sources: [{ name: 'views', kind: 'stream', lookback: null }],
  });
  expect(of('title').compiled).toMatchObject({ sources: [{ name: 'streams', kind: 'table' }], universe: 'streams' });
  expect(data).toMatchObject({ history: null, server: null, profiles: null, unread: ['transforms/features/spoilt.sql'] });
  expect(data.sources).toEqual([
    {
      name: 'streams',
      kind: 'table',
      description: null,
      warehouse: 'raw.streams',
      topic: null,
      lateness: { microseconds: '0', text: '0 microseconds' },
      held: null,
    },
    {
      name: 'views',
      kind: 'stream',
      description: 'Somebody looks.',
      warehouse: 'raw.views',
      topic: 'views.v1',
      lateness: { microseconds: '120000000', text: '2 minutes' },
      held: null,
    },
  ]);
  expect(catalogData(market, nobody, written, ['title']).features.map((f) => f.name)).toEqual(['title']);
});

test('a history says by mode what its newest run found, and which of fourteen nights compared anything', () => {
  const own = { version, batchVersion: version, lambdaVersion: version };
  const report = (more: Parameters<typeof featureReport>[1]) => featureReport('viewers', { ...own, ...more });
  const runs = [
    reportedRun('e', '2026-03-14T09:00:00.000000', [report({ verdict: 'PROVEN', upperBound: 0.0008, unexplained: 0 })]),
    reportedRun('d', '2026-03-14T01:30:00.000000', [report({ verdict: 'VIOLATED' })]),
    reportedRun('c', '2026-03-12T01:30:00.000000', [report({ verdict: 'PROVEN', unexplained: 3 })]),
    reportedRun('b', '2026-03-11T01:30:00.000000', [report({ mode: 'served', verdict: 'UNDECIDED', upperBound: null, samples: 0 })]),
    reportedRun('a', '2026-02-28T01:30:00.000000', [report({ verdict: 'VIOLATED' }), featureReport('title', { verdict: 'PROVEN' })]),
  ];
  const { parity } = of('viewers', { runs });
  const nothing = (n: number) => Array.from({ length: n }, () => null);
  expect(parity).toMatchObject([
    {
      mode: 'replay',
      verdict: 'PROVEN',
      notEverywhere: false,
      run: 'e',
      startedAt: '2026-03-14T09:00:00.000000',
      bound: 'at most 0.08 %',
      otherThanNow: null,
    },
    { mode: 'served', verdict: 'UNDECIDED', run: 'b', bound: 'nothing compared', otherThanNow: null },
  ]);
  // From 1 to 14 March; of the 14th the worst of its two runs.
  expect(catalogData(market, { ...nobody, runs }, written).history).toMatchObject({
    runs: 5,
    nights: expect.arrayContaining(['2026-03-01', '2026-03-14']),
  });
  expect(parity?.[0]?.nights).toEqual([
    ...nothing(11),
    { verdict: 'PROVEN', notEverywhere: true, runs: 1 },
    null,
    { verdict: 'VIOLATED', notEverywhere: false, runs: 2 },
  ]);
  expect(parity?.[1]?.nights).toEqual([...nothing(10), { verdict: 'UNDECIDED', notEverywhere: false, runs: 1 }, ...nothing(3)]);
  // Before those nights, and of another version.
  expect(of('title', { runs }).parity).toMatchObject([
    { verdict: 'PROVEN', run: 'a', otherThanNow: 'version aaaabbbbccccdddd', nights: nothing(14) },
  ]);
  expect(of('all_viewers', { runs }).parity).toEqual([]);
  expect(catalogData(market, { ...nobody, runs: [] }, written).history).toEqual({ runs: 0, nights: [] });
});

const others = [
  [{ batchVersion: 'eeee' }, 'a batch form of version eeee'],
  [{ lambdaVersion: 'eeee' }, 'a lambda of version eeee'],
  [{ lambda: 'tampered' }, 'a lambda whose SQL was changed'],
  [{ lambda: 'foreign' }, 'SQL that Lockstep did not compile'],
  [{ lambda: 'unknown' }, null],
] as const;

test.for(others)('a verdict about other artifacts is none about the feature as it compiles: %j', ([more, said]) => {
  const own = { version, batchVersion: version, lambdaVersion: version };
  const runs = [reportedRun('a', '2026-03-14T01:30:00.000000', [featureReport('viewers', { ...own, verdict: 'PROVEN', ...more })])];
  expect(of('viewers', { runs }).parity?.[0]?.otherThanNow).toBe(said);
});

const served = (name: string, tags: object, versions: readonly object[]) => ({ feature: name, tags, versions });
const facts = (features: unknown, held: unknown = { sources: [] }) => serverFacts('http://u:p@h:1/x/?key=1', features, held);

test('a server says what its tags name, when it was executed, and how new its events are', () => {
  const server = facts(
    {
      executed_since: '2026-03-01T00:00:00.000Z',
      features: [
        served('viewers', { latest: version, canary: 'old1', production: 'old1' }, [
          { version: 'old1', sql_sha256: 'f', last_executed: '2026-03-14T10:00:00.000Z' },
          { version, sql_sha256: sha256(sql), last_executed: '2026-03-13T10:00:00.000Z' },
        ]),
        served('title', { latest: 'zzzz' }, [{ version: 'zzzz', sql_sha256: 'f', last_executed: null }]),
        served('gone', { latest: 'x', production: 'x' }, []),
        served('spoilt', { latest: 'x' }, []),
      ],
    },
    {
      sources: [
        {
          source: 'views',
          latest: '2026-03-15T05:00:00.000000',
          complete_since: null,
          to_be_read: 3,
          stale: { because: 'rejected', since: '2026-03-15T04:00:00.000000', schema: null },
        },
      ],
    },
  );
  expect(of('viewers', { server }).deployed).toEqual({
    versions: 2,
    tags: [
      { tag: 'production', version: 'old1', is: 'other version', lastExecuted: '2026-03-14T10:00:00.000Z' },
      { tag: 'latest', version, is: 'as compiled', lastExecuted: '2026-03-13T10:00:00.000Z' },
      { tag: 'canary', version: 'old1', is: 'other version', lastExecuted: '2026-03-14T10:00:00.000Z' },
    ],
    lastExecuted: '2026-03-14T10:00:00.000Z',
  });
  expect(of('title', { server }).deployed).toMatchObject({
    tags: [{ tag: 'production', version: null, is: 'nothing' }, { is: 'other version' }],
    lastExecuted: null,
  });
  expect(of('all_viewers', { server }).deployed).toMatchObject({ versions: 0, lastExecuted: null });
  const data = catalogData(market, { ...nobody, server }, written);
  // Neither who asked nor with what key; what cannot be read is no feature of others.
  expect(data.server).toEqual({
    url: 'http://h:1/x',
    executedSince: '2026-03-01T00:00:00.000Z',
    others: [{ name: 'gone', tags: ['latest', 'production'] }],
  });
  expect(data.sources.map((s) => s.held)).toEqual([
    null,
    {
      latest: '2026-03-15T05:00:00.000000',
      completeSince: null,
      toBeRead: 3,
      stale: { because: 'rejected', since: '2026-03-15T04:00:00.000000' },
    },
  ]);
});

test('the same version of other SQL is not as compiled; an older server does not say when anything was executed', () => {
  const server = facts({ features: [served('viewers', { latest: version }, [{ version, sql_sha256: 'f' }])] });
  expect(of('viewers', { server }).deployed?.tags[1]).toEqual({ tag: 'latest', version, is: 'other SQL', lastExecuted: null });
  expect(catalogData(market, { ...nobody, server }, written).server?.executedSince).toBeNull();
});

const noServer = [
  {},
  { features: {} },
  { features: [1] },
  { features: [{ feature: 'x' }] },
  { features: [{ tags: {}, versions: [] }] },
  'x',
  null,
];
test.for(noServer)('what answers otherwise is no server: %j', (features) => {
  expect(facts(features)).toBeNull();
  expect(facts({ features: [] }, features)).toBeNull();
});

test('of profiles the slowest of this version and this SQL counts, and its budget is held against it', () => {
  const own = { version, sqlSha256: sha256(sql) };
  const given = (p99: number, more: object = own) => ({ file: 'p.json', profile: profile({ ...more, batches: [batch({ p99 })] }) });
  const measured = { p50: 1, requests: 200, measuredAt: '2026-01-01T12:00:00', engine: 'duckdb 1.5.6', cores: 2 };
  expect(of('viewers', { profiles: [given(2), given(20), given(3)] }).cost).toEqual({ ...measured, p99: 20, withinBudget: true });
  expect(of('viewers', { profiles: [given(20.001)] }).cost).toMatchObject({ withinBudget: false });
  expect(of('viewers', { profiles: [given(2, {})] }).cost).toEqual({
    why: `p.json is of version aaaaaaaaaaaaaaaa, and this is ${version}`,
  });
  expect(of('title', { profiles: [given(2)] }).cost).toEqual({ why: 'no profile is of this feature' });
  expect(of('wrong', { profiles: [given(2)] }).cost).toEqual({ why: 'the feature does not compile' });
});

test('hostile names and texts stay data', async () => {
  const [first] = market.authored.features;
  if (first === undefined) throw new Error('no feature');
  const { header } = first;
  const definition = { ...first, name: hostile, header: { ...header, owner: hostile, description: hostile, consumers: [hostile] } };
  const authored = { ...market.authored, features: [definition] };
  const server = facts({ features: [served(hostile, { [hostile]: hostile }, [{ version: hostile }]), served(`${hostile}2`, {}, [])] });
  const runs = [reportedRun(hostile, '2026-03-14T01:30:00.000000', [featureReport(hostile)])];
  const data = catalogData({ ...market, name: hostile, authored, unread: [hostile] }, { ...nobody, runs, server }, written);
  expect(data.features[0]).toMatchObject({ name: hostile, owner: hostile, parity: [{ mode: 'replay' }], deployed: { versions: 1 } });
  const text = dataText(data);
  expect(text).not.toMatch(/[<>&\u2028\u2029\u0000]/);
  expect(JSON.parse(text)).toEqual(data);
  const html = await catalogHtml(data);
  expect(html.match(/<\/?script/g)).toHaveLength(4);
  expect(html).not.toMatch(/<!--|https?:\/\/(?!www\.w3\.org\/2000\/svg|h:1\/x)|src=|@import|url\(/);
  expect(html).toContain("default-src 'none'; script-src 'sha256-");
});
