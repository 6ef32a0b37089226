/** Of which features a view that is replaced must not keep its readers: those whose tables are made of a source with a masking policy. */
import { expect, test } from 'vitest';
import { loadParser } from '../../compiler/parse/front-end.ts';
import { isMasked } from '../../runners/cli/lambda-both.ts';
import { loadProject } from '../../runners/cli/load.ts';
import { folderWith } from '../support/cli.ts';

const source = (name: string, user: string): string => `  ${name}:
    warehouse: raw.${name}
    key: id
    event_time: at
    columns: { id: VARCHAR, user_name: ${user}, at: TIMESTAMP_NTZ }
`;
const feature = (of: string): string => `/*---\nentity: id\n---*/\nSELECT id, COUNT(*) AS n FROM ${of} GROUP BY id\n`;
const project = (policy: string) => ({
  'lockstep.yml': 'name: t\n',
  'transforms/sources.yml': `streams:\n${source('masked', `{ type: VARCHAR, pii: true${policy} }`)}${source('bare', '{ type: VARCHAR, pii: true }')}`,
  'transforms/features/of_masked.sql': feature('masked'),
  'transforms/features/of_bare.sql': feature('bare'),
  'transforms/features/held.sql': feature('bare').replace('entity: id', 'entity: id\nuniverse: masked'),
});

test.each([
  [', masking_policy: mask_text', { of_masked: true, of_bare: false, held: true, gone: true }],
  ['', { of_masked: false, of_bare: false, held: false, gone: false }],
])('with the policy "%s"', async (policy, expected) => {
  await loadParser();
  const loaded = await loadProject(await folderWith(project(policy)));
  expect(Object.fromEntries(Object.keys(expected).map((name) => [name, isMasked(name, loaded)]))).toEqual(expected);
});
