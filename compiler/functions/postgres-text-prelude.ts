/** Functions over characters and bytes that SQL for Postgres calls; what holds for postgres-prelude.ts holds here. */
import { keptInLower, keptInUpper, postgresLetters } from './letter-case.ts';

/** A text with one of the letters that stay goes character by character. Apart, so that Postgres can put the first in place. */
function caseFunctions(name: 'lower' | 'upper', kept: string): readonly string[] {
  return [
    `CREATE OR REPLACE FUNCTION lockstep_${name}_letters(s text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT string_agg(CASE WHEN c COLLATE "C" ~ '[${kept}]' THEN c ELSE ${name}(c COLLATE "pg_c_utf8") END, '' ORDER BY i)
FROM string_to_table(s, NULL) WITH ORDINALITY AS t(c, i) $$`,
    `CREATE OR REPLACE FUNCTION lockstep_${name}(s text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN octet_length(s) > char_length(s) AND s COLLATE "C" ~ '[${kept}]' THEN lockstep_${name}_letters(s)
  ELSE ${name}(s COLLATE "pg_c_utf8") END $$`,
  ];
}

export const postgresTextPrelude: readonly string[] = [
  ...caseFunctions('lower', postgresLetters(keptInLower)),
  ...caseFunctions('upper', postgresLetters(keptInUpper)),
  // Words begin with a capital; the characters in `ends` stand between them.
  `CREATE OR REPLACE FUNCTION lockstep_initcap_2(s text, ends text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT coalesce(string_agg(CASE WHEN strpos(ends, c) > 0 THEN c
  WHEN before IS NULL OR strpos(ends, before) > 0 THEN lockstep_upper(c) ELSE lockstep_lower(c) END, '' ORDER BY i), '')
FROM (SELECT c, i, lag(c) OVER (ORDER BY i) AS before FROM string_to_table(s, NULL) WITH ORDINALITY AS t(c, i)) AS letters $$`,
  // The nth piece that is not empty between any of the characters in `ends`.
  `CREATE OR REPLACE FUNCTION lockstep_strtok(s text, ends text, n integer) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT CASE WHEN ends = '' THEN CASE WHEN n = 1 AND s <> '' THEN s END
  ELSE (array_remove(string_to_array(translate(s, ends, repeat(left(ends, 1), length(ends))), left(ends, 1)), ''))[n] END $$`,
  // Levenshtein's distance by code points.
  `CREATE OR REPLACE FUNCTION lockstep_editdistance(s text, t text) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
$$ DECLARE
  a text[] := string_to_array(s, NULL);
  b text[] := string_to_array(t, NULL);
  line integer[] := array(SELECT generate_series(0, cardinality(b)));
  next integer[];
BEGIN
  FOR i IN 1 .. cardinality(a) LOOP
    next := ARRAY[i];
    FOR j IN 1 .. cardinality(b) LOOP
      next[j + 1] := least(line[j + 1] + 1, next[j] + 1, line[j] + CASE WHEN a[i] COLLATE "C" = b[j] THEN 0 ELSE 1 END);
    END LOOP;
    line := next;
  END LOOP;
  RETURN line[cardinality(b) + 1];
END $$`,
  `CREATE OR REPLACE FUNCTION lockstep_editdistance(s text, t text, most numeric) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT least(lockstep_editdistance(s, t), greatest(most, 0)) $$`,
  // Byte by byte, of as many bytes.
  `CREATE OR REPLACE FUNCTION lockstep_bytes_bitwise(operator text, a bytea, b bytea) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT coalesce(string_agg(set_byte('\\x00'::bytea, 0, CASE operator WHEN '&' THEN get_byte(a, i) & get_byte(b, i)
  WHEN '|' THEN get_byte(a, i) | get_byte(b, i) ELSE get_byte(a, i) # get_byte(b, i) END), ''::bytea ORDER BY i), ''::bytea)
FROM generate_series(0, octet_length(a) - 1) AS places(i) $$`,
  // FIPS 180-4; without an extension Postgres has no SHA-1.
  `CREATE OR REPLACE FUNCTION lockstep_sha1(s text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
$$ DECLARE
  bytes bytea := convert_to(s, 'UTF8');
  size integer := octet_length(bytes);
  h bigint[] := ARRAY[1732584193, 4023233417, 2562383102, 271733878, 3285377520];
  w bigint[];
  v bigint[];
  f bigint;
  k bigint;
BEGIN
  bytes := bytes || '\\x80'::bytea || decode(repeat('00', (119 - size % 64) % 64), 'hex') || int8send(size::bigint * 8);
  FOR block IN 0 .. octet_length(bytes) / 64 - 1 LOOP
    FOR i IN 0 .. 15 LOOP
      w[i] := (get_byte(bytes, block * 64 + i * 4)::bigint << 24) + (get_byte(bytes, block * 64 + i * 4 + 1) << 16)
        + (get_byte(bytes, block * 64 + i * 4 + 2) << 8) + get_byte(bytes, block * 64 + i * 4 + 3);
    END LOOP;
    FOR i IN 16 .. 79 LOOP
      f := w[i - 3] # w[i - 8] # w[i - 14] # w[i - 16];
      w[i] := ((f << 1) | (f >> 31)) & 4294967295;
    END LOOP;
    v := h;
    FOR i IN 0 .. 79 LOOP
      IF i < 20 THEN
        f := (v[2] & v[3]) | (~v[2] & v[4]);
        k := 1518500249;
      ELSIF i >= 40 AND i < 60 THEN
        f := (v[2] & v[3]) | (v[2] & v[4]) | (v[3] & v[4]);
        k := 2400959708;
      ELSE
        f := v[2] # v[3] # v[4];
        k := CASE WHEN i < 40 THEN 1859775393 ELSE 3395469782 END;
      END IF;
      v := ARRAY[(((v[1] << 5) | (v[1] >> 27)) + f + v[5] + k + w[i]) & 4294967295,
        v[1], ((v[2] << 30) | (v[2] >> 2)) & 4294967295, v[3], v[4]];
    END LOOP;
    h := ARRAY[h[1] + v[1] & 4294967295, h[2] + v[2] & 4294967295, h[3] + v[3] & 4294967295, h[4] + v[4] & 4294967295, h[5] + v[5] & 4294967295];
  END LOOP;
  RETURN (SELECT string_agg(lpad(to_hex(part), 8, '0'), '' ORDER BY i) FROM unnest(h) WITH ORDINALITY AS parts(part, i));
END $$`,
];
