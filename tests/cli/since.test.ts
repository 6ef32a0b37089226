/** check --since: every feature in its class, a lost column with all who read it. Git is the real one. */
import { execFileSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folderWith, lockstep } from '../support/cli.ts';
import { feature, sources } from './viewers.ts';

const plain = "SELECT stream_id, COUNT(*) AS n FROM views WHERE viewed_at >= as_of() - INTERVAL '1 hour' GROUP BY stream_id";
const before = {
  'unter/pröjekt/lockstep.yml': 'name: small\n',
  'unter/pröjekt/transforms/sources.yml': sources,
  'unter/pröjekt/transforms/features/reformatted.sql': feature(plain),
  'unter/pröjekt/transforms/features/wider.sql': feature(plain, 'entity: stream_id\nowner: feed\nconsumers: [home]'),
  'unter/pröjekt/transforms/features/broken_schema.sql': feature(
    plain.replace('AS n', 'AS n, SUM(price) AS paid'),
    'entity: stream_id\nowner: pay',
  ),
  'unter/pröjekt/transforms/features/gone.sql': feature(plain),
  'unter/pröjekt/transforms/features/waived.sql': feature(
    "SELECT stream_id, IFF(SUM(weight) > 1, 1, 0) AS n FROM views WHERE viewed_at >= as_of() - INTERVAL '1 hour' GROUP BY stream_id",
    'entity: stream_id\nwaive:\n  - { code: float-taint, reason: shown only, expires: 2999-01-01 }',
  ),
};

async function repository(): Promise<string> {
  const folder = await folderWith(before);
  const git = (...args: readonly string[]): void =>
    void execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { stdio: 'ignore' });
  git('init', '-q');
  git('add', '-A');
  git('commit', '-qm', 'before');
  return join(folder, 'unter/pröjekt');
}

test('unchanged, new, removed, value-changing and schema-breaking', async () => {
  const folder = await repository();
  const write = (name: string, text: string): Promise<void> => writeFile(join(folder, 'transforms/features', name), text);
  await write('reformatted.sql', feature(`-- the same\n${plain.replaceAll(' ', '\n ')}`));
  await write('wider.sql', feature(plain.replace('1 hour', '2 hours'), 'entity: stream_id\nowner: feed\nconsumers: [home]'));
  await write(
    'broken_schema.sql',
    feature(plain.replace('AS n', 'AS n, MAX(user_id) AS paid, MIN(user_id) AS more'), 'entity: stream_id\nowner: pay'),
  );
  await write('fresh.sql', feature(plain));
  await rm(join(folder, 'transforms/features/gone.sql'));
  const { code, out } = await lockstep('check', '--project', folder, '--since', 'HEAD', '--format', 'json');
  expect(code).toBe(0);
  const { changes, lost } = JSON.parse(out).since;
  expect(lost).toEqual([]);
  expect(changes.map((c: { feature: string; change: string; reasons: string[] }) => [c.feature, c.change, ...c.reasons])).toEqual([
    ['broken_schema', 'schema-breaking', '`paid` was NUMBER(38,2) and is VARCHAR'],
    ['fresh', 'new'],
    ['gone', 'removed'],
    ['reformatted', 'unchanged'],
    ['waived', 'unchanged'],
    ['wider', 'value-changing', 'WHERE of the query changed'],
  ]);
  const wider = changes.find((c: { feature: string }) => c.feature === 'wider');
  expect(wider).toMatchObject({
    owner: 'feed',
    consumers: ['home'],
    models: ['duckdb', 'snowflake'].flatMap((w) => [`dbt/${w}/models/features/wider.sql`, `dbt/${w}/models/grids/wider__grid.sql`]),
    lambdas: ['lambdas/wider.json', 'lambdas/wider.sql'],
  });
  expect(wider.before).not.toBe(wider.after);
  const text = await lockstep('check', '--project', folder, '--since', 'HEAD');
  expect(text.out).toContain('since HEAD: 4 features changed, 2 unchanged');
  expect(text.out).toMatch(/wider +value-changing +\w{8} → \w{8} +WHERE of the query changed +feed +home +4 models, 2 lambda files/);
});

test('why a value changes: the expression, the conditions, the rules of a source; intervals in other units change none', async () => {
  const folder = await repository();
  const path = join(folder, 'transforms/features/reformatted.sql');
  const since = async (): Promise<readonly string[]> => {
    const { out } = await lockstep('check', '--project', folder, '--since', 'HEAD', '--no-run', '--format', 'json');
    const found = JSON.parse(out).since.changes.find((c: { feature: string }) => c.feature === 'reformatted');
    return [found.change, ...found.reasons];
  };
  await writeFile(path, feature(plain.replace('COUNT(*)', 'COUNT(DISTINCT user_id)')));
  expect(await since()).toEqual(['value-changing', 'the expression of `n` changed']);
  await writeFile(path, feature(plain.replace('1 hour', '60 minutes')));
  expect(await since()).toEqual(['value-changing', 'intervals are written in other units, which changes no value']);
  await writeFile(path, feature(plain, 'entity: stream_id\ninclude_as_of: true'));
  expect(await since()).toEqual(['value-changing', 'events dated exactly at the instant count, and did not']);
  await writeFile(path, feature(`WITH v AS (SELECT stream_id, viewed_at FROM views) ${plain.replace('FROM views', 'FROM v')}`));
  expect(await since()).toContain('the CTE `v` is new');
  await writeFile(path, feature(plain, 'entity: stream_id\nuniverse: views'));
  expect(await since()).toEqual(['value-changing', 'the universe was what the query returns and is `views`']);
  await writeFile(path, feature(plain));
  await writeFile(join(folder, 'transforms/sources.yml'), sources.replace('key: view_id', 'key: [view_id, user_id]'));
  expect(await since()).toEqual(['value-changing', '`views`: key was view_id and is view_id, user_id']);
});

test('a table that only says which entities there are: its rules are part of the version, its other columns are not', async () => {
  const people = (key: string, more = ''): string =>
    `${sources}tables:\n  people:\n    warehouse: raw.people\n    key: ${key}\n    updated_at: changed_at\n    columns: { stream_id: VARCHAR, id: VARCHAR,${more} changed_at: TIMESTAMP_NTZ }\n`;
  const folder = await folderWith({
    'lockstep.yml': 'name: small\n',
    'transforms/sources.yml': people('stream_id'),
    'transforms/features/one.sql': feature(plain, 'entity: stream_id\nuniverse: people'),
  });
  const git = (...args: readonly string[]): void =>
    void execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { stdio: 'ignore' });
  git('init', '-q');
  git('add', '-A');
  git('commit', '-qm', 'before');
  const since = async (text: string) => {
    await writeFile(join(folder, 'transforms/sources.yml'), text);
    const { out } = await lockstep('check', '--project', folder, '--since', 'HEAD', '--no-run', '--format', 'json');
    return JSON.parse(out).since;
  };
  const [wider] = (await since(people('stream_id', ' age: "NUMBER(3,0)",'))).changes;
  expect(wider.change).toBe('unchanged');
  const [keyed] = (await since(people('id'))).changes;
  expect([keyed.change, ...keyed.reasons]).toEqual(['value-changing', '`people`: key was stream_id and is id']);
  const { lost } = await since(people('id').replace('stream_id: VARCHAR, id', 'stream: VARCHAR, id'));
  expect(lost).toMatchObject([{ source: 'people', column: 'stream_id', features: [{ feature: 'one' }] }]);
});

test('a renamed column is one finding with every feature and owner', async () => {
  const folder = await repository();
  await writeFile(join(folder, 'transforms/sources.yml'), sources.replace('price: NUMBER(10,2)', 'amount: NUMBER(10,2)'));
  const { code, out } = await lockstep('check', '--project', folder, '--since', 'HEAD');
  expect(code).toBe(1);
  expect(out).toContain('`views.price` is gone; perhaps it is now `amount`: 1 feature reads it: broken_schema (pay)');
});

test('a reference that means nothing, and one that looks like an option', async () => {
  const folder = await repository();
  for (const reference of ['nowhere', '--all']) {
    const { code, err } = await lockstep('check', '--project', folder, `--since=${reference}`);
    expect(code).toBe(2);
    expect(err).toContain(`there is no commit ${reference} here`);
  }
});
