/** One generated case: a world, a feature, a spine; and what every form says about it. */
import { type CompiledFeature, compileFeature } from '../../compiler/artifacts/compile.ts';
import { eventIndexOf } from '../../compiler/artifacts/event-index.ts';
import { lambdaArtifact, lambdaSql } from '../../compiler/artifacts/lambda.ts';
import { batchPlanOf } from '../../compiler/artifacts/plans.ts';
import { readAuthored } from '../../compiler/authoring/index.ts';
import type { CheckedFeature } from '../../compiler/check/checked.ts';
import { checkFeature } from '../../compiler/check/index.ts';
import type { Diagnostic } from '../../compiler/diagnostics.ts';
import { NotOnEngine } from '../../compiler/functions/engine-sql.ts';
import { EvaluationError } from '../../compiler/functions/evaluation-error.ts';
import { lift } from '../../compiler/plan/lift.ts';
import type { Plan } from '../../compiler/plan/plan.ts';
import type { Engine } from '../../compiler/sql/tree.ts';
import type { Value } from '../../compiler/value.ts';
import { batchSql, evaluateBatch, loadRaw } from '../../runners/batch/evaluate.ts';
import type { SpineRow } from '../../runners/data/spine.ts';
import type { Connection } from '../../runners/engines/engine.ts';
import { compare, type Difference } from '../../runners/parity/compare.ts';
import { evaluateFeature } from '../../runners/reference/index.ts';
import { compiledLambda } from '../../runners/stored-lambda.ts';
import { executeCounted } from '../../runners/stream/event-index/execute-counted.ts';
import { executeLambda } from '../../runners/stream/execute.ts';
import { openStore } from '../../runners/stream/store/store.ts';
import { drawCounted } from './counted.ts';
import { type Draw, drawFrom } from './draw.ts';
import { drawFeature, type Generated } from './features.ts';
import { catalog, drawWorld, people, sourcesYaml, things, type World, words } from './world.ts';

export interface Case {
  readonly generated: Generated;
  readonly world: World;
  readonly spine: readonly SpineRow[];
  readonly compiled: CompiledFeature | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * `engine`: the one beside DuckDB, whose functions are to be shown. `given`: the world of cases that share one; without it each has its own.
 * `spotlight`: functions that are to be shown in the place of those that have their turn.
 */
export function makeCase(
  tape: readonly number[],
  turn: number,
  engine: Engine = 'postgres',
  given?: World,
  spotlight?: readonly string[],
): Case {
  const d = drawFrom(tape);
  const generated = drawFeature(d, turn, engine, spotlight);
  const world = given ?? drawWorld(d);
  return { generated, world, ...compileText(generated.text, d, world) };
}

/** A feature that is counted up from events in memory, as most of them are. */
export function makeCountedCase(tape: readonly number[]): Case {
  const d = drawFrom(tape);
  const generated = drawCounted(d);
  const world = drawWorld(d);
  return { generated, world, ...compileText(generated.text, d, world) };
}

function compileText(text: string, d: Draw, world: World): Pick<Case, 'spine' | 'compiled' | 'diagnostics'> {
  const read = readAuthored({
    files: [
      { path: 'lockstep.yml', text: 'name: fuzz\n' },
      { path: 'transforms/sources.yml', text: sourcesYaml },
      { path: 'transforms/features/f.sql', text },
    ],
  });
  const definition = read.value?.features[0];
  const checked = definition === undefined ? undefined : checkFeature(definition, catalog, '2026-01-01');
  const diagnostics = [...read.diagnostics, ...(checked?.diagnostics ?? [])];
  if (checked?.value === undefined) return { spine: [], compiled: undefined, diagnostics };
  const compiled = compileFeature(checked.value, catalog);
  const instants = world.instants.get(d.pick(compiled.feature.sources)) ?? [world.eve];
  const asked = 3 + d.below(6);
  const spine = Array.from(
    { length: asked },
    (): SpineRow => ({
      entity: compiled.feature.entity.map((e) => entityValue(e.type.kind, e.name, d, instants)),
      asOf: d.pick(instants),
    }),
  );
  // A spine may ask twice.
  return { spine: d.oneIn(4) ? [...spine, spine[0] as SpineRow] : spine, compiled, diagnostics };
}

function entityValue(kind: string, name: string, d: Draw, instants: readonly bigint[]): Value {
  if (kind === 'number') return d.pick([...things, 9n]);
  if (kind === 'timestamp') {
    const at = d.pick(instants);
    return at - (((at % 3_600_000_000n) + 3_600_000_000n) % 3_600_000_000n);
  }
  return name === 'E1' ? d.pick(words).toLowerCase() : d.pick([...people, ...people, 'zz']);
}

export type Verdict =
  /** `postgres`: undefined where it was not asked; false where a function has no SQL there. */
  | { readonly kind: 'agree'; readonly answers: readonly (readonly Value[])[]; readonly postgres: boolean | undefined }
  | { readonly kind: 'raised' }
  | { readonly kind: 'refused' }
  | Failure;

export interface Failure {
  readonly kind: 'differ';
  readonly form: string;
  readonly message: string;
}

export async function judge(c: Case, connection: Connection, postgres?: Connection): Promise<Verdict> {
  const { compiled, world, spine } = c;
  if (compiled === undefined) return { kind: 'refused' };
  const { feature } = compiled;
  let expected: readonly (readonly Value[])[];
  let arrived: readonly (readonly Value[])[];
  try {
    expected = evaluateFeature(feature, catalog, world.events, spine, { knowledge: 'event' });
    arrived = evaluateFeature(feature, catalog, world.events, spine, { knowledge: 'arrived' });
  } catch (thrown) {
    if (thrown instanceof EvaluationError) return { kind: 'raised' };
    throw thrown;
  }
  const plain = lift(feature, catalog);
  const index = eventIndexOf(compiled.lambdaPlan);
  const onPostgres = postgres !== undefined && printsOn(postgres, batchPlanOf(feature, catalog));
  const forms: readonly (readonly [string, () => Promise<readonly (readonly Value[])[]>])[] = [
    ['batch', () => batchOn(connection, feature, world, spine)],
    ['batch, not specialised', () => evaluateBatch(connection, feature, plain, spine)],
    ['batch, what had arrived', () => evaluateBatch(connection, feature, batchPlanOf(feature, catalog, 'arrived'), spine)],
    [
      // That a row asked alone has the answer that it has among others is one of the laws.
      'lambda, in two parts',
      () =>
        fillStore(connection, c).then(() =>
          executeLambda(connection, lambdaOf(compiled, compiled.lambdaPlan), spine, Math.ceil(spine.length / 2)),
        ),
    ],
    ['lambda, not specialised', () => executeLambda(connection, lambdaOf(compiled, plain), spine, 100)],
    ...(index === undefined ? [] : [['lambda from memory', () => fromMemory(c, expected)] as const]),
    ...(onPostgres ? [[`batch on ${postgres.dialect.engine}`, () => batchOn(postgres, feature, world, spine)] as const] : []),
  ];
  for (const [form, run] of forms) {
    try {
      const got = await run();
      const wanted = form === 'batch, what had arrived' ? arrived : expected;
      if (got.length !== wanted.length) return { kind: 'differ', form, message: `${got.length} rows for ${wanted.length} asked` };
      const { differences } = compare(feature.outputs, wanted, got);
      if (differences.length > 0)
        return {
          kind: 'differ',
          form,
          message: differences
            .slice(0, 4)
            .map((d) => describe(d, spine))
            .join('\n'),
        };
    } catch (thrown) {
      return { kind: 'differ', form, message: `raised: ${thrown instanceof Error ? thrown.message : String(thrown)}` };
    }
  }
  return { kind: 'agree', answers: expected, postgres: postgres === undefined ? undefined : onPostgres };
}

/** What is left to SQL is not compared once more. */
async function fromMemory(
  { compiled, world, spine }: Case,
  expected: readonly (readonly Value[])[],
): Promise<readonly (readonly Value[])[]> {
  if (compiled === undefined) return [];
  const sources = catalog.sources.filter((s) => compiled.feature.sources.includes(s.name));
  const counted = await executeCounted(compiledLambda(compiled, catalog), sources, world.events, spine);
  return counted.map((values, i) => values ?? expected[i] ?? []);
}

async function batchOn(
  connection: Connection,
  feature: CheckedFeature,
  world: World,
  spine: readonly SpineRow[],
): Promise<readonly (readonly Value[])[]> {
  const { raw } = heldBy(connection, world);
  const missing = feature.sources.filter((name) => !raw.has(name));
  await loadRaw(connection, catalog, missing, world.events);
  for (const name of missing) raw.add(name);
  return evaluateBatch(connection, feature, batchPlanOf(feature, catalog), spine);
}

/** false: some function has no SQL there. */
function printsOn({ dialect }: Connection, plan: Plan): boolean {
  try {
    batchSql(plan, dialect);
    return true;
  } catch (thrown) {
    if (thrown instanceof NotOnEngine) return false;
    throw thrown;
  }
}

function describe(d: Difference, spine: readonly SpineRow[]): string {
  const at = spine[d.row];
  return `row ${d.row} (${at?.entity.map(String).join(', ')} at ${at?.asOf}): ${d.column} is ${show(d.left)} by the reference and ${show(d.right)} here`;
}

const show = (v: Value): string => (typeof v === 'string' ? JSON.stringify(v) : String(v));

/** As events arrive: in two portions, so that copies meet what the store already holds. */
export async function fillStore(connection: Connection, { compiled, world }: Case): Promise<void> {
  const { stored } = heldBy(connection, world);
  const used = catalog.sources.filter((s) => compiled?.feature.sources.includes(s.name) && !stored.has(s.name));
  const store = await openStore(connection, used);
  for (const source of used) {
    const rows = world.events.get(source.name)?.rows ?? [];
    const half = Math.floor(rows.length / 2);
    await store.ingest(source.name, rows.slice(0, half));
    await store.ingest(source.name, rows.slice(half));
    stored.add(source.name);
  }
}

/** Sources of one world. */
interface Held {
  readonly world: World;
  readonly raw: Set<string>;
  readonly stored: Set<string>;
}

const held = new WeakMap<Connection, Held>();

/** What a connection has of a world: of another one nothing counts. */
function heldBy(connection: Connection, world: World): Held {
  const known = held.get(connection);
  if (known?.world === world) return known;
  const own = { world, raw: new Set<string>(), stored: new Set<string>() };
  held.set(connection, own);
  return own;
}

export function lambdaOf(compiled: CompiledFeature, plan: CompiledFeature['lambdaPlan']) {
  const sql = lambdaSql(plan);
  return { artifact: lambdaArtifact(compiled.feature, plan, compiled.version, sql, catalog), sql };
}
