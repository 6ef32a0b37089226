/** One item after the other, until all are done or the run is stopped. */
import type { Output } from '../../runners/cli/command.ts';
import type { Connection } from '../../runners/engines/engine.ts';
import { failure } from './failure.ts';
import type { Found, Item, Part } from './item.ts';
import type { LedgerItem } from './ledger.ts';
import type { Meter } from './meter.ts';
import type { Stopping } from './stopping.ts';
import { usedText } from './summary.ts';

export interface Running {
  readonly connection: Connection;
  readonly meter: Meter;
  readonly stopping: Stopping;
  readonly output: Output;
  /** Of what Snowflake says: a ledger holds no names of the account. */
  readonly hide: { readonly secrets: (text: string) => string; readonly names: (text: string) => string };
}

export async function runItems(parts: readonly Part[], running: Running): Promise<readonly LedgerItem[]> {
  const done: LedgerItem[] = [];
  for (const part of parts) done.push(...(await runPart(part, running)));
  return done;
}

async function runPart(part: Part, running: Running): Promise<readonly LedgerItem[]> {
  const { meter, stopping, output } = running;
  const progress = output.progress(part.name, part.items.length);
  const done: LedgerItem[] = [];
  const isStopped = (): boolean => {
    if (stopping.why() === null && meter.isReached()) stopping.stop('cap');
    return stopping.why() !== null;
  };
  for (const item of part.items) {
    done.push(isStopped() ? notReached(part, item) : await runItem(part, item, running));
    progress.step(done.length, usedText(meter.used()));
  }
  while (part.more !== undefined && !isStopped()) {
    const item = part.more();
    if (item === undefined) break;
    done.push(await runItem(part, item, running));
  }
  progress.end();
  const equal = done.filter(({ outcome }) => outcome === 'equal').length;
  output.say(`${part.name}: ${equal} of ${done.length} equal; used so far: ${usedText(meter.used())}`);
  return done;
}

async function runItem(part: Part, item: Item, { connection, stopping, hide }: Running): Promise<LedgerItem> {
  const started = performance.now();
  const found = await foundBy(item, connection, stopping);
  if (found === undefined) return notReached(part, item);
  const { outcome, detail, functions, queryId } = found;
  return {
    part: part.name,
    id: item.id,
    outcome,
    detail: detail === null ? null : outcome === 'failed' ? hide.names(detail) : hide.secrets(detail),
    sql: outcome === 'equal' ? null : item.sql,
    functions,
    queryId,
    seconds: Number(((performance.now() - started) / 1000).toFixed(3)),
  };
}

/** Undefined: it was stopped, which says nothing of it. */
async function foundBy(item: Item, connection: Connection, stopping: Stopping): Promise<Found | undefined> {
  let found: Found;
  try {
    found = await item.run(connection);
  } catch (thrown) {
    found = failure(thrown);
  }
  if (stopping.why() === 'crashed') return failure(stopping.crash());
  return stopping.why() !== null && found.outcome === 'failed' ? undefined : found;
}

const notReached = (part: Part, { id, sql }: Item): LedgerItem => ({
  ...{ part: part.name, id, outcome: 'not reached', detail: null, sql, functions: [], queryId: null, seconds: 0 },
});
