/**
 * Macros that DuckDB artifacts call. A statement never changes its meaning: a new meaning gets a new name.
 * Measured on 5 million rows and two cores: native a / b of DOUBLEs 35 ms, lockstep_div of BIGINTs 115 ms, of HUGEINTs
 * 3.9 s, lockstep_quotient of HUGEINTs 3.3 s. Averages over 100,000 groups: native 95 ms, exact 250 ms; medians 0.6 s and
 * 1.5 s. So rows choose BIGINT wherever the operands are proven to fit.
 */
import { keptInLower, keptInUpper, lettersOf, re2Letters, severalInLower, severalInUpper } from './letter-case.ts';

/**
 * DuckDB's own but for the letters that stay: where a text has one, each is hidden as a pair of code points without a case. The
 * first of the pair is itself hidden as a pair, so that every text comes back. A lambda would not do: DuckDB to 1.5 fails where
 * one stands inside OVER (…).
 */
function caseMacros(name: 'lower' | 'upper', several: typeof severalInUpper): readonly string[] {
  const first = String.fromCodePoint(0xfdd0);
  const pairs = [first, ...lettersOf(several)].map((letter, i) => [letter, first + String.fromCodePoint(0xfdd1 + i)] as const);
  const hidden = pairs.reduce((sql, [letter, pair]) => `replace(${sql}, '${letter}', '${pair}')`, 's');
  const shown = [...pairs].reverse().reduce((sql, [letter, pair]) => `replace(${sql}, '${pair}', '${letter}')`, `${name}(${hidden})`);
  return [
    `CREATE OR REPLACE MACRO lockstep_${name}_kept(s) AS
  ${shown}`,
    `CREATE OR REPLACE MACRO lockstep_${name}(s) AS
  CASE WHEN regexp_matches(s, '[${re2Letters(several)}]') THEN lockstep_${name}_kept(s) ELSE ${name}(s) END`,
  ];
}

export const duckdbPrelude: readonly string[] = [
  // n / d for integers, rounded half away from zero.
  `CREATE OR REPLACE MACRO lockstep_div(n, d) AS
  CASE WHEN d = 0 AND n IS NOT NULL THEN error('division by zero')
       ELSE (2 * abs(n) + abs(d)) // (2 * abs(d)) * sign(n) * sign(d) END`,
  // u * k / d, rounded half away from zero, without the product: the whole part first, so that 128 bits last longer.
  `CREATE OR REPLACE MACRO lockstep_quotient(u, k, d) AS
  CASE WHEN d = 0 AND u IS NOT NULL THEN error('division by zero')
       ELSE (u // d) * k + lockstep_div((u % d) * k, d) END`,
  // Variance of whole numbers u, times k, rounded half away from zero; from moments in 128 bits.
  `CREATE OR REPLACE MACRO lockstep_var_samp(u, k) AS
  CASE WHEN count(u) > 1 THEN lockstep_quotient(count(u)::HUGEINT * sum(u * u) - sum(u) * sum(u), k, count(u)::HUGEINT * (count(u) - 1)) END`,
  `CREATE OR REPLACE MACRO lockstep_var_pop(u, k) AS
  CASE WHEN count(u) > 0 THEN lockstep_quotient(count(u)::HUGEINT * sum(u * u) - sum(u) * sum(u), k, count(u)::HUGEINT * count(u)) END`,
  // How often neighbours of a list differ; NULL differs from nothing.
  `CREATE OR REPLACE MACRO lockstep_differences(l) AS
  len(list_filter(range(2, len(l) + 1), lambda lockstep_i: l[lockstep_i] <> l[lockstep_i - 1]))`,
  // Twice the median of whole numbers: DuckDB's own interpolates in binary.
  `CREATE OR REPLACE MACRO lockstep_median_twice(u) AS
  quantile_disc(u, 0.5) - quantile_disc(-u, 0.5)`,
  // Elements from one place to another, counted from 1; none where the second is before the first.
  `CREATE OR REPLACE MACRO lockstep_slice(l, i, j) AS
  CASE WHEN j < i THEN list_slice(l, 1, 0) ELSE list_slice(l, i, j) END`,
  `CREATE OR REPLACE MACRO lockstep_without(l, x) AS
  list_filter(l, lambda lockstep_element: lockstep_element <> x)`,
  `CREATE OR REPLACE MACRO lockstep_without_place(l, i) AS
  list_filter(l, lambda lockstep_element, lockstep_place: lockstep_place <> i)`,
  ...caseMacros('lower', severalInLower),
  ...caseMacros('upper', severalInUpper),
  // Words begin with a capital; the characters in `ends` stand between them.
  // Each character beside the one before it; before the first is '', which every text contains.
  `CREATE OR REPLACE MACRO lockstep_capitals_2(c, ends) AS
  array_to_string(list_transform(list_zip(c, list_prepend('', c), true), lambda lockstep_p:
    CASE WHEN contains(ends, lockstep_p[1]) THEN lockstep_p[1]
         WHEN contains(ends, lockstep_p[2]) THEN
           CASE WHEN regexp_matches(lockstep_p[1], '[${re2Letters(keptInUpper)}]') THEN lockstep_p[1] ELSE upper(lockstep_p[1]) END
         WHEN regexp_matches(lockstep_p[1], '[${re2Letters(keptInLower)}]') THEN lockstep_p[1]
         ELSE lower(lockstep_p[1]) END), '')`,
  `CREATE OR REPLACE MACRO lockstep_initcap_2(s, ends) AS
  CASE WHEN s IS NOT NULL THEN lockstep_capitals_2(regexp_extract_all(s, '(?s).'), ends) END`,
  // The nth piece that is not empty between any of the characters in `ends`.
  `CREATE OR REPLACE MACRO lockstep_strtok(s, ends, n) AS
  CASE WHEN ends = '' THEN CASE WHEN n = 1 AND s <> '' THEN s END
       WHEN n > 0 THEN list_filter(string_split(translate(s, ends, repeat(left(ends, 1), length(ends))), left(ends, 1)), lambda lockstep_x: lockstep_x <> '')[n] END`,
  // Levenshtein's distance by code points: DuckDB's own counts bytes.
  `CREATE OR REPLACE MACRO lockstep_list_distance(a, b) AS
  list_reduce(
    list_prepend(range(0, len(b) + 1), list_transform(range(1, len(a) + 1), lambda lockstep_i: [lockstep_i])),
    lambda lockstep_row, lockstep_i: list_reduce(
      list_prepend([lockstep_i[1]], list_transform(range(1, len(b) + 1), lambda lockstep_j: [lockstep_j])),
      lambda lockstep_next, lockstep_j: list_append(lockstep_next, least(
        lockstep_row[lockstep_j[1] + 1] + 1,
        lockstep_next[len(lockstep_next)] + 1,
        lockstep_row[lockstep_j[1]] + CASE WHEN a[lockstep_i[1]] = b[lockstep_j[1]] THEN 0 ELSE 1 END))))[len(b) + 1]`,
  `CREATE OR REPLACE MACRO lockstep_editdistance(s, t) AS
  CASE WHEN s IS NULL OR t IS NULL THEN NULL
       WHEN strlen(s) = length(s) AND strlen(t) = length(t) THEN levenshtein(s, t)
       ELSE lockstep_list_distance(regexp_extract_all(s, '(?s).'), regexp_extract_all(t, '(?s).')) END`,
  // Rounding may lift a sine above 1.
  `CREATE OR REPLACE MACRO lockstep_asin_to_one(x) AS
  asin(CASE WHEN x > 1 THEN 1 ELSE x END)`,
  // Kilometres on a sphere with the radius 6371.
  `CREATE OR REPLACE MACRO lockstep_haversine(lat1, lon1, lat2, lon2) AS
  2 * 6371 * lockstep_asin_to_one(sqrt(pow(sin((radians(lat2) - radians(lat1)) / 2), 2)
    + cos(radians(lat1)) * cos(radians(lat2)) * pow(sin(radians(lon2 - lon1) / 2), 2)))`,
  // n / d for integers, halves to the even neighbour.
  `CREATE OR REPLACE MACRO lockstep_half_even(n, d) AS
  n // d + CASE WHEN 2 * abs(n % d) > d OR (2 * abs(n % d) = d AND (n // d) % 2 <> 0) THEN sign(n) ELSE 0 END`,
  `CREATE OR REPLACE MACRO lockstep_floor_div(n, d) AS
  n // d - CASE WHEN n % d < 0 THEN 1 ELSE 0 END`,
  `CREATE OR REPLACE MACRO lockstep_ceil_div(n, d) AS
  n // d + CASE WHEN n % d > 0 THEN 1 ELSE 0 END`,
  // Between the values of a sorted list, at p thousandths of the way; a thousand times the value.
  `CREATE OR REPLACE MACRO lockstep_percentile_cont(l, p) AS
  CASE WHEN len(l) > 0 THEN l[p * (len(l) - 1) // 1000 + 1] * (1000 - p * (len(l) - 1) % 1000)
    + CASE WHEN p * (len(l) - 1) % 1000 > 0 THEN l[p * (len(l) - 1) // 1000 + 2] * (p * (len(l) - 1) % 1000) ELSE 0 END END`,
  `CREATE OR REPLACE MACRO lockstep_percentile_disc(l, p) AS
  l[greatest(1, (p * len(l) + 999) // 1000)]`,
  // Variance from n values, their sum s and the sum q of their squares, times k.
  `CREATE OR REPLACE MACRO lockstep_moments_samp(n, s, q, k) AS
  CASE WHEN n > 1 THEN lockstep_quotient(n::HUGEINT * q - s * s, k, n::HUGEINT * (n - 1)) END`,
  `CREATE OR REPLACE MACRO lockstep_moments_pop(n, s, q, k) AS
  CASE WHEN n > 0 THEN lockstep_quotient(n::HUGEINT * q - s * s, k, n::HUGEINT * n) END`,
];
