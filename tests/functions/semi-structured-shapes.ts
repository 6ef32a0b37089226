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
const edited: Shape = (random) => {
  const of = pick(random, elementTypes);
  return [
    array(of),
    { type: of.kind === 'number' && of.scale === 0 ? pick(random, [number(1), number(4), number(20)]) : of, required: true },
  ];
};
const whole = (random: Random): Draw =>
  pick(random, [
    { type: number(4), literal: String(pick(random, [0, 3, -4, 12])) },
    { type: number(9), among: [-7n, -1n, 0n, 1n, 2n, 6n, 11n] },
  ]);
const step = (random: Random): Draw => ({ type: number(2), literal: pick(random, ['1', '2', '-1', '-3', '10']) });
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
  ARRAY_APPEND: edited,
  ARRAY_PREPEND: edited,
  ARRAY_REMOVE: edited,
  ARRAY_REMOVE_AT: (random) => [array(pick(random, elementTypes)), place(random)],
  ARRAY_GENERATE_RANGE: (random) => (random() < 0.3 ? [whole(random), whole(random)] : [whole(random), whole(random), step(random)]),
  SPLIT: (random) => [{ type: varchar }, { type: varchar, literal: pick(random, [',', 'a', 'an', 'é']) }],
};
