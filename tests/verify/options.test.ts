/** Wrong options, each with the way out; and what holds where nothing is said. */
import { expect, test } from 'vitest';
import { optionsOf } from './options.ts';

test('without options the whole of it is asked, under a cap', () => {
  expect(optionsOf(['--target', 'prod'])).toEqual({
    project: undefined,
    target: 'prod',
    parts: ['gold', 'functions', 'features'],
    cap: { credits: 0.5, minutes: 60 },
    out: 'snowflake-ledger.json',
    sample: null,
    keep: false,
  });
  expect(optionsOf(['--target', 'prod', '--parts', 'features, gold']).parts).toEqual(['gold', 'features']);
});

test.each([
  [[], '--target NAME is missing'],
  [['--target', 'prod', '--part', 'gold'], "'--part'"],
  [['--target', 'prod', '--parts', 'gould'], 'there is no part gould'],
  [['--target', 'prod', '--max-credits', '0'], '--max-credits 0 is no number above 0'],
  [['--target', 'prod', '--max-minutes', '-1'], 'ambiguous'],
  [['--target', 'prod', '--max-minutes', '1e9'], '--max-minutes 1e9 is no number above 0'],
  [['--target', 'prod', '--sample', '0'], '--sample 0 is no number of items'],
] as const)('%j', (argv, message) => {
  expect(() => optionsOf(argv)).toThrow(message);
});
