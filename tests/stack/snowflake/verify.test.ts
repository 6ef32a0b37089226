/**
 * verify:snowflake on the emulated server. Emulated: that the run keeps to its schema and its cap, finds what is wrong and writes it down is
 * tried; what Snowflake itself answers is not.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { loadParser } from '../../../compiler/parse/front-end.ts';
import { openSession } from '../../../runners/engines/snowflake/session.ts';
import type { Ledger } from '../../verify/ledger.ts';
import { missingParts } from '../in-stack.ts';
import { type Fakesnow, startFakesnow } from './fakesnow.ts';
import { forFakesnow, newFolder, projectOn, verified } from './verify-run.ts';
import { upstream } from './verify-upstream.ts';

const isMissing = missingParts.includes('fakesnow') || missingParts.includes('apache-arrow');

describe.skipIf(isMissing)('emulated', () => {
  let server: Fakesnow;

  beforeAll(() => loadParser());
  afterEach(async () => {
    await server?.stop();
  });

  async function startWith(rewrite: (sql: string) => string = (sql) => sql): Promise<void> {
    server = await startFakesnow((sql) => forFakesnow(rewrite(sql)));
  }

  async function schemas(): Promise<readonly unknown[]> {
    const session = await openSession(server.settings);
    const rows = await session.run("SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE 'LOCKSTEP_%' ORDER BY 1");
    await session.close();
    return rows.flat();
  }

  test('everything is equal but for what fakesnow does otherwise, and nothing outside of its schema is touched', async () => {
    await startWith();
    const other = await openSession(server.settings);
    // As the run itself would call a table.
    for (const sql of ['CREATE TABLE spine (n NUMBER)', 'INSERT INTO spine VALUES (7)', 'CREATE TABLE t1 (n NUMBER)']) await other.run(sql);
    const before = server.proxy.asked.length;

    const { code, out, err, ledger } = await verified(server, []);

    const asked = server.proxy.asked.slice(before);
    const { name } = ledger.schema;
    expect(name).toMatch(/^LOCKSTEP_VERIFY_\d{14}_[0-9A-F]{8}$/);
    expect(asked.filter((sql) => /\b(SCHEMA|DATABASE)\b/i.test(sql))).toEqual([
      `CREATE SCHEMA ${name}`,
      `USE SCHEMA ${name}`,
      `DROP SCHEMA IF EXISTS ${name}`,
    ]);
    const elsewhere = /\b(?:(?<!DISTINCT )FROM|JOIN|INTO|TABLE|EXISTS)\s+(?:"[^"]+"|\w+)\s*\.\s*\S+/i;
    expect(asked.filter((sql) => elsewhere.test(sql))).toEqual([]);
    expect(await other.run('SELECT n FROM spine')).toEqual([['7']]);
    expect(await other.run('SELECT COUNT(*) FROM t1')).toEqual([['0']]);
    await other.close();
    expect(await schemas()).toEqual([]);

    const differing = ledger.items.filter(({ outcome }) => outcome === 'different' || outcome === 'failed');
    expect(differing.map(({ part, id }) => `${part}: ${id}`).sort()).toEqual(Object.values(upstream).flat().sort());
    expect(code).toBe(1);
    expect(ledger).toMatchObject({
      format: 1,
      ended: 'all done',
      sample: null,
      snowflake: { address: 'given' },
      schema: { dropped: true },
    });
    expect(ledger.items.filter(({ part }) => part === 'gold').length).toBe(589);
    expect(ledger.items.filter(({ part }) => part === 'features').length).toBe(58);
    // What is refused is refused by us, and asks nobody.
    expect(ledger.totals.gold?.refused).toBe(176);
    expect(ledger.totals).toMatchObject({ functions: { refused: 0, 'not reached': 0 }, features: { refused: 0, 'not reached': 0 } });
    expect(ledger.functions.compared.length + ledger.functions.notCompared.length).toBe(246);
    const text = JSON.stringify(ledger);
    for (const secret of ['the-user-from-outside', 'the-password-from-outside', '127.0.0.1', 'emulated', 'nightly'])
      expect([secret, text.includes(secret), out.includes(secret), err.includes(secret)]).toEqual([secret, false, false, false]);
    expect(err).toContain(`makes the schema ${name} in the target's database, writes in it alone, and drops it at the end`);
    expect(out).toContain('Please open an issue with the file');
  });

  test('at the cap it stops: exit code 3, and what was not reached is not equal', async () => {
    await startWith();
    // A clock that is a minute further each time that it is asked.
    let at = Date.UTC(2026, 0, 1);
    const { code, ledger, out } = await verified(server, ['--parts', 'features', '--max-credits', '0.4'], () => {
      at += 60_000;
      return at;
    });
    expect(code).toBe(3);
    expect(ledger.ended).toBe('cap');
    const kinds = ledger.items.map(({ outcome }) => outcome);
    const reached = kinds.indexOf('not reached');
    expect(reached).toBeGreaterThan(3);
    expect(reached).toBeLessThan(24);
    expect(new Set(kinds.slice(0, reached))).toEqual(new Set(['equal']));
    expect(new Set(kinds.slice(reached))).toEqual(new Set(['not reached']));
    expect(kinds.length).toBe(58);
    expect(ledger.totals.features).toMatchObject({ equal: reached, 'not reached': 58 - reached });
    expect(out).toContain('the cap was reached');
    expect(ledger.schema.dropped).toBe(true);
    expect(await schemas()).toEqual([]);
  });

  test('an engine that answers wrongly is found', async () => {
    await startWith((sql) => sql.replaceAll('COUNT(DISTINCT ', 'COUNT('));
    const { code, ledger } = await verified(server, ['--parts', 'features']);
    expect(code).toBe(1);
    const different = ledger.items.filter(({ outcome }) => outcome === 'different');
    expect(different.map(({ id }) => id)).toContain('marketplace stream_chat_activity, event');
    expect(different[0]?.detail).toMatch(/ at 2\d{3}-.*: wanted .*, given /);
  });

  test('--keep leaves the schema, and says how to drop it; a sample is called one', async () => {
    await startWith();
    const { code, ledger, err, out } = await verified(server, ['--parts', 'features', '--sample', '2', '--keep']);
    expect([ledger.sample, ledger.items.length]).toEqual([2, 2]);
    expect(out).toContain('this was a sample: at most 2 of each part');
    expect(code).toBe(0);
    expect(ledger.schema.dropped).toBe(false);
    expect(await schemas()).toEqual([ledger.schema.name]);
    expect(err).toContain(`DROP SCHEMA IF EXISTS ${ledger.schema.name};`);
  });

  test('Ctrl-C: the schema is dropped, and the ledger says what was done', async () => {
    await startWith();
    const [project, folder] = [await projectOn(server), await newFolder()];
    const out = join(folder, 'ledger.json');
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', 'tests/verify/main.ts', '--project', project, '--target', 'snow', '--parts', 'features', '--out', out],
      { cwd: fileURLToPath(new URL('../../..', import.meta.url)), stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += String(chunk);
    });
    // In the middle of the work.
    while (server.proxy.asked.filter((sql) => sql.startsWith('WITH')).length < 4) {
      if (child.exitCode !== null) throw new Error(said);
      await new Promise((later) => setTimeout(later, 20));
    }
    child.kill('SIGINT');
    const [code] = await once(child, 'exit');
    expect([code, said]).toEqual([3, expect.stringContaining('makes the schema')]);
    const ledger = JSON.parse(await readFile(out, 'utf8')) as Ledger;
    expect(ledger).toMatchObject({ ended: 'interrupted', schema: { dropped: true }, totals: { features: { different: 0, failed: 0 } } });
    expect(ledger.totals.features?.equal).toBeGreaterThan(2);
    expect(ledger.totals.features?.['not reached']).toBeGreaterThan(2);
    expect(await schemas()).toEqual([]);
  });
});
