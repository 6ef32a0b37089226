/** Avro to the same rows as JSON. Bytes are written by hand after the specification, or by avsc, which knows nothing of our reader. */
import avsc from 'avsc';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Source } from '../../compiler/catalog.ts';
import type { Json } from '../../compiler/functions/json-values.ts';
import type { SqlType } from '../../compiler/sql-type.ts';
import { avroReader, type ReadAvro } from '../../runners/stream/wire/avro/reader.ts';
import { decoderOf } from '../../runners/stream/wire/decode.ts';
import type { ReadTree } from '../../runners/stream/wire/tree.ts';
import { catalog } from '../marketplace/world.ts';

const reader = (schema: unknown, references: readonly Json[] = []): ReadAvro => {
  const read = avroReader(schema as Json, references);
  if ('problem' in read) throw new Error(read.problem);
  return read;
};
const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');
const record = (...fields: readonly (readonly [string, unknown])[]): object => ({
  type: 'record',
  name: 'R',
  fields: fields.map(([name, type]) => ({ name, type })),
});
const decimal = (scale: number) => ({ type: 'bytes', logicalType: 'decimal', precision: 38, scale });

describe('the examples of the specification, and others by hand', () => {
  test.each([
    ['a record', record(['a', 'long'], ['b', 'string']), '36 06 66 6f 6f', { a: 27, b: 'foo' }],
    ['an array of one block', { type: 'array', items: 'long' }, '04 06 36 00', [3, 27]],
    ['an array of two blocks, one with its size', { type: 'array', items: 'long' }, '03 04 06 36 02 02 00', [3, 27, 1]],
    ['null of a union', ['null', 'string'], '00', null],
    ['text of a union', ['null', 'string'], '02 02 61', 'a'],
    ['a map', { type: 'map', values: 'int' }, '02 02 6b 01 00', { k: -1 }],
    ['an enum', { type: 'enum', name: 'E', symbols: ['A', 'B', 'C'] }, '04', 'C'],
    [
      'zero, minus one, one, minus two, two',
      record(['a', 'int'], ['b', 'int'], ['c', 'int'], ['d', 'int'], ['e', 'int']),
      '0001020304',
      { a: 0, b: -1, c: 1, d: -2, e: 2 },
    ],
    ['minus 64 and 64', record(['a', 'int'], ['b', 'int']), '7f 80 01', { a: -64, b: 64 }],
    ['true, false', record(['a', 'boolean'], ['b', 'boolean']), '01 00', { a: true, b: false }],
    ['a double', 'double', '00 00 00 00 00 00 f8 3f', 1.5],
    ['a float', 'float', '00 00 c0 bf', -1.5],
    ['bytes', 'bytes', '06 01 02 ff', 'AQL/'],
    ['days', { type: 'int', logicalType: 'date' }, '02', '1970-01-02'],
    ['days, as Debezium says them', { type: 'int', 'connect.name': 'io.debezium.time.Date' }, '01', '1969-12-31'],
    [
      'a uuid',
      { type: 'fixed', name: 'U', size: 16, logicalType: 'uuid' },
      '00112233445566778899aabbccddeeff',
      '00112233-4455-6677-8899-aabbccddeeff',
    ],
    [
      'a member that is called like a part of every object',
      { type: 'map', values: 'int' },
      '02 12 5f5f70726f746f5f5f 02 00',
      JSON.parse('{"__proto__":1}'),
    ],
  ])('%s', (_, schema, bytes, wanted) => {
    expect(reader(schema)(hex(bytes))).toEqual({ value: wanted, exact: null });
  });

  test.each([
    ['12.50', 2, '04 04e2', '12.50'],
    ['-12.50', 2, '04 fb1e', '-12.50'],
    ['0.05', 2, '02 05', '0.05'],
    ['no bytes at all', 2, '00', '0.00'],
    ['-1 in one byte', 0, '02 ff', '-1'],
    ['128 needs two', 0, '04 0080', '128'],
  ])('a decimal: %s', (_, scale, bytes, exact) => {
    expect(reader(decimal(scale))(hex(bytes))).toEqual({ value: Number(exact), exact });
  });

  test.each([
    ['2^53 is beyond a double', '80 80 80 80 80 80 80 20', '9007199254740992'],
    ['2^53 − 1 is not', 'fe ff ff ff ff ff ff 1f', null],
    ['the greatest', 'fe ff ff ff ff ff ff ff ff 01', '9223372036854775807'],
    ['the least', 'ff ff ff ff ff ff ff ff ff 01', '-9223372036854775808'],
  ])('a long: %s', (_, bytes, exact) => {
    expect(reader('long')(hex(bytes))).toMatchObject({ exact });
  });

  test('names: in their namespace, by their full name, of a reference, and of themselves', () => {
    const list = {
      type: 'record',
      name: 'shop.List',
      fields: [
        { name: 'v', type: 'int' },
        { name: 'next', type: ['null', 'List'] },
      ],
    };
    expect(reader(list)(hex('02 02 04 00'))).toMatchObject({ value: { v: 1, next: { v: 2, next: null } } });
    const holder = { type: 'record', name: 'H', namespace: 'other', fields: [{ name: 'l', type: 'shop.List' }] };
    expect(reader(holder, [list])(hex('02 00'))).toMatchObject({ value: { l: { v: 1, next: null } } });
    expect(avroReader(holder as Json)).toEqual({ problem: 'the schema names a type that it does not have' });
  });
});

describe('what is no message of its schema is rejected, in words without values', () => {
  const endless = { type: 'record', name: 'L', fields: [{ name: 'l', type: 'L' }] };
  test.each([
    ['bytes that end', 'long', '80', 'ends before'],
    ['a text that ends', 'string', '06 66 6f', 'ends before'],
    ['a text of a negative length', 'string', '05 66', 'ends before'],
    ['bytes that are left', 'int', '02 00', 'goes on'],
    ['no such branch', ['null', 'string'], '04', 'no such branch'],
    ['no such symbol', { type: 'enum', name: 'E', symbols: ['A'] }, '02', 'no such symbol'],
    ['no UTF-8', 'string', '02 ff', 'not UTF-8'],
    ['eleven bytes of a long', 'long', 'ff ff ff ff ff ff ff ff ff ff 01', 'longer than'],
    ['more than 64 bits', 'long', 'ff ff ff ff ff ff ff ff ff 03', 'longer than'],
    ['a thousand million nulls', { type: 'array', items: 'null' }, '80 a8 d6 b9 07 00', 'more values than bytes'],
    ['a record that holds itself for ever', endless, '', 'nested too deeply'],
  ])('%s', (_, schema, bytes, problem) => {
    expect(reader(schema)(hex(bytes))).toEqual({ problem: expect.stringContaining(problem) });
  });

  test('bytes at random end, and never fail otherwise', () => {
    const schema = record(['a', ['null', 'string']], ['b', decimal(3)], ['c', { type: 'map', values: { type: 'array', items: 'long' } }]);
    const read = reader(schema);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => 'value' in read(bytes) || 'problem' in read(bytes)),
      { numRuns: 3000 },
    );
  });
});

/** avsc leaves the bytes of logical types to us; longs are written whole. */
const longs = avsc.types.LongType.__with({
  fromBuffer: (b: Buffer) => b.readBigInt64LE(),
  toBuffer: (n: bigint) => {
    const b = Buffer.alloc(8);
    b.writeBigInt64LE(n);
    return b;
  },
  fromJSON: BigInt,
  toJSON: String,
  isValid: (n: unknown) => typeof n === 'bigint',
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
});
const encoded = (schema: unknown, value: unknown): Buffer =>
  avsc.Type.forSchema(JSON.parse(JSON.stringify(schema, (key, of) => (key === 'logicalType' || key === 'connect.name' ? undefined : of))), {
    typeHook: (of) => (of === 'long' || (of as { readonly type?: unknown }).type === 'long' ? longs : undefined) as avsc.Type,
    wrapUnions: false,
  }).toBuffer(value);
/** Two's complement, as short as it goes. */
function complement(value: bigint): Buffer {
  let length = 1;
  while (value < -(1n << BigInt(8 * length - 1)) || value >= 1n << BigInt(8 * length - 1)) length += 1;
  return Buffer.from(
    BigInt.asUintN(8 * length, value)
      .toString(16)
      .padStart(2 * length, '0'),
    'hex',
  );
}

const ofColumns = (
  columns: readonly { readonly name: string; readonly type: SqlType; readonly unit?: 's' | 'ms' | 'us' | 'iso' }[],
): Source => {
  const bids = catalog.sources.find((s) => s.name === 'bids') as Source;
  const whole = columns.map((c) => ({ pii: false, maskingPolicy: null, topicPath: null, max: null, unit: null, ...c }));
  return { ...bids, envelope: 'plain', key: [], columns: whole, eventTime: whole[0]?.name } as unknown as Source;
};
const rowOf = (source: Source, value: ReadTree) => decoderOf(source)({ key: null, value, timestamp: 0n });
const ntz: SqlType = { kind: 'timestamp', zone: 'ntz' };
const number = (precision: number, scale: number): SqlType => ({ kind: 'number', precision, scale });

describe('written by avsc, read into rows', () => {
  test('decimals of up to 38 digits, as bytes and as fixed, keep every digit', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }), fc.integer({ min: 0, max: 38 }), (unscaled, scale) => {
        const fixed = { type: 'fixed', name: 'D', size: 16, logicalType: 'decimal', precision: 38, scale };
        const schema = record(['t', 'int'], ['b', ['null', decimal(scale)]], ['f', fixed]);
        const padded = Buffer.from(BigInt.asUintN(128, unscaled).toString(16).padStart(32, '0'), 'hex');
        const type = number(38, scale);
        const source = ofColumns([
          { name: 'T', type: number(5, 0) },
          { name: 'B', type },
          { name: 'F', type },
        ]);
        const tree = reader(schema)(encoded(schema, { t: 1, b: complement(unscaled), f: padded }));
        expect(rowOf(source, tree)).toMatchObject({ kind: 'row', row: [1n, unscaled, unscaled] });
      }),
      { numRuns: 500 },
    );
  });

  test('times are the instants that the schema says, whatever unit the column declares', () => {
    const least = -62_135_596_800_000_000n;
    const units = ['s', 'ms', 'us', 'iso', undefined] as const;
    fc.assert(
      fc.property(fc.bigInt({ min: least, max: 253_402_300_799_999_999n }), fc.constantFrom(...units), (micros, unit) => {
        const millis = micros / 1000n;
        const kinds = [
          ['timestamp-micros', micros, micros],
          ['timestamp-millis', millis, millis * 1000n],
          ['local-timestamp-micros', micros, micros],
          ...(micros > -9_000_000_000_000_000n && micros < 9_000_000_000_000_000n
            ? ([['timestamp-nanos', micros * 1000n + 999n, micros]] as const)
            : []),
        ] as const;
        for (const [logicalType, written, wanted] of kinds) {
          const schema = record(['t', { type: 'long', logicalType }]);
          const source = ofColumns([{ name: 'T', type: ntz, ...(unit === undefined ? {} : { unit }) }]);
          expect(rowOf(source, reader(schema)(encoded(schema, { t: written })))).toMatchObject({ kind: 'row', row: [wanted] });
        }
      }),
      { numRuns: 500 },
    );
  });

  test('a long without a meaning has the unit of its column; one beyond the years is rejected', () => {
    const ms = ofColumns([{ name: 'T', type: ntz, unit: 'ms' }]);
    const plain = record(['t', 'long']);
    expect(rowOf(ms, reader(plain)(encoded(plain, { t: 1_700_000_000_123n })))).toMatchObject({ row: [1_700_000_000_123_000n] });
    const timed = record(['t', { type: 'long', logicalType: 'timestamp-micros' }]);
    expect(rowOf(ms, reader(timed)(encoded(timed, { t: 253_402_300_800_000_000n })))).toMatchObject({
      kind: 'rejected',
      problem: 'a time outside of the years 0001 to 9999',
    });
    expect(rowOf(ofColumns([{ name: 'T', type: number(38, 0) }]), reader(timed)(encoded(timed, { t: 5n })))).toMatchObject({
      kind: 'rejected',
    });
  });

  test('longs keep their digits, days are days, enums texts, records paths and variants', () => {
    const inner = {
      type: 'record',
      name: 'I',
      fields: [
        { name: 'id', type: 'long' },
        { name: 'tags', type: { type: 'array', items: 'string' } },
      ],
    };
    const schema = record(
      ['t', { type: 'long', logicalType: 'timestamp-millis' }],
      ['big', 'long'],
      ['day', ['null', { type: 'int', logicalType: 'date' }]],
      ['kind', { type: 'enum', name: 'K', symbols: ['NEW', 'OLD'] }],
      ['who', ['null', inner]],
    );
    const source = ofColumns([
      { name: 'T', type: ntz },
      { name: 'BIG', type: number(38, 0) },
      { name: 'DAY', type: { kind: 'date' } },
      { name: 'KIND', type: { kind: 'varchar' } },
      { name: 'WHO', type: { kind: 'variant' } },
    ]);
    const bytes = encoded(schema, { t: 0n, big: 9_007_199_254_740_993n, day: 19_675, kind: 'OLD', who: { id: 7n, tags: ['a', 'b'] } });
    // 19,675 days: 2023-11-14.
    expect(rowOf(source, reader(schema)(bytes))).toEqual({
      kind: 'row',
      row: [0n, 9_007_199_254_740_993n, 19_675n, 'OLD', '{"id":7,"tags":["a","b"]}'],
      unknown: [],
      absent: [],
    });
    const nulls = encoded(schema, { t: 0n, big: 1n, day: null, kind: 'NEW', who: null });
    expect(rowOf(source, reader(schema)(nulls))).toMatchObject({ kind: 'row', row: [0n, 1n, null, 'NEW', null] });
  });

  test("changes of a table in Debezium's envelope", () => {
    const row = {
      type: 'record',
      name: 'Value',
      fields: [
        { name: 'seller_id', type: 'long' },
        { name: 'handle', type: ['null', 'string'] },
        { name: 'country', type: ['null', 'string'] },
        { name: 'updated_at', type: { type: 'long', 'connect.name': 'io.debezium.time.MicroTimestamp' } },
      ],
    };
    const schema = {
      type: 'record',
      name: 'Envelope',
      namespace: 'shop.sellers',
      fields: [
        { name: 'before', type: ['null', row] },
        { name: 'after', type: ['null', 'Value'] },
        {
          name: 'source',
          type: {
            type: 'record',
            name: 'Source',
            fields: [
              { name: 'ts_ms', type: 'long' },
              { name: 'lsn', type: ['null', 'long'] },
            ],
          },
        },
        { name: 'op', type: 'string' },
        { name: 'ts_ms', type: ['null', 'long'] },
      ],
    };
    const decode = decoderOf(catalog.sources.find((s) => s.name === 'sellers') as Source);
    const read = (change: object) => decode({ key: null, value: reader(schema)(encoded(schema, change)), timestamp: 0n });
    const anna = { seller_id: 4n, handle: 'anna', country: null, updated_at: 1_600_000_000_000_001n };
    const source = { ts_ms: 1_700_000_000_000n, lsn: 9n };
    expect(read({ before: null, after: anna, source, op: 'u', ts_ms: null })).toMatchObject({
      kind: 'row',
      row: [4n, 'anna', null, 9n, 1_600_000_000_000_001n, false],
    });
    expect(read({ before: anna, after: null, source, op: 'd', ts_ms: null })).toMatchObject({
      kind: 'row',
      row: [4n, 'anna', null, 9n, 1_700_000_000_000_000n, true],
    });
  });
});
