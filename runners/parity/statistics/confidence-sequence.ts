/**
 * Bounds on the share of mismatches in a finite population of entities that are drawn one after another without
 * replacement. They hold at every moment together, so one may look after each draw and stop when one likes.
 *
 * For a supposed share m, capital is bet on each draw at odds that are fair if m is right: what the population still
 * holds after i draws is (N·m − found) / (N − i) on average. Capital that grows to 1/α has a chance of at most α if m is
 * right (Ville), so such an m is out. After Waudby-Smith and Ramdas, "Estimating means of bounded random variables by
 * betting" (2023), section 5. Stakes are a mixture: near the whole capital while nothing is found, less otherwise.
 */

export interface Draws {
  /** Entities in the population. */
  readonly population: number;
  /** Of each entity in the order in which it was drawn: the share of its points that mismatch, 0 to 1. */
  readonly shares: readonly number[];
}

interface Stake {
  readonly share: number;
  readonly weight: number;
}

function normalised(stakes: readonly Stake[]): readonly Stake[] {
  const sum = stakes.reduce((total, { weight }) => total + weight, 0);
  return stakes.map(({ share, weight }) => ({ share, weight: weight / sum }));
}

const steps = 32;
/** A stake of 1 − r is best if the true share is r·m. Little weight on r near 1: such a population needs a census. */
const againstMore = normalised(
  Array.from({ length: steps }, (_, k) => (k + 0.5) / steps).map((r) => ({ share: 1 - r, weight: Math.exp(-3 * r) })),
);
/** A stake of about q is best if the true share is q: from one in a hundred thousand to one half. */
const againstLess = normalised(Array.from({ length: steps }, (_, k) => ({ share: 10 ** (-5 + (4.7 * k) / (steps - 1)), weight: 1 })));

interface Played {
  readonly capital: number;
  readonly draws: number;
}

/**
 * What 1 grows to when each draw pays `1 + stake · odds`. Stops at `enough`.
 * `odds`: given the mean of what remains if the supposed share is right, and what was drawn.
 */
function play(
  population: number,
  shares: Iterable<number>,
  supposed: number,
  stakes: readonly Stake[],
  odds: (mean: number, share: number) => number,
  enough: number,
): Played {
  const capitals = stakes.map(({ weight }) => weight);
  let found = 0;
  let capital = 1;
  let draws = 0;
  for (const share of shares) {
    const pays = odds((population * supposed - found) / (population - draws), share);
    draws++;
    capital = 0;
    for (let k = 0; k < capitals.length; k++) {
      const now = (capitals[k] as number) * (1 + (stakes[k] as Stake).share * pays);
      capitals[k] = now;
      capital += now;
    }
    if (capital >= enough) break;
    found += share;
  }
  return { capital, draws };
}

/** Pays while mismatches are rarer than supposed. Grows with the supposed share, so that one bisection finds the bound. */
const rarer = (mean: number, share: number): number => {
  if (mean <= 0) return 0;
  // More than remains would have to mismatch: the supposed share is impossible.
  if (mean >= 1) return share < 1 ? Number.POSITIVE_INFINITY : 0;
  return (mean - share) / (1 - mean);
};

/** Pays while mismatches are more frequent than supposed. */
const commoner = (mean: number, share: number): number => {
  if (mean <= 0) return share > 0 || mean < 0 ? Number.POSITIVE_INFINITY : 0;
  return share / Math.min(mean, 1) - 1;
};

/** From `from`, which holds, towards `to`: the nearest that is excluded, or `to`. */
function boundary(from: number, to: number, excluded: (supposed: number) => boolean): number {
  let [kept, out] = [from, to];
  for (let i = 0; i < 60 && kept !== out; i++) {
    const middle = (kept + out) / 2;
    if (excluded(middle)) out = middle;
    else kept = middle;
  }
  return out;
}

const mean = ({ shares, population }: Draws): number => shares.reduce((sum, share) => sum + share, 0) / population;
const isCensus = ({ shares, population }: Draws): boolean => shares.length >= population;

/** Whether fewer than `share` of the points in the whole population mismatch, with confidence 1 − `alpha`. */
export function surelyBelow(draws: Draws, share: number, alpha: number): boolean {
  if (isCensus(draws)) return mean(draws) < share;
  return play(draws.population, draws.shares, share, againstMore, rarer, 1 / alpha).capital >= 1 / alpha;
}

/** Whether more than `share` of the points in the whole population mismatch, with confidence 1 − `alpha`. */
export function surelyAbove(draws: Draws, share: number, alpha: number): boolean {
  if (isCensus(draws)) return mean(draws) > share;
  return play(draws.population, draws.shares, share, againstLess, commoner, 1 / alpha).capital >= 1 / alpha;
}

/** The share of mismatching points in the whole population is at most this, with confidence 1 − `alpha`. */
export function upperBound(draws: Draws, alpha: number): number {
  const found = mean(draws);
  // What was not drawn may all mismatch.
  const most = found + Math.max(0, draws.population - draws.shares.length) / draws.population;
  return boundary(found, most, (share) => surelyBelow(draws, share, alpha));
}

/** The share of mismatching points in the whole population is at least this, with confidence 1 − `alpha`. */
export function lowerBound(draws: Draws, alpha: number): number {
  const most = mean(draws) + Math.max(0, draws.population - draws.shares.length) / draws.population;
  return boundary(most, mean(draws), (share) => surelyAbove(draws, share, alpha));
}

/** The evidence that more than `share` of the points mismatch: its mean is at most 1 if that is not so, however long one looked. */
export function evidenceOfMore(draws: Draws, share: number): number {
  return play(draws.population, draws.shares, share, againstLess, commoner, Number.POSITIVE_INFINITY).capital;
}

/** How many more entities without a mismatch would bring the upper bound below `target`; null if not even all of them. */
export function moreNeeded(draws: Draws, target: number, alpha: number): number | null {
  const { population, shares } = draws;
  if (mean(draws) >= target) return null;
  function* andCleanOnes(): Iterable<number> {
    yield* shares;
    for (let i = shares.length; i < population; i++) yield 0;
  }
  const played = play(population, andCleanOnes(), target, againstMore, rarer, 1 / alpha);
  return Math.max(0, played.draws - shares.length);
}
