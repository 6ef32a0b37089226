/** How rows over VARIANT and arrays are written in generated features. */
import type { Form, Kind, Writer } from './expressions.ts';

type Write = (w: Writer, kind: Kind) => string;
type ColumnOf = (w: Writer, kind: Kind) => string | undefined;

export function semiStructuredForms(write: Write, columnOf: ColumnOf): Readonly<Record<string, Form>> {
  const text = (w: Writer): string => write(w, 'text');
  const json = (w: Writer): string => write(w, 'json');
  const list = (w: Writer): string => write(w, 'list');
  const key = (w: Writer): string => w.d.pick(["'a'", "'c'", "'d'", "'none'", '0', '1']);
  const test = (name: string): Form => ({ gives: 'bool', write: (w) => `${name}(${w.d.oneIn(2) ? json(w) : path(w)})` });
  /** Of a column, so that something is there. */
  const path = (w: Writer): string =>
    `${columnOf(w, 'json') ?? 'NULL::VARIANT'}${w.d.pick([':a', ':c[0]', ':c', ':d.e', ':d."f g"', "['a']", '[3]:a', ':c[0]:b'])}`;
  return {
    PATH: { gives: 'json', write: path },
    GET: { gives: 'json', write: (w) => (w.d.oneIn(2) ? path(w) : `GET(${json(w)}, ${key(w)})`) },
    PATH_TEXT: { gives: 'text', write: (w) => `${path(w)}::VARCHAR` },
    ELEMENT: { gives: 'text', write: (w) => `GET(${list(w)}, ${w.d.pick(['0', '1', '2'])})::VARCHAR` },
    PATH_NUMBER: { gives: 'num', write: (w) => `TRY_CAST(${path(w)}::VARCHAR AS NUMBER(12, 2))` },
    IS_NULL_VALUE: test('IS_NULL_VALUE'),
    IS_ARRAY: test('IS_ARRAY'),
    IS_OBJECT: test('IS_OBJECT'),
    IS_VARCHAR: test('IS_VARCHAR'),
    IS_BOOLEAN: test('IS_BOOLEAN'),
    ARRAY_SIZE: { gives: 'num', write: (w) => `ARRAY_SIZE(${w.d.oneIn(3) ? path(w) : list(w)})` },
    ARRAY_CONSTRUCT: { gives: 'list', write: (w) => `[COALESCE(${text(w)}, 'z'), ${w.d.pick(["'a'", "'é'", "''"])}]` },
    ARRAY_CONTAINS: { gives: 'bool', write: (w) => `ARRAY_CONTAINS((${text(w)})::VARIANT, ${list(w)})` },
    ARRAY_POSITION: {
      gives: 'num',
      write: (w) =>
        `ARRAY_POSITION(${w.d.pick(["'a'::VARIANT", "'é'::VARIANT", `(${text(w)})::VARIANT`])}, ARRAY_CAT(${list(w)}, ['é', 'a']))`,
    },
    ARRAY_TO_STRING: { gives: 'text', write: (w) => `ARRAY_TO_STRING(${list(w)}, ${w.d.pick(["','", "''"])})` },
    ARRAYS_OVERLAP: { gives: 'bool', write: (w) => `ARRAYS_OVERLAP(${list(w)}, ${list(w)})` },
    ARRAY_CAT: { gives: 'list', write: (w) => `ARRAY_CAT(${list(w)}, ${list(w)})` },
    ARRAY_SLICE: { gives: 'list', write: (w) => `ARRAY_SLICE(${list(w)}, ${w.d.pick(['0, 2', '1, 9', '-2, 5', '0, -1'])})` },
    ARRAY_SORT: { gives: 'list', write: (w) => `ARRAY_SORT(${list(w)})` },
    ARRAY_REVERSE: { gives: 'list', write: (w) => `ARRAY_REVERSE(${list(w)})` },
    ARRAY_APPEND: { gives: 'list', write: (w) => `ARRAY_APPEND(${list(w)}, COALESCE(${text(w)}, 'z'))` },
    ARRAY_PREPEND: { gives: 'list', write: (w) => `ARRAY_PREPEND(${list(w)}, ${w.d.pick(["'a'", "''"])})` },
    ARRAY_REMOVE: { gives: 'list', write: (w) => `ARRAY_REMOVE(${list(w)}, ${w.d.pick(["'a'::VARIANT", "''", "'b'"])})` },
    ARRAY_REMOVE_AT: { gives: 'list', write: (w) => `ARRAY_REMOVE_AT(${list(w)}, ${w.d.pick(['0', '1', '-1', '9', '-9'])})` },
    ARRAY_GENERATE_RANGE: {
      gives: 'num',
      write: (w) => `ARRAY_SIZE(ARRAY_GENERATE_RANGE(0, LENGTH(${text(w)})${w.d.pick(['', ', 2', ', -1'])}))`,
    },
    SPLIT: { gives: 'list', write: (w) => `SPLIT(${text(w)}, ${w.d.pick(["','", "'a'"])})` },
  };
}
