/** What arguments rows over VARIANT and arrays are tried with. */
import { date, number, type SqlType, varchar, variant } from '../../compiler/sql-type.ts';
import { pick, type Random } from './random-values.ts';
import type { Draw, Shape } from './scalar-shapes.ts';

const elementTypes: readonly SqlType[] = [varchar, varchar, number(2), number(9, 2), date];
const array = (of: SqlType): Draw => ({ type: { kind: 'array', of } });
const anArray: Shape = (random) => [array(pick(random, elementTypes))];
const two: Shape = (random) => {
  const of = pick(random, elementTypes);
  return [array(of), array(of)];
};
const sought: Shape = (random) => {
  const of = pick(random, elementTypes);
  return [{ type: of }, array(of)];
};
const json: Shape = () => [{ type: variant }];
const place = (random: Random): Draw => ({ type: number(4), literal: String(pick(random, [0, 1, 2, 3, 9, -1, -2, -9])) });

export const semiStructuredShapes: Readonly<Record<string, Shape>> = {
  GET: (random) =>
    pick(random, [
      [{ type: variant }, { type: varchar, literal: pick(random, ['a', 'b', 'c', 'd', 'f g', 'none']) }],
      [{ type: variant }, { type: number(1), literal: pick(random, ['0', '1', '7']) }],
      [array(pick(random, elementTypes)), { type: number(1), literal: pick(random, ['0', '1', '7']) }],
    ]),
  IS_NULL_VALUE: json,
  IS_ARRAY: json,
  IS_OBJECT: json,
  IS_VARCHAR: json,
  IS_BOOLEAN: json,
  ARRAY_CONSTRUCT: (random) => {
    const of = pick(random, elementTypes);
    return Array.from({ length: pick(random, [1, 2, 3]) }, () => ({ type: of, required: true as const }));
  },
  ARRAY_SIZE: (random) => pick(random, [json, anArray])(random),
  ARRAY_CONTAINS: sought,
  ARRAY_POSITION: sought,
  ARRAY_TO_STRING: (random) => [array(varchar), { type: varchar, literal: pick(random, [',', '', ' - ', 'é']) }],
  ARRAYS_OVERLAP: two,
  ARRAY_CAT: two,
  ARRAY_SLICE: (random) => [array(pick(random, elementTypes)), place(random), place(random)],
  ARRAY_SORT: anArray,
  ARRAY_REVERSE: anArray,
  SPLIT: (random) => [{ type: varchar }, { type: varchar, literal: pick(random, [',', 'a', 'an', 'é']) }],
};
