/** One change to what somebody had or did, that may turn batch's answer into the stream's. */
import type { World } from '../evidence/world.ts';
import type { CauseId } from './cause.ts';

export interface Intervention {
  readonly id: CauseId;
  /** Goes on "as if …" for forms, "with …" or "without …" for data. */
  readonly what: string;
  /** Whose rows it changes; none if it changes how a form computes. */
  readonly sources: readonly string[];
  readonly change: (world: World) => World;
}

/** As far as these outputs go, by their place; the others stay as they are. */
export function limited(to: ReadonlySet<number>, names: string, way: readonly Intervention[]): readonly Intervention[] {
  const [first] = way;
  if (first === undefined) return way;
  const change = (world: World): World => {
    const changed = way.reduce((w, x) => x.change(w), world);
    return { ...changed, name: `${changed.name} in ${names}`, only: { outputs: to, otherwise: world } };
  };
  // The first does it all, so that the others, which only give their names, change nothing.
  return way.map((x, i) => ({ ...x, what: `${x.what} (${names})`, change: i === 0 ? change : (world) => world }));
}

/** `name`: unlike that of any other intervention. */
export function intervention(
  id: CauseId,
  what: string,
  change: (world: World) => Partial<World>,
  sources: readonly string[] = [],
): Intervention {
  return { id, what, sources, change: (world) => ({ ...world, ...change(world), name: `${world.name} · ${what}` }) };
}
