/** Macros that DuckDB artifacts call. A statement never changes its meaning: a new meaning gets a new name. */
export const duckdbPrelude: readonly string[] = [
  // n / d for integers, rounded half away from zero.
  `CREATE OR REPLACE MACRO lockstep_div(n, d) AS
  CASE WHEN d = 0 AND n IS NOT NULL THEN error('division by zero')
       ELSE (2 * abs(n) + abs(d)) // (2 * abs(d)) * sign(n) * sign(d) END`,
  // Variance of whole numbers u, times k, rounded half away from zero; from moments in 128 bits.
  `CREATE OR REPLACE MACRO lockstep_var_samp(u, k) AS
  CASE WHEN count(u) > 1 THEN lockstep_div((count(u)::HUGEINT * sum(u * u) - sum(u) * sum(u)) * k, count(u)::HUGEINT * (count(u) - 1)) END`,
  `CREATE OR REPLACE MACRO lockstep_var_pop(u, k) AS
  CASE WHEN count(u) > 0 THEN lockstep_div((count(u)::HUGEINT * sum(u * u) - sum(u) * sum(u)) * k, count(u)::HUGEINT * count(u)) END`,
];
