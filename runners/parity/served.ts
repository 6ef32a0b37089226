/** Served mode: what was answered of T, as a log has it, against what batch says of T once everything arrived. */
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import type { BatchTable } from '../data/batch-table.ts';
import type { Mask } from '../data/masked.ts';
import type { Served } from '../data/served-log.ts';
import type { SpineRow } from '../data/spine.ts';
import { groupBy, keyText } from '../reference/order.ts';
import { compiledLambda } from '../stored-lambda.ts';
import { biasOf } from './bias.ts';
import type { Given } from './causes/explain.ts';
import type { Point } from './causes/say.ts';
import { collectEvidence } from './evidence/collect.ts';
import { type Answered, answeredBy, dueOf, type Forms, isOtherBatch, once, withCauses } from './forms.ts';
import { replayed } from './replay.ts';
import { inDrawnOrder } from './sampling/draw.ts';
import type { Sides } from './sides.ts';
import { unmaskedAnswers } from './unmask.ts';

export interface ServedInputs {
  readonly log: readonly Served[];
  /** Whose answers: from an instant to before another, in microseconds; undefined: all. */
  readonly within?: readonly [bigint, bigint] | undefined;
  /** Without the stream's own events those of the warehouse, with their times of arrival, are the best there is. */
  readonly streamWasKept: boolean;
  /** What the log was masked with. */
  readonly mask?: Mask | undefined;
  /** What batch answered: at other instants than its own it says nothing. */
  readonly table?: BatchTable | undefined;
}

export interface ServedForms extends Forms {
  /** The chosen entries of the log, in the order of the spine. */
  readonly asked: readonly SpineRow[];
  /** Entities of the log; each that is asked for is there with all its entries. */
  readonly population: number;
  readonly otherVersions: OtherVersions;
  /** Chosen answers of which nobody noted when they were asked. */
  readonly undated: number;
  /** Of the log, in the interval. */
  readonly versions: readonly string[];
  /** Answers of the log outside the interval. */
  readonly outside: number;
  /** Answers at instants of which nobody knows what batch says. */
  readonly leftOut: number;
  /** Answers about entities that the universe of batch's table does not have. */
  readonly notHeld: number;
}

/** Chosen answers that another version of the feature gave. */
export interface OtherVersions {
  readonly answers: number;
  readonly versions: readonly string[];
}

const mostPoints = 50_000;

export async function openServed(
  compiled: CompiledFeature,
  sides: Sides,
  { log: given, within, streamWasKept, table, mask }: ServedInputs,
  seed: string,
): Promise<ServedForms> {
  const { feature } = compiled;
  const { catalog, batch, stream } = sides;
  const sources = catalog.sources.filter((s) => feature.sources.includes(s.name));
  const whole = within === undefined ? given : given.filter(({ row }) => row.asOf >= within[0] && row.asOf < within[1]);
  const instants = table === undefined ? undefined : new Set(table.points.map((p) => p.asOf));
  const from = await sides.of(compiled);
  const isOutside = (row: SpineRow): boolean => dueOf(from, row) === 'nobody';
  const held = instants === undefined ? whole : whole.filter((s) => instants.has(s.row.asOf));
  const log = held.filter((s) => !isOutside(s.row));
  const { chosen, population } = sampleOf(compiled, log, seed);
  const others = chosen.map((c) => c.version).filter((version) => version !== compiled.version);
  const evidence = once(() => collectEvidence(feature, catalog, batch, stream));
  const own = compiledLambda(compiled, catalog);
  const intact = (points: readonly Point[]) =>
    replayed(
      own,
      sources,
      stream,
      points.map((p) => p.row),
    );
  return {
    asked: chosen.map(whenAsked),
    undated: chosen.filter((s) => s.askedAt === null).length,
    population,
    versions: [...new Set(whole.map((s) => s.version))].sort(),
    outside: given.length - whole.length,
    leftOut: whole.length - held.length,
    notHeld: held.length - log.length,
    otherVersions: { answers: others.length, versions: [...new Set(others)].sort() },
    answer: async (spine, judged = () => true) => {
      const values = chosen.map((c) => c.values);
      const types = feature.outputs.map((o) => o.type);
      const replay = () => replayed(own, sources, stream, spine);
      const read = mask === undefined ? values : await unmaskedAnswers(values, types, mask, [() => from.batch(spine), replay]);
      return answeredBy(feature, sides, from, spine, read, judged);
    },
    explain: async (spine, answered): Promise<Answered> => {
      if (answered.batchAgainstLambda.mismatches === 0) return answered;
      const base = { feature, catalog, evidence: evidence(), arrival: true, inTable: from.inTable, built: from.built };
      const now: Given = { ...base, origin: 'unknown', intact: streamWasKept ? intact : undefined };
      const before: Given = { ...base, origin: 'other version', intact };
      return withCauses((row) => (chosen[row]?.version === compiled.version ? now : before), spine, answered);
    },
    bias: (spine, answered) => biasOf(feature, catalog, batch, spine, answered),
    entities: async () => [],
    streamOn: (events, spine) => replayed(own, sources, events, spine),
    isOutside,
    evidence,
    origin: 'unknown',
    otherBatch: isOtherBatch(from),
  };
}

/** What was asked about the past could be answered with what had arrived since. Where nobody noted when, `as_of` stands for it. */
function whenAsked({ row, askedAt }: Served): SpineRow {
  return askedAt === null || askedAt === row.asOf ? row : { ...row, arrivedBy: askedAt };
}

/** All answers to as many entities as there is room for, in the order in which a keyed hash draws them. */
function sampleOf(
  { feature }: CompiledFeature,
  log: readonly Served[],
  seed: string,
): { readonly chosen: readonly Served[]; readonly population: number } {
  const byEntity = groupBy(log, (s) => keyText(s.row.entity));
  const entities = [...byEntity.values()].map(([first]) => (first as Served).row.entity);
  const types = feature.entity.map((e) => e.type);
  const drawn = inDrawnOrder(entities, types, { secret: seed, feature: feature.name, turn: 'served' });
  const chosen: Served[] = [];
  for (const entity of drawn) {
    if (chosen.length >= mostPoints) break;
    chosen.push(...(byEntity.get(keyText(entity)) ?? []));
  }
  return { chosen, population: entities.length };
}
