/** Witnesses: small, still failing, and without what is personal. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { minimise } from '../../runners/parity/witness/minimise.ts';
import { folderWith, lockstep } from '../support/cli.ts';

describe('delta debugging', () => {
  test('finds exactly the items that are needed together', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(200), { minLength: 1, maxLength: 80 }), fc.nat(4), async (items, needed) => {
        const cause = items.filter((_, i) => i % 7 < needed).slice(0, needed);
        fc.pre(cause.length > 0);
        const found = await minimise(items, (some) => cause.every((x) => some.includes(x)));
        expect([...found].sort()).toEqual([...cause].sort());
      }),
      { seed: 20261122, numRuns: 200 },
    );
  });

  test('nothing can be left out of what it finds, even where failing is not monotone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: -9, max: 9 }), { maxLength: 40 }), async (items) => {
        const fails = (some: readonly number[]): boolean => some.reduce((a, b) => a + b, 0) % 5 === 3;
        fc.pre(fails(items));
        const found = await minimise(items, fails);
        expect(fails(found)).toBe(true);
        for (const i of found.keys()) expect(fails(found.filter((_, j) => j !== i))).toBe(false);
      }),
      { seed: 20261122, numRuns: 200 },
    );
  });
});

const sources = `streams:
  chats:
    warehouse: raw.chats
    key: chat_id
    event_time: sent_at
    ingest_time: ingested_at
    columns:
      chat_id: VARCHAR
      stream_id: VARCHAR
      user_id: { type: "NUMBER(38,0)", pii: true }
      body: { type: VARCHAR, pii: true }
      sent_at: TIMESTAMP_NTZ
      ingested_at: TIMESTAMP_NTZ
`;
const chatters = `/*---
entity: user_id
every: 1 hour
---*/
SELECT user_id, COUNT(*) AS chats, MAX(body) AS longest
FROM chats
WHERE sent_at >= as_of() - INTERVAL '1 hour'
GROUP BY user_id
`;
const personal = '48151623421';
const secretText = 'meet me at the fountain';
const chat = (i: number, user: string, minute: number): object => ({
  chat_id: `c${i}`,
  stream_id: 's',
  user_id: user,
  body: i === 3 ? secretText : `hello ${i}`,
  sent_at: `2026-03-04T10:${String(minute).padStart(2, '0')}:00`,
  ingested_at: `2026-03-04T10:${String(minute).padStart(2, '0')}:01`,
});
const all = Array.from({ length: 12 }, (_, i) => chat(i, i % 3 === 0 ? personal : `10${i % 3}`, i * 3));
const lines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

interface Printed {
  readonly key: Record<string, string>;
  readonly asOf: string;
  readonly batch: Record<string, unknown>;
  readonly stream: Record<string, unknown>;
  readonly rekeyed: boolean;
  readonly events: Record<string, { batch: object[]; stream: object[] }>;
  readonly example: string;
  readonly dbtUnitTest: string;
}

async function witnessed(): Promise<{ readonly folder: string; readonly out: string; readonly witness: Printed }> {
  const folder = await folderWith({
    'lockstep.yml': 'name: small\n',
    'transforms/sources.yml': sources,
    'transforms/features/chatters.sql': chatters,
    'batch/chats.ndjson': lines(all),
    'realtime/chats.ndjson': lines(all.filter((_, i) => i !== 3)),
  });
  const sides = ['--batch', `${folder}/batch`, '--realtime', `${folder}/realtime`];
  const { out } = await lockstep('parity', '--project', folder, '--mode', 'replay', ...sides, '--format', 'json');
  const [report] = (JSON.parse(out) as { features: { differences: { cause: string; witness: Printed | null }[] }[] }).features;
  const witness = report?.differences.find((d) => d.cause === 'lost' && d.witness !== null)?.witness;
  if (witness === undefined || witness === null) throw new Error(out.slice(0, 2000));
  return { folder, out, witness };
}

describe('a witness of a lost event', () => {
  test('is that event alone, and nothing personal is anywhere in what is printed', async () => {
    const { out, witness } = await witnessed();
    expect(witness.rekeyed).toBe(true);
    expect(witness.events['chats']).toMatchObject({ batch: [{ chat_id: 'c3' }], stream: [] });
    expect([witness.batch['chats'], witness.stream['chats']]).toEqual(['1', '0']);
    for (const hidden of [personal, secretText, '2026-03-04T10:09:00', 'fountain']) {
      if (hidden.startsWith('2026')) expect(JSON.stringify(witness)).not.toContain(hidden);
      else expect(out).not.toContain(hidden);
    }
  });

  test('its example passes in the header, and fails there with another value', async () => {
    const { witness } = await witnessed();
    const checked = async (example: string) => {
      const header = `entity: user_id\nevery: 1 hour\nexamples:\n${example.replaceAll(/^/gm, '  ')}`;
      const folder = await folderWith({
        'lockstep.yml': 'name: small\n',
        'transforms/sources.yml': sources,
        'transforms/features/chatters.sql': chatters.replace('entity: user_id\nevery: 1 hour', header),
      });
      return lockstep('check', '--project', folder);
    };
    expect(await checked(witness.example)).toMatchObject({ code: 0, err: '' });
    const other = witness.example.replace('chats: "1"', 'chats: "7"');
    expect(other).not.toBe(witness.example);
    const wrong = await checked(other);
    expect(wrong.code).toBe(1);
    expect(wrong.err).toContain('expects `chats` to be "7"');
  });

  test('its unit test for dbt names the model, its staged rows on the grid, and the row', async () => {
    const { witness } = await witnessed();
    const [unit] = parse(witness.dbtUnitTest) as [
      {
        model: string;
        overrides: { vars: Record<string, string> };
        given: { input: string; rows: object[] }[];
        expect: { rows: Record<string, unknown>[] };
      },
    ];
    expect(unit.model).toBe('chatters__grid');
    expect(unit.given).toEqual([{ input: "ref('stg_chats')", rows: [expect.objectContaining({ chat_id: 'c3' })] }]);
    expect(unit.overrides.vars['lockstep_start']).toMatch(/T\d\d:00:00\.000000$/);
    expect(unit.expect.rows).toEqual([expect.objectContaining({ as_of: unit.overrides.vars['lockstep_start'], chats: '1' })]);
  });
});
