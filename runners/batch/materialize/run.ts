/** Runs the plan of a version chunk by chunk. Whoever stops it loses the chunk that is under way, and nothing else. */
import type { Grid } from './grid.ts';
import { lengthOf } from './intervals.ts';
import { type ChunkPlan, repairsOf } from './plan.ts';
import type { Chunk, GridTables } from './tables.ts';

export interface Materialized {
  readonly grid: Grid;
  readonly relation: string;
  /** What was computed, from the first instant to behind the last; null: nothing. Microseconds. */
  readonly span: { readonly from: bigint; readonly to: bigint } | null;
  readonly chunks: number;
  /** That the plan still has: it was stopped. */
  readonly left: number;
  readonly rows: number;
  readonly instants: bigint;
  readonly skipped: bigint;
  readonly seconds: number;
  /** Events that came later than the lateness, found by this run. */
  readonly lateEvents: number;
  /** Instants that such events changed, and that nobody has computed again. null: it was stopped, and did not look. */
  readonly dirty: bigint | null;
  /** The version that the feature's name shows; null: no chunk was computed. */
  readonly shown: string | null;
}

export interface RunOptions {
  readonly repair: boolean;
  /** Instants of a chunk of a repair. */
  readonly chunk: bigint;
  /** null: it began just now. */
  readonly done: (chunk: Chunk | null, planned: number) => void;
  readonly stopped: () => boolean;
}

export async function materialize(
  tables: GridTables,
  plan: ChunkPlan,
  { repair, chunk: size, done, stopped }: RunOptions,
): Promise<Materialized> {
  const { grid, state } = plan;
  const computed: Chunk[] = [];
  const found = { rows: 0, seconds: 0, lateEvents: 0 };
  let shown: string | null = null;
  const compute = async (chunks: readonly Chunk[]): Promise<number> => {
    done(null, chunks.length);
    for (const [i, chunk] of chunks.entries()) {
      if (stopped()) return chunks.length - i;
      try {
        const { rows, seconds, lateEvents, shown: shows } = await tables.compute(grid, chunk);
        found.rows += rows;
        found.seconds += seconds;
        found.lateEvents += lateEvents;
        shown = shows;
      } catch (thrown) {
        // It was interrupted, and is rolled back.
        if (stopped()) return chunks.length - i;
        throw thrown;
      }
      computed.push(chunk);
      done(chunk, chunks.length);
    }
    return 0;
  };
  let left = await compute(plan.chunks);
  // Those that this very run found are among them.
  const dirty = async () => (await tables.state(grid)).dirty;
  if (left > 0) left += plan.repairs.length;
  else if (repair) {
    const repairs = repairsOf({ window: plan.window, chunks: [], historyFrom: null }, await dirty(), size);
    if (repairs.length > 0) left = await compute(repairs);
  }
  const instants = lengthOf(computed);
  return {
    grid,
    relation: state.relation,
    span: spanOf(computed, grid),
    chunks: computed.length,
    left,
    ...found,
    instants,
    skipped: plan.skipped,
    dirty: stopped() ? null : lengthOf(await dirty()),
    shown,
  };
}

export function spanOf(chunks: readonly Chunk[], { every }: Grid): { readonly from: bigint; readonly to: bigint } | null {
  const [first, ...others] = chunks;
  if (first === undefined) return null;
  const from = others.reduce((least, c) => (c.first < least ? c.first : least), first.first);
  const to = others.reduce((most, c) => (c.past > most ? c.past : most), first.past);
  return { from: from * every, to: to * every };
}
