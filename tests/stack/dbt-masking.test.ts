/** Masking policies where the dbt package dbt_snow_mask looks for them: in `meta` of a column, as dbt has it after parsing. No Snowflake masks anything here. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compileProject } from '../../compiler/artifacts/compile.ts';
import { loadParser } from '../../compiler/parse/front-end.ts';
import { read } from '../authoring/read.ts';
import { dbt, scratchFolder } from './dbt-project.ts';
import { missingParts } from './in-stack.ts';

const sources = `streams:
  chats:
    warehouse: raw.chats
    key: chat_id
    event_time: sent_at
    columns:
      chat_id: VARCHAR
      name: { type: VARCHAR, pii: true, masking_policy: mask_text }
      mail: { type: VARCHAR, pii: true, masking_policy: mask_text }
      body: { type: VARCHAR, pii: true, masking_policy: mask_body }
      sent_at: TIMESTAMP_NTZ
`;
const feature = `/*---
entity: name
---*/
SELECT name, COUNT(*) AS n, MAX(mail) AS "the Mail", MAX(COALESCE(mail, body)) AS either, LENGTH(MAX(body)) AS long
FROM chats GROUP BY name
`;

interface Node {
  readonly columns: Readonly<Record<string, { readonly meta: { readonly masking_policy?: string; readonly pii?: boolean } }>>;
}

describe.skipIf(missingParts.includes('dbt'))('masking policies in dbt', async () => {
  await loadParser();
  const scratch = scratchFolder();
  const { project, said } = read({
    'lockstep.yml': 'name: shop\n',
    'transforms/sources.yml': sources,
    'transforms/features/f.sql': feature,
  });

  test.each(['snowflake', 'duckdb'] as const)('%s', async (warehouse) => {
    expect(said).toEqual([]);
    const folder = scratch.write(compileProject(project, '2026-01-01').files, `dbt/${warehouse}/`, 'shop');
    expect(await dbt(folder, warehouse, 'parse', '--no-partial-parse')).not.toMatch(/warn/i);
    const manifest = JSON.parse(readFileSync(join(folder, 'target/manifest.json'), 'utf8'));
    // `graph.nodes[…].columns[…].meta.masking_policy` is what the package reads.
    const masked = ({ columns }: Node) =>
      Object.fromEntries(
        Object.entries(columns).flatMap(([name, { meta }]) => (meta.masking_policy === undefined ? [] : [[name, meta.masking_policy]])),
      );
    const all: Readonly<Record<string, object>> = Object.fromEntries(
      Object.entries<Node>({ ...manifest.nodes, ...manifest.sources }).flatMap(([id, node]) => {
        const found = masked(node);
        return Object.keys(found).length === 0 ? [] : [[id, found]];
      }),
    );
    const shown = { name: 'mask_text', 'the Mail': 'mask_text' };
    expect(all).toEqual({
      'model.shop.stg_chats': { name: 'mask_text', mail: 'mask_text', body: 'mask_body' },
      'model.shop.f__grid': shown,
      'model.shop.f': shown,
    });
    const personal = Object.entries((manifest.nodes['model.shop.f'] as Node).columns).flatMap(([name, { meta }]) =>
      meta.pii ? [name] : [],
    );
    expect(personal.sort()).toEqual(['either', 'long', 'name', 'the Mail']);
  });
});
