/** The fewest rows that still show why two forms differ at a point. */
import type { CompiledFeature } from '../../../compiler/artifacts/compile.ts';
import type { Catalog, Source } from '../../../compiler/catalog.ts';
import { EvaluationError } from '../../../compiler/functions/evaluation-error.ts';
import type { Value } from '../../../compiler/value.ts';
import type { SourceRows } from '../../data/events.ts';
import type { SpineRow } from '../../data/spine.ts';
import { groupBy } from '../../reference/order.ts';
import type { Cause } from '../causes/cause.ts';
import type { Intervention } from '../causes/intervention.ts';
import { compare } from '../compare.ts';
import { evidenceOf } from '../evidence/collect.ts';
import type { Pair } from '../evidence/pairs.ts';
import { asSourceRows, batchWorld, type Evidence, evaluateWorld } from '../evidence/world.ts';
import type { Answered, Forms } from '../forms.ts';
import { minimise } from './minimise.ts';
import { type Case, holdsPersonal, moved, toAnotherWeek, withoutPersonal } from './rekey.ts';

export interface Witness extends Case {
  /** What the reference says of these rows. */
  readonly batch: readonly Value[];
  /** What the stream says of them: the reference under the change that explains it, or the lambda itself. */
  readonly stream: readonly Value[];
  /** Other values stand for personal ones, and the times are those of another week. */
  readonly rekeyed: boolean;
}

export interface Hiding {
  /** Of the entity columns, in order: whether they are personal. */
  readonly entity: readonly boolean[];
  readonly secret: string;
}

interface Answers {
  readonly batch: readonly Value[];
  readonly stream: readonly Value[];
}

/** Where several points have a cause: the one with the fewest rows about it. */
const candidates = 8;

/** By row of the spine, one for each cause. `hiding`: null shows everything as it is. */
export async function findWitnesses(
  { feature }: CompiledFeature,
  catalog: Catalog,
  forms: Forms,
  spine: readonly SpineRow[],
  answered: Answered,
  hiding: Hiding | null,
): Promise<ReadonlyMap<number, Witness>> {
  const causes = new Map<number, Cause>();
  for (const d of answered.batchAgainstLambda.differences) if (d.cause !== undefined && !causes.has(d.row)) causes.set(d.row, d.cause);
  const found = new Map<number, Witness>();
  if (causes.size === 0) return found;
  const evidence = forms.evidence();
  for (const rows of groupBy(causes.keys(), (row) => nameOf(causes.get(row) as Cause)).values()) {
    const [best] = rows
      .slice(0, candidates)
      .map((row) => ({ row, own: pairsOf(evidence, spine[row] as SpineRow) }))
      .sort((a, b) => a.own.length - b.own.length);
    if (best === undefined) continue;
    const ask = asking(feature, evidence, forms, answered.changes.get(best.row) ?? []);
    const differs = async (of: Case): Promise<Answers | undefined> => {
      const answers = await ask(of);
      return answers !== undefined && compare(feature.outputs, [answers.batch], [answers.stream]).mismatches > 0 ? answers : undefined;
    };
    const row = spine[best.row] as SpineRow;
    if ((await differs({ pairs: best.own, row })) === undefined) continue;
    const pairs = await minimise(best.own, async (some) => (await differs({ pairs: some, row })) !== undefined, mostTests(best.own));
    const witness = await shown({ pairs, row }, feature, catalog, differs, hiding);
    if (witness !== undefined) found.set(best.row, witness);
  }
  return found;
}

const nameOf = (cause: Cause): string => `${cause.id} ${cause.among.join(' ')}`;
const mostTests = (pairs: readonly Pair[]): number => 200 + 4 * pairs.length;

function pairsOf(evidence: Evidence, row: SpineRow): readonly Pair[] {
  return [...evidenceOf(evidence, [row.entity]).pairs.values()].flat();
}

/** What both sides say of a few rows; undefined where that raises. */
function asking(
  feature: CompiledFeature['feature'],
  evidence: Evidence,
  forms: Forms,
  changes: readonly Intervention[],
): (of: Case) => Promise<Answers | undefined> {
  const meant = batchWorld(feature);
  const changed = changes.reduce((world, x) => x.change(world), meant);
  return async ({ pairs, row }) => {
    const few: Evidence = { ...evidence, pairs: new Map(feature.sources.map((name) => [name, pairs.filter((p) => p.source === name)])) };
    try {
      const [batch] = evaluateWorld(meant, few, [row]);
      const [stream] = changes.length > 0 ? evaluateWorld(changed, few, [row]) : await forms.streamOn(rowsOf(few, feature.sources), [row]);
      return batch === undefined || stream === undefined ? undefined : { batch, stream };
    } catch (error) {
      if (error instanceof EvaluationError) return undefined;
      throw error;
    }
  };
}

/** What the stream had. */
function rowsOf({ catalog, pairs }: Evidence, sources: readonly string[]): ReadonlyMap<string, SourceRows> {
  const had = (source: Source) =>
    (pairs.get(source.name) ?? []).flatMap((p) => (p.stream === null ? [] : [{ row: p.stream, at: p.arrivedAt }]));
  return new Map(catalog.sources.filter((s) => sources.includes(s.name)).map((s) => [s.name, asSourceRows(s, had(s))]));
}

/** With other values for personal ones, if it still shows the difference then. */
async function shown(
  minimal: Case,
  feature: CompiledFeature['feature'],
  catalog: Catalog,
  differs: (of: Case) => Promise<Answers | undefined>,
  hiding: Hiding | null,
): Promise<Witness | undefined> {
  const hides = hiding !== null && (holdsPersonal(minimal, catalog) || hiding.entity.includes(true));
  if (!hides) {
    const answers = await differs(minimal);
    return answers === undefined ? undefined : { ...minimal, ...answers, rekeyed: false };
  }
  const types = feature.entity.map((e) => e.type);
  const hidden = withoutPersonal(minimal, catalog, types, hiding.entity, hiding.secret);
  for (const attempt of [moved(hidden, catalog, toAnotherWeek(hidden)), hidden]) {
    const answers = await differs(attempt);
    if (answers !== undefined) return { ...attempt, ...answers, rekeyed: true };
  }
  return undefined;
}
