/** Reference = batch = lambda, specialised and not, on generated events and features. `npm run fuzz` runs more. */
import { beforeAll, expect, test } from 'vitest';
import { loadParser } from '../../compiler/parse/front-end.ts';
import { type CampaignResult, campaign } from './campaign.ts';
import { coverageReport, tooSeldom, tooSeldomOnPostgres } from './report.ts';

const cases = 2000;
const seed = 20261121;
let result: CampaignResult;

beforeAll(async () => {
  await loadParser();
  result = await campaign({ cases, seed, folder: 'tests/differential/failures', mostFailures: 3, shrink: true, postgresEvery: 2 });
  console.log(`seed ${seed}\n${coverageReport(result)}`);
}, 1_800_000);

test(`${cases} generated cases agree in every form (seed ${seed})`, () => {
  expect(result.failures).toEqual([]);
  expect(result.cases).toBe(cases);
});

test('the generator writes legal features', () => {
  expect(result.refused).toBeLessThan(cases / 50);
});

test('every function row and every kind of plan step had at least 20 cases with a value', () => {
  expect(tooSeldom(result, 20)).toEqual([]);
});

test('every function row with SQL for Postgres was compared there in at least 5 cases with a value', () => {
  expect(tooSeldomOnPostgres(result, 5)).toEqual([]);
});
