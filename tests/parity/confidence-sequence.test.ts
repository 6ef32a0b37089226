/** The bounds: against published and computed numbers, by simulation, and that the simulation would notice a looser one. */
import { describe, expect, test } from 'vitest';
import {
  evidenceOfMore,
  lowerBound,
  moreNeeded,
  surelyAbove,
  surelyBelow,
  upperBound,
} from '../../runners/parity/statistics/confidence-sequence.ts';
import { seeded } from '../parser-fuzz/inputs.ts';

const clean = (n: number): readonly number[] => Array<number>(n).fill(0);
const huge = 100_000_000;

/** How many draws without a mismatch prove less than 0.1 %. */
function firstProof(population: number, alpha: number): number | null {
  return moreNeeded({ population, shares: [] }, 0.001, alpha);
}

describe('numbers', () => {
  test('nothing drawn, nothing known', () => {
    expect(upperBound({ population: 10, shares: [] }, 0.05)).toBe(1);
    expect(lowerBound({ population: 10, shares: [] }, 0.05)).toBe(0);
  });

  test('a census is exact', () => {
    const draws = { population: 4, shares: [0, 1, 0.5, 0] };
    expect(upperBound(draws, 0.05)).toBe(0.375);
    expect(lowerBound(draws, 0.05)).toBe(0.375);
  });

  // Beta-binomial prior-posterior ratio with a prior Beta(1, 3000): 3,815 (evidence, parity.md 3.3); a fixed sample needs 2,995.
  test('proof of 0.1 % at 95 % costs little more than a sample of fixed size', () => {
    const needed = firstProof(huge, 0.05);
    expect(needed).toBeGreaterThan(2995);
    expect(needed).toBeLessThan(3900);
  });

  test('a small population needs fewer', () => {
    // Three wrong ones of 3,000 stay hidden from 1,895 draws with a chance of 5 %.
    expect(firstProof(3000, 0.05)).toBeGreaterThanOrEqual(1895);
    expect(firstProof(3000, 0.05)).toBeLessThan(2300);
    expect(firstProof(100, 0.05)).toBe(100);
  });

  test('the remaining entities are no more than what may be wrong', () => {
    expect(upperBound({ population: 1000, shares: clean(999) }, 0.05)).toBeLessThanOrEqual(0.001);
    expect(lowerBound({ population: 10, shares: [1, 1, 1, 1, 1] }, 0.05)).toBeGreaterThanOrEqual(0.5);
  });

  test('more than is left needed: never', () => {
    expect(moreNeeded({ population: 1000, shares: [1, 1] }, 0.001, 0.05)).toBeNull();
  });

  test('an alarm needs evidence', () => {
    const one = { population: huge, shares: [...clean(500), 1] };
    expect(evidenceOfMore(one, 0.001)).toBeLessThan(20);
    expect(evidenceOfMore({ population: huge, shares: [...clean(500), 1, 1, 1, 1, 1, 1] }, 0.001)).toBeGreaterThan(20);
    expect(lowerBound(one, 0.05)).toBeLessThan(0.002);
  });
});

/** Entities with their shares; errors come in clusters: `within` of an entity's points go wrong together. */
interface Population {
  readonly name: string;
  readonly entities: number;
  readonly wrong: number;
  readonly within: (random: () => number) => number;
}

const populations: readonly Population[] = [
  { name: 'whole entities wrong', entities: 1000, wrong: 20, within: () => 1 },
  { name: 'one point in 24 of many entities', entities: 1000, wrong: 300, within: () => 1 / 24 },
  { name: 'anything', entities: 600, wrong: 60, within: (random) => random() },
  { name: 'one wrong entity', entities: 400, wrong: 1, within: () => 1 },
  { name: 'half of a small one', entities: 60, wrong: 30, within: (random) => (random() < 0.5 ? 1 : 0.1) },
];

const runs = 10_000;
const alpha = 0.05;

/** In how many of the runs the bound, looked at after every draw, once excluded the truth. */
function failures(population: Population, seed: number, excludes: (draws: readonly number[], truth: number, entities: number) => boolean) {
  const { entities, wrong, within } = population;
  let failed = 0;
  for (let run = 0; run < runs; run++) {
    const source = seeded(seed, run);
    const random = () => source.below(2 ** 30) / 2 ** 30;
    const shares = Array.from({ length: entities }, (_, i) => (i < wrong ? within(random) : 0));
    for (let i = entities - 1; i > 0; i--) {
      const j = source.below(i + 1);
      [shares[i], shares[j]] = [shares[j] as number, shares[i] as number];
    }
    const truth = shares.reduce((a, b) => a + b, 0) / entities;
    // A census is exact; the last draws would only say so.
    if (excludes(shares.slice(0, Math.floor(entities * 0.7)), truth, entities)) failed++;
  }
  return failed / runs;
}

/** Room for chance in 10,000 runs: four standard deviations. */
const promised = alpha + 4 * Math.sqrt((alpha * (1 - alpha)) / runs);

describe('by simulation, 10,000 runs each', () => {
  test.each(populations)('$name: the upper bound holds at every look', { timeout: 120_000 }, (population) => {
    // A share that once was surely too high is a bound that once fell below it.
    const failed = failures(population, 1, (shares, truth, entities) => surelyBelow({ population: entities, shares }, truth, alpha));
    expect(failed).toBeLessThanOrEqual(promised);
  });

  test.each(populations)('$name: the lower bound holds at every look', { timeout: 120_000 }, (population) => {
    const failed = failures(population, 2, (shares, truth, entities) => surelyAbove({ population: entities, shares }, truth, alpha));
    expect(failed).toBeLessThanOrEqual(promised);
  });

  /** The exact bound for a sample of fixed size: right once, wrong if one looks after every draw. */
  const peeking = (shares: readonly number[], truth: number): boolean => {
    let found = 0;
    return shares.some((share, i) => {
      found += share;
      return atMost(Math.floor(found), i + 1, truth) < alpha;
    });
  };

  test('a bound that does not pay for looking is caught', { timeout: 120_000 }, () => {
    expect(failures(populations[0] as Population, 1, peeking)).toBeGreaterThan(promised);
  });

  test('a bound that takes the points of an entity for independent is caught', { timeout: 120_000 }, () => {
    const asPoints = (shares: readonly number[], truth: number, entities: number): boolean => {
      const points = shares.flatMap((share) => Array<number>(8).fill(share));
      return surelyBelow({ population: entities * 8, shares: points }, truth, alpha);
    };
    expect(failures(populations[2] as Population, 1, asPoints)).toBeGreaterThan(promised);
  });

  test('a bound of less confidence is caught', { timeout: 120_000 }, () => {
    const looser = (shares: readonly number[], truth: number, entities: number): boolean =>
      surelyBelow({ population: entities, shares }, truth, 4 * alpha);
    expect(failures(populations[0] as Population, 1, looser)).toBeGreaterThan(promised);
  });
});

/** Chance of at most k successes in n tries. */
function atMost(k: number, n: number, p: number): number {
  let term = (1 - p) ** n;
  let sum = term;
  for (let i = 1; i <= k; i++) {
    term *= ((n - i + 1) / i) * (p / (1 - p));
    sum += term;
  }
  return sum;
}
