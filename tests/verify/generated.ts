/**
 * For each function row a generated feature in which it leads to a value. What a row means is the reference's to say, so features are chosen
 * before any account is asked. Each has little else beside its row: a function that fails takes no other with it, and a difference says whose it is.
 */
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
import type { Item } from './item.ts';
import { type Data, placesOf } from './places.ts';
import { rowsShown } from './rows-shown.ts';

/** So many rows share the data: to load it takes longer than to ask. */
const rowsOfWorld = 50;
const mostTapes = 400;

export interface Generated {
  readonly items: readonly Item[];
  /** A second feature for a row of which no value could be compared; undefined: there is none that was not tried twice. */
  readonly more: () => Item | undefined;
}

interface Drawn {
  readonly id: string;
  readonly text: string;
  readonly feature: CheckedFeature;
  readonly spine: readonly SpineRow[];
  readonly data: Data;
  readonly rows: readonly string[];
}

/** `wanted`: names of function rows. Throws if the seed shows no value of one. */
export function generatedItems(wanted: readonly string[], seed: number): Generated {
  const tapes = fc.sample(tape, { numRuns: mostTapes, seed });
  const compared = new Set<string>();
  const itemOf = ({ id, text, feature, data, spine, rows }: Drawn): Item => ({
    id,
    sql: text,
    run: async (connection) => {
      const found = await againstReference(connection, feature, data, spine, 'event');
      for (const row of rows) compared.add(row);
      return found;
    },
  });
  const worlds = Array.from({ length: Math.ceil(wanted.length / rowsOfWorld) }, (_, n) => dataOf(tapes[n] ?? [], n));
  const drawing = wanted.map((row, i) => ({ row, drawn: casesOf(row, i, worlds[Math.floor(i / rowsOfWorld)], tapes) }));
  const items = drawing.map(({ row, drawn }) => {
    const first = drawn.next().value;
    if (first === undefined) throw new Error(`seed ${seed} shows no value of ${row} in ${mostTapes} features`);
    return itemOf(first);
  });
  const again = [...drawing];
  return {
    items,
    more: () => {
      for (let next = again.shift(); next !== undefined; next = again.shift()) {
        const second = compared.has(next.row) ? undefined : next.drawn.next().value;
        if (second !== undefined) return itemOf(second);
      }
      return undefined;
    },
  };
}

/** Those that compile, whose value is no error, and in which the row led to a value. */
function* casesOf(
  row: string,
  place: number,
  data: ReturnType<typeof dataOf> | undefined,
  tapes: readonly (readonly number[])[],
): Generator<Drawn, undefined> {
  if (data === undefined) return undefined;
  for (let i = 0; i < tapes.length; i++) {
    const n = (place + i) % tapes.length;
    const { compiled, spine, generated } = makeCase(tapes[n] ?? [], n, 'snowflake', data.world, [row]);
    if (compiled === undefined) continue;
    const { feature } = compiled;
    try {
      const rows = rowsShown(feature, evaluateFeature(feature, catalog, data.events, spine, { knowledge: 'event' }));
      if (rows.includes(row)) yield { id: `${row}, generated ${n}`, text: generated.text, feature, spine, data, rows };
    } catch (thrown) {
      if (!(thrown instanceof EvaluationError)) throw thrown;
    }
  }
  return undefined;
}

function dataOf(numbers: readonly number[], n: number) {
  const world = drawWorld(drawFrom(numbers.toReversed()));
  return { world, catalog, events: world.events, places: placesOf(`world${n}`) };
}
