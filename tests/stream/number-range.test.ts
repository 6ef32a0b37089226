/** A sum that no NUMBER holds fails for its row, and in words: the others are answered. */
import { describe, expect, test } from 'vitest';
import { openDuckdb } from '../../runners/engines/duckdb.ts';
import { EngineError } from '../../runners/engines/engine.ts';
import { compiledLambda } from '../../runners/stored-lambda.ts';
import { withNumberRange } from '../../runners/stream/number-range.ts';
import { prepare } from '../support/forms.ts';
import { serving } from './serving.ts';

const sources = `streams:
  sales:
    warehouse: raw.sales
    topic: sales
    envelope: plain
    key: sale_id
    event_time: sold_at
    ingest_time: seen_at
    columns:
      sale_id: VARCHAR
      seller: VARCHAR
      units: "NUMBER(38,0)"
      weight: FLOAT
      sold_at: { type: TIMESTAMP_NTZ }
      seen_at: { type: TIMESTAMP_NTZ }
`;
const large = `9${'0'.repeat(37)}`;

async function asked(outputs: string) {
  const feature = `/*---\nentity: seller\n---*/\nSELECT seller, ${outputs} FROM sales WHERE sold_at >= as_of() - INTERVAL '1 hour' GROUP BY seller\n`;
  const { compiled, catalog } = prepare({ sources, feature });
  const server = await serving(catalog, { lambdas: [compiledLambda(compiled, catalog)] });
  const sale = (sale_id: string, seller: string, units: string, weight: number): string =>
    `{"sale_id":"${sale_id}","seller":"${seller}","units":${units},"weight":${weight},"sold_at":"2026-03-01T12:00:00","seen_at":"2026-03-01T12:00:01"}`;
  const sales = [sale('1', 'much', large, 1e300), sale('2', 'much', large, 1), sale('3', 'little', '2', 3)];
  const posted = await server.send('POST', '/events/sales', `[${sales.join(',')}]`);
  expect(posted.body).toMatchObject({ taken: 3 });
  await server.send('PUT', '/sources/sales/complete-since', { since: 'beginning' });
  const { status, body } = await server.send('POST', '/features/query', {
    features: ['f'],
    entities: [{ seller: 'much' }, { seller: 'little' }],
    as_of: '2026-03-01T12:30:00',
  });
  await server.stop();
  expect(status).toBe(200);
  return body.results.map((r: { readonly values: { readonly f: object } }) => r.values.f);
}

test.each([
  ['a sum', 'SUM(units) AS x'],
  ['a product', 'MAX(units) * MAX(units) AS x'],
  ['a conversion', 'CAST(MAX(weight) AS NUMBER(38,0)) AS x'],
])('%s', async (_, outputs) => {
  const [much, little] = await asked(outputs);
  expect(much).toEqual({
    error: { type: 'QUERY_ERROR', message: 'the query failed for this row: a number of f is out of range of NUMBER(38)' },
  });
  expect(little).toEqual({ x: expect.stringMatching(/^[234]$/) });
});

describe('the engine’s own words', () => {
  test.each([
    [
      'SELECT SUM(n) FROM (VALUES (170000000000000000000000000000000000000::HUGEINT), (1000000000000000000000000000000000000)) AS t(n)',
      true,
    ],
    ['SELECT n * n FROM (VALUES (9e18::BIGINT)) AS t(n)', true],
    ['SELECT n + n FROM (VALUES (9e37::DECIMAL(38,0))) AS t(n)', true],
    ['SELECT CAST(n AS DECIMAL(38,6)) FROM (VALUES (100000000000000000000000000000000000000::HUGEINT)) AS t(n)', true],
    ['SELECT CAST(n AS DECIMAL(38,6)) FROM (VALUES (1e37::DECIMAL(38,0))) AS t(n)', true],
    ['SELECT CAST(n AS DECIMAL(18,2)) FROM (VALUES (1e300::DOUBLE)) AS t(n)', true],
    ['SELECT CAST(n AS BIGINT) FROM (VALUES (1e300::DOUBLE)) AS t(n)', true],
    ["SELECT CAST(t AS DECIMAL(18,2)) FROM (VALUES ('INT64')) AS t(t)", false],
    ["SELECT t + INTERVAL '300000 years' FROM (VALUES (TIMESTAMP '2026-01-01')) AS t(t)", false],
    ['SELECT sqrt(n) FROM (VALUES (-1)) AS t(n)', false],
  ])('%s', async (sql, isRange) => {
    const connection = await openDuckdb({ threads: 1 });
    try {
      const thrown = await connection.query(sql, [{ name: 'x', type: { kind: 'varchar' } }]).then(
        () => null,
        (error: unknown) => error,
      );
      if (!(thrown instanceof EngineError)) throw new Error('it must fail, in the engine');
      expect([thrown.message, withNumberRange(thrown, 'f') !== thrown]).toEqual([thrown.message, isRange]);
    } finally {
      connection.close();
    }
  });
});

test.each([
  'Out of Range Error: Overflow in subtract of dates',
  'Conversion Error: Could not convert string "DECIMAL" to INT64',
  'Out of Range Error: Date and interval out of range',
])('%s is no number out of range', (message) => {
  const error = new EngineError('duckdb', message);
  expect(withNumberRange(error, 'f')).toBe(error);
});
