/** What features of the marketplace taught us: what they may say, and (as expected failures) what they cannot yet. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { compileProject } from '../../compiler/artifacts/compile.ts';
import { readAuthored } from '../../compiler/authoring/index.ts';
import type { Diagnostic } from '../../compiler/diagnostics.ts';
import { loadParser } from '../../compiler/parse/front-end.ts';

const folder = fileURLToPath(new URL('../../', import.meta.url));
const texts = new Map<string, string>();
beforeAll(async () => {
  await loadParser();
  for (const path of ['lockstep.yml', 'transforms/sources.yml', 'transforms/shared/priced_orders.sql'])
    texts.set(path, await readFile(folder + path, 'utf8'));
});

function diagnosticsOf(entity: string, sql: string, header = ''): readonly Diagnostic[] {
  const feature = { path: 'transforms/features/f.sql', text: `/*---\nentity: ${entity}\n${header}---*/\n${sql}\n` };
  const read = readAuthored({ files: [...[...texts].map(([path, text]) => ({ path, text })), feature] });
  const compiled = read.value === undefined ? [] : compileProject(read.value, '2026-03-01').diagnostics;
  return [...read.diagnostics, ...compiled.filter((d) => d.code !== 'unused')];
}

const errors = (...asked: Parameters<typeof diagnosticsOf>): readonly string[] =>
  diagnosticsOf(...asked)
    .filter((d) => d.severity === 'error')
    .map((d) => `${d.code}: ${d.message}`);

describe('orders that are total', () => {
  test('by the group: one row per (stream, slot), grouped by stream, ordered by slot', () => {
    const slots = "WITH slots AS (SELECT stream_id, TIME_SLICE(sent_at, 5, 'MINUTE') AS slot, COUNT(*) AS chats FROM chats GROUP BY 1, 2)";
    expect(errors('stream_id', `${slots} SELECT stream_id, MAX_BY(chats, slot) AS latest FROM slots GROUP BY stream_id`)).toEqual([]);
  });

  test('because an event meets one version of a history at most', () => {
    expect(
      errors(
        'seller_id',
        'WITH {{> priced_orders window="7 days"}} SELECT seller_id, MAX_BY(amount, ordered_at) AS last_amount FROM priced_orders GROUP BY seller_id',
      ),
    ).toEqual([]);
  });
});

test('a logarithm that is guarded as its own hint says', () => {
  expect(
    errors('stream_id', 'SELECT stream_id, CASE WHEN COUNT(*) > 0 THEN LN(COUNT(*)) END AS log_chats FROM chats GROUP BY stream_id'),
  ).toEqual([]);
});

test('a count per row of a table, by a correlated subquery', () => {
  expect(
    errors(
      'listing_id',
      'SELECT listing_id, (SELECT COUNT(*) FROM bids WHERE bids.listing_id = listings.listing_id) AS bids FROM listings',
    ),
  ).toEqual([]);
});

test('ASOF JOIN with a history', () => {
  const join =
    'orders ASOF JOIN listings_history MATCH_CONDITION (orders.ordered_at > listings_history.valid_from) ON orders.listing_id = listings_history.listing_id';
  expect(
    errors(
      'seller_id',
      `SELECT orders.seller_id, SUM(orders.quantity * listings_history.price) AS gmv FROM ${join} GROUP BY orders.seller_id`,
    ),
  ).toEqual([]);
});

test('a universe that is no source is an error', () => {
  expect(errors('stream_id', 'SELECT stream_id, COUNT(*) AS chats FROM chats GROUP BY stream_id', 'universe: nowhere\n')).not.toEqual([]);
});

test('the hint about history names the table, not its alias', () => {
  const hints = diagnosticsOf(
    'seller_id',
    'SELECT o.seller_id, SUM(l.price) AS gmv FROM orders o JOIN listings l ON l.listing_id = o.listing_id GROUP BY o.seller_id',
  ).map((d) => d.hint);
  expect(hints).toEqual([expect.stringContaining('`listings_history`')]);
});

test('COUNTs of CTEs with one row each, cross joined, are never NULL', () => {
  expect(
    diagnosticsOf(
      '[]',
      'WITH a AS (SELECT COUNT(*) AS chats FROM chats), b AS (SELECT COUNT(*) AS bids FROM bids) SELECT a.chats, b.bids FROM a CROSS JOIN b',
    ).map((d) => d.code),
  ).toEqual([]);
});
