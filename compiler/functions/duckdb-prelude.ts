/** Macros that DuckDB artifacts call. A statement never changes its meaning: a new meaning gets a new name. */
export const duckdbPrelude: readonly string[] = [
  `CREATE OR REPLACE MACRO lockstep_div(n, d) AS
  CASE WHEN d = 0 THEN error('division by zero')
       ELSE (2 * abs(n) + abs(d)) // (2 * abs(d)) * sign(n) * sign(d) END`,
];
