/** Forms compared on a sample: entities in the order of tonight's panel until the aim is proven, then strata, the fixed panel and probes. */
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import type { Catalog } from '../../compiler/catalog.ts';
import type { SqlType } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import type { BatchTable } from '../data/batch-table.ts';
import type { SourceRows } from '../data/events.ts';
import { pointText, type SpineRow } from '../data/spine.ts';
import { keyText } from '../reference/order.ts';
import { type Comparison, compare, type Outcome } from './compare.ts';
import { type Answered, type Forms, isOtherArtifact } from './forms.ts';
import { type Expected, pointsOfEvents, pointsOfTable } from './sampling/asked-points.ts';
import { differingProbes } from './sampling/differing.ts';
import { inDrawnOrder } from './sampling/draw.ts';
import { after, edgesOf } from './sampling/edges.ts';
import { atFirstInstants } from './sampling/first-instants.ts';
import type { Panel } from './sampling/key-hash.ts';
import { chance, knownEntities, stranger } from './sampling/population.ts';
import { probesOf } from './sampling/probes.ts';
import { type Stratum, strata, strataOf } from './sampling/strata.ts';
import { type Draws, surelyBelow } from './statistics/confidence-sequence.ts';
import type { Aim, Compared } from './verdict.ts';

export interface SampleLimits {
  /** Instants of the interval at which each entity is compared. */
  readonly instants: number;
  /** Instants more, after events of the entity's own. */
  readonly own: number;
  /** Distinct instants of the sample at which the reference is asked. */
  readonly judged: number;
  /** Points of the sample. */
  readonly points: number;
  /** Entities of the fixed panel, and of each stratum. */
  readonly panel: number;
  readonly probeInstants: number;
  /** Whether the stream answers with what had arrived. */
  readonly arrival: boolean;
  /** No more entities are drawn after so long. */
  readonly seconds: number;
}

export const logicLimits: SampleLimits = {
  instants: 24,
  own: 4,
  judged: 200,
  points: 200_000,
  panel: 20,
  probeInstants: 60,
  arrival: false,
  seconds: 3600,
};
/** A replay asks the lambda at each distinct instant apart. */
export const replayLimits: SampleLimits = {
  instants: 24,
  own: 1,
  judged: 100,
  points: 50_000,
  panel: 5,
  probeInstants: 60,
  arrival: true,
  seconds: 3600,
};

export type Where = 'sample' | 'fixed panel' | 'boundary' | 'rows that differ' | 'outside the universe' | Stratum;

export interface WhereCount {
  readonly where: Where;
  readonly entities: number;
  readonly points: number;
  /** Points that mismatch between the forms or against the reference. */
  readonly mismatches: number;
}

export interface Sampled {
  readonly interval: readonly [bigint, bigint];
  readonly instants: readonly bigint[];
  /** When entities were asked, in words. */
  readonly asked: string;
  /** Points that are in flight: events came since the table was computed, and its next run is not due. */
  readonly leftOut: number;
  /** Points of entities that the universe of the table does not have. */
  readonly outside: number;
  readonly compared: Compared;
  readonly where: readonly WhereCount[];
  /** Everything that was asked, in order, with the answers. */
  readonly spine: readonly SpineRow[];
  readonly result: Answered;
}

export interface Request {
  readonly compiled: CompiledFeature;
  readonly catalog: Catalog;
  readonly events: ReadonlyMap<string, SourceRows>;
  /** undefined: from the first event to just after the last. */
  readonly interval: readonly [bigint, bigint] | undefined;
  readonly aim: Aim;
  readonly seed: string;
  readonly limits: SampleLimits;
  /** What batch answered, and so where it can be compared. */
  readonly table?: BatchTable;
  /** Of a table that our models fill. */
  readonly expected?: Expected;
}

type Apart = readonly [where: Where, entities: number, points: readonly SpineRow[]];

export async function sampleForms(forms: Forms, request: Request): Promise<Sampled | undefined> {
  const { compiled, catalog, events, aim, seed, limits } = request;
  const { feature } = compiled;
  const given = request.table === undefined ? pointsOfEvents(request) : pointsOfTable(request.table, request, request.expected);
  if (given === undefined) return undefined;
  const { interval, instants } = given;
  const types = feature.entity.map((e) => e.type);
  const panel = (turn: string) => ({ secret: seed, feature: feature.name, turn });
  const everyone = knownEntities(feature, catalog, events, [...given.entities, ...(await forms.entities(instants))]);
  const all = (entity: readonly Value[]): readonly SpineRow[] => given.of(entity).map((asOf) => ({ entity, asOf }));
  const rowsOf = (entity: readonly Value[]): readonly SpineRow[] => all(entity).filter((row) => !forms.isOutside(row));
  const known = everyone.filter((entity) => rowsOf(entity).length > 0);
  if (known.length === 0) return undefined;
  const drawn = inDrawnOrder(known, types, panel(`interval ${interval.join(' ')}`));
  const at = (entities: readonly (readonly Value[])[]): readonly SpineRow[] => entities.flatMap(rowsOf);
  const asking = collected(forms, compiled, limits.judged);

  const shares: number[] = [];
  const most = Math.min(drawn.length, Math.max(1, Math.floor(limits.points / given.each)));
  const until = performance.now() + limits.seconds * 1000;
  for (let size = 1024; shares.length < most && (shares.length === 0 || performance.now() < until); size *= 2) {
    const next = drawn.slice(shares.length, Math.min(most, shares.length + size));
    await asking.ask(at(next));
    await asking.explain();
    shares.splice(0, shares.length, ...drawn.slice(0, shares.length + next.length).map((entity) => share(asking.of(rowsOf(entity)))));
    if (surelyBelow({ population: drawn.length, shares }, aim.target, 1 - aim.confidence)) break;
  }
  const draws = { population: drawn.length, shares };
  const sample = at(drawn.slice(0, shares.length));
  const asked: Apart[] = [['sample', shares.length, sample]];

  const more = furtherPoints({ forms, request, interval, known, drawn, types, panel, at });
  const fresh = new Map(more.flatMap(([, , rows]) => rows).map((row) => [pointText(row), row]));
  for (const row of sample) fresh.delete(pointText(row));
  const probed = new Set(more.filter(([where]) => where === 'boundary').flatMap(([, , rows]) => rows.map(pointText)));
  await asking.ask([...fresh.values()], (row) => probed.has(pointText(row)));
  asked.push(...more);
  await asking.explain();
  const counts = asked.map(([where, entities, spine]): WhereCount => ({ where, entities, ...asking.of(spine) }));

  const result = asking.result();
  return {
    interval,
    instants,
    asked: given.text,
    leftOut: everyone.reduce((n, entity) => n + given.leftOut(entity), 0),
    outside: everyone.reduce((n, entity) => n + all(entity).filter(forms.isOutside).length, 0),
    compared: { ...countsOf(forms, result, draws, sample.length), nothing: asking.spine().length === 0 },
    where: counts,
    spine: asking.spine(),
    result,
  };
}

/** `points`: how many of them are in the rate. */
export function countsOf(forms: Forms, result: Answered, draws: Draws, points: number): Omit<Compared, 'nothing'> {
  const wrong = unexplained(result);
  return {
    draws,
    mismatches: wrong.rows.size,
    logicFaults: wrong.logicFaults,
    otherArtifact: isOtherArtifact(forms.origin) || forms.otherBatch,
    referenceMismatches: result.referenceAgainstBatch.mismatches,
    biased: false,
    explained: explainedShare(result, points),
  };
}

interface Sampling {
  readonly forms: Forms;
  readonly request: Request;
  readonly interval: readonly [bigint, bigint];
  readonly known: readonly (readonly Value[])[];
  readonly drawn: readonly (readonly Value[])[];
  readonly types: readonly SqlType[];
  readonly panel: (turn: string) => Panel;
  readonly at: (entities: readonly (readonly Value[])[]) => readonly SpineRow[];
}

/** What is looked at beside the sample, and enters no rate. */
function furtherPoints({ forms, request, interval, known, drawn, types, panel, at }: Sampling): readonly Apart[] {
  const { catalog, events, seed, limits } = request;
  const { feature } = request.compiled;
  const kinds = strataOf(feature, catalog, events, known, interval);
  const nobody = feature.entity.length === 0 ? undefined : stranger(types, known);
  const members = (where: Where, entities: readonly (readonly Value[])[]): Apart => {
    const few = entities.slice(0, limits.panel);
    const rows = at(few);
    return [where, rows.length === 0 ? 0 : few.length, rows];
  };
  const ordered = (what: string) => (nth: number) => chance(seed, feature.name, what, nth);
  const probes = (where: Where, rows: readonly SpineRow[]): Apart => [where, new Set(rows.map((r) => keyText(r.entity))).size, rows];
  const within = request.interval ?? withEdges(feature, interval);
  const beside = [
    members('fixed panel', inDrawnOrder(known, types, panel('fixed'))),
    ...strata.map((stratum) =>
      members(
        stratum,
        drawn.filter((e) => kinds.get(keyText(e))?.has(stratum)),
      ),
    ),
    members('outside the universe', nobody === undefined ? [] : [nobody]),
  ];
  const edges = (): readonly Apart[] => [
    probes(
      'boundary',
      probesOf(feature, catalog, events, within, drawn, ordered('probe'), { instants: limits.probeInstants, arrival: limits.arrival }),
    ),
    probes(
      'rows that differ',
      differingProbes(feature, catalog, forms.evidence().pairs, within, drawn, ordered('differing'), {
        instants: Math.ceil(limits.probeInstants / 2),
      }),
    ),
  ];
  // A table can only be asked at its own instants.
  return [...beside, ...(request.table === undefined ? edges() : [])].filter(([, entities]) => entities > 0);
}

/** Rows of the spine at which the forms differ for no reason that is explained; and at how many a form itself is at fault. */
export function unexplained({ batchAgainstLambda }: Answered): { readonly rows: ReadonlySet<number>; readonly logicFaults: number } {
  const left = batchAgainstLambda.differences.filter((d) => d.cause?.explained !== true);
  const faults = left.filter((d) => d.cause?.form === true);
  return { rows: new Set(left.map((d) => d.row)), logicFaults: new Set(faults.map((d) => d.row)).size };
}

/** Of the first `points` rows of the spine. */
function explainedShare({ batchAgainstLambda }: Answered, points: number): number {
  const rows = new Set(batchAgainstLambda.differences.filter((d) => d.row < points && d.cause?.explained === true).map((d) => d.row));
  return points === 0 ? 0 : rows.size / points;
}

/** What the last events stop counting for lies behind them. */
function withEdges(feature: CompiledFeature['feature'], [from, to]: readonly [bigint, bigint]): readonly [bigint, bigint] {
  const last = edgesOf(feature).distances.map((distance) => after(to, distance));
  return [from, last.reduce((a, b) => (a > b ? a : b)) + 1n];
}

const share = ({ points, mismatches }: Pick<WhereCount, 'points' | 'mismatches'>): number => mismatches / points;

interface Asking {
  /** The reference is asked at a number of instants of the whole sample, and where it must be. */
  readonly ask: (spine: readonly SpineRow[], judged?: (row: SpineRow) => boolean) => Promise<void>;
  /** Looks for the causes of what differs, in all that was asked so far. */
  readonly explain: () => Promise<void>;
  /** Of points that were asked before. */
  readonly of: (spine: readonly SpineRow[]) => Pick<WhereCount, 'points' | 'mismatches'>;
  readonly spine: () => readonly SpineRow[];
  readonly result: () => Answered;
}

/** Collects what is asked bit by bit. `judged`: see `SampleLimits`. */
function collected(forms: Forms, { feature }: CompiledFeature, judged: number): Asking {
  const spine: SpineRow[] = [];
  const wrong = new Set<string>();
  const isJudged = atFirstInstants(judged);
  let result: Answered = {
    batchAgainstLambda: compare(feature.outputs, [], []),
    referenceAgainstBatch: compare(feature.outputs, [], []),
    batch: [],
    lambda: [],
    changes: new Map(),
  };
  return {
    ask: async (rows, must = () => false) => {
      if (rows.length === 0) return;
      const part = await forms.answer(rows, (row) => must(row) || isJudged(row));
      result = {
        batchAgainstLambda: together(result.batchAgainstLambda, part.batchAgainstLambda, spine.length),
        referenceAgainstBatch: together(result.referenceAgainstBatch, part.referenceAgainstBatch, spine.length),
        batch: [...result.batch, ...part.batch],
        lambda: [...result.lambda, ...part.lambda],
        changes: result.changes,
      };
      spine.push(...rows);
    },
    explain: async () => {
      result = await forms.explain(spine, result);
      wrong.clear();
      for (const { differences } of [result.batchAgainstLambda, result.referenceAgainstBatch])
        for (const d of differences) if (d.cause?.explained !== true) wrong.add(pointText(spine[d.row] as SpineRow));
    },
    of: (rows) => ({ points: rows.length, mismatches: rows.filter((row) => wrong.has(pointText(row))).length }),
    spine: () => spine,
    result: () => result,
  };
}

/** `from`: how many rows of the spine were compared in `a`. */
function together(a: Comparison, b: Comparison, from: number): Comparison {
  const outcomes = Object.entries(a.outcomes).map(([outcome, count]) => [outcome, count + b.outcomes[outcome as Outcome]]);
  return {
    points: a.points + b.points,
    outcomes: Object.fromEntries(outcomes) as Comparison['outcomes'],
    differences: [...a.differences, ...b.differences.map((d) => ({ ...d, row: d.row + from }))],
    mismatches: a.mismatches + b.mismatches,
  };
}
