/** What Snowflake takes for an hour of the warehouse that computes. */
import { creditsAnHour } from '../../../compiler/authoring/account.ts';
import { EngineError } from '../../engines/engine.ts';
import type { Session } from '../../engines/snowflake/session.ts';
import { fromEnvironment } from '../../warehouse/environment.ts';
import type { NamedTarget } from '../../warehouse/target-file.ts';
import type { Bill } from './tables.ts';

/** What the target says; otherwise what Snowflake says of the session's warehouse. dbt has to use the same. */
export async function billOf(session: Session, { declared, name, environment }: NamedTarget): Promise<Bill> {
  const written = declared.account.warehouse_size;
  const unknown = (reason: string): Bill => ({ kind: 'unknown', reason, hint: `warehouse_size: Medium, in the target ${name}, says it` });
  if (written !== undefined) {
    const size = fromEnvironment(written, `warehouse_size of the target ${name}`, environment);
    const anHour = creditsAnHour(size);
    return anHour === null ? unknown('warehouse_size is no size of Snowflake') : { kind: 'credits', anHour, size };
  }
  try {
    await session.run('SHOW WAREHOUSES');
    const found = await session.run('SELECT "size", "type" FROM TABLE(RESULT_SCAN(LAST_QUERY_ID())) WHERE "name" = CURRENT_WAREHOUSE()');
    const [[size, type] = []] = found;
    const anHour = creditsAnHour(String(size));
    if (found.length !== 1 || anHour === null) return unknown("Snowflake shows no size of the session's warehouse");
    if (String(type) !== 'STANDARD') return unknown(`the warehouse is of type ${String(type)}, whose price is another`);
    return { kind: 'credits', anHour, size: String(size) };
  } catch (thrown) {
    if (!(thrown instanceof EngineError)) throw thrown;
    return unknown("Snowflake does not show the session's warehouse to this role");
  }
}
