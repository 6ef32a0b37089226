/** Reference = batch on ClickHouse, on generated events and features. `npm run fuzz -- --engine clickhouse` runs more. */
import { beforeAll, expect, test } from 'vitest';
import { loadParser } from '../../compiler/parse/front-end.ts';
import { type CampaignResult, campaign } from '../differential/campaign.ts';

const cases = 300;
const seed = 20261122;
let result: CampaignResult;

beforeAll(async () => {
  await loadParser();
  const folder = 'tests/differential/failures';
  result = await campaign({ cases, seed, folder, mostFailures: 3, shrink: true, postgresEvery: 1, beside: 'clickhouse' });
}, 1_200_000);

test(`${cases} generated cases agree on ClickHouse too (seed ${seed})`, () => {
  expect(result.failures).toEqual([]);
  expect(result.cases).toBe(cases);
});

test('most of them have SQL there', () => {
  expect(result.postgres.asked).toBeGreaterThan(cases / 2);
});
