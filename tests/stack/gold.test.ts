/** What Snowflake printed, on the engines of the stack. */
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadParser } from '../../compiler/parse/front-end.ts';
import { engines } from '../gold/engines.ts';
import { below, readLedger } from '../gold/ledger.ts';
import { readCases } from '../gold/read-cases.ts';
import { engineReport, type Found } from '../gold/report.ts';
import { runAll } from '../gold/run-all.ts';

const folder = join(import.meta.dirname, '../gold');

describe.each(engines.filter(({ inStack }) => inStack === true))('what Snowflake printed, on $name', (engine) => {
  let found: Found;
  beforeAll(async () => {
    await loadParser();
    found = (await runAll(readCases(join(folder, 'snowflake.jsonl')), [engine])).get(engine.name) ?? [];
  });

  test('is never different', () => {
    expect(engineReport(found).different).toEqual([]);
  });

  test('is equal as often as the ledger says, topic by topic', () => {
    const ledger = readLedger(join(folder, 'ledger.json'));
    expect(Object.keys(ledger)).toContain(engine.name);
    expect(below(ledger, engine.name, found)).toEqual([]);
  });
});
