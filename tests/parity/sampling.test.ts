/** Samples by a keyed hash: the same on every side, and fair. */
import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { integer, varchar } from '../../compiler/sql-type.ts';
import { inDrawnOrder } from '../../runners/parity/sampling/draw.ts';
import { isSampled, keyHash } from '../../runners/parity/sampling/key-hash.ts';

const panel = { secret: 's3', feature: 'f', turn: '2026-01-05' };

test('the hash is HMAC-SHA-256 of what the page on sampling says', () => {
  const part = (text: string) => `01${Buffer.byteLength(text).toString(16).padStart(8, '0')}${Buffer.from(text).toString('hex')}`;
  const bytes = Buffer.from(['lockstep sample 1', 'f', '2026-01-05', '12', 'é'].map(part).join(''), 'hex');
  const expected = BigInt(`0x${createHmac('sha256', 's3').update(bytes).digest('hex').slice(0, 16)}`);
  expect(keyHash(panel, [12n, 'é'], [integer, varchar])).toBe(expected);
});

test('keys that read alike are not alike', () => {
  const types = [varchar, varchar];
  const keys = [
    ['a', 'bc'],
    ['ab', 'c'],
    ['abc', ''],
    ['', 'abc'],
    ['abc', null],
    [null, 'abc'],
  ];
  expect(new Set(keys.map((key) => keyHash(panel, key, types))).size).toBe(keys.length);
});

test('other secrets, features and nights draw others', () => {
  const others = [panel, { ...panel, secret: 's4' }, { ...panel, feature: 'g' }, { ...panel, turn: 'fixed' }];
  expect(new Set(others.map((p) => keyHash(p, [1n], [integer]))).size).toBe(4);
});

test('the share is a share, and a larger one has the smaller', () => {
  const hashes = Array.from({ length: 20_000 }, (_, i) => keyHash(panel, [BigInt(i)], [integer]));
  const tenth = hashes.filter((h) => isSampled(h, 0.1));
  // 2,000 expected; 4.5 standard deviations are 191.
  expect(Math.abs(tenth.length - 2000)).toBeLessThan(191);
  expect(tenth.every((h) => isSampled(h, 0.2))).toBe(true);
  expect(hashes.filter((h) => isSampled(h, 0))).toEqual([]);
  expect(hashes.every((h) => isSampled(h, 1))).toBe(true);
});

test('the order of a panel does not depend on the order of what is known', () => {
  const entities = Array.from({ length: 500 }, (_, i) => [BigInt(i)]);
  const drawn = inDrawnOrder(entities, [integer], panel);
  expect(inDrawnOrder([...entities].reverse(), [integer], panel)).toEqual(drawn);
  expect([...drawn].sort((a, b) => Number((a[0] as bigint) - (b[0] as bigint)))).toEqual(entities);
  expect(drawn).not.toEqual(entities);
});
