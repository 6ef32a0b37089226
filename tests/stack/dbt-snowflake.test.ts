/**
 * The projects for Snowflake in dbt with its adapter, and nobody at the other end: what dbt would send is written down, and two
 * parsers of Snowflake's grammar read it, ours and sqlglot. That is syntax, and no more.
 */
import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { batchPlanOf } from '../../compiler/artifacts/plans.ts';
import { dialects } from '../../compiler/emit/dialect.ts';
import { parseStatements } from '../../compiler/parse/front-end.ts';
import { batchSql } from '../../runners/batch/evaluate.ts';
import { loadProject } from '../../runners/cli/load.ts';
import { stackFolder } from '../../runners/engines/clickhouse.ts';
import { scratchFolder } from './dbt-project.ts';
import { sentByDbt } from './dbt-sent.ts';
import { missingParts } from './in-stack.ts';

const root = resolve(import.meta.dirname ?? '.', '../..');

describe.skipIf(missingParts.includes('dbt')).each([
  ['marketplace', '.'],
  ['flights', 'examples/flights'],
])('%s', async (name, path) => {
  const { compiled, authored } = await loadProject(join(root, path));
  const scratch = scratchFolder();
  const folder = scratch.write(compiled.files, 'dbt/snowflake/', name);

  const known = new Map<string, readonly string[]>();
  /** Every statement that a run of dbt sends. */
  function sent(relations: 'there' | 'absent'): readonly string[] {
    const statements = known.get(relations) ?? sentByDbt(folder, join(scratch.folder, `${relations}.ndjson`), relations);
    known.set(relations, statements);
    return statements;
  }

  /** Without what dbt says itself: its own DDL, and the bounds of transactions. */
  function ours(statements: readonly string[]): readonly string[] {
    return statements
      .map((s) => s.trim())
      .filter((s) => /lockstep|__/.test(s) && !/^(?:drop|alter|truncate|show|describe)\b/i.test(s))
      .flatMap((s) => {
        const built = /^create or replace[\s\S]*?\bas \(?\n([\s\S]*?)\)?;?$/i.exec(s)?.[1];
        return built === undefined
          ? s
              .split(/;\s*\n/)
              .map((part) => part.trim())
              .filter((part) => !/^(?:begin|commit)?;?$/i.test(part))
          : [built.replace(/\n\s*\)\s*$/, '')];
      });
  }

  test.each(['absent', 'there'] as const)('a run is syntax that Snowflake has, with relations %s', (relations) => {
    const statements = ours(sent(relations));
    expect(statements.length).toBeGreaterThan(3 * compiled.features.length);
    for (const sql of statements) expect([sql, parseStatements(sql.trim().replace(/;$/, '')).kind]).toEqual([sql, 'tree']);
    const deleted = statements.filter((s) => s.startsWith('DELETE FROM'));
    expect(deleted.length).toBe(relations === 'there' ? compiled.features.length : 0);
    expect(statements.filter((s) => s.startsWith('INSERT INTO') && s.includes('lockstep_late_events')).length).toBeGreaterThan(
      compiled.features.length / 2,
    );
  });

  test.skipIf(missingParts.includes('fakesnow')).each(['absent', 'there'] as const)(
    'sqlglot reads all of it, with relations %s',
    (relations) => {
      const statements = ours(sent(relations));
      expect(bySqlglot(statements)).toEqual({ read: statements.length, unread: [] });
    },
  );

  test.skipIf(missingParts.includes('fakesnow'))('sqlglot reads every feature over a spine', () => {
    const statements = compiled.features.flatMap(({ feature }) =>
      (['event', 'arrived'] as const).map((knowledge) => batchSql(batchPlanOf(feature, authored.catalog, knowledge), dialects.snowflake)),
    );
    expect(bySqlglot(statements)).toEqual({ read: 2 * compiled.features.length, unread: [] });
  });
});

test.skipIf(missingParts.includes('fakesnow'))('what sqlglot does not read is told', () => {
  const { read, unread } = bySqlglot(['SELECT 1', 'SELECT (1', 'SELECT 1 FROM t QUALIFY', 'CALL a_procedure()']);
  expect([read, unread.map(([sql]) => sql)]).toEqual([1, ['SELECT (1', 'SELECT 1 FROM t QUALIFY', 'CALL a_procedure()']]);
});

function bySqlglot(statements: readonly string[]): { readonly read: number; readonly unread: readonly (readonly [string, string])[] } {
  const input = statements.map((sql) => `${JSON.stringify(sql)}\n`).join('');
  const python = resolve(stackFolder, 'fakesnow/bin/python');
  return JSON.parse(execFileSync(python, [join(root, 'tests/stack/read-by-sqlglot.py')], { input, encoding: 'utf8', maxBuffer: 64e6 }));
}
