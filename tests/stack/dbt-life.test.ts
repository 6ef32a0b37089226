/** A project over its life: what dbt knows of it, a version that follows another, another project that takes it as a package. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Compiled, compileProject } from '../../compiler/artifacts/compile.ts';
import { readConfig } from '../../compiler/authoring/config.ts';
import { readAuthored } from '../../compiler/authoring/index.ts';
import type { Catalog } from '../../compiler/catalog.ts';
import { loadParser } from '../../compiler/parse/front-end.ts';
import { boolean, integer, number, type SqlType, timestamp, varchar } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { openDuckdb } from '../../runners/engines/duckdb.ts';
import { evaluateFeature } from '../../runners/reference/index.ts';
import { openShownView } from '../../runners/warehouse/shown-view.ts';
import { targetNamed } from '../../runners/warehouse/target-file.ts';
import { dbt, scratchFolder, vars } from './dbt-project.ts';
import { missingParts } from './in-stack.ts';

const sources = (views: string): string => `streams:
  views:
    description: "A view; {{ doc('x') }} is text."
    warehouse: ${views}
    key: view_id
    event_time: viewed_at
    ingest_time: ingested_at
    lateness: 10 minutes
    columns: { view_id: VARCHAR, page: VARCHAR, user_name: { type: VARCHAR, pii: true }, amount: "NUMBER(10,2)", viewed_at: TIMESTAMP_NTZ, ingested_at: TIMESTAMP_NTZ }
`;

const example = (n: number): string => `examples:
  - name: "a copy counts once; {{ x }} {% y %} is text"
    as_of: "2026-01-01T12:30:00"
    events:
      views:
        - { view_id: a, page: p, user_name: "it's {{ u }}", amount: 1.25, viewed_at: "2026-01-01T12:00:00", ingested_at: "2026-01-01T12:00:01" }
        - { view_id: a, page: p, user_name: copy, amount: 9, viewed_at: "2026-01-01T12:00:00", ingested_at: "2026-01-01T12:00:02" }
        - { view_id: b, page: q, user_name: other, amount: 3, viewed_at: "2026-01-01T12:01:00", ingested_at: "2026-01-01T12:00:02" }
        - { view_id: null, page: p, viewed_at: "2026-01-01T12:01:00", ingested_at: "2026-01-01T12:00:02" }
    expect: { page: p, views: ${n}, first_user: "it's {{ u }}", spent: "1.25" }
  - as_of: "2026-01-01T12:30:00"
    events: {}
    expect: { page: nobody, views: 0, first_user: null }
`;

function compiled(views: string, window: string, n = 1): Compiled & { readonly catalog: Catalog } {
  const feature = `/*---
entity: page
description: How often a page was viewed.
owner: web & apps
every: 1 hour
consumers: [start page]
${example(n)}---*/
SELECT page, COUNT(*) AS views, MIN(user_name) AS first_user, SUM(amount) AS spent FROM views
WHERE viewed_at >= as_of() - INTERVAL '${window}'
GROUP BY page
`;
  const read = readAuthored({
    files: [
      { path: 'lockstep.yml', text: 'name: pages\n' },
      { path: 'transforms/sources.yml', text: sources(views) },
      { path: 'transforms/features/page_views.sql', text: feature },
    ],
  });
  expect(read.diagnostics).toEqual([]);
  if (read.value === undefined) throw new Error('unreachable');
  const project = compileProject(read.value, '2026-01-01');
  expect(project.diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
  return { ...project, catalog: read.value.catalog };
}

const at = (hours: number): bigint => BigInt(Date.UTC(2026, 0, 1) * 1000) + BigInt(Math.round(hours * 3600)) * 1_000_000n;
const view = (id: string | null, page: string, hours: number, amount: bigint): readonly Value[] => [
  id,
  page,
  `user of ${page}`,
  amount,
  at(hours),
  at(hours) + 1n,
];
/** One without a key, one dated an hour ahead of its ingest, one whose key comes again at another time. */
const rows = [
  ...Array.from({ length: 40 }, (_, i) => view(`v${i}`, `p${i % 3}`, i / 4, BigInt(i * 100))),
  view(null, 'p0', 1.1, 1n),
  [...view('ahead', 'p0', 3, 1n).slice(0, 5), at(2)],
  view('v7', 'p1', 8.05, 5n),
];

describe.skipIf(missingParts.includes('dbt'))('a dbt project', async () => {
  await loadParser();
  const scratch = scratchFolder();
  const events = (project: { readonly catalog: Catalog }) =>
    new Map([['views', { columns: project.catalog.sources[0]?.columns.map((c) => c.name) ?? [], rows }]]);

  // Views read it.
  const attachRaw = `ATTACH '${scratch.folder}/raw.duckdb' AS raw (READ_ONLY)`;

  async function queried(sql: string, ...types: readonly SqlType[]): Promise<readonly (readonly Value[])[]> {
    const connection = await openDuckdb({ file: scratch.database() });
    await connection.execute(attachRaw);
    const found = await connection.query(
      sql,
      types.map((type, i) => ({ name: `C${i}`, type })),
    );
    connection.close();
    return found;
  }

  const before = compiled('raw.web.views', '2 hours');
  const folder = scratch.write(before.files, 'dbt/duckdb/', 'pages');
  const versionOf = (project: Compiled): string => project.features[0]?.version ?? '';
  let built = '';

  beforeAll(async () => {
    await scratch.load(before.catalog, events(before));
    built = await dbt(folder, 'duckdb', 'build', ...vars({ lockstep_start: at(0), lockstep_end: at(12) }));
  });

  test('is built, with its data tests and the examples as unit tests', () => {
    expect(built).toMatch(/PASS page_views__asked::page_views_example_1/);
    expect(built).toMatch(/PASS page_views__asked::page_views_example_2/);
    expect(built).toMatch(/PASS lockstep_unique_by_page_views__grid/);
    expect(built).toMatch(/Done\. PASS=\d+ WARN=0 ERROR=0 SKIP=0/);
  });

  test('an example that expects something else fails in dbt', async () => {
    const wrong = scratch.write(compiled('raw.web.views', '2 hours', 2).files, 'dbt/duckdb/', 'pages');
    await expect(dbt(wrong, 'duckdb', 'test', '--select', 'test_type:unit')).rejects.toThrow(
      /FAIL 1 page_views__asked::page_views_example_1/,
    );
  });

  test('two rows of one key fail in dbt', async () => {
    const relation = `features.page_views__${versionOf(before)}`;
    const connection = await openDuckdb({ file: scratch.database() });
    await connection.execute(`INSERT INTO ${relation} SELECT * FROM ${relation} LIMIT 1`);
    connection.close();
    await expect(dbt(folder, 'duckdb', 'test', '--select', 'page_views__grid')).rejects.toThrow(/FAIL 1 lockstep_unique_by/);
    await dbt(
      folder,
      'duckdb',
      'run',
      '--full-refresh',
      '--select',
      'page_views__grid',
      ...vars({ lockstep_start: at(0), lockstep_end: at(12) }),
    );
  });

  test('a unit test of the table gives it staged rows and an interval, as a witness has it', async () => {
    const unit = (views: number): string => `unit_tests:
  - name: witness
    model: page_views__grid
    overrides: {vars: {lockstep_start: "2026-01-01T03:00:00.000000", lockstep_end: "2026-01-01T03:00:00.000001"}}
    given:
      - input: ref('stg_views')
        rows: [{view_id: a, page: p, user_name: u, amount: "1.00", viewed_at: "2026-01-01T02:59:59.999999", ingested_at: null}, {view_id: b, page: p, viewed_at: "2026-01-01T03:00:00.000000"}]
    expect: {rows: [{page: p, as_of: "2026-01-01T03:00:00.000000", views: "${views}", spent: "1.00"}]}
`;
    for (const views of [1, 2]) {
      const own = scratch.write([...before.files, { path: 'dbt/duckdb/models/witness.yml', text: unit(views) }], 'dbt/duckdb/', 'pages');
      const ran = dbt(own, 'duckdb', 'test', '--select', 'witness');
      if (views === 1) expect(await ran).toContain('PASS page_views__grid::witness');
      else await expect(ran).rejects.toThrow(/FAIL 1 page_views__grid::witness/);
    }
  });

  test('rows that break the contract are counted', async () => {
    expect(
      await queried('SELECT reason, left_out, found FROM features.lockstep_quarantine ORDER BY ALL', varchar, boolean, integer),
    ).toEqual([
      ['one key with several event times', false, 1n],
      ['view_id is NULL', true, 1n],
      ['viewed_at is NULL', true, 0n],
      ['viewed_at is ahead of its ingest', true, 1n],
    ]);
  });

  test('sources that have nothing new are stale', async () => {
    expect(await dbt(folder, 'duckdb', 'source', 'freshness')).toMatch(/WARN freshness of lockstep_raw_web\.views/);
  });

  test('dbt knows owners, groups, tags, types, what is personal, and who reads it', () => {
    const manifest = JSON.parse(readFileSync(join(folder, 'target/manifest.json'), 'utf8'));
    const grid = manifest.nodes['model.pages.page_views__grid'];
    expect(grid.config).toMatchObject({
      group: 'web___apps',
      access: 'protected',
      tags: ['lockstep', 'active'],
      contract: { enforced: true },
    });
    expect(grid.columns.spent).toMatchObject({ data_type: 'DECIMAL(38, 2)' });
    const shown = manifest.nodes['model.pages.page_views'];
    expect(shown.description).toBe('How often a page was viewed.');
    expect(shown.columns.first_user.config.meta).toEqual({ pii: true, pii_from: ['views.user_name'] });
    expect(shown.columns.views.config.meta).toEqual({});
    expect(manifest.groups['group.pages.web___apps'].owner.name).toBe('web & apps');
    expect(manifest.exposures['exposure.pages.start_page']).toMatchObject({
      label: 'start page',
      depends_on: { nodes: ['model.pages.page_views'] },
    });
    expect(manifest.exposures['exposure.pages.page_views_lambda'].config.meta.lockstep_version).toBe(versionOf(before));
    expect(Object.values<{ description: string }>(manifest.sources)[0]?.description).toBe("A view; {{ doc('x') }} is text.");
  });

  test('another project takes it as a package, reads a feature, gives it a source and asks as of its own labels', async () => {
    const ours = compiled("ref('clean_views')", '2 hours');
    const inner = scratch.write(ours.files, 'dbt/duckdb/', 'pages');
    const outer = scratch.write([], 'none', 'shop');
    cpSync(inner, join(outer, 'lockstep/pages'), { recursive: true });
    mkdirSync(join(outer, 'models'));
    const write = (path: string, text: string): void => writeFileSync(join(outer, path), text);
    write('dbt_project.yml', 'name: shop\nversion: 1.0.0\nprofile: shop\nflags: {require_ref_prefers_node_package_to_root: true}\n');
    write('packages.yml', 'packages:\n  - local: lockstep/pages\n');
    write('models/clean_views.sql', "SELECT * FROM raw.web.views WHERE page <> 'p2'\n");
    write('models/busiest.sql', "SELECT page, max(views) AS most FROM {{ ref('page_views') }} GROUP BY page\n");
    write(
      'models/labels.sql',
      "SELECT * FROM (VALUES ('p0', TIMESTAMP '2026-01-01 05:10:00', 'x'), ('p0', TIMESTAMP '2026-01-01 05:10:00', 'y'), ('p2', TIMESTAMP '2026-01-01 05:10:00', 'z'), ('p1', TIMESTAMP '2026-01-01 08:03:00.000001', 'w')) AS l(page, as_of, label)\n",
    );
    write('models/training_set.sql', "SELECT * FROM {{ pages.page_views_as_of(ref('labels'), passed=['label']) }} AS answers\n");
    await dbt(outer, 'again', 'deps');
    expect(await dbt(outer, 'again', 'build', ...vars({ lockstep_start: at(0), lockstep_end: at(12) }))).toMatch(/WARN=0 ERROR=0 SKIP=0/);
    const connection = await openDuckdb({ file: scratch.database('again') });
    await connection.execute(attachRaw);
    const trained = await connection.query(
      'SELECT label, page, as_of, views, first_user, spent FROM features.training_set ORDER BY label',
      [varchar, varchar, timestamp, integer, varchar, number(38, 2)].map((type, i) => ({ name: `C${i}`, type })),
    );
    const pages = await connection.query('SELECT page FROM features.busiest ORDER BY page', [{ name: 'P', type: varchar }]);
    connection.close();
    expect(pages).toEqual([['p0'], ['p1']]);
    const { feature } = ours.features[0] as Compiled['features'][number];
    const kept = new Map([['views', { columns: events(ours).get('views')?.columns ?? [], rows: rows.filter((r) => r[1] !== 'p2') }]]);
    const spine = trained.map((r) => ({ entity: [r[1] as Value], asOf: r[2] as bigint }));
    const meant = evaluateFeature(feature, ours.catalog, kept, spine, { knowledge: 'event' });
    expect(trained.map((r) => r[0])).toEqual(['w', 'x', 'y', 'z']);
    expect(trained.map((r) => r.slice(3))).toEqual(meant);
  });

  describe('after an edit that changes values', () => {
    const after = compiled('raw.web.views', '3 hours');
    const edited = scratch.write(after.files, 'dbt/duckdb/', 'pages');
    const shown = async (): Promise<readonly Value[]> =>
      (await queried('SELECT DISTINCT lockstep_version FROM features.page_views', varchar)).map((r) => r[0] ?? null);
    const history = { lockstep_start: at(0), lockstep_end: at(12) };
    let said = '';

    beforeAll(async () => {
      said = await dbt(edited, 'duckdb', 'build', ...vars({ ...history, lockstep_from: at(0), lockstep_to: at(6) }));
    });

    test('the name shows the older version until the newer holds all of its instants', async () => {
      expect(versionOf(after)).not.toBe(versionOf(before));
      expect(await shown()).toEqual([versionOf(before)]);
      expect(said).toContain(
        `page_views still shows version ${versionOf(before)}: version ${versionOf(after)} does not hold all of its instants yet`,
      );
      const [row] = await queried(`SELECT count(*) FROM features.page_views__${versionOf(after)}`, integer);
      expect(row?.[0]).toBeGreaterThan(0n);
      await dbt(edited, 'duckdb', 'build', ...vars({ ...history, lockstep_from: at(6), lockstep_to: at(12) }));
      expect(await shown()).toEqual([versionOf(after)]);
    });

    test('a version that was taken back stays back, run after run, until it is shown again; an older ledger gets the column', async () => {
      const text = `targets:\n  local: { path: ${scratch.database()}, engine: duckdb, schema: features }\n`;
      const declared = targetNamed(readConfig({ path: 'lockstep.yml', text }, []), 'local');
      const view = async (version: string, refused: string | null): Promise<void> => {
        const opened = await openShownView({ name: 'local', declared, folder: '/', environment: {} });
        await opened.show('page_views', version, refused, false);
        await opened.close();
      };
      const withoutColumn = async (): Promise<void> => {
        const connection = await openDuckdb({ file: scratch.database() });
        await connection.execute('ALTER TABLE features.lockstep_shown DROP COLUMN refused');
        connection.close();
      };
      await withoutColumn();
      await view(versionOf(before), versionOf(after));
      expect(await shown()).toEqual([versionOf(before)]);
      expect(await dbt(edited, 'duckdb', 'build', ...vars(history))).toContain(
        `page_views shows version ${versionOf(before)}: version ${versionOf(after)} was taken back`,
      );
      expect(await shown()).toEqual([versionOf(before)]);
      await view(versionOf(after), null);
      await dbt(edited, 'duckdb', 'build', ...vars(history));
      expect(await shown()).toEqual([versionOf(after)]);
      await view(versionOf(before), versionOf(after));
      await withoutColumn();
      // Nobody knows any more what was taken back.
      expect(await dbt(edited, 'duckdb', 'build', '--select', 'page_views', ...vars(history))).toMatch(/ERROR=0 SKIP=0/);
      expect(await shown()).toEqual([versionOf(after)]);
    });

    test('chunks are what one run builds; the older relation is still there', async () => {
      await dbt(edited, 'again', 'run', '--full-refresh', ...vars(history));
      const connection = await openDuckdb({ file: scratch.database() });
      await connection.execute(`ATTACH '${scratch.database('again')}' AS again (READ_ONLY)`);
      const difference = await connection.query(
        'SELECT count(*) FROM ((FROM features.page_views EXCEPT ALL FROM again.features.page_views) UNION ALL (FROM again.features.page_views EXCEPT ALL FROM features.page_views))',
        [{ name: 'N', type: integer }],
      );
      const [older] = await connection.query(`SELECT count(*) FROM features.page_views__${versionOf(before)}`, [
        { name: 'N', type: integer },
      ]);
      connection.close();
      expect(difference).toEqual([[0n]]);
      expect(older?.[0]).toBeGreaterThan(0n);
    });
  });
});
