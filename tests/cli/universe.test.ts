/** A source that no query reads, and that says whom tables hold: it is staged, and named wherever sources are. */
import { beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { gridOf } from '../../runners/batch/materialize/grid.ts';
import { affectedOf } from '../../runners/sources/check/affected.ts';
import { compiledIn, type Shops, shopsFolder } from '../batch/shops.ts';
import { lockstep } from '../support/cli.ts';

let shops: Shops;
beforeAll(async () => {
  shops = await shopsFolder();
});

const textOf = (path: string): string => shops.project.compiled.files.find((f) => f.path === path)?.text ?? '';

test.each(['duckdb', 'snowflake'])('%s: the dbt project stages it, and says what the table is made of', (warehouse) => {
  expect(textOf(`dbt/${warehouse}/models/staging/stg_offers.sql`)).toContain("source('lockstep_landed', 'offers')");
  const { models } = parse(textOf(`dbt/${warehouse}/models/features/_features.yml`)) as {
    readonly models: readonly { readonly name: string; readonly config: { readonly meta: Readonly<Record<string, unknown>> } }[];
  };
  const metaOf = (name: string) => models.find((m) => m.name === `${name}__grid`)?.config.meta ?? {};
  expect(metaOf('recent_of_offers')).toMatchObject({ universe: 'offers', sources: ['clicks', 'offers'] });
  // The later of both; whoever is new there is new at every instant since.
  expect(metaOf('recent_of_visits')).toMatchObject({
    sources: ['clicks', 'visits'],
    lookback: '1 hour',
    lockstep: {
      lateness: 3_600_000_000,
      streams: [
        { source: 'clicks', lookback: 3_600_000_000 },
        { source: 'visits', model: 'stg_visits', lookback: null },
      ],
    },
  });
  expect(metaOf('recent_visits')).toMatchObject({ lockstep: { streams: [{ source: 'visits', lookback: null }] } });
});

test('materialize sees the same streams', () => {
  const { streams, lateness } = gridOf(compiledIn(shops, 'recent_of_visits'), shops.project.authored.catalog);
  expect(streams.map((s) => [s.source, s.lookback])).toEqual([
    ['visits', null],
    ['clicks', '3600000000'],
  ]);
  expect(lateness).toBe(3_600_000_000n);
});

test('the lambda does not read it, and the manifest names it apart', () => {
  const { features } = JSON.parse(textOf('manifest.json')) as {
    readonly features: readonly { readonly name: string; readonly sources: readonly string[]; readonly universe?: string }[];
  };
  expect(features.find((f) => f.name === 'recent_of_shops')).toMatchObject({ sources: ['clicks'], universe: 'shops' });
  expect(textOf('lambdas/recent_of_shops.sql')).not.toMatch(/\bshops\b/i);
});

test('sources check tells whom its columns concern', () => {
  const { catalog } = shops.project.authored;
  const affected = affectedOf(shops.project.compiled.features.map((f) => f.feature));
  const offers = catalog.sources.find((s) => s.name === 'offers');
  if (offers === undefined) throw new Error('no offers');
  expect(affected.bySource(offers).map((f) => f.name)).toEqual(['clicks_of_user', 'ever_and_now', 'recent_of_offers']);
  expect(affected.byColumn(offers, 'USER_ID').map((f) => f.name)).toEqual(['clicks_of_user']);
  expect(affected.byColumn(offers, 'IS_DELETED')).toHaveLength(3);
});

test('explain says whom the table holds', async () => {
  const { code, out } = await lockstep('explain', 'recent_of_offers', '--project', shops.folder);
  expect(code).toBe(0);
  expect(out).toContain('\ntable   a row for each entity of offers\n');
});
