/** Feast's point-in-time join of the same labels has the same values. `npm run bench -- feast` says how long either takes. */
import { expect, test } from 'vitest';
import { benchFeast } from '../bench/feast/feast.ts';
import { missingParts } from './in-stack.ts';

test.skipIf(missingParts.includes('feast'))(
  'a training set is what Feast joins from values that were computed before',
  async () => {
    const { labels, different, ours, feast } = await benchFeast(300, 40);
    console.log(`${labels} labels: ours ${ours.toFixed(1)} s, Feast ${feast.toFixed(1)} s`);
    expect(different).toBe(0);
  },
  300_000,
);
