/** What a topic carries comes out as the rows that the warehouse has of the same events. */
import { describe, expect, test } from 'vitest';
import type { Source } from '../../compiler/catalog.ts';
import { onTheWire } from '../../examples/marketplace/wire.ts';
import { decoderOf, type WireMessage } from '../../runners/stream/wire/decode.ts';
import { readJson } from '../../runners/stream/wire/tree.ts';
import { catalog, worldOf } from '../marketplace/world.ts';

const source = (name: string): Source => catalog.sources.find((s) => s.name === name) as Source;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const message = (value: string | null, key: string | null = null): WireMessage => ({
  key: key === null ? null : readJson(bytes(key)),
  value: value === null ? null : readJson(bytes(value)),
  timestamp: 1_700_000_000_000_000n,
});

describe('the marketplace, as its services send it', () => {
  const world = worldOf(3, 120);
  test.each(catalog.sources.map((s) => s.name))('%s: every message is the row of the warehouse', (name) => {
    const of = source(name);
    const decode = decoderOf(of);
    const rows = world.raw.get(name) ?? [];
    expect(rows.length).toBeGreaterThan(5);
    // Without key or time it is quarantined on both sides, here because a required field is null.
    for (const [i, row] of rows.entries()) {
      const decoded = decode(message(onTheWire(name, row).value));
      expect(decoded).toMatchObject({ kind: 'row', row: world.events.get(name)?.rows[i] });
    }
  });
});

const bid = {
  bid_id: 'b1',
  listing_id: 'l1',
  stream_id: null,
  bidder_id: 7,
  amount: '12.50',
  bid_at: 1_700_000_000_000_001,
  ingested_at: '2023-11-14T22:13:21',
};
const bidWith = (changes: object): string => JSON.stringify({ ...bid, ...changes });

describe('one message', () => {
  const decode = decoderOf(source('bids'));

  test('a row, with its microseconds and its scale', () => {
    expect(decode(message(bidWith({})))).toEqual({
      kind: 'row',
      row: ['b1', 'l1', null, 7n, 1250n, 1_700_000_000_000_001n, 1_700_000_001_000_000n],
      unknown: [],
      absent: [],
    });
  });

  test.each([
    ['a number of seconds with digits', 's', '1700000000.5', 1_700_000_000_500_000n],
    ['milliseconds', 'ms', '1700000000123', 1_700_000_000_123_000n],
    ['milliseconds with a fraction beyond the microsecond', 'ms', '1700000000123.4567', 1_700_000_000_123_456n],
    ['before 1970', 'ms', '-1.5', -1_500n],
  ] as const)('%s', (_, unit, written, wanted) => {
    const bids = source('bids');
    const timed = { ...bids, columns: bids.columns.map((c) => (c.name === 'BID_AT' ? { ...c, unit } : c)) } as Source;
    const value = bidWith({ bid_at: '?' }).replace('"?"', written);
    expect(decoderOf(timed)(message(value))).toMatchObject({ kind: 'row', row: { 5: wanted } });
  });

  test('a number with more digits than a double has keeps them', () => {
    const value = bidWith({ bidder_id: '?' }).replace('"?"', '90071992547409931234');
    expect(decode(message(value))).toMatchObject({ kind: 'row', row: { 3: 90071992547409931234n } });
  });

  test('names are found without regard to case, and a field that nobody declared is told', () => {
    const value = JSON.stringify({ ...bid, BID_ID: 'b2', bid_id: undefined, device: 'phone' });
    expect(decode(message(value))).toMatchObject({ kind: 'row', row: { 0: 'b2' }, unknown: ['device'] });
  });

  test('a column that is not mentioned is NULL, and told', () => {
    expect(decode(message(bidWith({ amount: undefined })))).toMatchObject({ kind: 'row', row: { 4: null }, absent: ['AMOUNT'] });
  });

  test.each([
    ['no JSON', '{"bid_id":', { problem: 'the message is not JSON', column: null }],
    ['no object', '[1]', { problem: 'the message is no JSON object', column: null }],
    ['a required field is gone', bidWith({ bid_id: undefined }), { problem: 'a required field is missing', column: 'BID_ID' }],
    ['another type', bidWith({ amount: 'a lot' }), { problem: 'this is no NUMBER(12,2)', column: 'AMOUNT' }],
    ['too many digits', bidWith({ amount: 1.234 }), { column: 'AMOUNT' }],
    ['a time in the year 60000', bidWith({ bid_at: 1.8e18 }), { column: 'BID_AT' }],
    ['a text where a number of us is due', bidWith({ bid_at: '2023-11-14T22:13:20Z' }), { problem: 'no number of us', column: 'BID_AT' }],
  ])('%s is rejected, with its place and without its value', (_, value, wanted) => {
    const decoded = decode(message(value));
    expect(decoded).toMatchObject({ kind: 'rejected', ...wanted });
    expect(JSON.stringify(decoded)).not.toContain('a lot');
  });

  test('bytes that are no text', () => {
    expect(readJson(new Uint8Array([0x7b, 0xff, 0x7d]))).toEqual({ problem: 'the message is not UTF-8 text' });
  });

  test('an event without a value is none', () => {
    expect(decode(message(null, '"b1"'))).toMatchObject({ kind: 'rejected' });
  });
});

describe('changes of a table', () => {
  const sellers = source('sellers');
  const decode = decoderOf(sellers);
  const row = { seller_id: 4, handle: 'anna', country: 'DE', updated_at: 1_600_000_000_000_000 };

  test('a deletion has the instant of the database, not that of the row as it was', () => {
    const change = { op: 'd', before: row, after: null, source: { lsn: 9, ts_ms: 1_700_000_000_000 } };
    expect(decode(message(JSON.stringify(change)))).toMatchObject({
      kind: 'row',
      row: [4n, 'anna', 'DE', 9n, 1_700_000_000_000_000n, true],
    });
  });

  test('with schemas switched on the change is one level down', () => {
    const change = { schema: { type: 'struct' }, payload: { op: 'c', before: null, after: row, source: { lsn: 9 } } };
    expect(decode(message(JSON.stringify(change)))).toMatchObject({ kind: 'row', row: { 0: 4n, 5: false } });
  });

  test('the tombstone that follows a deletion is nothing; a truncation is rejected', () => {
    expect(decode(message(null, '{"seller_id":4}'))).toEqual({ kind: 'nothing' });
    expect(decode(message(JSON.stringify({ op: 't', source: {} })))).toMatchObject({ kind: 'rejected' });
  });

  test.each([
    ['an object', '{"seller_id":4}'],
    ['the bare key', '4'],
  ])('of a plain topic a tombstone is a deletion at its own time: the key is %s', (_, key) => {
    const plain = { ...sellers, envelope: 'plain' } as Source;
    expect(decoderOf(plain)(message(null, key))).toMatchObject({ kind: 'row', row: [4n, null, null, null, 1_700_000_000_000_000n, true] });
    expect(decoderOf({ ...plain, deleted: null } as Source)(message(null, key))).toMatchObject({ kind: 'rejected' });
  });
});
