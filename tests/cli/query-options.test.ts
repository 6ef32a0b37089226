/** What query and its like are asked for: options that do nothing are refused, and what is missing is said in the order of importance. */
import { expect, test } from 'vitest';
import { lockstep } from '../support/cli.ts';
import { feature, project, queryArguments } from './viewers.ts';

async function refused(argv: readonly string[], message: RegExp): Promise<void> {
  const { code, out, err } = await lockstep(...argv);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(message);
}

const other = { 'transforms/features/other.sql': feature('SELECT stream_id, COUNT(*) AS n FROM views GROUP BY stream_id') };

test.for(['query', 'render'])('%s without a feature lists those that there are', async (command) => {
  const folder = await project(other);
  await refused([command, '--project', folder], /^error: no feature is named\nhint: there are other, viewers\n$/);
});

test('query: an unknown feature comes before missing options, and these before data', async () => {
  const folder = await project(other);
  await refused(['query', 'viewer', '--project', folder], /^error: there is no feature viewer\nhint: did you mean `viewers`\?\n$/);
  await refused(['query', 'viewers', '--project', folder], /required option '--events <dir>' not specified/);
  await refused(['query', 'viewers', '--project', folder, '--events', '/no'], /required option '--spine <file>' not specified/);
  await refused(['render', 'viewer', '--project', folder], /^error: there is no feature viewer\n/);
  await refused(['render', 'viewers', '--project', folder], /required option '--at <instant>' not specified/);
});

test.for(['0', '-1', '1e2', '1.0', '0x10', ' 7', '', '+3', '1_000', 'NaN', '99999999999999999999'])('query --batch %j', async (n) => {
  await refused(
    [...queryArguments(await project()), '--form', 'lambda', `--batch=${n}`],
    /^error: --batch .* is no number of rows: 1, 2, 3/,
  );
});

test.for([
  [['--batch', '2'], /^error: --batch is for --form lambda/],
  [['--batch', '1', '--form', 'batch'], /^error: --batch is for --form lambda/],
  [['--batch', '2', '--engine', 'reference'], /^error: --batch is for --form lambda/],
  [['--artifacts', 'build'], /^error: --artifacts is for --form lambda/],
] as const)('query %j', async ([options, message]) => {
  await refused([...queryArguments(await project()), ...options], message);
});

test('parity --interval does not go with --spine', async () => {
  const folder = await project();
  const interval = ['--interval', '2026-01-01T00:00:00/2026-01-02T00:00:00'];
  await refused(
    ['parity', '--project', folder, '--events', `${folder}/events`, '--spine', `${folder}/spine.ndjson`, ...interval],
    /^error: --interval chooses points, and --spine names them: give one of the two/,
  );
});

test.for(['nowhere', 'nowhere.txt', 'nowhere.csv', 'nowhere.parquet', 'no/folder/spine.ndjson'])(
  'a spine that is not there: %s',
  async (name) => {
    const folder = await project();
    await refused(
      ['query', 'viewers', '--project', folder, '--events', `${folder}/events`, '--spine', `${folder}/${name}`],
      /nowhere[.a-z]*: there is no such file\n$|spine\.ndjson: there is no such file\n$/,
    );
  },
);

test.for(['spine.ndjson', 'events'])('a spine that is a folder', async (name) => {
  const folder = await project();
  await refused(
    [
      'query',
      'viewers',
      '--project',
      folder,
      '--events',
      `${folder}/events`,
      '--spine',
      name === 'events' ? folder : `${folder}/lockstep.yml/${name}`,
    ],
    /: (this is a folder|there is no such file)\n$/,
  );
});

test('query --engine postgres gives what DuckDB gives; the lambda does not run there', async () => {
  const folder = await project();
  const onDuckdb = await lockstep(...queryArguments(folder));
  expect(onDuckdb.code).toBe(0);
  expect(await lockstep(...queryArguments(folder), '--engine', 'postgres')).toEqual(onDuckdb);
  await refused([...queryArguments(folder), '--engine', 'postgres', '--form', 'lambda'], /^error: the lambda does not run on postgres\n/);
  await refused([...queryArguments(folder), '--engine', 'oracle'], /duckdb, postgres, clickhouse, reference/);
});

test('query --engine postgres says what has no exact form there', async () => {
  const long = 'a'.repeat(64);
  const folder = await project({
    'transforms/features/viewers.sql': feature(`SELECT stream_id, COUNT(*) AS ${long} FROM views GROUP BY stream_id`),
  });
  await refused([...queryArguments(folder), '--engine', 'postgres'], /^error: the long name A+ has no exact form on Postgres yet\nhint: /);
});
