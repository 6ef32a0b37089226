/** JSON in which the paths of a query lead somewhere: mostly to what it looks for, at times to something else, to null or nowhere. */
import type { Json } from '../../../compiler/functions/json-values.ts';
import { canonicalJson } from '../../../compiler/functions/json-values.ts';
import { varchar } from '../../../compiler/sql-type.ts';
import type { Value } from '../../../compiler/value.ts';
import type { Clues } from './clues.ts';
import type { Dice } from './dice.ts';
import { anyElement, type Place, placeText, type Step } from './places.ts';
import { fromLiterals, valuesOf } from './values.ts';

type Column = Omit<Place, 'path'>;

interface Making {
  readonly near: bigint;
  readonly dice: Dice;
  /** With everything that is looked for. */
  readonly plain: boolean;
  /** What other places have, too; undefined where a place is alone. */
  readonly shared: (place: Place) => Value | undefined;
}

export function documentOf(column: Column, clues: Clues, { near, dice, plain, shared }: Making): string {
  const paths = clues.paths.filter((p) => p.source === column.source && p.column === column.column).map((p) => p.path);
  const build = (path: readonly Step[]): Json | undefined => {
    const next = stepsAfter(path, paths);
    if (!plain && path.length > 0 && dice.oneIn(9)) return dice.pick<Json | undefined>([null, undefined, undefined, 'x', []]);
    if (next.length === 0) return leaf({ ...column, path });
    if (next.includes(anyElement)) {
      const elements = Array.from({ length: dice.pick(plain ? [1, 2] : [0, 1, 1, 2, 2, 3]) }, () => build([...path, anyElement]) ?? null);
      if (!clues.objects.has(placeText({ ...column, path })) || dice.oneIn(2)) return elements;
      return Object.fromEntries(elements.map((e) => [dice.pick(['k', 'a', 'é']), e]));
    }
    if (next.every((s) => typeof s === 'number')) {
      const length = Math.max(...(next as readonly number[])) + 1;
      return Array.from({ length }, (_, i) => (next.includes(i) ? (build([...path, i]) ?? null) : null));
    }
    const members = next.filter((s): s is string => typeof s === 'string').map((key) => [key, build([...path, key])] as const);
    return Object.fromEntries(members.filter((m): m is [string, Json] => m[1] !== undefined));
  };
  const leaf = (place: Place): Json => {
    const own = shared(place);
    if (own !== undefined && own !== null && typeof own !== 'object') return typeof own === 'bigint' ? Number(own) : own;
    const key = placeText(place);
    const wanted = {
      type: varchar,
      literals: clues.literals.get(key) ?? [],
      casts: (clues.casts.get(key) ?? []).filter(isText),
      max: null,
      near,
    };
    const looked = fromLiterals(wanted) as readonly string[];
    const text =
      looked.length > 0 && (plain || !dice.oneIn(3)) ? dice.pick(looked) : dice.pick((valuesOf(wanted) as readonly string[]).slice(0, 8));
    // As a number where it is one: `"price": 12.5`.
    return /^-?(0|[1-9]\d{0,12})(\.\d{0,3}[1-9])?$/.test(text) && text !== '-0' && !dice.oneIn(3) ? Number(text) : text;
  };
  return canonicalJson(build([]) ?? {});
}

const isText = (kind: string): boolean => kind !== 'varchar' && kind !== 'variant';

function stepsAfter(path: readonly Step[], paths: readonly (readonly Step[])[]): readonly Step[] {
  const start = JSON.stringify(path).slice(0, -1);
  const following = paths.filter((p) => p.length > path.length && `${JSON.stringify(p.slice(0, path.length)).slice(0, -1)}` === start);
  const steps = following.map((p) => p[path.length] as Step);
  return [...new Set(steps)];
}
