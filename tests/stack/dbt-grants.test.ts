/**
 * Grants as dbt understands them after parsing, beside the same written by hand at the two levels that dbt itself has; and what dbt sends to
 * Snowflake, with nobody at the other end: statements, and no more.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { compileProject } from '../../compiler/artifacts/compile.ts';
import type { TextFile } from '../../compiler/artifacts/dbt.ts';
import { loadParser } from '../../compiler/parse/front-end.ts';
import { read } from '../authoring/read.ts';
import { dbt, scratchFolder } from './dbt-project.ts';
import { sentByDbt } from './dbt-sent.ts';
import { missingParts } from './in-stack.ts';

interface Level {
  readonly [privilege: string]: readonly string[];
}

const ofProject: Level = { select: ['reporter', 'home_feed'], references: ['planner'] };
const quoted = '"Night {{ 1 }} Shift"';
/** Of each feature's header; undefined: it says nothing. */
const ofFeatures: Readonly<Record<string, Level | undefined>> = {
  as_project: undefined,
  replaced: { select: ['auditor'] },
  added: { '+select': ['auditor', 'reporter'], '+update': ['auditor'] },
  nobody: { select: [], references: [] },
  odd: { select: [quoted, 'a$b'], 'apply budget': ['planner'] },
};
const names = Object.keys(ofFeatures);

function compiled(project: Level | undefined, features = ofFeatures): readonly TextFile[] {
  const { project: authored, said } = read({
    'lockstep.yml': `name: shop\n${project === undefined ? '' : `dbt: ${JSON.stringify({ grants: project })}\n`}`,
    ...Object.fromEntries(
      Object.entries(features).map(([name, grants]) => [
        `transforms/features/${name}.sql`,
        `/*---\nentity: user_id\nowner: shop\n${grants === undefined ? '' : `grants: ${JSON.stringify(grants)}\n`}---*/\nSELECT user_id, COUNT(*) AS n FROM chats GROUP BY user_id\n`,
      ]),
    ),
  });
  expect(said).toEqual([]);
  return compileProject(authored, '2026-01-01').files;
}

interface Node {
  readonly resource_type: string;
  readonly name: string;
  readonly config: { readonly grants: Level };
}

async function parsed(folder: string, target: string): Promise<{ readonly said: string; readonly grants: ReadonlyMap<string, Level> }> {
  const said = await dbt(folder, target, 'parse', '--no-partial-parse');
  const { nodes } = JSON.parse(readFileSync(join(folder, 'target/manifest.json'), 'utf8')) as { nodes: Record<string, Node> };
  const models = Object.values(nodes).filter((node) => node.resource_type === 'model');
  return { said, grants: new Map(models.map((node) => [node.name, node.config.grants])) };
}

/** As a set: dbt grants what is said twice twice, and Lockstep says it once. */
const sets = (grants: Level | undefined) =>
  Object.fromEntries(Object.entries(grants ?? {}).map(([privilege, to]) => [privilege, [...new Set(to)].sort()]));

describe.skipIf(missingParts.includes('dbt'))('grants in dbt', async () => {
  await loadParser();
  const scratch = scratchFolder();
  const files = compiled(ofProject);
  const snowflake = scratch.write(files, 'dbt/snowflake/', 'shop');

  describe('parsed', () => {
    let ours: ReadonlyMap<string, Level>;

    beforeAll(async () => {
      ours = (await parsed(snowflake, 'snowflake')).grants;
    });

    test('what a header says is to the project what a model is to dbt_project.yml', async () => {
      // dbt renders Jinja in both files.
      const literal = (level: Level): string => JSON.stringify(level).replaceAll('{{ 1 }}', "{{ '{' }}{ 1 }}");
      const byHand: readonly TextFile[] = [
        {
          path: 'hand/dbt_project.yml',
          text: `name: shop\nversion: 1.0.0\nprofile: shop\nmodels: {shop: {+grants: ${literal(ofProject)}}}\n`,
        },
        ...names.map((name) => ({ path: `hand/models/${name}.sql`, text: 'SELECT 1 AS n\n' })),
        {
          path: 'hand/models/all.yml',
          text: `models:\n${Object.entries(ofFeatures)
            .map(([name, level]) => `  - {name: ${name}, config: {grants: ${literal(level ?? {})}}}\n`)
            .join('')}`,
        },
      ];
      const theirs = (await parsed(scratch.write(byHand, 'hand/', 'shop'), 'snowflake')).grants;
      expect(names.map((name) => [name, sets(ours.get(name))])).toEqual(names.map((name) => [name, sets(theirs.get(name))]));
      expect(sets(ours.get('added'))).toEqual({
        select: ['auditor', 'home_feed', 'reporter'],
        references: ['planner'],
        update: ['auditor'],
      });
      expect(ours.get('odd')?.['select']).toEqual([quoted, 'a$b']);
    });

    test('only views that everybody reads have any', () => {
      const granted = [...ours].filter(([, grants]) => Object.keys(grants).length > 0).map(([name]) => name);
      expect(granted.sort()).toEqual([...names].sort());
      expect([...ours.keys()]).toEqual(expect.arrayContaining(['added__grid', 'stg_chats', 'lockstep_runs']));
    });

    test('the project around it has the last word, of each privilege', async () => {
      const outer = scratch.write([], 'none', 'around');
      await cp(snowflake, join(outer, 'lockstep/shop'), { recursive: true });
      await mkdir(join(outer, 'models'));
      writeFileSync(
        join(outer, 'dbt_project.yml'),
        'name: around\nversion: 1.0.0\nprofile: around\nmodels: {shop: {features: {+grants: {select: [prod_reporter], +references: [prod_planner]}}}}\n',
      );
      writeFileSync(join(outer, 'packages.yml'), 'packages:\n  - local: lockstep/shop\n');
      await dbt(outer, 'snowflake', 'deps');
      const { grants } = await parsed(outer, 'snowflake');
      expect(sets(grants.get('as_project'))).toEqual({ select: ['prod_reporter'], references: ['planner', 'prod_planner'] });
      expect(sets(grants.get('as_project__grid'))).toEqual({});
    });
  });

  test('DuckDB has no grants: its project has none, and dbt warns of nothing', async () => {
    const { said, grants } = await parsed(scratch.write(files, 'dbt/duckdb/', 'shop'), 'duckdb');
    expect([...grants].filter(([, level]) => Object.keys(level).length > 0)).toEqual([]);
    expect(said).not.toMatch(/warn/i);
  });

  test('what differs between nobody and somebody is the properties of the views, and no version', () => {
    const plain = new Map(compiled(undefined, Object.fromEntries(names.map((name) => [name, undefined]))).map((f) => [f.path, f.text]));
    expect(files.filter((f) => plain.get(f.path) !== f.text).map((f) => f.path)).toEqual(['dbt/snowflake/models/features/_features.yml']);
  });

  test.each(['absent', 'there'] as const)(
    'sent: a run that makes a view grants, before it says that it is shown, with relations %s',
    (relations) => {
      const statements = sentByDbt(snowflake, join(scratch.folder, `${relations}.ndjson`), relations).map((s) =>
        s.replace(/\s+/g, ' ').trim(),
      );
      const of = (name: string): readonly string[] => {
        const made = statements.findIndex((s) => new RegExp(`^create or replace view none\\.none\\.${name} `, 'i').test(s));
        const said = statements.findIndex((s, i) => i > made && s.startsWith('INSERT INTO') && s.includes(`'${name}'`));
        expect([name, made >= 0, said > made]).toEqual([name, true, true]);
        return statements.slice(made + 1, said).filter((s) => /\b(?:grant|revoke)\b/i.test(s));
      };
      const grants = (text: string): readonly string[] => [...text.matchAll(/grant [^;]*/g)].map(([grant]) => grant.trim());
      const granted = (name: string): readonly string[] => of(name).flatMap(grants).sort();
      expect(granted('as_project')).toEqual([
        'grant references on none.none.as_project to planner',
        'grant select on none.none.as_project to home_feed',
        'grant select on none.none.as_project to reporter',
      ]);
      expect(granted('replaced')).toEqual([
        'grant references on none.none.replaced to planner',
        'grant select on none.none.replaced to auditor',
      ]);
      expect(granted('odd')).toContain(`grant select on none.none.odd to ${quoted}`);
      expect(granted('nobody')).toEqual([]);
      expect(statements.filter((s) => /\brevoke\b/i.test(s))).toEqual([]);
      expect(statements.filter((s) => /\bgrant\b/i.test(s) && /__|lockstep_/.test(s))).toEqual([]);
    },
  );
});
