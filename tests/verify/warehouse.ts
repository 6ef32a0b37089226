/** What is asked with, before anything is written: the account's version, the warehouse and what it costs. */
import { billOf } from '../../runners/batch/materialize/snowflake-bill.ts';
import type { Session } from '../../runners/engines/snowflake/session.ts';
import { UsageError } from '../../runners/usage-error.ts';
import type { NamedTarget } from '../../runners/warehouse/target-file.ts';

export interface Warehouse {
  /** Of Snowflake. */
  readonly version: string;
  readonly name: string;
  readonly size: string;
  readonly creditsAnHour: number;
}

export async function warehouseOf(session: Session, target: NamedTarget): Promise<Warehouse> {
  const [[version, database, name] = []] = await session.run('SELECT CURRENT_VERSION(), CURRENT_DATABASE(), CURRENT_WAREHOUSE()');
  if (typeof database !== 'string')
    throw new UsageError(
      `the database of the target ${target.name} is not there, or not for this role`,
      'the role needs USAGE and CREATE SCHEMA on it',
    );
  if (typeof name !== 'string')
    throw new UsageError(
      `the target ${target.name} has no warehouse that this role can use`,
      `warehouse: SMALL, in the target ${target.name}; the role needs USAGE on it`,
    );
  const bill = await billOf(session, target);
  if (bill.kind !== 'credits')
    throw new UsageError(
      `what this costs cannot be counted${bill.kind === 'unknown' ? `: ${bill.reason}` : ''}`,
      bill.kind === 'unknown' ? bill.hint : undefined,
    );
  return { version: String(version), name, size: bill.size, creditsAnHour: bill.anHour };
}
