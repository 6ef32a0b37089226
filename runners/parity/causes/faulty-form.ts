/** How a form computes that does not say what it should from what it had: the ways that fit all that was looked at. */

import { outputName } from '../../../compiler/artifacts/lambda.ts';
import type { Catalog } from '../../../compiler/catalog.ts';
import type { CheckedFeature, OutputColumn } from '../../../compiler/check/checked.ts';
import { EvaluationError } from '../../../compiler/functions/evaluation-error.ts';
import type { Value } from '../../../compiler/value.ts';
import { groupBy, keyText } from '../../reference/order.ts';
import { evidenceOf } from '../evidence/collect.ts';
import type { Evidence, World } from '../evidence/world.ts';
import { type Cause, unknownCause } from './cause.ts';
import { formInterventions } from './forms/index.ts';
import { type Intervention, limited } from './intervention.ts';
import type { Same } from './same.ts';
import { type Origin, type Point, remembered, type Say } from './say.ts';

export interface Form {
  /** Empty: no way is known. */
  readonly ways: readonly (readonly Intervention[])[];
  readonly otherwise: Cause;
}

/** What is known of a form that does not say what it should. */
export interface FormGiven {
  readonly feature: CheckedFeature;
  readonly catalog: Catalog;
  readonly origin: Origin;
  readonly intact: ((points: readonly Point[]) => Promise<readonly (readonly Value[])[]>) | undefined;
  readonly evidence: Evidence;
  readonly say: Say;
  readonly same: Same;
  readonly hadByStream: World;
}

const mostEntities = 16;
const otherEntities = 8;
const mostControls = 400;

/** Every way is tried at so many instants: fewer, where there is much to read at each. */
function instantsFor({ pairs }: Evidence): { readonly most: number; readonly screen: number; readonly others: number } {
  const rows = [...pairs.values()].reduce((n, of) => n + of.length, 0);
  const within = (least: number, greatest: number, work: number): number =>
    Math.max(least, Math.min(greatest, Math.round(work / Math.max(1, rows))));
  return { most: within(2, 12, 100_000), screen: within(1, 4, 30_000), others: within(4, 24, 200_000) };
}

/** Points that agree, of the same entities and of a few others. */
function ownControls(wrong: readonly Point[], sound: readonly Point[]): readonly Point[] {
  const entities = new Set(wrong.map((p) => keyText(p.row.entity)));
  for (const p of sound) {
    if (entities.size >= mostEntities + otherEntities) break;
    entities.add(keyText(p.row.entity));
  }
  return sound.filter((p) => entities.has(keyText(p.row.entity)));
}

/** By point. `wrong`: where the form is not faithful to what it had. `sound`: where it agrees with batch. */
export async function faultyForm(given: FormGiven, wrong: readonly Point[], sound: readonly Point[]): Promise<ReadonlyMap<Point, Form>> {
  const { say, same, hadByStream } = given;
  if (wrong.length === 0) return new Map();
  const otherwise = await withoutWay(given, wrong);
  if (given.origin === 'other version') return new Map(wrong.map((p) => [p, { ways: [], otherwise: otherwise.get(p) ?? unknownCause }]));
  const found = fittingForm(given, atSomeEntities(given, wrong), sound);
  const all = atInstants(wrong, instantsFor(given.evidence).most);
  const confirmed = found.ways.filter((way) => {
    const world = way.reduce((w, x) => x.change(w), hadByStream);
    return agreeing(say, same, world, all).size === all.length;
  });
  if (confirmed.length > 0) return new Map(wrong.map((p) => [p, { ways: confirmed, otherwise: otherwise.get(p) ?? unknownCause }]));
  return byEntity(given, wrong, sound, otherwise);
}

/** Where entities stand for themselves a few tell how a form computes. */
function atSomeEntities({ feature, evidence }: FormGiven, wrong: readonly Point[]): readonly Point[] {
  if (!feature.sources.every((name) => evidence.owner.has(name))) return wrong;
  const entities = [...new Set(wrong.map((p) => keyText(p.row.entity)))];
  if (entities.length <= mostEntities) return wrong;
  const chosen = new Set(Array.from({ length: mostEntities }, (_, i) => entities[Math.floor((i * entities.length) / mostEntities)]));
  return wrong.filter((p) => chosen.has(keyText(p.row.entity)));
}

interface Search {
  readonly instants: ReadonlySet<bigint>;
  /** Ways that fit some of the points. */
  readonly some: readonly Tried[];
  /** Points that agree, and would not with a way. */
  readonly breaks: (way: readonly Intervention[]) => readonly Point[];
  /** Ways that fit all of the points, and spoil nothing. */
  readonly ways: readonly (readonly Intervention[])[];
}

function fittingForm(given: FormGiven, wrong: readonly Point[], sound: readonly Point[]): Search {
  const { same, hadByStream } = given;
  const own = [...wrong, ...ownControls(wrong, sound)];
  const evidence = evidenceOf(
    given.evidence,
    own.map((p) => p.row.entity),
  );
  const { most, screen, others } = instantsFor(evidence);
  const looked = atInstants(wrong, most);
  const instants = new Set(looked.map((p) => p.row.asOf));
  const near = controlsNear(looked, instants, own.slice(wrong.length), others);
  const say = remembered(evidence);
  const worlds = new Map<readonly Intervention[], World>();
  const worldOf = (way: readonly Intervention[]): World => {
    const known = worlds.get(way) ?? way.reduce((world, x) => x.change(world), hadByStream);
    worlds.set(way, known);
    return known;
  };
  const hits = (way: readonly Intervention[]): ReadonlySet<Point> => agreeing(say, same, worldOf(way), looked);
  const breaks = (way: readonly Intervention[]): readonly Point[] => {
    const kept = agreeing(say, same, worldOf(way), near);
    return near.filter((p) => !kept.has(p));
  };
  // A few points tell most ways apart; what fits none of them is not asked for all.
  const few = atInstants(looked, screen);
  const onWrongOutputs = toWrongOutputs({ ...given, say }, looked);
  const some = formInterventions(given.feature, given.catalog)
    .map((x) => onWrongOutputs([x]))
    .filter((way) => agreeing(say, same, worldOf(way), few).size > 0)
    .map((way) => ({ way, hit: hits(way) }));
  const whole = (candidates: readonly Tried[]): readonly Tried[] =>
    candidates.filter(({ hit, way }) => hit.size === looked.length && breaks(way).length === 0);
  let fitting = whole(some);
  if (fitting.length === 0) {
    const pairs = likelyPairs(some).filter((way) => agreeing(say, same, worldOf(way), few).size === few.length);
    fitting = whole(pairs.map((way) => ({ way, hit: hits(way) })));
  }
  return { instants, some, breaks, ways: fitting.map((f) => f.way) };
}

/**
 * Not all answers come from the same place: a replica may compute otherwise for the entities that it serves. What was written by hand
 * may have several faults, but it computes for all alike; so does SQL that was changed, and a way that would spoil more than it explains is none.
 */
function byEntity(
  given: FormGiven,
  wrong: readonly Point[],
  sound: readonly Point[],
  otherwise: ReadonlyMap<Point, Cause>,
): ReadonlyMap<Point, Form> {
  const { instants, some, breaks } = fittingForm(given, wrong, sound);
  const found = new Map<Point, Form>();
  const { origin } = given;
  const plausible = some.flatMap(({ way, hit }) => {
    const spoilt = breaks(way);
    const isNone = (origin === 'foreign' && spoilt.length > 0) || (origin === 'tampered' && spoilt.length > hit.size);
    return isNone ? [] : [{ way, hit, spoils: new Set(spoilt.map((p) => keyText(p.row.entity))) }];
  });
  for (const [entity, points] of groupBy(wrong, (p) => keyText(p.row.entity))) {
    const own = points.filter((p) => instants.has(p.row.asOf));
    const ways = plausible
      .filter(({ hit, spoils }) => own.length > 0 && own.every((p) => hit.has(p)) && !spoils.has(entity))
      .map(({ way }) => way);
    for (const p of points) found.set(p, { ways, otherwise: otherwise.get(p) ?? unknownCause });
  }
  return found;
}

interface Tried {
  readonly way: readonly Intervention[];
  readonly hit: ReadonlySet<Point>;
}

const mostPairs = 30;

/** Ways that explain much between them, each of another cause. */
function likelyPairs(some: readonly Tried[]): readonly (readonly Intervention[])[] {
  return some
    .flatMap((a, i) => some.slice(i + 1).map((b) => ({ a, b, explained: new Set([...a.hit, ...b.hit]).size })))
    .filter(({ a, b }) => a.way[0]?.id !== b.way[0]?.id)
    .sort((x, y) => y.explained - x.explained)
    .slice(0, mostPairs)
    .map(({ a, b }) => [...a.way, ...b.way]);
}

/** Where some outputs are right everywhere, the fault is in the others. */
function toWrongOutputs(
  { feature, say, same, hadByStream }: FormGiven,
  looked: readonly Point[],
): (way: readonly Intervention[]) => readonly Intervention[] {
  const meant = say(hadByStream, looked);
  const isWrong = (output: OutputColumn, i: number): boolean =>
    looked.some((point, r) => !same([meant[r]?.[i] ?? null], [point.stream[i] ?? null], point, [output]));
  const wrong = new Set(feature.outputs.flatMap((output, i) => (isWrong(output, i) ? [i] : [])));
  const names = feature.outputs.filter((_, i) => wrong.has(i)).map((output) => outputName(output.name));
  return (way) => (wrong.size === feature.outputs.length ? way : limited(wrong, names.join(', '), way));
}

function agreeing(say: Say, same: FormGiven['same'], world: World, points: readonly Point[]): ReadonlySet<Point> {
  try {
    const answers = say(world, points);
    return new Set(points.filter((p, i) => same(answers[i] ?? [], p.stream, p)));
  } catch (error) {
    // A form that would raise did not give these answers.
    if (error instanceof EvaluationError) return new Set();
    throw error;
  }
}

/** At the same instants; and of the same entities at others, the nearest first: what is a little off is seen there. */
function controlsNear(
  looked: readonly Point[],
  instants: ReadonlySet<bigint>,
  sound: readonly Point[],
  otherInstants: number,
): readonly Point[] {
  const entities = new Set(looked.map((p) => keyText(p.row.entity)));
  const distance = (at: bigint): number => Math.min(...[...instants].map((t) => Math.abs(Number(at - t))));
  const others = [...new Set(sound.filter((p) => entities.has(keyText(p.row.entity))).map((p) => p.row.asOf))]
    .filter((at) => !instants.has(at))
    .map((at) => ({ at, far: distance(at) }))
    .sort((a, b) => a.far - b.far)
    .slice(0, otherInstants);
  const nearby = new Set(others.map(({ at }) => at));
  return [
    ...sound.filter((p) => nearby.has(p.row.asOf)).slice(0, mostControls),
    ...sound.filter((p) => instants.has(p.row.asOf)).slice(0, mostControls),
  ];
}

/** Points of at most so many instants, from all over. */
function atInstants(points: readonly Point[], most: number): readonly Point[] {
  const instants = [...new Set(points.map((p) => p.row.asOf))];
  if (instants.length <= most) return points;
  const stride = instants.length / most;
  const chosen = new Set(Array.from({ length: most }, (_, i) => instants[Math.floor(i * stride)]));
  return points.filter((p) => chosen.has(p.row.asOf));
}

/** What there is to say where no way is known: whose SQL it was, and whether the right one would have been right. */
async function withoutWay(
  { origin, intact, say, same, hadByStream }: FormGiven,
  wrong: readonly Point[],
): Promise<ReadonlyMap<Point, Cause>> {
  // Nothing was changed in it, and no engine is at fault: it means something else, and nobody knows what.
  if (origin === 'foreign') return new Map(wrong.map((p) => [p, { ...unknownCause, form: true, proof: foreignProof(p) }]));
  if (intact === undefined) {
    const proof = 'the reference, given what the stream had, does not say what was served, and nobody can ask the lambda that served it';
    return new Map(wrong.map((p) => [p, { ...unknownCause, id: 'evidence_incomplete', proof }]));
  }
  const meant = say(hadByStream, wrong);
  const answers = await intact(wrong);
  return new Map(
    wrong.map((p, i): [Point, Cause] => {
      const cured = same(answers[i] ?? [], meant[i] ?? [], p);
      if (cured && origin === 'other version')
        return [
          p,
          named(
            'version_skew',
            'the lambda of this version, given what the stream had, says what the reference says; another version answered',
          ),
        ];
      if (cured && origin === 'tampered')
        return [
          p,
          named(
            'tampered_artifact',
            'the lambda as it was compiled, given what the stream had, says what the reference says; its SQL was changed since',
          ),
        ];
      if (cured && origin === 'unknown')
        return [
          p,
          named('evidence_incomplete', 'the lambda of this version says what the reference says; what was served came from elsewhere'),
        ];
      return [p, named('engine_bug', 'the lambda as it was compiled does not say what the reference says, from the same rows')];
    }),
  );
}

function foreignProof({ stream }: Point): string {
  return stream.length === 0
    ? 'SQL that Lockstep did not compile gives no answer here'
    : 'SQL that Lockstep did not compile, given what the reference was given, does not say what the reference says; no known way of computing otherwise does';
}

function named(id: Cause['id'], proof: string): Cause {
  return { ...unknownCause, id, form: id !== 'evidence_incomplete', proof, among: [id] };
}
