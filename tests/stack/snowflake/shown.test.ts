/** The name of a feature on the emulated server, moved by hand: what it shows, and what the ledger says. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../../compiler/authoring/config.ts';
import { openSession, type Session } from '../../../runners/engines/snowflake/session.ts';
import { openShownView, type ShownView } from '../../../runners/warehouse/shown-view.ts';
import { targetNamed } from '../../../runners/warehouse/target-file.ts';
import { missingParts } from '../in-stack.ts';
import { type Fakesnow, startFakesnow } from './fakesnow.ts';
import { targetLine } from './target.ts';

describe.skipIf(missingParts.includes('fakesnow') || missingParts.includes('apache-arrow'))(
  'what a name shows on Snowflake (emulated)',
  () => {
    let server: Fakesnow;
    let session: Session;
    let view: ShownView;

    beforeAll(async () => {
      server = await startFakesnow();
      session = await openSession(server.settings);
      const { database, schema } = server.settings;
      const own = (name: string): string => `${database}.${schema}.${name}`;
      for (const statement of [
        `CREATE SCHEMA IF NOT EXISTS ${database}.${schema}`,
        `CREATE TABLE ${own('viewers__aaaaaaaaaaaaaaaa')} AS SELECT 'older' AS said`,
        `CREATE TABLE ${own('viewers__bbbbbbbbbbbbbbbb')} AS SELECT 'newer' AS said`,
        `CREATE TABLE ${own('lockstep_shown')} (feature VARCHAR, version VARCHAR, recorded_at TIMESTAMP_NTZ)`,
        `INSERT INTO ${own('lockstep_shown')} VALUES ('viewers', 'aaaaaaaaaaaaaaaa', '2026-01-01'), ('viewers', 'bbbbbbbbbbbbbbbb', '2026-01-02'), ('other', 'cccccccccccccccc', '2026-01-03')`,
        `CREATE VIEW ${own('viewers')} AS SELECT * FROM ${own('viewers__bbbbbbbbbbbbbbbb')}`,
      ])
        await session.run(statement);
      const declared = targetNamed(readConfig({ path: 'lockstep.yml', text: `targets:\n  ${targetLine(server)}\n` }, []), 'snow');
      view = await openShownView({ name: 'snow', declared, folder: '.', environment: process.env });
    }, 120_000);

    afterAll(async () => {
      await view?.close();
      await session?.close();
      await server?.stop();
    });

    const said = async (): Promise<unknown> => (await session.run(`SELECT said FROM ${server.settings.schema}.viewers`)).flat();

    test('moved back and on again; a ledger of an older Lockstep gets the column', async () => {
      expect([await view.shown('viewers'), await view.shown('nobody'), await said()]).toEqual(['bbbbbbbbbbbbbbbb', null, ['newer']]);
      expect([await view.holds('viewers', 'aaaaaaaaaaaaaaaa'), await view.holds('viewers', 'dddddddddddddddd')]).toEqual([true, false]);
      await view.show('viewers', 'aaaaaaaaaaaaaaaa', 'bbbbbbbbbbbbbbbb', false);
      expect([await view.shown('viewers'), await said()]).toEqual(['aaaaaaaaaaaaaaaa', ['older']]);
      expect(await view.show('viewers', 'bbbbbbbbbbbbbbbb', null, false)).toBeNull();
      expect([await view.shown('viewers'), await said()]).toEqual(['bbbbbbbbbbbbbbbb', ['newer']]);
      const moves = await session.run(
        `SELECT version, refused FROM ${server.settings.schema}.lockstep_shown WHERE feature = 'viewers' ORDER BY recorded_at`,
      );
      expect(moves).toEqual([
        ['aaaaaaaaaaaaaaaa', null],
        ['bbbbbbbbbbbbbbbb', null],
        ['aaaaaaaaaaaaaaaa', 'bbbbbbbbbbbbbbbb'],
        ['bbbbbbbbbbbbbbbb', null],
      ]);
      expect(await view.shown('other')).toBe('cccccccccccccccc');
    });

    // The server knows nothing of grants and policies: what it is asked is all that can be seen here.
    test('asked: who could read the name can read it still, but not where the policies of its columns are gone', async () => {
      const replaced = (): readonly string[] => server.proxy.asked.filter((sql) => /REPLACE VIEW/.test(sql));
      expect(replaced().length).toBeGreaterThan(0);
      for (const sql of replaced()) expect(sql).toMatch(/^CREATE OR REPLACE VIEW \S+ COPY GRANTS AS\n/);
      const left = await view.show('viewers', 'aaaaaaaaaaaaaaaa', null, true);
      expect(left).toContain('dbt build --select viewers gives it both again');
      expect(replaced().at(-1)).toMatch(/^CREATE OR REPLACE VIEW \S+ AS\n/);
      expect(await said()).toEqual(['older']);
    });
  },
);
