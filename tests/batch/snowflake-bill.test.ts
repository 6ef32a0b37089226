/** What a plan on Snowflake costs: whose size counts, by the hour that Snowflake documents, and when a plan is not begun for it. */
import { expect, test } from 'vitest';
import type { Target } from '../../compiler/authoring/config.ts';
import { type Limits, requireWithin } from '../../runners/batch/materialize/limits.ts';
import { billOf } from '../../runners/batch/materialize/snowflake-bill.ts';
import type { Bill } from '../../runners/batch/materialize/tables.ts';
import { openSession } from '../../runners/engines/snowflake/session.ts';
import { type Done, settingsFor, startService } from '../engines/snowflake-service.ts';

/** Warehouses as `SHOW` lists them: name, size, type. The session's is MINE. */
async function bill(warehouses: readonly (readonly string[])[] | 'refused', written?: string): Promise<Bill> {
  const answer = (sql: string): Done => {
    if (!sql.includes('RESULT_SCAN'))
      return sql === 'SHOW WAREHOUSES' && warehouses === 'refused' ? { refused: 'not for you' } : { rows: [] };
    const isOwn = / WHERE "name" = CURRENT_WAREHOUSE\(\)$/.test(sql);
    return { rows: (warehouses as readonly string[][]).filter(([name]) => !isOwn || name === 'MINE').map(([, ...more]) => more) };
  };
  const service = await startService(({ sql }) => answer(sql));
  const session = await openSession(settingsFor(service));
  const account = { warehouse_size: "{{ env_var('THE_SIZE') }}" };
  const declared: Target = {
    ...{ engine: 'snowflake', path: null, schema: null, databases: {}, schemas: {}, models: {}, dbt: null },
    account: written === undefined ? {} : account,
  };
  try {
    return await billOf(session, { name: 'snow', declared, folder: '/', environment: { THE_SIZE: written } });
  } finally {
    await session.close();
    service.stop();
  }
}

const mine = ['MINE', 'Medium', 'STANDARD'];
const others = [
  ['ANOTHER', '6X-Large', 'STANDARD'],
  ['LAST', 'X-Small', 'STANDARD'],
];

test('the size of the session’s own warehouse', async () => {
  expect(await bill([...others, mine])).toEqual({ kind: 'credits', anHour: 4, size: 'Medium' });
});

test('what the target says goes before it', async () => {
  expect(await bill([mine], 'X-Large')).toEqual({ kind: 'credits', anHour: 16, size: 'X-Large' });
});

test.each<[string, Parameters<typeof bill>, string]>([
  ['no warehouse', [others], "Snowflake shows no size of the session's warehouse"],
  ['a size that is none', [[['MINE', 'Adaptive', 'STANDARD']]], "Snowflake shows no size of the session's warehouse"],
  ['another type', [[['MINE', 'Medium', 'SNOWPARK-OPTIMIZED']]], 'the warehouse is of type SNOWPARK-OPTIMIZED, whose price is another'],
  ['a role that may not look', ['refused'], "Snowflake does not show the session's warehouse to this role"],
  ['a size of the environment that is none', [[mine], 'Huge'], 'warehouse_size is no size of Snowflake'],
])('%s: nobody knows', async (_, given, reason) => {
  expect(await bill(...given)).toMatchObject({ kind: 'unknown', reason, hint: 'warehouse_size: Medium, in the target snow, says it' });
});

const medium: Bill = { kind: 'credits', anHour: 4, size: 'Medium' };
const unknown: Bill = { kind: 'unknown', reason: 'nobody knows', hint: 'say it' };
const refusal = (seconds: number, of: Bill, most: Partial<Limits>): string | null => {
  try {
    requireWithin({ seconds, bill: of }, { credits: null, seconds: null, ...most });
    return null;
  } catch (thrown) {
    return String((thrown as Error).message);
  }
};

test('half an hour of Medium is two credits: no more than two, and more than 1.9', () => {
  expect(refusal(1800, medium, { credits: 2 })).toBeNull();
  expect(refusal(1800, medium, { credits: 1.9 })).toBe('this is estimated to cost 2.0 credits, and --max-cost is 1.9');
  expect(refusal(1801, medium, { credits: 2 })).toBe('this is estimated to cost 2.0 credits, and --max-cost is 2');
});

test('a second is billed as a minute, and nothing as nothing', () => {
  expect(refusal(1, medium, { credits: 0.066 })).toBe('this is estimated to cost 0.07 credits, and --max-cost is 0.066');
  expect(refusal(1, medium, { credits: 0.067 })).toBeNull();
  expect(refusal(0, medium, { credits: 0.000001 })).toBeNull();
});

test('what nobody knows is more than any limit, and none without one', () => {
  expect(refusal(1, unknown, { credits: 1000 })).toBe('what this costs is not known, and --max-cost is 1000: nobody knows');
  expect(refusal(1, unknown, { seconds: 1 })).toBeNull();
});

test('seconds: no more than so many', () => {
  expect(refusal(10, medium, { seconds: 10 })).toBeNull();
  expect(refusal(10.1, medium, { seconds: 10, credits: 1 })).toBe('this is estimated to take 10.1 s, and --max-seconds is 10');
});
