/** GROUP BY: its keys, and for ROLLUP, CUBE and GROUPING SETS the sets of keys that they stand for. */
import type { Span } from '../source.ts';
import { isAbsent, isList, type Json, list, variant } from './json.ts';
import { anyPlace, type Lowering, unsupported } from './lowering.ts';
import type { Expression, Select } from './syntax.ts';

/** What Snowflake allows. */
const mostSets = 128;

type Sets = readonly (readonly number[])[];

export function lowerGroupBy(lowering: Lowering, json: Json, around: Span): Pick<Select, 'groupBy' | 'groupingSets'> {
  const { tag, content } = variant(json);
  if (tag === 'All') {
    if (!isAbsent(content)) unsupported(lowering, around, 'modifiers of GROUP BY');
    return { groupBy: 'all', groupingSets: null };
  }
  const [expressions, modifiers] = isList(content) ? content : [];
  if (!isAbsent(modifiers ?? null)) unsupported(lowering, around, 'modifiers of GROUP BY');
  const keys: Expression[] = [];
  const add = (item: Json): number => keys.push(lowering.lower.expression(lowering, item, around)) - 1;
  let sets: Sets = [[]];
  let plain = true;
  for (const item of list(expressions ?? null)) {
    const grouped = groupsOf(item, add);
    plain &&= grouped === undefined;
    const alternatives = grouped ?? [[add(item)]];
    if (sets.length * alternatives.length > mostSets) {
      unsupported(lowering, anyPlace(lowering, item, around), `more than ${mostSets} grouping sets`);
      return { groupBy: keys, groupingSets: null };
    }
    sets = sets.flatMap((set) => alternatives.map((more) => [...set, ...more]));
  }
  if (plain) return { groupBy: keys.length === 0 ? null : keys, groupingSets: null };
  return { groupBy: keys, groupingSets: sets };
}

function groupsOf(json: Json, add: (item: Json) => number): Sets | undefined {
  const { tag, content } = variant(json);
  if (tag !== 'Rollup' && tag !== 'Cube' && tag !== 'GroupingSets') return undefined;
  const groups = list(content).map((group) => list(group).map(add));
  if (tag === 'GroupingSets') return groups;
  if (tag === 'Rollup') return groups.map((_, i) => groups.slice(0, groups.length - i).flat()).concat([[]]);
  // More than seven would be too many sets, whatever else there is.
  const subsets = Array.from({ length: 2 ** Math.min(groups.length, 8) }, (_, left) => left);
  return subsets.map((left) => groups.flatMap((group, i) => (((left >> i) & 1) === 1 ? [] : group)));
}
