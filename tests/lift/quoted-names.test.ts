/** Columns whose names are words of SQL, or are told apart by case: quoted, they are names like others, in every form. */
import { test } from 'vitest';
import { expectEverywhere } from '../support/forms.ts';
import { at, feature } from './market.ts';

test('declared columns that are called like keywords', async () => {
  const sources =
    'streams:\n  t:\n    warehouse: raw.t\n    key: \'"from"\'\n    event_time: \'"where"\'\n    columns: { \'"from"\': VARCHAR, \'"select"\': VARCHAR, \'"CASE"\': NUMBER(9,0), \'"order"\': NUMBER(9,0), \'"where"\': TIMESTAMP_NTZ }\n';
  const sql = `SELECT "select", SUM("CASE") AS "group", MAX("order") AS "end", COUNT(*) AS "with"
FROM t
WHERE "where" >= as_of() - INTERVAL '1 hour'
GROUP BY "select"`;
  const row = { select: 'a', case: 2, order: 7, where: at(-60) };
  const events = {
    t: [
      { from: '1', ...row },
      { from: '1', ...row },
      { from: '2', ...row, case: 3 },
    ],
  };
  await expectEverywhere({ sources, events, feature: feature('entity: \'"select"\'', sql) }, [
    [
      { select: 'a', as_of: at(0) },
      { group: '5', end: '7', with: '2' },
    ],
    [
      { select: 'b', as_of: at(0) },
      { group: null, end: null, with: '0' },
    ],
  ]);
});
