/** What a server answers whose SQL somebody changed: it computes for all alike, so what fits one entity by chance is no cause. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sha256 } from '../../compiler/artifacts/version.ts';
import { compileIn } from '../../runners/cli/load.ts';
import { compiledLambda } from '../../runners/stored-lambda.ts';
import { at, instantOf, marketFolder, materialize } from '../batch/market-file.ts';
import { first, start, until } from '../marketplace/arrivals.ts';
import { catalog } from '../marketplace/world.ts';
import { lockstep } from '../support/cli.ts';
import { serving } from './serving.ts';

const name = 'bidder_outbid';

const windows = [
  [12, 11],
  [6, 5],
] as const;

test.for(windows)('a window of %d hours that somebody made %d: tampered_artifact, and nothing else', async ([whole, changed]) => {
  const folder = await marketFolder(until(first));
  const file = join(folder, `transforms/features/${name}.sql`);
  await writeFile(file, (await readFile(file, 'utf8')).replace('window="24 hours"', `window="${whole} hours"`));
  const { compiled } = await compileIn(folder, '2026-01-01');
  const own = compiled.features.find((f) => f.feature.name === name);
  if (own === undefined) throw new Error(name);
  expect(await materialize(folder, name, '--from', at(start), '--to', at(instantOf(name, first)))).toMatchObject({ code: 0 });
  const { artifact, sql: right } = compiledLambda(own, catalog);
  const sql = right.replace(`INTERVAL '-${whole} hour'`, `INTERVAL '-${changed} hour'`);
  expect(sql).not.toBe(right);
  expect(await lockstep('backfill', '--project', folder, '--target', 'local', '--since', 'beginning')).toMatchObject({ code: 0 });
  const lambdas = [{ artifact: { ...artifact, sqlSha256: sha256(sql) }, sql, tampered: null }];
  const server = await serving(catalog, { folder: join(folder, '.lockstep/store'), lambdas });
  await server.send('PUT', '/sources/bids/complete-since', { since: 'beginning' });
  const given = ['--project', folder, '--batch', 'local', '--realtime', server.url, '--feature', name, '--format', 'json'];
  const { code, out } = await lockstep('parity', ...given);
  await server.stop();
  const [report] = JSON.parse(out).features;
  expect({ code, verdict: report.verdict, lambda: report.lambda }).toEqual({ code: 1, verdict: 'VIOLATED', lambda: 'tampered' });
  expect(Object.keys(report.causes)).toEqual(['tampered_artifact']);
});
