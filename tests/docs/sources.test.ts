/** The example of docs/sources.md is run: its commands print what it shows. Its tables name every code, and no other. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { severities } from '../../runners/sources/check/finding.ts';
import { folderWith, lockstep, put } from '../support/cli.ts';

const page = await readFile(fileURLToPath(new URL('../../docs/sources.md', import.meta.url)), 'utf8');

test('the example', async () => {
  const folder = await folderWith({ 'transforms/sources.yml': 'streams:\n' });
  let commands = 0;
  const parts =
    /<!-- warehouse: \w+ -->\n```sql\n([\s\S]*?)```|<!-- write: (\S+) -->\n```\w+\n([\s\S]*?)```|```console\n\$ npx lockstep (.*)\n([\s\S]*?)```/g;
  for (const [, sql, file, text = '', command, output] of page.matchAll(parts)) {
    if (file !== undefined) await put(folder, { [file]: text });
    if (sql !== undefined) {
      const instance = await DuckDBInstance.create(join(folder, 'warehouse.duckdb'));
      const connection = await instance.connect();
      await connection.run(sql);
      connection.closeSync();
      instance.closeSync();
    }
    if (command === undefined) continue;
    commands += 1;
    const { out, err } = await lockstep(...command.split(' '), '--project', folder);
    expect(out + err).toBe(output);
  }
  expect(commands).toBe(2);
});

test('its codes are all there are, with their severity', () => {
  const rows = [...page.matchAll(/^\| ((?:`[\w-]+`(?:, )?)+) \| (error|warning|note) \|/gm)];
  const named = rows.flatMap(([, codes = '', severity]) => [...codes.matchAll(/`([\w-]+)`/g)].map(([, code]) => [code, severity]));
  expect(Object.fromEntries(named)).toEqual(severities);
});
