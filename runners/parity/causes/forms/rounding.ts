/** Halves that go elsewhere than away from zero; digits that are cut off. */

import type { CheckedFeature } from '../../../../compiler/check/checked.ts';
import { counted } from '../../../../compiler/counted.ts';
import { divideHalfAway } from '../../../../compiler/functions/decimal.ts';
import type { Intervention } from '../intervention.ts';
import { each, meaning, type Other } from './meanings.ts';
import { averageBy, castBy, cutOff, type Decimals, divisions, halfEven, quotientBy, roundBy } from './quotients.ts';
import { functionsIn } from './sites.ts';

const ways = [
  { how: 'cut off', divide: cutOff },
  { how: 'went to the even neighbour', divide: halfEven },
] as const;

export function rounding(feature: CheckedFeature): readonly Intervention[] {
  const used = functionsIn(feature);
  const divides = divisions.some((name) => used.has(name)) || used.has('AVG');
  return ways.flatMap(({ how, divide }) => {
    const quotients: Other = { scalars: each(divisions, quotientBy(divide)), aggregates: { AVG: averageBy(divide) } };
    const rounds: Other = { scalars: { ROUND: roundBy(divide) }, cast: castBy(divide) };
    const found: Intervention[] = [];
    if (divides) found.push(meaning('rounding', `as if the last digit of quotients ${how}`, quotients));
    if (used.has('ROUND') || used.has('CAST')) found.push(meaning('rounding', `as if ROUND and casts ${how}`, rounds));
    if (found.length === 2)
      found.push(
        meaning('rounding', `as if all rounding ${how}`, { ...quotients, ...rounds, scalars: { ...quotients.scalars, ...rounds.scalars } }),
      );
    return found;
  });
}

/** Fewer decimals in a quotient than Snowflake gives it. */
export function divisionScale(feature: CheckedFeature): readonly Intervention[] {
  const used = functionsIn(feature);
  const byHand = divisions.some((name) => used.has(name));
  const average = used.has('AVG');
  const scales = [0, 1, 2, 3, 4, 5].flatMap((n): readonly Scale[] => [
    { text: n === 0 ? 'no decimals' : counted(n, 'decimal'), decimals: () => n },
    {
      text: n === 0 ? 'the decimals of their dividend' : `${counted(n, 'decimal')} more than their dividend`,
      decimals: (dividend) => dividend + n,
    },
  ]);
  const ways = [
    { how: 'cut off', divide: cutOff },
    { how: 'rounded', divide: divideHalfAway },
  ];
  return scales.flatMap(({ text, decimals }) =>
    ways.flatMap(({ how, divide }) => {
      const scalars = each(divisions, quotientBy(divide, decimals));
      const aggregates = { AVG: averageBy(divide, decimals) };
      const found: Intervention[] = [];
      if (byHand) found.push(meaning('division_scale', `as if quotients had ${text}, ${how}`, { scalars }));
      if (average) found.push(meaning('division_scale', `as if averages had ${text}, ${how}`, { aggregates }));
      if (byHand && average)
        found.push(meaning('division_scale', `as if quotients and averages had ${text}, ${how}`, { scalars, aggregates }));
      return found;
    }),
  );
}

interface Scale {
  readonly text: string;
  readonly decimals: Decimals;
}
