/** Why a table that Lockstep did not compute does not say what it should: the ways of computing that are tried on a lambda, tried on it. */
import type { Value } from '../../../compiler/value.ts';
import type { World } from '../evidence/world.ts';
import { type Cause, unknownCause } from './cause.ts';
import { type FormGiven, faultyForm } from './faulty-form.ts';
import type { Intervention } from './intervention.ts';
import type { Point } from './say.ts';

export interface WrongRow {
  readonly point: Point;
  /** What the reference says of what batch had. */
  readonly meant: readonly Value[];
  /** Whether the stream says what it should from what it had. */
  readonly streamIsFaithful: boolean;
}

/** By point. `sound`: where a row of the table agrees with the stream. `of`: the cause that ways prove together. */
export async function faultyTable(
  given: FormGiven,
  wrong: readonly WrongRow[],
  sound: readonly Point[],
  meant: World,
  of: (ways: readonly (readonly Intervention[])[]) => Cause,
): Promise<ReadonlyMap<Point, Cause>> {
  const causes = new Map(wrong.map(({ point, streamIsFaithful }) => [point, withoutWay(point, streamIsFaithful)]));
  const asked = wrong.filter(({ point, streamIsFaithful }) => streamIsFaithful && point.batch.length > 0);
  const own = new Map(asked.map((w) => [{ row: w.point.row, batch: w.meant, stream: w.point.batch }, w.point]));
  const swapped = [...own.keys()];
  const forms = await faultyForm(
    {
      ...given,
      origin: 'foreign',
      hadByStream: meant,
      same: (a, b, point, outputs) => given.same(a, b, own.get(point) ?? point, outputs),
    },
    swapped,
    sound.map((p) => ({ ...p, stream: p.batch })),
  );
  const worldOf = (way: readonly Intervention[]): World => way.reduce((world, x) => x.change(world), meant);
  const fits = (way: readonly Intervention[], i: number, point: Point): boolean =>
    given.same(given.say(worldOf(way), swapped)[i] ?? [], point.batch, point);
  for (const [i, asIfStream] of swapped.entries()) {
    const point = own.get(asIfStream) as Point;
    const ways = (forms.get(asIfStream)?.ways ?? []).filter((way) => fits(way, i, point));
    if (ways.length === 0) continue;
    const cause = of(ways);
    causes.set(point, { ...cause, proof: cause.proof.replace(/what the stream says$/, 'what the table says') });
  }
  return causes;
}

function withoutWay({ batch }: Point, streamIsFaithful: boolean): Cause {
  const proof =
    batch.length === 0
      ? 'the table has no row here, and the definition finds one'
      : streamIsFaithful
        ? 'the stream says what the reference says, and the table does not; no known way of computing otherwise does'
        : 'neither the table nor the stream says what the reference says from the same rows';
  return { ...unknownCause, form: true, proof };
}
