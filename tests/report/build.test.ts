/** What the page shows is worked out before it is written: order, sentences, whose a row is; and nothing in it is more than text. */
import { expect, test } from 'vitest';
import { loadProject } from '../../runners/cli/load.ts';
import type { ReportedRun } from '../../runners/history/run.ts';
import { type ReportedProject, reportData } from '../../runners/report/build.ts';
import { dataText, joined, reportHtml } from '../../runners/report/html.ts';
import { atMost, boundText, meaning, notCompared } from '../../runners/report/words.ts';
import { project as small } from '../cli/viewers.ts';
import { featureReport, hostile, reportedRun } from './runs.ts';

const written = { at: '2026-01-03T01:00:00.000000', lockstep: '0.1.0' };
const nothing: ReportedProject = { name: hostile, catalog: { sources: [] }, features: [], files: [], authored: new Map() };

async function project(): Promise<ReportedProject> {
  const folder = await small({
    'transforms/sources.yml': `streams:
  views:
    warehouse: raw.views
    key: view_id
    event_time: viewed_at
    ingest_time: got_at
    columns: { view_id: VARCHAR, stream_id: VARCHAR, viewed_at: TIMESTAMP_NTZ, got_at: TIMESTAMP_NTZ }
`,
    'transforms/features/viewers.sql': `/*---\nentity: stream_id\nowner: feed\nconsumers: [ranker]\n---*/\nSELECT stream_id, COUNT(*) AS views, COUNT(stream_id) AS label FROM views\nWHERE viewed_at >= as_of() - INTERVAL '1 hour' GROUP BY stream_id\n`,
  });
  const { authored, compiled, files } = await loadProject(folder);
  return {
    name: 'small',
    catalog: authored.catalog,
    features: compiled.features,
    files: compiled.files,
    authored: new Map(files.map((f) => [f.path, f.text])),
  };
}

test('hostile names and values stay data', async () => {
  const data = reportData([reportedRun(hostile, '2026-01-01T01:00:00.000000', [featureReport(hostile)])], nothing, written);
  const text = dataText(data);
  expect(text).not.toMatch(/[<>&\u2028\u2029\u0000]/);
  expect(JSON.parse(text)).toEqual(data);
  const html = await reportHtml(data);
  expect(html.match(/<script/g)).toHaveLength(2);
  expect(html.match(/<\/script/g)).toHaveLength(2);
  expect(html).not.toMatch(/<!--|https?:\/\/(?!www\.w3\.org\/2000\/svg)|src=|@import|url\(/);
  expect(html).toContain("default-src 'none'; script-src 'sha256-");
});

test('modules of the page keep their own names', () => {
  const run = joined([
    "import { x } from './x.js';\nconst own = 1;\nexport const a = own;\n",
    'const own = 2;\nexport function b() {\n  return a + own;\n}\nb();\n',
  ]);
  expect(() => new Function(run)()).not.toThrow();
});

test('the worst comes first, by what its latest run says', () => {
  const report = (name: string, more: Parameters<typeof featureReport>[1]) => featureReport(name, more);
  const first = [report('was_bad', { verdict: 'VIOLATED', unexplained: 9 }), report('fine', { verdict: 'PROVEN' })];
  const second = [
    report('was_bad', { verdict: 'PROVEN', unexplained: 0 }),
    report('open', { verdict: 'UNDECIDED' }),
    report('bad', { verdict: 'VIOLATED', unexplained: 2 }),
    report('worse', { verdict: 'VIOLATED', unexplained: 3 }),
    report('fine', { verdict: 'PROVEN' }),
  ];
  const runs = [reportedRun('b', '2026-01-02T01:00:00.000000', second), reportedRun('a', '2026-01-01T01:00:00.000000', first)];
  const data = reportData(runs, nothing, written);
  expect(data.runs.map((r) => r.id)).toEqual(['a', 'b']);
  expect(data.features.map((f) => f.name)).toEqual(['worse', 'bad', 'open', 'fine', 'was_bad']);
  expect(data.features.find((f) => f.name === 'was_bad')?.series[0]?.nights.map((n) => n.verdict)).toEqual(['VIOLATED', 'PROVEN']);
  expect(reportData(runs, nothing, written, ['open']).features.map((f) => f.name)).toEqual(['open']);
});

test('a feature with several modes shows the worst of their latest', () => {
  const runs = [
    reportedRun('a', '2026-01-01T01:00:00.000000', [featureReport('f', { mode: 'logic', verdict: 'VIOLATED', unexplained: 1 })]),
    reportedRun('b', '2026-01-02T01:00:00.000000', [featureReport('f', { mode: 'replay', verdict: 'PROVEN' })]),
  ];
  const [feature] = reportData(runs, nothing, written).features;
  expect(feature?.verdict).toBe('VIOLATED');
  expect(feature?.series.map((s) => s.mode)).toEqual(['logic', 'replay']);
});

test('whose a row is, and where the window begins', async () => {
  const data = reportData([reportedRun('a', '2026-01-01T01:00:00.000000')], await project(), written);
  const [feature] = data.features;
  expect(feature?.now).toMatchObject({
    owner: 'feed',
    consumers: ['ranker'],
    outputs: [
      { name: 'views', from: [], counted: 'views' },
      { name: 'label', from: ['views.stream_id'], counted: null },
    ],
    choosing: ['views.viewed_at (event time)'],
  });
  expect(feature?.now?.sql.batch).toContain("{{ ref('stg_views') }}");
  expect(feature?.now?.sql.lambda).toContain('$as_of');
  expect(feature?.words).toContain('feed');
  const witness = feature?.series[0]?.latest.differences.find((d) => d.witness !== null)?.witness;
  expect(witness?.edges).toEqual([{ at: '2026-01-01T10:10:00.000000', label: '1 hour before' }]);
  expect(witness?.rows.map((r) => [r.side, r.at, r.arrivedAt])).toEqual([
    ['both', '2026-01-01T11:00:00.000000', '2026-01-01T11:00:01.000000'],
    ['later', '2026-01-01T11:05:00.000000', '2026-01-01T11:20:00.000000'],
  ]);
  expect(witness?.values.map((v) => v.same)).toEqual([false, false]);
});

test('an event of which nobody noted when it arrived is known to no lambda', async () => {
  const [late] = featureReport('viewers').differences;
  if (late?.witness == null) throw new Error('no witness');
  const unnoted = { view_id: 'v1', stream_id: 'a', viewed_at: '2026-01-01T11:00:00.000000', got_at: null };
  const witness = { ...late.witness, events: { views: { batch: [unnoted], stream: [unnoted] } } };
  const sideIn = async (mode: 'logic' | 'replay') => {
    const runs = [
      reportedRun('a', '2026-01-01T01:00:00.000000', [featureReport('viewers', { mode, differences: [{ ...late, witness }] })]),
    ];
    return reportData(runs, await project(), written).features[0]?.series[0]?.latest.differences[0]?.witness?.rows[0]?.side;
  };
  expect([await sideIn('replay'), await sideIn('logic')]).toEqual(['never', 'both']);
});

test('bounds are never rounded down', () => {
  expect([0.0008, 0.00080001, 0.00123, 0.5, 1, 0, 0.009999, 3e-7].map(atMost)).toEqual([
    '0.08 %',
    '0.081 %',
    '0.13 %',
    '50 %',
    '100 %',
    '0 %',
    '1 %',
    '0.00003 %',
  ]);
});

test('the interval is named where the run was given one', () => {
  const run = reportedRun('a', '2026-01-01T01:00:00.000000');
  const saidOf = (options: ReportedRun['run']['options']) =>
    reportData([{ ...run, run: { ...run.run, options } }], nothing, written).features[0]?.series[0]?.latest.notCompared;
  expect(saidOf({ interval: '2026-01-01T00:00:00/2026-01-02T00:00:00' })).toContain(
    'Instants other than those drawn; a bound speaks of instants from 2026-01-01 00:00:00 to 2026-01-02 00:00:00 only.',
  );
  expect(saidOf({ spine: 'points.ndjson' })).toContain('Points other than those that were given (--spine).');
  expect(saidOf({})).toContain('Instants other than those drawn; a bound speaks only of the time that the events of this run cover.');
});

test('sentences say what is known, and what is not', () => {
  const open = featureReport('f', { upperBound: 0.0102 });
  expect(meaning(open)).toBe(
    'Neither proven nor refuted: 42 more entities without a mismatch would show less than 0.1 %. At most 1.1 % of (entity, as_of) pairs mismatch beside the 1 point that what had arrived explains, at 95 % confidence.',
  );
  expect(notCompared(open, {})).toContain('90 of the 100 entities of the population.');
  const census = featureReport('f', { verdict: 'PROVEN', census: true, drawn: 100, upperBound: 0, explained: 0 });
  expect(meaning(census)).toBe(
    'Fewer than 0.1 % of points mismatch, which was the aim. No (entity, as_of) pair mismatches: all 100 of the population were compared (a census).',
  );
  expect(boundText(census)).toBe('none (census)');
  expect(meaning(featureReport('f', { upperBound: null, moreNeeded: null }))).toBe(
    'There was nothing to compare. Nothing was compared, so nothing is known.',
  );
  const wrong = featureReport('f', { verdict: 'VIOLATED', mode: 'logic', unexplained: 3, explained: 0, lambda: 'tampered' });
  expect(meaning(wrong)).toContain(
    'The SQL of the lambda is not what this version compiles to. On the same events the two forms gave different values at 3 of 57 points.',
  );
});

test('what could not be compared, and has no verdict since, is listed once, as text', async () => {
  const failed = (feature: string) => ({ feature, message: hostile, plain: 'no words' });
  const day = (n: number, features: readonly string[], errors: readonly string[]): ReportedRun =>
    reportedRun(
      `run-${n}`,
      `2026-01-0${n}T01:00:00.000000`,
      features.map((f) => featureReport(f)),
      errors.map(failed),
    );
  const runs = [day(3, [], ['b']), day(1, ['a'], ['b', 'c']), day(2, ['c'], ['a', hostile])];
  const shown = (feature: string, n: number) => ({
    ...{ feature, mode: 'replay', message: hostile },
    ...{ run: `run-${n}`, startedAt: `2026-01-0${n}T01:00:00.000000` },
  });
  const data = reportData(runs, nothing, written);
  expect(data.notCompared).toEqual([shown('b', 3), shown('a', 2), shown(hostile, 2)]);
  expect(data.features.map((f) => f.name).sort()).toEqual(['a', 'c']);
  expect(reportData(runs, nothing, written, ['a']).notCompared).toEqual([shown('a', 2)]);
  expect(dataText(data)).not.toMatch(/[<>&\u2028\u2029\u0000]/);
});
