/**
 * Functions that SQL for Postgres (17 or later) calls. A statement never changes its meaning: a new meaning gets a new name.
 * No function in here depends on a setting of the session.
 */
import { postgresTextPrelude } from './postgres-text-prelude.ts';

export const postgresPrelude: readonly string[] = [
  `CREATE OR REPLACE FUNCTION lockstep_error(message text, type_of anyelement) RETURNS anyelement LANGUAGE plpgsql VOLATILE AS
$$ BEGIN RAISE EXCEPTION '%', message; END $$`,
  // The first argument says of which type the others are.
  `CREATE OR REPLACE FUNCTION lockstep_array(type_of anyarray, VARIADIC elements anyarray) RETURNS anyarray LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT elements $$`,
  // Places from 0, up to but not with the second; negative ones from the end.
  `CREATE OR REPLACE FUNCTION lockstep_array_slice(x anyarray, first integer, behind integer) RETURNS anyarray LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT x[CASE WHEN first < 0 THEN greatest(cardinality(x) + first, 0) ELSE first END + 1 : CASE WHEN behind < 0 THEN cardinality(x) + behind ELSE behind END] $$`,
  `CREATE OR REPLACE FUNCTION lockstep_array_reverse(x anyarray) RETURNS anyarray LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT coalesce(array_agg(element ORDER BY place DESC), x) FROM unnest(x) WITH ORDINALITY AS elements(element, place) $$`,
  `CREATE OR REPLACE FUNCTION lockstep_array_sort(x anyarray) RETURNS anyarray LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT coalesce(array_agg(element ORDER BY element), x) FROM unnest(x) AS elements(element) $$`,
  `CREATE OR REPLACE FUNCTION lockstep_text_array_sort(x text[]) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT coalesce(array_agg(element ORDER BY element COLLATE "C"), x) FROM unnest(x) AS elements(element) $$`,
  // Without the element at a place from 1, if there is one.
  `CREATE OR REPLACE FUNCTION lockstep_array_without_place(x anyarray, place integer) RETURNS anyarray LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT CASE WHEN place BETWEEN 1 AND cardinality(x) THEN x[1 : place - 1] || x[place + 1 : cardinality(x)] ELSE x END $$`,
  // Whole numbers up to but not with the second.
  `CREATE OR REPLACE FUNCTION lockstep_array_range(first numeric, behind numeric, step numeric) RETURNS numeric[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT coalesce(array_agg(n ORDER BY place), '{}') FROM generate_series(first, behind - sign(step), step) WITH ORDINALITY AS numbers(n, place) $$`,
  // n / d with so many decimals, halves away from zero: div() cuts, and one digit more decides.
  `CREATE OR REPLACE FUNCTION lockstep_div(n numeric, d numeric, scale integer) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT round(div(n * ('1e' || (scale + 1))::numeric, d) * ('1e-' || (scale + 1))::numeric, scale) $$`,
  // n / d with so many decimals, the rest cut off.
  `CREATE OR REPLACE FUNCTION lockstep_div_cut(n numeric, d numeric, scale integer) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT trunc(div(n * ('1e' || scale)::numeric, d) * ('1e-' || scale)::numeric, scale) $$`,
  // The greatest multiple of d that is not greater than n.
  `CREATE OR REPLACE FUNCTION lockstep_floor_to(n numeric, d numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT n - mod(mod(n, d) + d, d) $$`,
  // Halves away from zero: Postgres rounds doubles to even.
  `CREATE OR REPLACE FUNCTION lockstep_round(x double precision) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT trunc(x) + CASE WHEN abs(x - trunc(x)) >= 0.5 THEN sign(x) ELSE 0 END $$`,
  // The exact value of a double, rounded half away from zero: the cast of Postgres keeps 15 digits.
  `CREATE OR REPLACE FUNCTION lockstep_float_to_number(x double precision, scale integer) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN bits IS NULL OR exponent < 2047 THEN
  CASE WHEN bits < 0 THEN -1 ELSE 1 END * CASE WHEN exponent >= 1075 THEN trunc(mantissa * 2::numeric ^ (exponent - 1075))
  ELSE round(div(mantissa * ('1e' || (scale + 1))::numeric, 2::numeric ^ (1075 - greatest(exponent, 1))) * ('1e-' || (scale + 1))::numeric, scale) END
  ELSE lockstep_error('a FLOAT that is not finite is no NUMBER', NULL::numeric) END
FROM (SELECT bits, ((bits >> 52) & 2047)::integer AS exponent,
  ((bits & 4503599627370495) + CASE WHEN (bits >> 52) & 2047 > 0 THEN 4503599627370496 ELSE 0 END)::numeric AS mantissa
  FROM (SELECT ('x' || encode(float8send(x), 'hex'))::bit(64)::bigint AS bits) AS raw) AS parts $$`,
  // Moved by whole microseconds; intervals multiply in binary, so days and the rest of a day apart.
  `CREATE OR REPLACE FUNCTION lockstep_move(x timestamp, micros numeric) RETURNS timestamp LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT x + make_interval(days => div(micros, 86400000000)::integer) + mod(micros, 86400000000)::double precision * interval '1 microsecond' $$`,
  // So many decimals, halves to the even neighbour.
  `CREATE OR REPLACE FUNCTION lockstep_half_even(x numeric, places integer) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT (trunc(u) + CASE WHEN abs(u - trunc(u)) > 0.5 OR (abs(u - trunc(u)) = 0.5 AND mod(trunc(u), 2) <> 0) THEN sign(u) ELSE 0 END)
  * ('1e' || -places)::numeric FROM (SELECT x * ('1e' || places)::numeric AS u) AS moved $$`,
  // Whole numbers in places of 50 bits, the last with the sign.
  `CREATE OR REPLACE FUNCTION lockstep_limbs(x numeric) RETURNS bigint[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT ARRAY[x - low, div(low - high, 1125899906842624), div(high, 1267650600228229401496703205376)]::bigint[]
FROM (SELECT lockstep_floor_to(x, 1125899906842624) AS low, lockstep_floor_to(x, 1267650600228229401496703205376) AS high) AS floors $$`,
  // In two's complement.
  `CREATE OR REPLACE FUNCTION lockstep_bit_and(a numeric, b numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT (x[1] & y[1]) + (x[2] & y[2]) * 1125899906842624::numeric + (x[3] & y[3]) * 1267650600228229401496703205376
FROM (SELECT lockstep_limbs(a) AS x, lockstep_limbs(b) AS y) AS limbs $$`,
  // Kilometres on a sphere with the radius 6371; rounding may lift a sine above 1.
  `CREATE OR REPLACE FUNCTION lockstep_haversine(lat1 double precision, lon1 double precision, lat2 double precision, lon2 double precision) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT 2 * 6371 * asin(least(1, sqrt(sin((radians(lat2) - radians(lat1)) / 2) ^ 2
  + cos(radians(lat1)) * cos(radians(lat2)) * sin(radians(lon2 - lon1) / 2) ^ 2))) $$`,
  // Whole microseconds since 1970 as a timestamp.
  `CREATE OR REPLACE FUNCTION lockstep_timestamp(micros numeric) RETURNS timestamp LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT lockstep_move(timestamp '1970-01-01', micros) $$`,
  `CREATE OR REPLACE FUNCTION lockstep_number(x text, digits integer, scale integer) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN x ~ '^ *[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,3})? *$' THEN
  CASE WHEN abs(round(x::numeric, scale)) < ('1e' || (digits - scale))::numeric THEN round(x::numeric, scale) END END $$`,
  // A number of characters, or a place among them: what no text has stays what no text has.
  `CREATE OR REPLACE FUNCTION lockstep_place(n numeric) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN n > 1000000000 THEN 1000000000 WHEN n < -1000000000 THEN -1000000000 ELSE n::integer END $$`,
  `CREATE OR REPLACE FUNCTION lockstep_size(n numeric) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN n > 1000000000 THEN 1000000000 WHEN n < 0 THEN 0 ELSE n::integer END $$`,
  // The n-th element, from the end if negative.
  `CREATE OR REPLACE FUNCTION lockstep_element(list anyarray, n integer) RETURNS anyelement LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN n > 0 THEN list[n] ELSE list[cardinality(list) + 1 + n] END $$`,
  // How often neighbours of a list differ.
  `CREATE OR REPLACE FUNCTION lockstep_differences(list anyarray) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT count(*)::numeric FROM generate_series(2, cardinality(list)) AS i WHERE list[i] <> list[i - 1] $$`,
  // At p thousandths of the way, counted in whole numbers: the first value whose share of the list reaches them.
  `CREATE OR REPLACE FUNCTION lockstep_percentile_disc(list anyarray, p integer, down boolean) RETURNS anyelement LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT sorted[CASE WHEN down THEN n + 1 - place ELSE place END] FROM (
  SELECT array_agg(x ORDER BY x) AS sorted, count(*)::integer AS n, greatest(1, (p * count(*) + 999) / 1000)::integer AS place
  FROM unnest(list) AS x) AS ordered $$`,
  // The same, between two values: exact, and of FLOATs as a share of their difference.
  `CREATE OR REPLACE FUNCTION lockstep_percentile_cont(list numeric[], p integer) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT (sorted[place / 1000 + 1] * (1000 - place % 1000) + sorted[least(place / 1000 + 2, n)] * (place % 1000)) * 0.001 FROM (
  SELECT array_agg(x ORDER BY x) AS sorted, count(*) AS n, p * (count(*) - 1) AS place FROM unnest(list) AS x) AS ordered $$`,
  `CREATE OR REPLACE FUNCTION lockstep_percentile_cont(list double precision[], p integer) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT sorted[place / 1000 + 1] + (sorted[least(place / 1000 + 2, n)] - sorted[place / 1000 + 1]) * ((place % 1000)::double precision / 1000) FROM (
  SELECT array_agg(x ORDER BY x) AS sorted, count(*) AS n, p * (count(*) - 1) AS place FROM unnest(list) AS x) AS ordered $$`,
  ...postgresTextPrelude,
];
