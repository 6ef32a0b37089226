/** Counted up from events in memory = the reference, on generated features of that kind and generated events. */
import { beforeAll, expect, test } from 'vitest';
import { eventIndexOf } from '../../compiler/artifacts/event-index.ts';
import { EvaluationError } from '../../compiler/functions/evaluation-error.ts';
import { loadParser } from '../../compiler/parse/front-end.ts';
import { compare } from '../../runners/parity/compare.ts';
import { evaluateFeature } from '../../runners/reference/index.ts';
import { compiledLambda } from '../../runners/stored-lambda.ts';
import { executeCounted } from '../../runners/stream/event-index/execute-counted.ts';
import { type Case, makeCountedCase } from './case.ts';
import { shrinkTape } from './draw.ts';
import { catalog } from './world.ts';

const seed = 20261123;
const cases = 100;

beforeAll(loadParser);

/** mulberry32 */
function numbers(from: number): readonly number[] {
  let state = from >>> 0;
  return Array.from({ length: 600 }, () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  });
}

interface Outcome {
  readonly kind: 'refused' | 'raised' | 'not counted' | 'counted';
  readonly rows: number;
  readonly computed: boolean;
  readonly problem: string | null;
}

const of = (kind: Outcome['kind'], rows = 0, computed = false, problem: string | null = null): Outcome => ({
  kind,
  rows,
  computed,
  problem,
});

async function outcomeOf({ compiled, world, spine, generated }: Case): Promise<Outcome> {
  if (compiled === undefined) return of('refused');
  const index = eventIndexOf(compiled.lambdaPlan);
  if (index === undefined) return of('not counted');
  const { feature } = compiled;
  try {
    const wanted = evaluateFeature(feature, catalog, world.events, spine, { knowledge: 'event' });
    const sources = catalog.sources.filter((s) => feature.sources.includes(s.name));
    const counted = await executeCounted(compiledLambda(compiled, catalog), sources, world.events, spine);
    const own = counted.map((values, i) => values ?? wanted[i] ?? []);
    const [first] = compare(feature.outputs, wanted, own).differences;
    const rows = counted.filter((values) => values !== undefined).length;
    const problem =
      first === undefined
        ? null
        : `${generated.text}\nrow ${first.row}, ${first.column}: ${String(first.left)} by the reference, ${String(first.right)} counted`;
    return of('counted', rows, index.outputs === null, problem);
  } catch (thrown) {
    if (thrown instanceof EvaluationError) return of('raised');
    return of('counted', 0, false, `${generated.text}\nraised: ${String(thrown)}`);
  }
}

test(`${cases} generated cases (seed ${seed})`, async () => {
  const found: Outcome[] = [];
  for (let i = 0; i < cases; i++) {
    const tape = numbers(seed + i);
    const outcome = await outcomeOf(makeCountedCase(tape));
    found.push(outcome);
    if (outcome.problem === null) continue;
    const fails = async (t: readonly number[]): Promise<boolean> => (await outcomeOf(makeCountedCase(t))).problem !== null;
    const smallest = await shrinkTape(tape, fails, 200);
    expect.fail(`case ${i}: ${(await outcomeOf(makeCountedCase(smallest))).problem}`);
  }
  const counted = found.filter((o) => o.kind === 'counted');
  const rows = (of: readonly Outcome[]): number => of.reduce((sum, o) => sum + o.rows, 0);
  console.log(
    `seed ${seed}: ${cases} cases, ${counted.length} counted up (${counted.filter((o) => o.computed).length} with more computed), ${rows(counted)} rows; ${found.filter((o) => o.kind === 'not counted').length} not of that kind, ${found.filter((o) => o.kind === 'refused').length} refused`,
  );
  expect(counted.length).toBeGreaterThan(cases / 2);
  expect(rows(counted.filter((o) => o.computed))).toBeGreaterThan(50);
}, 300_000);
