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
type ErrorOf = (numbers: readonly number[], result: number) => number;

const sumError: ErrorOf = (xs) => (xs.length + steps) * u * xs.reduce((total, x) => total + Math.abs(x), 0);

/** Chan, Golub and LeVeque, "Algorithms for computing the sample variance" (1983): n · u · κ, κ² = 1 + mean² / variance. */
const varianceError: ErrorOf = (xs, variance) => {
  const mean = xs.reduce((total, x) => total + x, 0) / Math.max(1, xs.length);
  const n = xs.length + steps;
  return variance === 0 ? n * u * mean * mean : n * u * Math.sqrt(1 + (mean * mean) / Math.abs(variance)) * Math.abs(variance);
};

const errors: Readonly<Record<string, ErrorOf>> = {
  SUM: sumError,
  AVG: (xs, result) => sumError(xs, result) / Math.max(1, xs.length),
  VARIANCE: varianceError,
  VAR_POP: varianceError,
  STDDEV: deviationError,
  STDDEV_POP: deviationError,
};

function deviationError(xs: readonly number[], deviation: number): number {
  const ofVariance = varianceError(xs, deviation * deviation);
  return deviation === 0 ? Math.sqrt(ofVariance) : ofVariance / (2 * deviation);
}

/** Outputs of `rows` in order: how far apart two answers may be; undefined for a feature whose FLOATs come from elsewhere. */
export function floatBounds(
  feature: CheckedFeature,
  catalog: Catalog,
  events: ReadonlyMap<string, SourceRows>,
  rows: readonly SpineRow[],
): readonly (readonly number[])[] | undefined {
  if (!onlyKnownSums(feature)) return undefined;
  let sites = 0;
  const ask = (site: number): readonly (readonly Value[])[] => {
    const counted = larger(site);
    const answers = evaluateFeature(feature, catalog, events, rows, { knowledge: 'event', meanings: counted.meanings });
    sites = counted.sites();
    return answers;
  };
  const meant = ask(-1);
  const changed = Array.from({ length: sites }, (_, site) => ask(site));
  return meant.map((values, r) =>
    values.map((value, i) => {
      if (typeof value !== 'number') return 0;
      const moved = changed.map((answers) => Math.abs(Number(answers[r]?.[i] ?? value) - value)).filter(Number.isFinite);
      // Both sides may be off, each in its own direction.
      return 2 * (moved.reduce((total, x) => total + x, 0) + steps * u * Math.abs(value));
    }),
  );
}

/** The reference with one of its sums as large as rounding may make it. Sums are counted as they are compiled. */
function larger(site: number): { readonly meanings: Meanings; readonly sites: () => number } {
  let sites = 0;
  const one =
    (error: ErrorOf) =>
    (own: Aggregate): Aggregate => {
      const mine = sites++;
      return (rows, call) => {
        const result = own(rows, call);
        if (mine !== site || typeof result !== 'number') return result;
        return (
          result +
          error(
            rows.map(([x]) => x ?? null).filter((x) => typeof x === 'number'),
            result,
          )
        );
      };
    };
  const aggregates = new Map(Object.entries(errors).map(([name, error]) => [name, one(error)]));
  return { meanings: { ...ownMeanings, aggregates }, sites: () => sites };
}

/** No FLOAT of a window, nor of an aggregate whose error is not known here. */
function onlyKnownSums(feature: CheckedFeature): boolean {
  let known = true;
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null || !known) return;
    if ('kind' in node && 'fn' in node && (node.kind === 'window' || node.kind === 'aggregate') && isFloat(node)) {
      if (node.kind === 'window' || !(String(node.fn) in errors || exactOnFloats.has(String(node.fn)))) known = false;
    }
    for (const [key, value] of Object.entries(node)) if (key !== 'span' && key !== 'type') walk(value);
  };
  walk(feature.query);
  return known;
}

const exactOnFloats = new Set(['MIN', 'MAX', 'ANY_VALUE', 'MIN_BY', 'MAX_BY', 'MEDIAN', 'MODE']);

function isFloat(node: object): boolean {
  return 'type' in node && typeof node.type === 'object' && node.type !== null && 'kind' in node.type && node.type.kind === 'float';
}
