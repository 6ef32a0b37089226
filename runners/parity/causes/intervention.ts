/** One change to what somebody had or did, that may turn batch's answer into the stream's. */
import type { World } from '../evidence/world.ts';
import type { CauseId } from './cause.ts';

export interface Intervention {
  readonly id: CauseId;
  /** Goes on "as if …" for forms, "with …" or "without …" for data. */
  readonly what: string;
  readonly change: (world: World) => World;
}

/** `name`: unlike that of any other intervention. */
export function intervention(id: CauseId, what: string, change: (world: World) => Partial<World>): Intervention {
  return { id, what, change: (world) => ({ ...world, ...change(world), name: `${world.name} · ${what}` }) };
}
