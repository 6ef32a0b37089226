/** Data and arguments that are wrong: one message with its place, exit 2, and nothing on stdout. */
import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { type Files, folderWith, lockstep } from '../support/cli.ts';
import { event, good, project, queryArguments } from './viewers.ts';

const spine = (row: object): Files => ({ 'spine.ndjson': `${JSON.stringify(row)}\n` });
const noon = '2026-01-01T12:00:00';

const wrong: readonly (readonly [what: string, files: Files, message: RegExp])[] = [
  [
    'a missing column',
    { 'events/views.ndjson': event().replace('"user_id":"u1",', '') },
    /views\.ndjson:1: USER_ID: this line does not have the column/,
  ],
  ['a CSV without the column', { 'events/views.ndjson': '', 'events/views.csv': 'view_id\nv1\n' }, /several files here/],
  [
    'an ill-typed number',
    { 'events/views.ndjson': event() + event({ price: 'two' }) },
    /views\.ndjson:2: PRICE: this is no NUMBER\(10,2\) \("two"\)/,
  ],
  ['too many digits', { 'events/views.ndjson': event({ price: 2.505 }) }, /views\.ndjson:1: PRICE: the number has more than 2 digits/],
  ['a number that does not fit', { 'events/views.ndjson': event({ price: 123456789 }) }, /PRICE: the number does not fit/],
  [
    'a timestamp out of range',
    { 'events/views.ndjson': event({ viewed_at: '10000-01-01T00:00:00' }) },
    /VIEWED_AT: this is no TIMESTAMP_NTZ between the years/,
  ],
  [
    'a day that is none',
    { 'events/views.ndjson': event({ viewed_at: '2026-02-30T00:00:00' }) },
    /views\.ndjson:1: VIEWED_AT: this is no TIMESTAMP/,
  ],
  ['another offset', { 'events/views.ndjson': event({ viewed_at: '2026-01-01T00:00:00+01:00' }) }, /the offset \+01:00 has no meaning/],
  ['a line that is not JSON', { 'events/views.ndjson': '{"view_id":' }, /views\.ndjson:1: this line is not JSON/],
  [
    'events that are not UTF-8',
    { 'events/views.ndjson': Buffer.from(event({ user_id: '\xe9' }), 'latin1') },
    /views\.ndjson: the file is not UTF-8/,
  ],
  ['a NULL entity in the spine', spine({ stream_id: null, as_of: noon }), /spine\.ndjson:1: STREAM_ID: a spine holds no NULL/],
  ['a NULL as_of in the spine', spine({ stream_id: 's1', as_of: null }), /spine\.ndjson:1: AS_OF: a spine holds no NULL/],
  ['a spine without the entity', spine({ as_of: noon }), /spine\.ndjson:1: STREAM_ID: this line does not have the column/],
  ['an as_of that is none', spine({ stream_id: 's1', as_of: 'noon' }), /spine\.ndjson:1: AS_OF: this is no TIMESTAMP_NTZ/],
  ['an ill-typed entity', spine({ stream_id: 1, as_of: noon }), /spine\.ndjson:1: STREAM_ID: a number is no VARCHAR/],
];

function expectRefused(ran: { code: number; out: string; err: string }, message: RegExp): void {
  expect(ran).toMatchObject({ code: 2, out: '' });
  expect(ran.err).toMatch(message);
  expect(ran.err).not.toMatch(/^\s+at /m);
  expect(ran.err).not.toMatch(/bug in Lockstep/);
}

test.for(wrong)('%s', async ([, files, message]) => {
  const folder = await project(files);
  for (const more of [[], ['--form', 'lambda'], ['--engine', 'reference']])
    expectRefused(await lockstep(...queryArguments(folder), ...more), message);
  expectRefused(
    await lockstep('parity', '--project', folder, '--events', `${folder}/events`, '--spine', `${folder}/spine.ndjson`),
    message,
  );
});

test('no file for a source', async () => {
  const folder = await project();
  await rm(`${folder}/events/views.ndjson`);
  expectRefused(
    await lockstep(...queryArguments(folder)),
    /the source `views` has no file here: none of views\.ndjson, views\.csv or views\.parquet/,
  );
});

test('no folder of events, no spine', async () => {
  const folder = await project();
  expectRefused(
    await lockstep('query', 'viewers', '--project', folder, '--events', `${folder}/no`, '--spine', `${folder}/spine.ndjson`),
    /no such folder/,
  );
  expectRefused(
    await lockstep('query', 'viewers', '--project', folder, '--events', `${folder}/events`, '--spine', `${folder}/no.csv`),
    /no such file/,
  );
  expectRefused(
    await lockstep('query', 'viewers', '--project', folder, '--events', `${folder}/events`, '--spine', `${folder}/lockstep.yml`),
    /a spine is one of/,
  );
});

test('personal data is in no message', async () => {
  const sources = String(good['transforms/sources.yml']).replace('price: NUMBER(10,2)', 'price: { type: "NUMBER(10,2)", pii: true }');
  const folder = await project({ 'transforms/sources.yml': sources, 'events/views.ndjson': event({ price: 'secret' }) });
  const ran = await lockstep(...queryArguments(folder));
  expectRefused(ran, /views\.ndjson:1: PRICE: this is no NUMBER/);
  expect(ran.err).not.toContain('secret');
});

const misused: readonly (readonly [args: readonly string[], message: RegExp])[] = [
  [['--engine', 'nonsense'], /--engine nonsense: it is one of duckdb, postgres, clickhouse, reference/],
  [['--engine', 'duckb'], /hint: did you mean `duckdb`/],
  [['--form', 'stream'], /--form stream: it is one of batch, lambda/],
  [['--knowledge', 'all'], /--knowledge all: it is one of event, arrived/],
  [['--batch', '0'], /--batch 0 is no number of rows/],
  [['--batch', 'many'], /--batch many is no number of rows/],
  [['--format', 'xml'], /--format xml: it is one of/],
  [['--nonsense'], /unknown option '--nonsense'/],
  [['--form', 'lambda', '--artifacts', '/nowhere'], /lambdas\/viewers\.json is missing\nhint: write it anew: npx lockstep compile/],
];

test.for(misused)('query %j', async ([args, message]) => {
  expectRefused(await lockstep(...queryArguments(await project()), ...args), message);
});

test('an unknown feature is told with the nearest name', async () => {
  const folder = await project();
  expectRefused(await lockstep(...queryArguments(folder, 'viewer')), /there is no feature viewer\nhint: did you mean `viewers`\?/);
  expectRefused(await lockstep(...queryArguments(folder, 'xyz')), /hint: there are viewers/);
  expectRefused(
    await lockstep('parity', '--project', folder, '--events', `${folder}/events`, '--feature', 'nope'),
    /there is no feature nope/,
  );
});

test('no project', async () => {
  const empty = await folderWith({ 'readme.txt': '' });
  for (const command of ['check', 'compile']) {
    expectRefused(await lockstep(command, '--project', empty), /has no lockstep\.yml/);
    expectRefused(await lockstep(command, '--project', `${empty}/no`), /has no lockstep\.yml/);
  }
});

test.for(['check', 'compile'])('%s --format of another kind', async (command) => {
  expectRefused(await lockstep(command, '--project', await project(), '--format', 'yaml'), /--format yaml: it is one of text, json/);
});

test('no command, an unknown command, a missing option', async () => {
  expect((await lockstep('nonsense')).code).toBe(2);
  expect((await lockstep()).code).toBe(2);
  expectRefused(await lockstep('query', 'viewers', '--project', await project()), /required option '--events <dir>' not specified/);
  expect((await lockstep('--help')).code).toBe(0);
});

test('parity: nothing to compare is not green', async () => {
  const folder = await project({ 'spine.ndjson': '' });
  const ran = await lockstep('parity', '--project', folder, '--events', `${folder}/events`, '--spine', `${folder}/spine.ndjson`);
  expect(ran.code).toBe(3);
});

test.for(['x', '2026-01-01/2025-01-01', '2026-01-01', '2026-01-01/2026-01-02/2026-01-03'])('parity --interval %s', async (interval) => {
  const folder = await project();
  expectRefused(
    await lockstep('parity', '--project', folder, '--events', `${folder}/events`, '--interval', interval),
    /write two instants/,
  );
});

test('init does not write over a project', async () => {
  expectRefused(await lockstep('init', await project()), /already has lockstep\.yml[^]*hint: name an empty folder/);
});

test('digits beyond the microsecond are cut, with a warning, in events and in the spine', async () => {
  const folder = await project({
    'events/views.ndjson': event({ viewed_at: '2026-01-01T11:59:00.1234567' }),
    ...spine({ stream_id: 's1', as_of: '2026-01-01T12:00:00.0000001' }),
  });
  const { code, out, err } = await lockstep(...queryArguments(folder));
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ as_of: '2026-01-01T12:00:00.000000', views: '1' });
  expect(err).toMatch(/warning: .*views\.ndjson: VIEWED_AT: 1 timestamp has more than six digits/);
  expect(err).toMatch(/warning: .*spine\.ndjson: AS_OF: 1 timestamp has more than six digits/);
});
