/** Six features on real flights, row for row against SQL written by hand. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import { batchPlanOf } from '../../compiler/artifacts/plans.ts';
import { number, timestamp, varchar } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { evaluateBatch, loadRaw } from '../../runners/batch/evaluate.ts';
import type { SpineRow } from '../../runners/data/spine.ts';
import { openDuckdb } from '../../runners/engines/duckdb.ts';
import type { Connection } from '../../runners/engines/engine.ts';
import { evaluateFeature } from '../../runners/reference/index.ts';
import { compiledLambda } from '../../runners/stored-lambda.ts';
import { executeLambda } from '../../runners/stream/execute.ts';
import { openStore } from '../../runners/stream/store/store.ts';
import { byHand } from './by-hand.ts';
import { type Flights, loadFlights, originSpine, routeSpine } from './data.ts';

let flights: Flights;
let warehouse: Connection;
let served: Connection;

beforeAll(async () => {
  flights = await loadFlights();
  const { catalog } = flights.project.authored;
  warehouse = await openDuckdb();
  await loadRaw(warehouse, catalog, ['flights'], new Map([['flights', flights.events]]));
  served = await openDuckdb();
  await (await openStore(served, catalog.sources)).ingest('flights', flights.events.rows);
});

afterAll(() => {
  for (const connection of [flights?.byHand, warehouse, served]) connection?.close();
});

/** NUMBER as a whole number of its last digit, as the forms have it inside, too. */
async function askByHand({ feature }: CompiledFeature, spine: readonly SpineRow[]): Promise<readonly (readonly Value[])[]> {
  const columns = [
    { name: 'N', type: number(18) },
    ...feature.entity.map((e) => ({ name: e.name, type: varchar })),
    { name: 'AS_OF', type: timestamp },
  ];
  await flights.byHand.load(
    's',
    columns,
    spine.map((row, i) => [BigInt(i), ...row.entity, row.asOf]),
  );
  const outputs = feature.outputs.map((o) => byHand[feature.name]?.[o.name] ?? 'missing');
  return flights.byHand.query(
    `SELECT ${outputs.map((sql, i) => `${sql} AS c${i}`).join(',\n')} FROM s ORDER BY n`,
    feature.outputs.map((o) => ({ name: o.name, type: o.type.kind === 'number' ? number(38) : o.type })),
  );
}

test('the spine asks about at least 300 points, in the middle of things and at the edge', () => {
  expect(originSpine().length).toBeGreaterThanOrEqual(300);
});

test.for(Object.keys(byHand))('%s', async (name) => {
  const compiled = flights.project.compiled.features.find((f) => f.feature.name === name) as CompiledFeature;
  const { feature } = compiled;
  const { catalog } = flights.project.authored;
  const spine = feature.entity.length === 2 ? await routeSpine(flights) : originSpine();
  expect(spine.length).toBeGreaterThanOrEqual(300);
  const expected = await askByHand(compiled, spine);
  const answers = {
    batch: await evaluateBatch(warehouse, feature, batchPlanOf(feature, catalog), spine),
    lambda: await executeLambda(served, compiledLambda(compiled, flights.project.authored.catalog), spine, 100),
    'lambda, one by one': await executeLambda(served, compiledLambda(compiled, flights.project.authored.catalog), spine.slice(100, 130), 1),
    reference: evaluateFeature(feature, catalog, new Map([['flights', flights.events]]), spine, { knowledge: 'event' }),
  };
  for (const [form, got] of Object.entries(answers)) {
    const wanted = form === 'lambda, one by one' ? expected.slice(100, 130) : expected;
    expect(got.length, form).toBe(wanted.length);
    for (const [i, row] of got.entries()) {
      const point = `${form}: ${JSON.stringify(spine[i]?.entity)} at ${spine[i]?.asOf}`;
      expect(row, point).toEqual(wanted[i]);
    }
  }
  // Enough answers that say something, or the comparison is of nothing.
  const telling = expected.filter((row) => row.every((v) => v !== null && v !== 0n));
  expect(telling.length, 'rows with a value in every output').toBeGreaterThan(60);
});
