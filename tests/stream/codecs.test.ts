/** What brokers compress is read exactly, or refused: bytes here are written by hand from the formats' descriptions; tests/stack/kafka has a broker's. */
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { unlz4 } from '../../runners/stream/kafka/codecs/lz4.ts';
import { unsnappy } from '../../runners/stream/kafka/codecs/snappy.ts';
import { unzstd } from '../../runners/stream/kafka/codecs/zstd.ts';

const bytes = (...parts: readonly (string | readonly number[])[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));
const text = (read: Uint8Array): string => Buffer.from(read).toString();

/** Length; then a tag a piece: literal (length − 1) << 2; a copy by one, two or four bytes of distance. */
const snappy = {
  literal: bytes([5, 4 << 2], 'abcde'),
  'a literal whose length takes a byte': bytes([70, 60 << 2, 69], 'x'.repeat(70)),
  'a copy of eleven bits, of itself': bytes([9, 0 << 2], 'a', [((8 - 4) << 2) | 1, 1]),
  'a copy of eleven bits, from far': bytes([0x8b, 2, 61 << 2, 6, 1], 'abcd', 'x'.repeat(259), [(1 << 5) | 1, 7]),
  'a copy of two bytes': bytes([12, 3 << 2], 'abcd', [(7 << 2) | 2, 4, 0]),
  'a copy of four bytes': bytes([8, 3 << 2], 'abcd', [(3 << 2) | 3, 4, 0, 0, 0]),
};
const frameOfSnappy = (...blocks: readonly Buffer[]): Buffer =>
  bytes([0x82], 'SNAPPY', [0, 0, 0, 0, 1, 0, 0, 0, 1], ...blocks.flatMap((b) => [[0, 0, 0, b.length], [...b]]));

/** Magic, version and flags, largest block of 64 KiB, the header's checksum (passed over). */
const frameOfLz4 = (flags: number, ...rest: readonly (string | readonly number[])[]): Buffer =>
  bytes([0x04, 0x22, 0x4d, 0x18, 0x40 | flags, 0x40, ...((flags & 8) === 0 ? [] : [9, 0, 0, 0, 0, 0, 0, 0]), 0], ...rest);
const end = [0, 0, 0, 0];
/** Literals 'abc', then six from a distance of three, then the last literals, as the format demands. */
const block = bytes([0x32], 'abc', [3, 0, 0x50], 'vwxyz');

describe('snappy', () => {
  test.each([
    ['literal', 'abcde'],
    ['a literal whose length takes a byte', 'x'.repeat(70)],
    ['a copy of eleven bits, of itself', 'a'.repeat(9)],
    ['a copy of eleven bits, from far', `abcd${'x'.repeat(259)}abcd`],
    ['a copy of two bytes', 'abcdabcdabcd'],
    ['a copy of four bytes', 'abcdabcd'],
  ] as const)('%s', (name, wanted) => {
    expect(text(unsnappy(snappy[name]))).toBe(wanted);
  });

  test('frames of snappy-java: blocks one after the other', () => {
    expect(text(unsnappy(frameOfSnappy(snappy.literal, snappy['a copy of two bytes'])))).toBe('abcdeabcdabcdabcd');
    expect(unsnappy(frameOfSnappy()).length).toBe(0);
  });

  test.each([
    ['nothing', bytes([])],
    ['less than it says', bytes([6, 4 << 2], 'abcde')],
    ['more than it says', bytes([4, 4 << 2], 'abcde')],
    ['a literal that is cut', bytes([5, 4 << 2], 'abcd')],
    ['a copy from before the beginning', bytes([9, 0 << 2], 'a', [((8 - 4) << 2) | 1, 2])],
    ['a copy beyond the end', bytes([8, 0 << 2], 'a', [((8 - 4) << 2) | 1, 1])],
    ['a copy of no distance', bytes([9, 0 << 2], 'a', [((8 - 4) << 2) | 1, 0])],
    ['a distance that is cut', bytes([12, 3 << 2], 'abcd', [(7 << 2) | 2, 4])],
    ['a frame that is cut', frameOfSnappy(snappy.literal).subarray(0, 22)],
  ])('%s is refused', (_, spoilt) => {
    expect(() => unsnappy(spoilt)).toThrow('snappy');
  });
});

test('whoever claims four gigabytes does not get the memory', () => {
  const allocated = vi.spyOn(Buffer, 'alloc');
  expect(() => unsnappy(bytes([0xff, 0xff, 0xff, 0xff, 0x0f, 0], 'a'))).toThrow('snappy');
  expect(allocated).not.toHaveBeenCalled();
});

describe('lz4', () => {
  test('a block of literals and a match that reads what it writes', () => {
    expect(text(unlz4(frameOfLz4(0x20, [block.length, 0, 0, 0], [...block], end)))).toBe('abcabcabcvwxyz');
  });

  test('a block that is not compressed; checksums of blocks and content, the content size; two frames', () => {
    const stored = [[3, 0, 0, 0x80], 'abc', [1, 1, 1, 1], end, [2, 2, 2, 2]] as const;
    expect(text(unlz4(bytes([...frameOfLz4(0x3c, ...stored)], [...frameOfLz4(0x3c, ...stored)])))).toBe('abcabc');
  });

  test('a block that goes on from the one before', () => {
    const next = bytes([0x02, 8, 0, 0x50], '12345');
    expect(text(unlz4(frameOfLz4(0, [block.length, 0, 0, 0], [...block], [next.length, 0, 0, 0], [...next], end)))).toBe(
      'abcabcabcvwxyzabcvwx12345',
    );
  });

  test('lengths of more than fifteen', () => {
    const long = bytes([0xff, 255, 0], 'q'.repeat(270), [1, 0, 255, 255, 5, 0x50], '12345');
    const wanted = `${'q'.repeat(270 + 15 + 255 + 255 + 5 + 4)}12345`;
    expect(text(unlz4(frameOfLz4(0x20, [long.length & 255, long.length >> 8, 0, 0], [...long], end)))).toBe(wanted);
  });

  test.each([
    ['no frame', bytes('abcdefghijklmnop')],
    ['a frame without an end', frameOfLz4(0x20, [block.length, 0, 0, 0], [...block])],
    ['a block that is cut', frameOfLz4(0x20, [block.length, 0, 0, 0], [...block.subarray(0, 5)])],
    ['a match from before the beginning', frameOfLz4(0x20, [9, 0, 0, 0], [0x10], 'a', [2, 0, 0x50], 'vwxy', end)],
    ['a match of no distance', frameOfLz4(0x20, [10, 0, 0, 0], [0x10], 'a', [0, 0, 0x50], 'vwxyz', end)],
    ['literals beyond their block', frameOfLz4(0x20, [3, 0, 0, 0], [0x50], 'ab', end)],
  ])('%s is refused', (_, spoilt) => {
    expect(() => unlz4(spoilt)).toThrow('lz4');
  });
});

test('zstd: a frame by hand, one block as it is and one that repeats a byte', () => {
  const frame = bytes([0x28, 0xb5, 0x2f, 0xfd, 0, 0x58, 3 << 3, 0, 0], 'abc', [(5 << 3) | 2 | 1, 0, 0], 'x');
  expect(text(unzstd(frame))).toBe('abcxxxxx');
  for (const spoilt of [frame.subarray(0, 12), bytes('abcdefgh')]) expect(() => unzstd(spoilt)).toThrow('zstd');
});

test.each([
  ['snappy', unsnappy, snappy['a copy of two bytes']],
  ['lz4', unlz4, frameOfLz4(0x20, [block.length, 0, 0, 0], [...block], end)],
  ['zstd', unzstd, bytes([0x28, 0xb5, 0x2f, 0xfd, 0, 0x58, (3 << 3) | 1, 0, 0], 'abc')],
] as const)('%s: bytes that are spoilt are read or refused, and end', (name, read, good) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 4 }), fc.nat(good.length), (changes, length) => {
      const spoilt = Buffer.from(good);
      for (const [place, byte] of changes) spoilt[place] = byte;
      try {
        read(spoilt.subarray(0, length));
      } catch (error) {
        expect(error).toMatchObject({ name: 'CorruptBatch', message: expect.stringContaining(name) });
      }
    }),
    { numRuns: 2000 },
  );
});
