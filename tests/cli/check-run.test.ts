/** check on generated events: every feature of the repository is tested, and faults that are put in are found. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { findFunction } from '../../compiler/functions/index.ts';
import { type FeatureRun, runFeature } from '../../runners/check/run/feature-run.ts';
import { withFewestEvents } from '../../runners/check/run/fewest-events.ts';
import { mismatchResult } from '../../runners/check/run/findings.ts';
import { runCheck } from '../../runners/check/run-check.ts';
import { type LoadedProject, loadProject } from '../../runners/cli/load.ts';
import { openDuckdb } from '../../runners/engines/duckdb.ts';
import { lockstep } from '../support/cli.ts';
import { feature, project } from './viewers.ts';

const duckdb = await openDuckdb();
await duckdb.execute('SET threads = 1');
afterAll(() => duckdb.close());
const engines = { duckdb, postgres: undefined };

const root = fileURLToPath(new URL('../../', import.meta.url));
const marketplace = await loadProject(root);
const flights = await loadProject(join(root, 'examples/flights'));

const run = (name: string, loaded: LoadedProject, edit: (sql: string) => string = (sql) => sql): Promise<FeatureRun> => {
  const compiled = loaded.compiled.features.find((f) => f.feature.name === name);
  if (compiled === undefined) throw new Error(`no feature ${name}`);
  const lambdaSql = edit(compiled.lambdaSql);
  return runFeature({ ...compiled, lambdaSql }, loaded.authored.catalog, engines, '1');
};

const everyFeature = [marketplace, flights].flatMap((loaded) => loaded.compiled.features.map((f) => ({ name: f.feature.name, loaded })));

test.for(everyFeature)('$name: every output has values of its own, and the forms agree', async ({ name, loaded }) => {
  const found = await run(name, loaded);
  expect(found).toMatchObject({ mismatches: [], failures: [], unreached: [], raised: 0 });
  expect(found.telling).toBeGreaterThanOrEqual(5);
});

/** What is changed in a lambda, as by hand; each is found by another part of the generated events. */
const tampered: readonly (readonly [what: string, feature: string, find: string | RegExp, replace: string])[] = [
  [
    'the window opens a microsecond late',
    'stream_chat_activity',
    "chats.sent_at >= asked.as_of + INTERVAL '-20 minute'",
    "chats.sent_at > asked.as_of + INTERVAL '-20 minute'",
  ],
  ['events dated at the instant count', 'stream_chat_activity', 'chats.sent_at < asked.as_of', 'chats.sent_at <= asked.as_of'],
  ['the window is a microsecond longer', 'listing_bid_velocity', "INTERVAL '-10 minute'", "INTERVAL '-600.000001 second'"],
  ['repeated values are counted', 'stream_chat_activity', 'COUNT(DISTINCT chats.user_id)', 'COUNT(chats.user_id)'],
  ['another literal', 'stream_flagged_share', "'classifier'", "'classifer'"],
  ['an idle entity has NULL', 'stream_chat_activity', 'COALESCE(answer.chats_20m, 0)', 'answer.chats_20m'],
  ['ties go the other way', 'listing_highest_bid', 'bids.bid_at NULLS LAST', 'bids.bid_at DESC NULLS LAST'],
  ['the oldest version of a table counts', 'listing_price', /ORDER BY ([^)]*)updated_at/, 'ORDER BY $1updated_at DESC'],
  ['NULLs are counted', 'seller_cancellation_rate', 'COUNT(called_off.order_id)', 'COUNT(*)'],
];

test.for(tampered)('%s', async ([, name, find, replace]) => {
  let changed = false;
  const found = await run(name, marketplace, (sql) => {
    const edited = sql.replace(find, replace);
    changed = edited !== sql;
    return edited;
  });
  expect(changed).toBe(true);
  expect(found.mismatches.length).toBeGreaterThan(0);
  const [first] = found.mismatches;
  const [reference, batch, lambda, ...others] = first?.values ?? [];
  expect([reference, batch, lambda].map((v) => v?.form)).toEqual(['reference', 'batch', 'lambda']);
  // What is counted up from events in memory is not that SQL.
  expect(others.map((v) => v.form)).toEqual(
    name === 'stream_chat_activity' || name === 'listing_bid_velocity' ? ['lambda from memory'] : [],
  );
  for (const { value } of others) expect(value).toEqual(reference?.value);
  expect(batch?.value).toEqual(reference?.value);
  expect(lambda?.value).not.toEqual(reference?.value);
});

test('a function that means something else in SQL: both forms agree, and the reference does not', async () => {
  const row = findFunction('GREATEST') as { sql: { duckdb: unknown } };
  const was = row.sql;
  row.sql = { ...was, duckdb: (findFunction('LEAST') as typeof row).sql.duckdb };
  try {
    const folder = await project({
      'transforms/features/viewers.sql': feature(
        "SELECT stream_id, MAX(GREATEST(price, 1)) AS top FROM views WHERE viewed_at >= as_of() - INTERVAL '1 hour' GROUP BY stream_id",
      ),
    });
    const { code, out, err } = await lockstep('check', '--project', folder, '--engines', 'duckdb');
    expect(code).toBe(1);
    expect(err).toMatch(
      /^transforms\/features\/viewers\.sql:4:19: error\[forms-differ\]: `top` differs between the forms on generated events/,
    );
    expect(err).toMatch(/by the reference, .* by batch, .* by the lambda/);
    expect(err).toContain('lockstep check --seed 1 shows it again');
    expect(out).toMatch(/^1 error\nTESTED 1 feature on generated events \(\d+ points, seed 1\); 1 differs: viewers\n$/);
  } finally {
    row.sql = was;
  }
});

test('a finding has the fewest events that show it', async () => {
  const found = await run('stream_chat_activity', marketplace, (sql) =>
    sql.replace('COUNT(DISTINCT chats.user_id)', 'COUNT(chats.user_id)'),
  );
  const compiled = marketplace.compiled.features.find((f) => f.feature.name === 'stream_chat_activity');
  const [first] = found.mismatches;
  if (compiled === undefined || first === undefined) throw new Error('nothing was found');
  const lambdaSql = compiled.lambdaSql.replace('COUNT(DISTINCT chats.user_id)', 'COUNT(chats.user_id)');
  const { catalog } = marketplace.authored;
  const small = await withFewestEvents(first, { ...compiled, lambdaSql }, catalog, engines);
  expect(mismatchResult(compiled.feature, catalog, small)).toMatchObject({
    column: 'chatters_20m',
    values: { reference: '1', batch: '1', lambda: '2' },
  });
  // Two messages of one person.
  expect(small.events.get('chats')?.rows.length).toBe(2);
});

test('a tampered lambda is a finding at the line of the output, of its feature, and the check is not ok', async () => {
  const loaded = await loadProject(await project());
  const features = loaded.compiled.features.map((f) => ({ ...f, lambdaSql: f.lambdaSql.replace('< asked.as_of', '<= asked.as_of') }));
  const { result } = await runCheck(
    { ...loaded, compiled: { ...loaded.compiled, features } },
    {
      since: undefined,
      run: { seed: '1', engines: ['duckdb'] },
      profiles: undefined,
      at: '2026-01-01T00:00:00',
      onProgress: () => undefined,
    },
  );
  expect(result.ok).toBe(false);
  expect(result.findings[0]).toMatchObject({
    code: 'forms-differ',
    severity: 'error',
    feature: 'viewers',
    file: 'transforms/features/viewers.sql',
    line: 4,
    column: 19,
  });
  const mismatch = result.features[0]?.run?.mismatches[0];
  expect(mismatch?.column).toBe('views');
  expect(mismatch?.events['views']?.length).toBe(1);
  expect(mismatch?.events['views']?.[0]?.['viewed_at']).toBe(mismatch?.asOf);
});

test('answers that are all those of no events are no test, and that is said', async () => {
  const folder = await project({
    'transforms/features/viewers.sql': feature(
      "SELECT stream_id, COUNT(*) AS n FROM views WHERE viewed_at >= as_of() - INTERVAL '1 hour' AND MD5(user_id) = 'd41d8cd98f00b204e9800998ecf8427f' AND user_id <> '' GROUP BY stream_id",
    ),
  });
  const { code, out, err } = await lockstep('check', '--project', folder, '--engines', 'duckdb');
  expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining('warning[nothing-tested]: nothing was tested: at each of') });
  expect(out).toContain(
    'TESTED 0 features on generated events (0 points, seed 1); batch, lambda and reference agree; nothing tested of viewers',
  );
  await writeFile(join(folder, 'lockstep.yml'), 'name: small\nrules: { nothing-tested: error }\n');
  expect((await lockstep('check', '--project', folder, '--engines', 'duckdb')).code).toBe(1);
});

test('Postgres is asked, too, and what it refuses is said', async () => {
  const folder = await project({
    'transforms/features/refused.sql': feature(
      `SELECT stream_id, COUNT(*) AS ${'a'.repeat(64)} FROM views WHERE viewed_at >= as_of() - INTERVAL '1 hour' GROUP BY stream_id`,
    ),
  });
  const { code, out } = await lockstep('check', '--project', folder, '--format', 'json');
  expect(code).toBe(0);
  const forms = JSON.parse(out).features.map((f: { run: { forms: object[] } }) => f.run.forms);
  expect(forms).toEqual([
    [
      { form: 'batch', refused: null },
      { form: 'lambda', refused: null },
      { form: 'lambda from memory', refused: null },
      { form: 'batch on Postgres', refused: expect.stringContaining('has no exact form on Postgres') },
    ],
    ['batch', 'lambda', 'lambda from memory', 'batch on Postgres'].map((form) => ({ form, refused: null })),
  ]);
}, 60_000);

test('the same seed tests the same, another seed something else; without a run nothing is said of one', async () => {
  const folder = await project();
  const json = async (...more: readonly string[]) =>
    JSON.parse((await lockstep('check', '--project', folder, '--engines', 'duckdb', '--format', 'json', ...more)).out);
  expect(await json()).toEqual(await json());
  const points = async (seed: string) => (await json('--seed', seed)).features[0].run;
  const found = new Set<string>();
  for (const seed of ['1', '2', '3', '4']) found.add(JSON.stringify(await points(seed)));
  expect(found.size).toBeGreaterThan(1);
  expect(await json('--no-run')).toMatchObject({ seed: null, features: [{ feature: 'viewers', run: null }] });
  expect((await lockstep('check', '--project', folder, '--no-run')).out).toBe('1 feature is fine\n');
});

test('engines that there are not', async () => {
  const folder = await project();
  for (const engines of ['postgres', 'duckdb,oracle', '']) {
    const { code, err } = await lockstep('check', '--project', folder, '--engines', engines);
    expect(code).toBe(2);
    expect(err).toContain('--engines');
  }
});
