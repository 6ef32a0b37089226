/** A run on an account: what it will do is said, a schema of its own is made, every item is asked there, the schema goes, and the ledger is written. */
import { counted } from '../../compiler/counted.ts';
import type { ExitCode, Output } from '../../runners/cli/command.ts';
import { snowflakeOn } from '../../runners/engines/snowflake/connection.ts';
import type { Session } from '../../runners/engines/snowflake/session.ts';
import type { SnowflakeSettings } from '../../runners/engines/snowflake/settings.ts';
import { UsageError } from '../../runners/usage-error.ts';
import { openAccount } from '../../runners/warehouse/snowflake-account.ts';
import { settingsOf } from '../../runners/warehouse/snowflake-settings.ts';
import type { NamedTarget } from '../../runners/warehouse/target-file.ts';
import { rowNames } from './functions.ts';
import { nameHider, secretHider } from './hidden.ts';
import type { Part } from './item.ts';
import { type Ledger, type LedgerItem, requireWritable, totalsOf, writeLedger } from './ledger.ts';
import { meter as startMeter } from './meter.ts';
import type { Options } from './options.ts';
import { createSchema, dropSchema, dropStatement, newSchemaName, useSchema } from './own-schema.ts';
import { partsOf } from './parts.ts';
import { provenance } from './provenance.ts';
import { runItems } from './run-items.ts';
import { type Stopping, stoppable } from './stopping.ts';
import { summary } from './summary.ts';
import { type Warehouse, warehouseOf } from './warehouse.ts';

/** `now`: milliseconds since 1970. */
export async function verify(target: NamedTarget, options: Options, output: Output, now: () => number = Date.now): Promise<ExitCode> {
  if (target.declared.engine !== 'snowflake')
    throw new UsageError(`the target ${target.name} is of engine ${target.declared.engine}`, 'this is asked of an account of Snowflake');
  await requireWritable(options.out);
  const settings = await settingsOf(target);
  const hide = { secrets: secretHider(settings), names: nameHider(settings) };
  const parts = await partsOf(options.parts, options.sample);
  const started = now();
  const account = await openAccount(target, 'verify');
  const stopping = stoppable(account.session.interrupt);
  let timer: NodeJS.Timeout | undefined;
  try {
    const warehouse = await warehouseOf(account.session, target);
    const meter = startMeter(options.cap, warehouse.creditsAnHour, started, now);
    const schema = newSchemaName(started);
    output.say(planText(schema, parts, { ...warehouse, name: hide.secrets(warehouse.name) }, target, options));
    // What is under way then is given up: the cap is what it costs at most.
    timer = setTimeout(() => stopping.stop('cap'), meter.left());
    let dropped = false;
    const inSchema = async (): Promise<readonly LedgerItem[]> => {
      const connection = snowflakeOn(account.session);
      return runItems(parts, { connection, meter, stopping, output, hide });
    };
    const items = await inOwnSchema(
      { schema, session: account.session, settings, stopping, output, target, keep: options.keep },
      inSchema,
      () => {
        dropped = true;
      },
    );
    const compared = new Set(items.flatMap(({ outcome, functions }) => (outcome === 'equal' || outcome === 'different' ? functions : [])));
    const ledger: Ledger = {
      format: 1,
      ...(await provenance()),
      snowflake: { version: hide.names(warehouse.version), address: settings.url === null ? 'of the account' : 'given' },
      started: new Date(started).toISOString(),
      finished: new Date(now()).toISOString(),
      ended: stopping.why() ?? 'all done',
      seeds: Object.fromEntries(parts.flatMap(({ name, seed }) => (seed === null ? [] : [[name, seed]]))),
      sample: options.sample,
      caps: options.cap,
      used: { ...meter.used(), warehouseSize: warehouse.size, creditsAnHour: warehouse.creditsAnHour },
      schema: { name: schema, dropped },
      functions: {
        compared: rowNames.filter((name) => compared.has(name)),
        notCompared: rowNames.filter((name) => !compared.has(name)),
      },
      totals: totalsOf(options.parts, items),
      items,
    };
    await writeLedger(options.out, ledger);
    output.result(summary(ledger, options.out));
    return exitCode(items);
  } finally {
    clearTimeout(timer);
    stopping.end();
    await account.close();
  }
}

interface OwnSchema {
  readonly schema: string;
  readonly session: Session;
  readonly settings: SnowflakeSettings;
  readonly stopping: Stopping;
  readonly output: Output;
  readonly target: NamedTarget;
  readonly keep: boolean;
}

async function inOwnSchema<T>(
  { schema, session, settings, stopping, output, target, keep }: OwnSchema,
  work: () => Promise<T>,
  onDropped: () => void,
): Promise<T> {
  const sayLeft = (why: string): void =>
    output.say(`${why}: in the database of the target ${target.name}, run\n  ${dropStatement(schema)};`);
  let mayBeThere = false;
  stopping.setLastWords(() => sayLeft(`ended at once: the schema ${schema} may still be there`));
  try {
    try {
      await createSchema(session, schema);
      mayBeThere = true;
    } catch (thrown) {
      // What Snowflake refused is not ours; what was given up may have been done.
      mayBeThere = stopping.why() !== null;
      throw thrown;
    }
    await useSchema(session, schema);
    return await work();
  } finally {
    if (mayBeThere && keep) sayLeft(`the schema ${schema} is kept. To drop it`);
    else if (mayBeThere) {
      const problem = await dropSchema(stopping.why() === null ? session : null, settings, schema);
      if (problem === null) onDropped();
      else sayLeft(`the schema ${schema} could not be dropped (${problem}). To drop it`);
    }
  }
}

function planText(
  schema: string,
  parts: readonly Part[],
  warehouse: Warehouse,
  { name }: NamedTarget,
  { cap, sample, keep }: Options,
): string {
  const items = parts.map((part) => `${part.name} (${counted(part.items.length, 'case')})`).join(', ');
  const rate = `size ${warehouse.size}, ${counted(warehouse.creditsAnHour, 'credit')} an hour`;
  return [
    `on the target ${name}, with the warehouse ${warehouse.name} (${rate})`,
    `  makes the schema ${schema} in the target's database, writes in it alone, and ${keep ? 'leaves it' : 'drops it at the end'}`,
    `  asks ${items}${sample === null ? '' : `: a sample of at most ${sample} of each part`}`,
    `  stops at ${counted(cap.credits, 'credit')} or ${counted(cap.minutes, 'minute')}, whichever comes first`,
  ].join('\n');
}

function exitCode(items: readonly LedgerItem[]): ExitCode {
  const some = (...wanted: readonly LedgerItem['outcome'][]): boolean => items.some(({ outcome }) => wanted.includes(outcome));
  if (some('different', 'failed')) return 1;
  return some('not reached') || !some('equal') ? 3 : 0;
}
