/**
 * Why forms differ. A cause is proven at a point when the reference says what batch says from what batch had, says what the
 * stream says from what the stream had, and the smallest set of changes (at most two) turns the one answer into the other,
 * while points that the change touches and that agreed still agree.
 */
import type { Catalog } from '../../../compiler/catalog.ts';
import type { CheckedFeature } from '../../../compiler/check/checked.ts';
import type { Value } from '../../../compiler/value.ts';
import type { SpineRow } from '../../data/spine.ts';
import { keyText } from '../../reference/order.ts';
import { evidenceOf } from '../evidence/collect.ts';
import { batchWorld, type Evidence, type World } from '../evidence/world.ts';
import { type BuiltTable, beyondUniverse, faultyBuild, otherwise } from './built-table.ts';
import { type Cause, unknownCause } from './cause.ts';
import { dataInterventions, withoutPassing } from './data.ts';
import { type FormGiven, faultyForm } from './faulty-form.ts';
import { faultyTable, type WrongRow } from './faulty-table.ts';
import type { Intervention } from './intervention.ts';
import { type Same, sameAt } from './same.ts';
import { type Origin, type Point, remembered, type Say } from './say.ts';

export interface Given {
  readonly feature: CheckedFeature;
  readonly catalog: Catalog;
  readonly evidence: Evidence;
  /** Whether the stream answered with what had arrived at the instant. */
  readonly arrival: boolean;
  readonly origin: Origin;
  /** Of which points a table has a row; undefined: batch was asked. */
  readonly inTable: ((row: SpineRow) => boolean) | undefined;
  /** Of a table that our models fill. */
  readonly built: BuiltTable | undefined;
  /** What the lambda says that this definition compiles to, from what the stream had; undefined if nobody can ask it. */
  readonly intact: ((points: readonly Point[]) => Promise<readonly (readonly Value[])[]>) | undefined;
}

export interface Explained {
  readonly cause: Cause;
  /** What turns batch's answer into the stream's, if something does: in this order. */
  readonly changes: readonly Intervention[];
}

/** For each of `wrong`, in order. `sound`: points at which the forms agree, for the controls. */
export async function explain(given: Given, wrong: readonly Point[], sound: readonly Point[]): Promise<readonly Explained[]> {
  if (wrong.length === 0) return [];
  const { feature, catalog, arrival } = given;
  const times = new Set(wrong.map((p) => p.row.asOf));
  const controls = sound.filter((p) => times.has(p.row.asOf));
  const evidence = evidenceOf(
    given.evidence,
    [...wrong, ...sound].map((p) => p.row.entity),
  );
  const say = remembered(evidence);
  const same = sameAt(feature, catalog, evidence, [...wrong, ...controls, ...sound]);
  const meant = batchWorld(feature);
  const data = dataInterventions(evidence, arrival);
  const hadByStream = data.reduce((world, d) => d.change(world), meant);
  const fromBatch = say(meant, wrong);
  const fromStream = say(hadByStream, wrong);
  const isFaithful = (side: 'batch' | 'stream', i: number): boolean => {
    const [said, is] = side === 'batch' ? [fromBatch[i], wrong[i]?.batch] : [fromStream[i], wrong[i]?.stream];
    // A row that a table lacks is not one of NULLs.
    if (side === 'batch' && is?.length === 0 && feature.outputs.length > 0) return false;
    return same(said ?? [], is ?? [], wrong[i] as Point);
  };
  const universe = given.built?.universe;
  const isBeyond = ({ row }: Point): boolean => universe !== undefined && !universe.has(row);
  const places = wrong.flatMap((p, i) => (isBeyond(p) ? [] : [i]));
  const form = { ...given, catalog, evidence, say, same, hadByStream };
  const { inTable, built } = given;
  const tables =
    inTable !== undefined
      ? await ofTables(
          form,
          built,
          places.flatMap((i) =>
            isFaithful('batch', i)
              ? []
              : [{ point: wrong[i] as Point, meant: fromBatch[i] ?? [], streamIsFaithful: isFaithful('stream', i) }],
          ),
          sound.filter((p) => inTable(p.row)),
          meant,
        )
      : undefined;
  const forms = await faultyForm(
    form,
    places.filter((i) => isFaithful('batch', i) && !isFaithful('stream', i)).map((i) => wrong[i] as Point),
    sound,
  );
  const tried = tryOut(say, same, wrong, controls);
  return wrong.map((point, i): Explained => {
    if (built !== undefined && isBeyond(point)) return { cause: beyondUniverse(built, point), changes: [] };
    if (!isFaithful('batch', i)) return { cause: tables?.get(point) ?? bug('batch'), changes: [] };
    const ways = isFaithful('stream', i) ? [[]] : (forms.get(point)?.ways ?? []);
    if (ways.length === 0) return { cause: forms.get(point)?.otherwise ?? bug('the stream'), changes: [] };
    return smallest(point, i, ways, data, meant, tried);
  });
}

/** What the runs of our own models tell comes before ways in which somebody may have computed. */
async function ofTables(
  form: FormGiven,
  table: BuiltTable | undefined,
  wrong: readonly WrongRow[],
  sound: readonly Point[],
  meant: World,
): Promise<ReadonlyMap<Point, Cause>> {
  const known =
    table === undefined
      ? new Map<Point, Cause>()
      : faultyBuild(
          { ...form, table },
          wrong.map((w) => w.point),
          sound,
          meant,
        );
  const left = wrong.filter((w) => !known.has(w.point));
  const others = await faultyTable(form, left, sound, meant, (ways) => causeOf(ways, true));
  const unexplained = table === undefined ? undefined : otherwise({ ...form, table });
  const named = [...others].map(([point, found]): [Point, Cause] => [point, found.id === 'unknown' ? (unexplained ?? found) : found]);
  return new Map([...known, ...named]);
}

const bug = (side: string): Cause => ({
  ...unknownCause,
  id: 'engine_bug',
  form: true,
  proof: `the reference, given what ${side} had, does not say what ${side} says`,
});

type Try = (world: World, i: number) => boolean;

/** Whether a world gives the stream's answer at the ith wrong point, and leaves alone what agreed at its instant. */
function tryOut(say: Say, same: Same, wrong: readonly Point[], controls: readonly Point[]): Try {
  const broken = new Map<string, ReadonlySet<bigint>>();
  return (world, i) => {
    const point = wrong[i] as Point;
    if (!same(say(world, wrong)[i] ?? [], point.stream, point)) return false;
    let instants = broken.get(world.name);
    if (instants === undefined) {
      const kept = say(world, controls);
      instants = new Set(controls.filter((p, n) => !same(kept[n] ?? [], p.stream, p)).map((p) => p.row.asOf));
      broken.set(world.name, instants);
    }
    return !instants.has(point.row.asOf);
  };
}

/** `forms`: ways in which the stream may compute, each of which fits; with none of them nothing but its data differs. */
function smallest(
  point: Point,
  i: number,
  forms: readonly (readonly Intervention[])[],
  data: readonly Intervention[],
  meant: World,
  fits: Try,
): Explained {
  for (const size of [0, 1, 2]) {
    const sets = forms.flatMap((form) => subsets(data, size - form.length).map((more) => [...more, ...form]));
    const fitting = withoutPassing(
      sets.filter(
        (set) =>
          set.length > 0 &&
          fits(
            set.reduce((world, x) => x.change(world), meant),
            i,
          ),
      ),
    );
    if (fitting.length > 0)
      return {
        cause: causeOf(
          fitting,
          forms.some((form) => form.length > 0),
        ),
        changes: fitting[0] ?? [],
      };
  }
  const proof = `no change, and no two, turn batch's answer into the stream's at ${keyText(point.row.entity) === '' ? 'this instant' : 'this point'}`;
  return { cause: { ...unknownCause, form: forms.some((form) => form.length > 0), proof }, changes: [] };
}

function subsets(all: readonly Intervention[], size: number): readonly (readonly Intervention[])[] {
  if (size < 0) return [];
  if (size === 0) return [[]];
  return all.flatMap((first, i) => subsets(all.slice(i + 1), size - 1).map((rest) => [first, ...rest]));
}

function causeOf(sets: readonly (readonly Intervention[])[], form: boolean): Cause {
  const among = [...new Set(sets.flatMap((set) => set.map((x) => x.id)))];
  const proof = `${[...new Set(sets.map((set) => set.map((x) => x.what).join(', and ')))].slice(0, 3).join('; or ')}: then the reference says what the stream says`;
  const explained = among.every((id) => id === 'late');
  const different = new Set(sets.map((set) => set.map((x) => x.id).join(' ')));
  if (different.size > 1) return { id: 'ambiguous', explained, form, proof, among };
  // Of two that are needed together, the one that is a fault gives its name.
  return { id: among.find((id) => id !== 'late') ?? 'late', explained, form, proof, among };
}
