/**
 * How far two right answers may be apart where FLOATs are added up: by the numbers that are added, not by a guess. A sum of n
 * numbers is off by at most n · u · Σ|x|, in whatever order (Higham, "Accuracy and Stability of Numerical Algorithms", 4.2);
 * what becomes of that on the way to the output is seen by asking the reference with each sum a little larger.
 */
import type { Catalog } from '../../compiler/catalog.ts';
import type { CheckedFeature } from '../../compiler/check/checked.ts';
import type { AggregateRow } from '../../compiler/functions/define.ts';
import type { Value } from '../../compiler/value.ts';
import type { SourceRows } from '../data/events.ts';
import type { SpineRow } from '../data/spine.ts';
import { evaluateFeature } from '../reference/index.ts';
import { type Meanings, ownMeanings } from '../reference/meanings.ts';

/** Half the distance from 1 to the next FLOAT. */
const u = 2 ** -53;
/** Of what comes before and after a sum: a product, a quotient, a function of a math library. */
const steps = 8;

type Aggregate = AggregateRow['evaluate'];
type Rows = readonly (readonly Value[])[];
/** `rows`: the arguments of each row. */
type ErrorOf = (rows: Rows, result: number) => number;

const first = (rows: Rows): readonly number[] => rows.map(([x]) => x ?? null).filter((x) => typeof x === 'number');

const errorOfSum = (xs: readonly number[]): number => (xs.length + steps) * u * xs.reduce((total, x) => total + Math.abs(x), 0);
const sumError: ErrorOf = (rows) => errorOfSum(first(rows));
const meanError: ErrorOf = (rows) => errorOfSum(first(rows)) / Math.max(1, rows.length);
/** Between two of the numbers. */
const interpolationError: ErrorOf = (rows) => steps * u * Math.max(0, ...first(rows).map(Math.abs));

/** Chan, Golub and LeVeque, "Algorithms for computing the sample variance" (1983): n · u · κ, κ² = 1 + mean² / variance. */
const varianceError: ErrorOf = (rows, variance) => {
  const xs = first(rows);
  const mean = xs.reduce((total, x) => total + x, 0) / Math.max(1, xs.length);
  const n = xs.length + steps;
  return variance === 0 ? n * u * mean * mean : n * u * Math.sqrt(1 + (mean * mean) / Math.abs(variance)) * Math.abs(variance);
};

const deviationError: ErrorOf = (rows, deviation) => {
  const ofVariance = varianceError(rows, deviation * deviation);
  return deviation === 0 ? Math.sqrt(ofVariance) : ofVariance / (2 * deviation);
};

/** How far sums over pairs (y, x) may be off: by the same bound for Sxx = Σ(x − mean)², which is n · u · ‖x‖ · √Sxx, and its like for Sxy. */
interface PairErrors {
  readonly n: number;
  readonly sxx: number;
  readonly syy: number;
  readonly sxy: number;
  readonly meanX: number;
  readonly meanY: number;
  readonly errors: { readonly sxx: number; readonly syy: number; readonly sxy: number; readonly meanX: number; readonly meanY: number };
}

function pairErrors(rows: Rows): PairErrors {
  const pairs = rows.filter(([y, x]) => typeof y === 'number' && typeof x === 'number') as unknown as readonly (readonly [
    number,
    number,
  ])[];
  const n = pairs.length;
  const [ys, xs] = [pairs.map(([y]) => y), pairs.map(([, x]) => x)];
  const mean = (of: readonly number[]): number => of.reduce((total, v) => total + v, 0) / Math.max(1, n);
  const [meanX, meanY] = [mean(xs), mean(ys)];
  const around = (f: (dy: number, dx: number) => number): number => pairs.reduce((total, [y, x]) => total + f(y - meanY, x - meanX), 0);
  const [sxx, syy, sxy] = [around((_, dx) => dx * dx), around((dy) => dy * dy), around((dy, dx) => dy * dx)];
  const norm = (of: readonly number[]): number => Math.sqrt(of.reduce((total, v) => total + v * v, 0));
  const each = (n + steps) * u;
  return {
    ...{ n, sxx, syy, sxy, meanX, meanY },
    errors: {
      sxx: each * norm(xs) * Math.sqrt(sxx),
      syy: each * norm(ys) * Math.sqrt(syy),
      sxy: each * (norm(xs) * Math.sqrt(syy) + norm(ys) * Math.sqrt(sxx)),
      meanX: errorOfSum(xs) / Math.max(1, n),
      meanY: errorOfSum(ys) / Math.max(1, n),
    },
  };
}

const ofPairs =
  (error: (of: PairErrors, result: number) => number): ErrorOf =>
  (rows, result) => {
    const found = error(pairErrors(rows), result);
    return Number.isFinite(found) ? found : 0;
  };
const relative = (error: number, of: number): number => error / Math.abs(of);
const slopeError = ({ sxx, errors }: PairErrors, slope: number): number => errors.sxy / sxx + Math.abs(slope) * relative(errors.sxx, sxx);
const correlationError = ({ sxx, syy, errors }: PairErrors, correlation: number): number =>
  errors.sxy / Math.sqrt(sxx * syy) + (Math.abs(correlation) * (relative(errors.sxx, sxx) + relative(errors.syy, syy))) / 2;

const errors: Readonly<Record<string, ErrorOf>> = {
  SUM: sumError,
  AVG: meanError,
  MEDIAN: interpolationError,
  PERCENTILE_CONT: interpolationError,
  VARIANCE: varianceError,
  VAR_POP: varianceError,
  STDDEV: deviationError,
  STDDEV_POP: deviationError,
  CORR: ofPairs(correlationError),
  COVAR_POP: ofPairs(({ n, errors: e }) => e.sxy / n),
  COVAR_SAMP: ofPairs(({ n, errors: e }) => e.sxy / (n - 1)),
  REGR_SLOPE: ofPairs(slopeError),
  REGR_INTERCEPT: ofPairs((of) => {
    const slope = of.sxy / of.sxx;
    return of.errors.meanY + slopeError(of, slope) * Math.abs(of.meanX) + Math.abs(slope) * of.errors.meanX;
  }),
  REGR_R2: ofPairs((of) => {
    const correlation = of.sxy / Math.sqrt(of.sxx * of.syy);
    return 2 * Math.abs(correlation) * correlationError(of, correlation);
  }),
  REGR_AVGX: ofPairs((of) => of.errors.meanX),
  REGR_AVGY: ofPairs((of) => of.errors.meanY),
  REGR_SXX: ofPairs((of) => of.errors.sxx),
  REGR_SYY: ofPairs((of) => of.errors.syy),
  REGR_SXY: ofPairs((of) => of.errors.sxy),
};

/** Outputs of `rows` in order: how far apart two answers may be; undefined for a feature whose FLOATs come from elsewhere. */
export function floatBounds(
  feature: CheckedFeature,
  catalog: Catalog,
  events: ReadonlyMap<string, SourceRows>,
  rows: readonly SpineRow[],
): readonly (readonly number[])[] | undefined {
  if (!onlyKnownSums(feature)) return undefined;
  let sites = 0;
  const ask = (site: number, signs: 0 | 1 | 2 = 0): { readonly answers: readonly (readonly Value[])[]; readonly evaluations: number } => {
    const counted = larger(site, signs);
    const answers = evaluateFeature(feature, catalog, events, rows, { knowledge: 'event', meanings: counted.meanings });
    sites = counted.sites();
    return { answers, evaluations: counted.evaluations() };
  };
  const meant = ask(-1).answers;
  const changed = Array.from({ length: sites }, (_, site) => {
    const plain = ask(site);
    // Of several sums that meet in one answer each is off by itself: where they are compared, errors of one sign would cancel.
    const mixed = plain.evaluations > rows.length ? ([1, 2] as const).map((signs) => ask(site, signs).answers) : [];
    return [plain.answers, ...mixed];
  });
  return meant.map((values, r) =>
    values.map((value, i) => {
      if (typeof value !== 'number') return 0;
      const moves = changed.map((ways) =>
        ways.map((answers) => Math.abs(Number(answers[r]?.[i] ?? value) - value)).filter(Number.isFinite),
      );
      const moved = moves.map((ways) => Math.max(0, ...ways));
      // Both sides may be off, each in its own direction.
      return 2 * (moved.reduce((total, x) => total + x, 0) + steps * u * Math.abs(value));
    }),
  );
}

interface Counted {
  readonly meanings: Meanings;
  readonly sites: () => number;
  /** Of the site that was changed. */
  readonly evaluations: () => number;
}

/**
 * The reference with one of its sums as far off as rounding may make it. Sums are counted as they are compiled.
 * `signs`: 0: each a little larger; 1: larger and smaller in turns; 2: as it comes.
 */
function larger(site: number, signs: 0 | 1 | 2): Counted {
  let sites = 0;
  let evaluations = 0;
  const one =
    (error: ErrorOf) =>
    (own: Aggregate): Aggregate => {
      const mine = sites++;
      return (rows, call) => {
        const result = own(rows, call);
        if (mine !== site || typeof result !== 'number') return result;
        evaluations += 1;
        const sign = signs === 0 || isLarger(evaluations, signs) ? 1 : -1;
        return result + sign * error(rows, result);
      };
    };
  const aggregates = new Map(Object.entries(errors).map(([name, error]) => [name, one(error)]));
  return { meanings: { ...ownMeanings, aggregates }, sites: () => sites, evaluations: () => evaluations };
}

/** In turns, or by a coin (Knuth's multiplicative hash): of two sums one is always larger and one smaller. */
const isLarger = (nth: number, signs: 1 | 2): boolean => (signs === 1 ? nth % 2 === 1 : Math.imul(nth, 2654435761) >>> 31 === 1);

/** No FLOAT of an aggregate or a window whose error is not known here. */
function onlyKnownSums(feature: CheckedFeature): boolean {
  let known = true;
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null || !known) return;
    if ('kind' in node && 'fn' in node && (node.kind === 'window' || node.kind === 'aggregate') && isFloat(node)) {
      if (!(String(node.fn) in errors || exactOnFloats.has(String(node.fn)))) known = false;
    }
    for (const [key, value] of Object.entries(node)) if (key !== 'span' && key !== 'type') walk(value);
  };
  walk(feature.query);
  return known;
}

/** They give one of their numbers, or a quotient of two counts. */
const exactOnFloats = new Set([
  ...['MIN', 'MAX', 'ANY_VALUE', 'MIN_BY', 'MAX_BY', 'MODE', 'PERCENTILE_DISC'],
  ...['LAG', 'LEAD', 'FIRST_VALUE', 'LAST_VALUE', 'NTH_VALUE', 'PERCENT_RANK', 'CUME_DIST'],
]);

function isFloat(node: object): boolean {
  return 'type' in node && typeof node.type === 'object' && node.type !== null && 'kind' in node.type && node.type.kind === 'float';
}
