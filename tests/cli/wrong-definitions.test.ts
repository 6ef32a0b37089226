/** Definitions that are wrong: a message with its place, exit 1, and nothing written. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Files, lockstep, put } from '../support/cli.ts';
import { feature, project, queryArguments, sources, viewers } from './viewers.ts';

const path = 'transforms/features/viewers.sql';
const cases: readonly (readonly [what: string, files: Files, place: string, message: RegExp])[] = [
  [
    'an unknown column',
    { [path]: viewers.replace('SUM(price)', 'SUM(prize)') },
    `${path}:4:42`,
    /has no column `prize`[^]*hint: did you mean `price`/,
  ],
  [
    'an ambiguous name',
    {
      [path]: feature(
        'SELECT a.stream_id, COUNT(user_id) AS n FROM views AS a JOIN views AS b ON a.view_id = b.view_id GROUP BY a.stream_id',
      ),
    },
    `${path}:4:27`,
    /`user_id` is a column of several relations here[^]*hint: write `a.user_id` or `b.user_id`/,
  ],
  [
    'types that do not go together',
    { [path]: viewers.replace('SUM(price)', "SUM(price) + 'x'") },
    `${path}:4:`,
    /error\[(type-mismatch|may-raise|wrong-arguments)\]/,
  ],
  [
    'a missing entity column',
    { [path]: viewers.replace('SELECT stream_id, ', 'SELECT ') },
    `${path}:2:9`,
    /the query returns no column `stream_id`, which the header names as entity[^]*hint: select it/,
  ],
  [
    'two features of one name',
    { 'transforms/features/more/viewers.sql': viewers },
    `${path}:1:1`,
    /transforms\/features\/more\/viewers.sql already defines the feature `viewers`/,
  ],
  [
    'a cycle of snippets',
    {
      [path]: viewers.replace('FROM views', 'FROM {{> first}}'),
      'transforms/shared/first.sql': '{{> second}}',
      'transforms/shared/second.sql': '{{> first}}',
    },
    'transforms/shared/second.sql:1:',
    /template-cycle/,
  ],
  ['invalid YAML in sources.yml', { 'transforms/sources.yml': 'streams:\n  views: [\n' }, 'transforms/sources.yml:3:1', /yaml-invalid/],
  ['invalid YAML in the header', { [path]: viewers.replace('entity: stream_id', 'entity: {') }, `${path}:3:1`, /yaml-invalid/],
  ['invalid YAML in lockstep.yml', { 'lockstep.yml': 'name: "x\n' }, 'lockstep.yml:2:1', /yaml-invalid/],
  ['a file of 5 MB', { [path]: `${viewers}${'-- padding\n'.repeat(500_000)}` }, `${path}:1:1`, /file-not-text.*has 55\d+ bytes/],
  [
    'a thousand terms',
    { [path]: viewers.replace('SUM(price)', `SUM(${Array.from({ length: 1000 }, () => 'price').join(' + ')})`) },
    `${path}:4:`,
    /sql-too-complex.*more than 400 operators[^]*hint: use IN lists, or aggregate in CTEs/,
  ],
  [
    'deep parentheses',
    { [path]: viewers.replace('price', `${'('.repeat(5000)}price${')'.repeat(5000)}`) },
    `${path}:4:`,
    /sql-too-complex/,
  ],
  [
    'what is not UTF-8',
    { [path]: Buffer.from(viewers.replace('GROUP', '-- \xe9\nGROUP'), 'latin1') },
    `${path}:1:1`,
    /not UTF-8 text \(line 7\)/,
  ],
  ['an empty file', { [path]: '' }, `${path}:1:1`, /header-missing/],
  ['no SQL', { [path]: '/*---\nentity: stream_id\n---*/\n' }, `${path}:`, /error\[/],
  ['two statements', { [path]: `${viewers}; DROP TABLE views` }, `${path}:`, /error\[/],
  ['Jinja', { [path]: viewers.replace('FROM views', "FROM {{ ref('views') }}") }, `${path}:5:6`, /template-jinja/],
  [
    'no sources.yml',
    { 'transforms/sources.yml': sources.replace('streams', 'streems') },
    'transforms/sources.yml:1:1',
    /did you mean `streams`/,
  ],
  ['a warehouse table', { [path]: viewers.replace('FROM views', 'FROM raw.views') }, `${path}:5:6`, /features name declared sources/],
  ['an unknown rule', { 'lockstep.yml': 'rules: { float-tain: off }\n' }, 'lockstep.yml:1:10', /hint: did you mean `float-taint`/],
];

test.for(cases)('%s', async ([, files, place, message]) => {
  const folder = await project(files);
  for (const [command, ...more] of [['check', '--no-run'], ['compile']] as const) {
    const { code, out, err } = await lockstep(command, '--project', folder, ...more);
    expect(code).toBe(1);
    expect(err).toContain(place);
    expect(err).toMatch(message);
    expect(err).not.toMatch(/^\s+at /m);
    expect(err).not.toMatch(/bug in Lockstep/);
    expect(out.trim()).toBe(command === 'check' ? (/\d+ errors?/.exec(out)?.[0] ?? 'a count') : '');
  }
  expect(await readdir(folder)).not.toContain('build');
});

test('the JSON says the same, with the range', async () => {
  const folder = await project({ [path]: viewers.replace('SUM(price)', 'SUM(prize)') });
  const { code, out } = await lockstep('check', '--project', folder, '--format', 'json');
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({
    ok: false,
    diagnostics: [
      {
        code: 'unknown-column',
        severity: 'error',
        message: '`views` has no column `prize`',
        file: path,
        line: 4,
        column: 42,
        endLine: 4,
        endColumn: 47,
        hint: 'did you mean `price`?',
        feature: 'viewers',
      },
    ],
  });
});

test('to compile a project that broke leaves the good build as it was', async () => {
  const folder = await project();
  expect((await lockstep('compile', '--project', folder)).code).toBe(0);
  const contents = async (): Promise<Record<string, string>> => {
    const entries = await readdir(join(folder, 'build'), { recursive: true, withFileTypes: true });
    const files = entries.filter((e) => e.isFile()).map((e) => join(e.parentPath, e.name));
    return Object.fromEntries(await Promise.all(files.map(async (file) => [file, await readFile(file, 'utf8')] as const)));
  };
  const before = await contents();
  await put(folder, {
    'transforms/features/other.sql': feature('SELECT stream_id, nope FROM views'),
    [path]: viewers.replace('SUM(price)', 'MAX(price)'),
  });
  expect((await lockstep('compile', '--project', folder)).code).toBe(1);
  expect((await lockstep('compile', '--check', '--project', folder)).code).toBe(1);
  expect(await contents()).toEqual(before);
});

test('a feature that does not compile is not queried, and says why; the others are', async () => {
  const folder = await project({ 'transforms/features/other.sql': feature('SELECT stream_id, nope FROM views') });
  const broken = await lockstep(...queryArguments(folder, 'other'));
  expect(broken).toMatchObject({ code: 1, out: '' });
  expect(broken.err).toMatch(/other\.sql:4:19: error\[unknown-column\][^]*error: the feature other does not compile/);
  expect((await lockstep(...queryArguments(folder))).code).toBe(0);
});
