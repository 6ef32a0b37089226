/** Generated features under changes that must not matter, in batch and in the lambda. */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { batchPlanOf } from '../../compiler/artifacts/plans.ts';
import { EvaluationError } from '../../compiler/functions/evaluation-error.ts';
import { loadParser } from '../../compiler/parse/front-end.ts';
import type { Plan } from '../../compiler/plan/plan.ts';
import { evaluateBatch, loadRaw } from '../../runners/batch/evaluate.ts';
import { openDuckdb } from '../../runners/engines/duckdb.ts';
import { type Connection, EngineError } from '../../runners/engines/engine.ts';
import { compare } from '../../runners/parity/compare.ts';
import { evaluateFeature } from '../../runners/reference/index.ts';
import { executeLambda } from '../../runners/stream/execute.ts';
import { tape } from './campaign.ts';
import { type Case, fillStore, lambdaOf, makeCase } from './case.ts';
import { drawFrom } from './draw.ts';
import { type Answers, type Law, laws, type Question } from './laws.ts';
import { catalog } from './world.ts';

const cases = 120;
const seed = 20261122;
let connection: Connection;
beforeAll(async () => {
  await loadParser();
  connection = await openDuckdb();
});

type Compiled = Case & { readonly compiled: NonNullable<Case['compiled']> };
type Form = (c: Compiled, plan: Plan, question: Question) => Promise<Answers>;

/** Each law is asked of one form; which, goes round. */
const forms: readonly (readonly [name: string, form: Form])[] = [
  [
    'batch',
    async ({ compiled: { feature } }, plan, { events, spine }) => {
      await loadRaw(connection, catalog, feature.sources, events);
      return evaluateBatch(connection, feature, plan, spine);
    },
  ],
  [
    'lambda',
    async (c, _, { events, spine }) => {
      await fillStore(connection, { ...c, world: { ...c.world, events } });
      return executeLambda(connection, lambdaOf(c.compiled, c.compiled.lambdaPlan), spine, 100);
    },
  ],
  [
    'reference',
    async ({ compiled: { feature } }, _, { events, spine }) => evaluateFeature(feature, catalog, events, spine, { knowledge: 'event' }),
  ],
];

async function complaint(law: Law, c: Compiled, turn: number, tape: readonly number[]): Promise<string | undefined> {
  const { compiled, world, spine, generated } = c;
  const plan = batchPlanOf(compiled.feature, catalog);
  const changed = law.change({ ...c, feature: compiled.feature, plan: compiled.lambdaPlan }, drawFrom([...tape].reverse()));
  if (changed === undefined || changed.question.spine.length === 0) return undefined;
  const [name, form] = forms[turn % forms.length] as (typeof forms)[number];
  try {
    const before = changed.expected(await form(c, plan, { events: world.events, spine }));
    const after = await form(c, plan, changed.question);
    const { mismatches, differences } = compare(compiled.feature.outputs, before, after);
    said.set(law.name, (said.get(law.name) ?? 0) + 1);
    if (mismatches === 0) return undefined;
    return `${law.name}, ${name}: ${JSON.stringify(differences[0], (_, v: unknown) => (typeof v === 'bigint' ? String(v) : v))}\n${generated.text}`;
  } catch (thrown) {
    if (thrown instanceof EvaluationError || (thrown instanceof EngineError && /overflow|out of range/i.test(thrown.message)))
      return undefined;
    throw thrown;
  }
}

const said = new Map<string, number>();

test(`${cases} generated features obey each of ${laws.length} laws (seed ${seed})`, async () => {
  const tapes = fc.sample(tape, { numRuns: cases, seed });
  for (const [turn, numbers] of tapes.entries()) {
    const c = makeCase(numbers, turn);
    if (c.compiled === undefined) continue;
    for (const [k, law] of laws.entries()) expect(await complaint(law, c as Compiled, turn + k, numbers)).toBeUndefined();
  }
  console.log(`seed ${seed}: ${laws.map((l) => `${l.name} ${said.get(l.name) ?? 0}`).join(', ')}`);
  for (const law of laws) expect(said.get(law.name) ?? 0, law.name).toBeGreaterThanOrEqual(20);
}, 600_000);
