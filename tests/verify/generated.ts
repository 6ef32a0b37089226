/** Generated features that together show every function row with a value. What a row means is the reference's to say, so they are chosen before any account is asked. */
import fc from 'fast-check';
import type { CheckedFeature } from '../../compiler/check/checked.ts';
import { EvaluationError } from '../../compiler/functions/evaluation-error.ts';
import type { SpineRow } from '../../runners/data/spine.ts';
import { evaluateFeature } from '../../runners/reference/index.ts';
import { tape } from '../differential/campaign.ts';
import { makeCase } from '../differential/case.ts';
import { drawFrom } from '../differential/draw.ts';
import { catalog, drawWorld } from '../differential/world.ts';
import { againstReference } from './against-reference.ts';
import type { Found, Item } from './item.ts';
import { type Data, placesOf } from './places.ts';
import { rowsShown } from './rows-shown.ts';

/** So many turns share the data: to load it takes longer than to ask. */
const turnsOfWorld = 10;

export interface Generated {
  readonly items: readonly Item[];
  /** For a row that all items with it failed to compare; undefined: there is none, or it was tried often enough. */
  readonly more: () => Item | undefined;
  /** Rows of which a value was compared. */
  readonly compared: ReadonlySet<string>;
}

interface Drawn {
  readonly turn: number;
  readonly text: string;
  readonly feature: CheckedFeature;
  readonly spine: readonly SpineRow[];
  readonly data: Data;
  readonly rows: readonly string[];
}

/** `wanted`: names of function rows. `most`: turns; throws if they do not show every row. */
export function generatedItems(wanted: readonly string[], seed: number, most: number): Generated {
  const compared = new Set<string>();
  const drawn = cases(seed, most);
  const passed: Drawn[] = [];
  const chosen: Drawn[] = [];
  const missing = new Set(wanted);
  for (const drawnCase of drawn) {
    const isNew = drawnCase.rows.some((row) => missing.has(row));
    (isNew ? chosen : passed).push(drawnCase);
    for (const row of drawnCase.rows) missing.delete(row);
    if (missing.size === 0) break;
  }
  if (missing.size > 0) throw new Error(`seed ${seed} shows no value of ${[...missing].join(', ')} in ${most} turns`);
  const itemOf = (of: Drawn): Item => ({
    id: `generated ${seed}/${of.turn}`,
    sql: of.text,
    run: async (connection): Promise<Found> => {
      const found = await againstReference(connection, of.feature, of.data, of.spine, 'event');
      for (const row of of.rows) compared.add(row);
      return found;
    },
  });
  const items = chosen.map(itemOf);
  let triesLeft = chosen.length;
  return {
    items,
    compared,
    more: () => {
      const open = wanted.filter((row) => !compared.has(row));
      while (open.length > 0 && triesLeft > 0) {
        const known = passed.findIndex(({ rows }) => open.some((row) => rows.includes(row)));
        const next = known >= 0 ? passed.splice(known, 1)[0] : drawn.next().value;
        if (next === undefined) return undefined;
        if (!next.rows.some((row) => open.includes(row))) continue;
        triesLeft -= 1;
        return itemOf(next);
      }
      return undefined;
    },
  };
}

/** Those that compile, and whose value is no error. */
function* cases(seed: number, most: number): Generator<Drawn, undefined> {
  let data = dataOf([], 0);
  for (const [turn, numbers] of fc.sample(tape, { numRuns: most, seed }).entries()) {
    if (turn % turnsOfWorld === 0) data = dataOf(numbers.toReversed(), turn / turnsOfWorld);
    const { compiled, spine, generated } = makeCase(numbers, turn, 'snowflake', data.world);
    if (compiled === undefined) continue;
    const { feature } = compiled;
    try {
      const rows = rowsShown(feature, evaluateFeature(feature, catalog, data.events, spine, { knowledge: 'event' }));
      yield { turn, text: generated.text, feature, spine, data, rows };
    } catch (thrown) {
      if (!(thrown instanceof EvaluationError)) throw thrown;
    }
  }
  return undefined;
}

function dataOf(numbers: readonly number[], n: number) {
  const world = drawWorld(drawFrom(numbers));
  return { world, catalog, events: world.events, places: placesOf(`world${n}`) };
}
