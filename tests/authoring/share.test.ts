import { expect, test } from 'vitest';
import { parseShare } from '../../compiler/authoring/share.ts';
import { readFeature } from './read.ts';

test.each([
  ['0.1%', 0.001],
  ['0.001', 0.001],
  ['1e-3', 0.001],
  ['1E-3', 0.001],
  ['2.5e-1%', 0.0025],
  ['9e+1%', 0.9],
])('%s is a share', (text, share) => {
  expect(parseShare(text, { ends: false })).toBe(share);
});

test.each(['0', '0%', '0e5', '1', '100%', '1e0', '2', 'e-3', '1e', '1e-400', '-1e-3', '0x1', 'NaN', 'Infinity', ''])(
  '%s is none',
  (text) => {
    expect(parseShare(text, { ends: false })).toBeUndefined();
  },
);

test.each([
  ['0', 0],
  ['0%', 0],
  ['1', 1],
  ['100%', 1],
])('%s is one where all and nothing are', (text, share) => {
  expect(parseShare(text, { ends: true })).toBe(share);
});

test('a header may leave lateness nothing', () => {
  for (const written of ['0', '0%']) {
    const { feature, said } = readFeature(`entity: a\nparity: { target: 1e-3, lateness_budget: ${written} }`, 'SELECT a FROM t');
    expect(said).toEqual([]);
    expect(feature?.header.parity).toMatchObject({ target: 0.001, latenessBudget: 0 });
  }
});
