/** What hostile authors and careless editors write into features. */
/** Texts that are SQL, Jinja or an escape to somebody. */
export const hostile = [
  "it's",
  "''",
  '"quoted"',
  'back\\slash',
  "\\'; DROP TABLE t; --",
  "'); DELETE FROM t; --",
  '{{ 7 * 7 }}',
  '{{x}} {{y}}',
  '{ { % } }',
  '$1 $spine ?',
  '-- no comment',
  '/* nor this */',
  '%s %d',
  'größe 👍🏽 \u202e',
  'line\nbreak\ttab',
  'NULL',
];
/** The text of transforms/sources.yml: a stream of words. */
export const sources = `streams:
  t:
    warehouse: raw.t
    key: id
    event_time: at
    columns: { id: VARCHAR, k: VARCHAR, word: VARCHAR, at: TIMESTAMP_NTZ }
`;
export const snowflakeLiteral = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
/** Definitions are Handlebars: braces that are none of its own have a backslash before them. */
export const authored = (sql: string): string => sql.replaceAll('{{', '\\{{');
