/** What is written for dbt, as far as it can be read without dbt. */
import { beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { compileProject } from '../../compiler/artifacts/compile.ts';
import { readAuthored } from '../../compiler/authoring/index.ts';
import { loadParser } from '../../compiler/parse/front-end.ts';

const sources = (table: string): string => `streams:
  views:
    warehouse: raw.web.views
    key: id
    event_time: viewed_at
    ingest_time: seen
    lateness: 90 seconds
    columns: { id: VARCHAR, k: VARCHAR, mail: { type: VARCHAR, pii: true }, viewed_at: TIMESTAMP_NTZ, seen: TIMESTAMP_NTZ }
tables:
  pages:
    warehouse: raw.web.pages
    key: k
    updated_at: at
    ${table}
    columns: { k: VARCHAR, title: VARCHAR, at: TIMESTAMP_NTZ }
`;
const feature = `/*---
entity: k
every: 5 minutes
include_as_of: true
---*/
SELECT v.k, MAX(v.mail) AS mail, COUNT(DISTINCT v.mail) AS mails, MAX(p.title) AS "the Title", COUNT(*) AS "order"
FROM views AS v LEFT JOIN pages AS p ON p.k = v.k
WHERE v.viewed_at >= as_of() - INTERVAL '1 hour' GROUP BY v.k
`;

function written(table: string, header = ''): ReadonlyMap<string, string> {
  const read = readAuthored({
    files: [
      { path: 'lockstep.yml', text: 'name: t\n' },
      { path: 'transforms/sources.yml', text: sources(table) },
      { path: 'transforms/features/f.sql', text: feature.replace('entity: k\n', `entity: k\n${header}`) },
    ],
  });
  expect(read.diagnostics).toEqual([]);
  if (read.value === undefined) throw new Error('unreachable');
  const { files, diagnostics } = compileProject(read.value, '2026-01-01');
  expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
  return new Map(files.map((f) => [f.path, f.text]));
}

beforeAll(() => loadParser());

test('an interval reaches back by the longest lateness of what is read, a table included', () => {
  const grid = (files: ReadonlyMap<string, string>): string | undefined => files.get('dbt/snowflake/models/grids/f__grid.sql');
  expect(grid(written('description: none'))).toContain('every=300000000, lateness=90000000)');
  expect(grid(written('lateness: 1 hour'))).toContain('every=300000000, lateness=3600000000)');
});

test('what hooks need to know of a feature is in its meta; what shows personal values says so', () => {
  const { models } = parse(written('lateness: 0 seconds').get('dbt/duckdb/models/features/_features.yml') ?? '');
  const [grid, shown] = models;
  expect(grid.config.meta.lockstep).toMatchObject({
    feature: 'f',
    every: 300_000_000,
    lateness: 90_000_000,
    include_as_of: true,
    streams: [{ source: 'views', model: 'stg_views', event_time: 'viewed_at', ingest_time: 'seen', lookback: 3_600_000_000 }],
  });
  const personal = (model: { columns: { name: string; config?: unknown }[] }) =>
    model.columns.filter((c) => c.config !== undefined).map((c) => c.name);
  expect(personal(grid)).toEqual(['mail']);
  expect(personal(shown)).toEqual(['mail']);
});

test('dbt and the manifest are told who relies on a feature and how far; it decides no version', () => {
  const plain = written('lateness: 0 seconds');
  const said = written('lateness: 0 seconds', 'owner: feed\nstatus: deprecated\nconsumers: [ranker, "{{ x }}"]\n');
  for (const warehouse of ['duckdb', 'snowflake']) {
    const { models } = parse(said.get(`dbt/${warehouse}/models/features/_features.yml`) ?? '');
    for (const { config } of models) {
      expect(config.tags).toEqual(['lockstep', 'deprecated']);
      expect(config.meta).toMatchObject({
        owner: 'feed',
        status: 'deprecated',
        every: '5 minutes',
        lookback: '1 hour',
        sources: ['pages', 'views'],
      });
      expect(JSON.stringify(config.meta)).not.toContain('{{ x');
      // As dbt's Jinja renders a string in braces.
      expect(config.meta.consumers.map((c: string) => c.replaceAll(/\{\{ '([^']*)' \}\}/g, '$1'))).toEqual(['ranker', '{{ x }}']);
    }
    const { exposures } = parse(said.get(`dbt/${warehouse}/models/features/_exposures.yml`) ?? '');
    expect(exposures.map((e: { label: string; config: { meta?: object } }) => [e.label, e.config.meta])).toContainEqual([
      'ranker',
      { deprecated: ['f'] },
    ]);
  }
  const [now, before] = [said, plain].map((files) => JSON.parse(files.get('manifest.json') ?? '').features[0]);
  expect(now).toMatchObject({ status: 'deprecated', every: '300000000', lookback: '3600000000' });
  expect(before).toMatchObject({ status: 'active', version: now.version });
});

test('the day from which nobody may rely on a feature: of its view alone, in meta and in the manifest; it decides no version', () => {
  const plain = written('lateness: 0 seconds');
  const dated = written('lateness: 0 seconds', 'deprecation_date: 2027-03-01\n');
  for (const warehouse of ['duckdb', 'snowflake']) {
    const properties = (files: ReturnType<typeof written>) =>
      parse(files.get(`dbt/${warehouse}/models/features/_features.yml`) ?? '').models;
    expect(
      properties(dated).map((m: { name: string; deprecation_date?: string; config: { meta: { deprecation_date?: string } } }) => [
        m.name,
        m.deprecation_date,
        m.config.meta.deprecation_date,
      ]),
    ).toEqual([
      ['f__grid', undefined, '2027-03-01'],
      ['f', '2027-03-01T00:00:00+00:00', '2027-03-01'],
    ]);
    expect(JSON.stringify(properties(plain))).not.toContain('deprecation');
  }
  const [now, before] = [dated, plain].map((files) => JSON.parse(files.get('manifest.json') ?? '').features[0]);
  expect([now.deprecationDate, now.version]).toEqual(['2027-03-01', before.version]);
  expect(before).not.toHaveProperty('deprecationDate');
});

test('a name that SQL must quote is quoted in the contract', () => {
  const { models } = parse(written('lateness: 0 seconds').get('dbt/snowflake/models/features/_features.yml') ?? '');
  const columns = models[0].columns.map((c: { name: string; quote?: boolean }) => [c.name, c.quote ?? false]);
  expect(columns).toEqual([
    ['k', false],
    ['as_of', false],
    ['mail', false],
    ['mails', false],
    ['the Title', true],
    ['order', true],
    ['lockstep_version', false],
  ]);
});

test('every YAML file is YAML, with no key at the top that dbt does not know', () => {
  for (const [path, text] of written('lateness: 1 hour')) {
    if (!path.endsWith('.yml')) continue;
    const top = Object.keys(parse(text)).filter(
      (key) => !['version', 'models', 'sources', 'groups', 'exposures', 'unit_tests'].includes(key),
    );
    expect(path.endsWith('dbt_project.yml') || top.length === 0, path).toBe(true);
  }
});
