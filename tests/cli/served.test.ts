/** parity --mode served: a log of answers against what batch says of the same instants. */
import { readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { folderWith, lockstep } from '../support/cli.ts';

const sources = `streams:
  views:
    warehouse: raw.views
    key: view_id
    event_time: viewed_at
    ingest_time: seen_at
    columns: { view_id: VARCHAR, stream_id: VARCHAR, viewed_at: TIMESTAMP_NTZ, seen_at: TIMESTAMP_NTZ }
`;
const viewers = (minutes: number): string => `/*---
entity: stream_id
---*/
SELECT stream_id, COUNT(*) AS views FROM views WHERE viewed_at >= as_of() - INTERVAL '${minutes} minutes' GROUP BY stream_id
`;
const view = (id: string, stream: string, minute: number, delay = 1): object => ({
  view_id: id,
  stream_id: stream,
  viewed_at: `2026-01-01T12:${String(minute).padStart(2, '0')}:00`,
  seen_at: `2026-01-01T12:${String(minute + delay).padStart(2, '0')}:00`,
});
const rows = [view('v1', 's1', 1), view('v2', 's1', 2), view('v3', 's2', 3, 20), view('v4', 's2', 4), view('v5', 's3', 5)];
const lines = (all: readonly object[]): string => all.map((row) => `${JSON.stringify(row)}\n`).join('');

/** `ghosts`: rows that only the stream has; `HISTORY` stands for a file in the folder. */
async function compared(
  answers: readonly object[],
  more: readonly string[] = [],
  minutes = 30,
  ghosts: readonly object[] = [],
  personal = false,
) {
  const declared = personal ? sources.replace('view_id: VARCHAR', 'view_id: { type: VARCHAR, pii: true }') : sources;
  const folder = await folderWith({
    'lockstep.yml': 'name: small\n',
    'transforms/sources.yml': declared,
    'transforms/features/viewers.sql': viewers(30),
    'all/views.ndjson': lines(rows),
    'stream/views.ndjson': lines([...rows, ...ghosts]),
    'older/lockstep.yml': 'name: small\n',
    'older/transforms/sources.yml': sources,
    'older/transforms/features/viewers.sql': viewers(minutes),
  });
  const version = async (project: string): Promise<string> => {
    await lockstep('compile', '--project', project);
    const manifest = JSON.parse(await readFile(`${project}/build/manifest.json`, 'utf8')) as { features: { version: string }[] };
    return manifest.features[0]?.version ?? '';
  };
  const of = await version(minutes === 30 ? folder : `${folder}/older`);
  await writeFile(`${folder}/log.ndjson`, lines(answers.map((a) => ({ feature: 'viewers', version: of, ...a }))));
  const sides = ghosts.length === 0 ? ['--events', `${folder}/all`] : ['--batch', `${folder}/all`, '--realtime', `${folder}/stream`];
  const argv = [
    ...['--mode', 'served', '--served-log', `${folder}/log.ndjson`, ...sides],
    ...more.map((word) => (word === 'HISTORY' ? `${folder}/h.duckdb` : word)),
  ];
  const ran = await lockstep('parity', '--project', folder, '--format', 'json', ...argv);
  return {
    ...ran,
    folder,
    report:
      ran.out === '' || more.includes('text') ? undefined : (JSON.parse(ran.out) as { features: Record<string, unknown>[] }).features[0],
  };
}

const at = (stream_id: string, views: string, minute = 10): object => ({ stream_id, as_of: `2026-01-01T12:${minute}:00`, views });

test('answers that were right, one of them without an event that came late: PROVEN, and the lateness is said', async () => {
  const { code, report } = await compared([at('s1', '2'), at('s2', '1'), at('s3', '1'), at('nobody', '0')]);
  expect(code).toBe(0);
  expect(report).toMatchObject({ mode: 'served', verdict: 'PROVEN', samples: 4, mismatches: 1, causes: { late: 1 }, explained: 1 });
  expect(report?.['freshness']).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ lag: '0 s', mismatches: 1 }),
      expect.objectContaining({ lag: '15 min', mismatches: 0 }),
    ]),
  );
});

const askedAt = (minute: number): object => ({ 'lockstep.asked_at': `2026-01-01T12:${minute}:00.000000` });

test('asked about the past: judged by what had arrived when it was asked, not by the instant it was asked about', async () => {
  // v3 came at 12:23. All are about 12:10.
  const log = [
    { ...at('s2', '1'), ...askedAt(20) },
    { ...at('s2', '2'), ...askedAt(30) },
    { ...at('s1', '2'), ...askedAt(30) },
  ];
  const { code, report } = await compared(log);
  expect({ code, report }).toMatchObject({ code: 0, report: { verdict: 'PROVEN', samples: 3, mismatches: 1, causes: { late: 1 } } });
  expect(report?.['differences']).toMatchObject([
    { asOf: '2026-01-01T12:10:00.000000', askedAt: '2026-01-01T12:20:00.000000', cause: 'late' },
  ]);
  // Three minutes after it was asked the event was there.
  expect(report?.['freshness']).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ lag: '1 min', mismatches: 1 }),
      expect.objectContaining({ lag: '5 min', mismatches: 0 }),
    ]),
  );
});

test('of an interval: answers about its instants, the first with it and the end without, are judged, and how many are not is said', async () => {
  const wrong = { ...at('s1', '7', 12), ...askedAt(30) };
  const log = [wrong, { ...at('s2', '2'), ...askedAt(30) }, { ...at('s1', '9', 40), ...askedAt(50) }];
  const of = async (interval: string) => {
    const { code, report } = await compared(log, ['--interval', interval]);
    return [code, report?.['verdict'], report?.['samples'], report?.['mismatches'], report?.['population']];
  };
  expect(await of('2026-01-01T12:10:00/2026-01-01T12:12:00')).toEqual([
    ...[0, 'PROVEN', 1, 0],
    'census of 1 answer to 1 entity in the log, without 2 answers outside the interval',
  ]);
  expect((await of('2026-01-01T12:10:00/2026-01-01T12:13:00')).slice(0, 4)).toEqual([1, 'VIOLATED', 2, 1]);
  expect((await of('2026-01-01T13:00:00/2026-01-01T14:00:00')).slice(0, 3)).toEqual([3, 'UNDECIDED', 0]);
});

test('without an event that had come when it was asked: no lateness, whatever the instant it was asked about', async () => {
  const { code, report } = await compared([{ ...at('s2', '1'), ...askedAt(30) }, at('s1', '2')]);
  expect({ code, report }).toMatchObject({ code: 1, report: { verdict: 'VIOLATED', causes: { evidence_incomplete: 1 } } });
});

test('answers that do not say when they were asked are judged as before, and it is said where something differs', async () => {
  const text = async (...log: readonly object[]) => (await compared(log, ['--format', 'text'])).out;
  const said = 'not say when asked (lockstep.asked_at): judged by what had arrived at as_of';
  expect(await text(at('s2', '1'), { ...at('s1', '2'), ...askedAt(30) })).toContain(`\n          1 of 2 answers does ${said}\n`);
  expect(await text(at('s2', '2'), at('s1', '2'))).not.toContain(said);
  expect(await text({ ...at('s2', '1'), ...askedAt(20) })).not.toContain(said);
});

test('a witness of what had come after as_of and before the asking is asked again so', async () => {
  const ghost = { view_id: 'v9', stream_id: 's3', viewed_at: '2026-01-01T12:06:00', seen_at: '2026-01-01T12:15:00' };
  const { folder, report } = await compared([{ ...at('s3', '2'), ...askedAt(20) }, at('s1', '2')], ['--history', 'HISTORY'], 30, [ghost]);
  expect(report).toMatchObject({ verdict: 'VIOLATED', causes: { lost: 1 } });
  expect(report?.['differences']).toMatchObject([
    {
      witness: { asOf: '2026-01-01T12:10:00.000000', askedAt: '2026-01-01T12:20:00.000000', batch: { views: '0' }, stream: { views: '1' } },
    },
  ]);
  const text = await compared([{ ...at('s3', '2'), ...askedAt(20) }], ['--format', 'text'], 30, [ghost]);
  expect(text.out).toContain(
    'at 2026-01-01T12:10:00.000000, asked at 2026-01-01T12:20:00.000000: views is "0" in batch, "1" in the stream',
  );
  const { out } = await lockstep('verify', '--project', folder, '--history', `${folder}/h.duckdb`);
  expect(out).toContain('still differs');
});

test('a witness in another week was asked in that week, too', async () => {
  const { report } = await compared([{ ...at('s2', '1'), ...askedAt(20) }], [], 30, [], true);
  // 2026-01-01 is a Thursday.
  expect(report?.['differences']).toMatchObject([
    { witness: { rekeyed: true, asOf: '2024-01-04T12:10:00.000000', askedAt: '2024-01-04T12:20:00.000000' } },
  ]);
});

test('an instant of asking that is none: file, line and column', async () => {
  const { code, err } = await compared([at('s1', '2'), { ...at('s1', '2'), 'lockstep.asked_at': 'noon' }]);
  expect(code).toBe(2);
  expect(err).toMatch(/log\.ndjson:2: lockstep\.asked_at: /);
});

test('lateness has a budget', async () => {
  const { code, report } = await compared([at('s1', '2'), at('s2', '1')], ['--lateness-budget', '20%']);
  expect({ code, verdict: report?.['verdict'] }).toEqual({ code: 1, verdict: 'VIOLATED' });
});

test('an answer that nothing explains, and nobody kept what the stream had: the evidence is incomplete', async () => {
  const { code, report } = await compared([at('s1', '7'), at('s3', '1')]);
  expect(code).toBe(1);
  expect(report).toMatchObject({ verdict: 'VIOLATED', causes: { evidence_incomplete: 1 } });
});

test('answers of another version are named so', async () => {
  const { code, report } = await compared([at('s1', '0', 20), at('s3', '0', 20)], [], 5);
  expect(code).toBe(1);
  expect(report).toMatchObject({ causes: { version_skew: 2 } });
});

test('answers of other versions that agree are PROVEN, and it is said whose they are', async () => {
  const other = { version: 'deadbeefdeadbeef' };
  const log = [at('s1', '2', 30), { ...at('s3', '1', 30), ...other }, { ...at('s2', '2', 30), ...other }];
  const text = await compared(log, ['--format', 'text']);
  expect(text.out).toMatch(/^PROVEN/);
  expect(text.out).toContain('\n          2 of 3 answers are of other versions: deadbeefdeadbeef\n');
  const three = [...log, { ...at('s1', '2', 30), version: 'a\u001b[2J' }];
  expect((await compared(three, ['--format', 'text'])).out).toContain(
    '3 of 4 answers are of other versions: "a\\u001b[2J", deadbeefdeadbeef\n',
  );
  expect((await compared([at('s1', '2', 30)], ['--format', 'text'])).out).not.toContain('version');
});

test('a log that is none: file, line and column', async () => {
  const broken = await compared([{ stream_id: 's1', as_of: '2026-01-01T12:10:00', views: 'many' }]);
  expect(broken.code).toBe(2);
  expect(broken.err).toMatch(/log\.ndjson:1: VIEWS: /);
  expect(broken.err).not.toContain('many');
});
