import { expect, test } from 'vitest';
import { read, readFeature } from './read.ts';

test('a whole header', () => {
  const { feature, said } = readFeature(
    `entity: [user_id, "Exact"]
description: What it says
owner: team
every: 1 hour
latency_budget: 20 ms
include_as_of: true
defaults: { n: 0, label: none, share: 1.50, gone: null, on: true, text: "1" }
universe: chats
status: draft
parity: { target: 0.5%, confidence: 0.99, lateness_budget: 100% }
consumers: [feed, search]
waive:
  - { code: float-taint, reason: shown only, expires: 2027-01-31 }
examples:
  - name: two messages
    events: { chats: [{ chat_id: a, user_id: 1, sent_at: "2026-01-01T00:00:00" }] }
    as_of: 2026-01-01T01:00:00
    expect: { user_id: 1, n: 12345678901234567890.10 }`,
    'SELECT user_id, COUNT(*) AS n FROM chats GROUP BY user_id',
  );
  expect(said).toEqual([]);
  expect(feature?.header).toMatchObject({
    entity: [{ name: 'USER_ID' }, { name: 'Exact' }],
    description: 'What it says',
    owner: 'team',
    every: 3_600_000_000n,
    latencyBudget: { microseconds: 20_000n },
    includeAsOf: true,
    defaults: [
      { column: 'N', value: { kind: 'number', text: '0' } },
      { column: 'LABEL', value: { kind: 'string', text: 'none' } },
      { column: 'SHARE', value: { kind: 'number', text: '1.50' } },
      { column: 'GONE', value: null },
      { column: 'ON', value: true },
      { column: 'TEXT', value: { kind: 'string', text: '1' } },
    ],
    universe: { name: 'chats' },
    status: 'draft',
    parity: { target: 0.005, confidence: 0.99, latenessBudget: 1 },
    consumers: ['feed', 'search'],
    waive: [{ code: 'float-taint', reason: 'shown only', expires: '2027-01-31' }],
    examples: [
      {
        name: 'two messages',
        asOf: '2026-01-01T01:00:00',
        expect: { USER_ID: { kind: 'number', text: '1' }, N: { kind: 'number', text: '12345678901234567890.10' } },
      },
    ],
  });
});

test('the entity may be none', () => {
  expect(readFeature('entity: []', 'SELECT COUNT(*) AS n FROM chats').feature?.header.entity).toEqual([]);
});

const mistakes: readonly (readonly [header: string, sql: string, first: string])[] = [
  ['entity: a\nevry: 1 hour', 'SELECT a FROM t', '3:1 config-invalid the header has no key `evry`'],
  [
    'owner: a',
    'SELECT a FROM t',
    '2:1 config-invalid the header needs `entity`: the entity column or columns; [] for one row for the platform',
  ],
  ['entity: [a, A]', 'SELECT a FROM t', '2:13 config-invalid `entity` names `a` twice'],
  ['entity: a\nevery: 1 month', 'SELECT a FROM t', '3:8 config-invalid `every` must be a duration of fixed length'],
  ['entity: a\nevery: 0 hours', 'SELECT a FROM t', '3:8 config-invalid `every` must be longer than nothing'],
  ['entity: a\nlatency_budget: 20', 'SELECT a FROM t', '3:17 config-invalid `latency_budget` must be a duration of fixed length'],
  ['entity: a\nlatency_budget: 2.5 ms', 'SELECT a FROM t', '3:17 config-invalid `latency_budget` must be a duration of fixed length'],
  ['entity: a\nlatency_budget: 0 ms', 'SELECT a FROM t', '3:17 config-invalid `latency_budget` must be longer than nothing'],
  ['entity: a\nlatency_budgt: 1 ms', 'SELECT a FROM t', '3:1 config-invalid the header has no key `latency_budgt`'],
  ['entity: a\nparity: { target: 2 }', 'SELECT a FROM t', '3:19 config-invalid `target` must be a share between 0 and 1'],
  ['entity: a\nparity: { confidence: 100% }', 'SELECT a FROM t', '3:23 config-invalid `confidence` must be a share between 0 and 1'],
  ['entity: a\nparity: { tolerance: 1% }', 'SELECT a FROM t', '3:11 config-invalid `parity` has no key `tolerance`'],
  ['entity: a\nstatus: live', 'SELECT a FROM t', '3:9 config-invalid `status` must be draft, active or deprecated'],
  ['entity: a\ndeprecation_date: 2026-02-30', 'SELECT a FROM t', '3:19 config-invalid `deprecation_date` must be a day'],
  ['entity: a\ndeprecation_date: next year', 'SELECT a FROM t', '3:19 config-invalid `deprecation_date` must be a day'],
  ['entity: a\ndeprecation_date: [2027-03-01]', 'SELECT a FROM t', '3:19 config-invalid `deprecation_date` must be a text'],
  ['entity: a\nwaive: [{ code: float-tain, reason: x }]', 'SELECT a FROM t', '3:17 config-invalid there is no diagnostic `float-tain`'],
  ['entity: a\nwaive: [{ code: float-taint }]', 'SELECT a FROM t', '3:11 config-invalid a waiver needs `reason`: why that is right here'],
  [
    'entity: a\nwaive: [{ code: float-taint, reason: x, expires: 2026-02-30 }]',
    'SELECT a FROM t',
    '3:50 config-invalid `expires` must be a day',
  ],
  ['entity: [', 'SELECT a FROM t', '3:1 yaml-invalid'],
  ['- a', 'SELECT a FROM t', '2:1 config-invalid the header must be a map of keys and values'],
  ['entity: a', 'SELECT a +\nFROM t', '5:1 sql-syntax `FROM` is a reserved word and cannot stand for a name here'],
  ['entity: a', "SELECT a COLLATE 'x' FROM t", '4:8 sql-unsupported not supported: COLLATE'],
];

test.for(mistakes)('%j', ([header, sql, first]) => {
  const { said, feature } = readFeature(header, sql);
  expect(feature).toBeUndefined();
  expect(said[0]?.startsWith(`features/f.sql:${first}`), said[0]).toBe(true);
});

test.for([
  ['SELECT 1', '1:1 header-missing this feature has no header'],
  ['-- x\n/*---\nentity: a\n---*/', '1:1 header-missing this feature has no header'],
  ['/*---\nentity: a\nSELECT 1', '1:1 header-missing the header is never closed'],
  ['', '1:1 header-missing this feature has no header'],
] as const)('without a header: %j', ([text, first]) => {
  expect(read({ 'transforms/features/f.sql': text }).said).toEqual([`features/f.sql:${first}`]);
});

test('the mistakes of header and SQL are said together, and the other features are read', () => {
  const { said, project } = read({
    'transforms/features/a.sql': "/*---\nentity: a\nfoo: 1\n---*/\nSELECT a COLLATE 'x', b COLLATE 'y' FROM t",
    'transforms/features/b.sql': '/*---\nentity: a\n---*/\nSELECT a FROM t',
  });
  expect(said.map((line) => line.split(' ')[0])).toEqual(['features/a.sql:3:1', 'features/a.sql:5:8', 'features/a.sql:5:23']);
  expect(project.features.map(({ name }) => name)).toEqual(['b']);
});

test('two features of one name', () => {
  const text = '/*---\nentity: a\n---*/\nSELECT a FROM t';
  expect(read({ 'transforms/features/a.sql': text, 'transforms/features/more/A.sql': text }).said).toEqual([
    'features/more/A.sql:1:1 name-taken transforms/features/a.sql already defines the feature `A`',
  ]);
});

test('lockstep.yml', () => {
  const { project, said } = read({
    'lockstep.yml':
      'name: market\ntargets:\n  prod: { engine: snowflake, databases: { raw: RAW_PROD } }\n  dev: { engine: duck }\nrules: { fan-out: warning, nope: off }\nfoo: 1\n',
  });
  expect(project.config).toEqual({
    name: 'market',
    transforms: 'transforms',
    targets: {
      prod: {
        engine: 'snowflake',
        path: null,
        schema: null,
        databases: { raw: 'RAW_PROD' },
        schemas: {},
        models: {},
        account: {},
        dbt: null,
      },
    },
    grants: [],
    alerts: { slack: null, webhook: null, email: null },
    lineage: { url: null, endpoint: null, apiKey: null, file: null, namespace: null, target: null },
    promotion: { tags: ['production'], within: 93_600_000_000n, batchEngine: null },
    rules: { 'fan-out': 'warning' },
  });
  expect(said.map((line) => line.split(' ')[0])).toEqual(['lockstep.yml:6:1', 'lockstep.yml:4:18', 'lockstep.yml:5:28']);
});

test('on what a tag moves', () => {
  const promotion = (text: string) => {
    const { project, said } = read({ 'lockstep.yml': `promotion:\n${text}` });
    return { ...project.config.promotion, said };
  };
  expect(promotion('  tags: [live, canary]\n  within: 3 days\n  batch_engine: snowflake\n')).toEqual({
    tags: ['live', 'canary'],
    within: 259_200_000_000n,
    batchEngine: 'snowflake',
    said: [],
  });
  expect(promotion('  tags: []\n')).toMatchObject({ tags: [], said: [] });
  expect(promotion('  tags: latest\n').said).toEqual([
    'lockstep.yml:2:9 config-invalid the tag `latest` always names the version deployed last',
  ]);
  expect(promotion('  within: a night\n  batch_engine: rockset\n').said).toEqual([
    'lockstep.yml:2:11 config-invalid `within` must be a duration of fixed length',
    'lockstep.yml:3:17 config-invalid `batch_engine` must be duckdb, snowflake, postgres or clickhouse',
  ]);
});

test('values of a target stay as they are written; a file is for DuckDB', () => {
  const { project, said } = read({
    'lockstep.yml': `targets:
  local: { engine: duckdb, path: "{{ env_var('FILE') }}", schema: features, schemas: { a: b }, models: { stg_a: x.y.stg_a } }
  prod: { engine: snowflake, path: prod.duckdb, schema: x }
`,
  });
  const local = {
    engine: 'duckdb',
    path: "{{ env_var('FILE') }}",
    schema: 'features',
    databases: {},
    schemas: { a: 'b' },
    models: { stg_a: 'x.y.stg_a' },
    account: {},
    dbt: null,
  };
  expect(project.config.targets['local']).toEqual(local);
  expect(said).toEqual([
    'lockstep.yml:3:30 config-invalid the target `prod` is on Snowflake: `path` is the file of a target of engine duckdb',
  ]);
});

test('a file that ends with its header is told so where it ends', () => {
  const { said } = read({ 'transforms/features/empty.sql': '/*---\nentity: []\n---*/' });
  expect(said).toEqual(['features/empty.sql:3:6 sql-syntax there is no SQL here']);
});

test('what concerns a value has no severity to set', () => {
  const { said } = read({ 'lockstep.yml': 'rules:\n  may-raise: warning\n  fan-out: error\n' });
  expect(said).toEqual(['lockstep.yml:2:3 config-invalid `may-raise` is always an error: it concerns a value or the language']);
});
