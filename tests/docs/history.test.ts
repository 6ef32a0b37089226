/** docs/history.md is what the schema says, and its questions have answers. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { historyPage, questions } from '../../runners/docs/history-page.ts';
import { appendRun } from '../../runners/history/history.ts';
import { featureReport, reportedRun } from '../report/runs.ts';
import { folderWith } from '../support/cli.ts';

test('the page is not stale: npm run docs', async () => {
  expect(await readFile(join(import.meta.dirname, '../../docs/history.md'), 'utf8')).toBe(historyPage());
});

test('each question is answered', async () => {
  const file = join(await folderWith({}), 'h.duckdb');
  const opening = { say: () => {}, patience: 0 };
  const gmv = featureReport('seller_gmv', { verdict: 'PROVEN' });
  const worse = (name: string) =>
    featureReport(name, { verdict: 'VIOLATED', incidents: gmv.incidents.map((i) => ({ ...i, explained: false })) });
  await appendRun(file, reportedRun('a', '2026-01-01T01:00:00.000000', [gmv]), opening);
  const lost = gmv.differences.map((d) => ({ ...d, explained: false }));
  await appendRun(
    file,
    reportedRun('b', '2026-01-02T01:00:00.000000', [{ ...worse('seller_gmv'), differences: lost }, worse('other')]),
    opening,
  );
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  const answered: number[] = [];
  for (const { sql } of questions) answered.push((await connection.runAndReadAll(sql)).getRows().length);
  connection.closeSync();
  instance.closeSync();
  expect(answered).toEqual([2, 1, 1, 1, 1]);
});
