/** The formats of check: they validate against the schemas of those who read them, and no text of a user breaks out of one. */
import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { diagnosticCodes } from '../../compiler/codes.ts';
import type { DiagnosticJson } from '../../compiler/render-diagnostics.ts';
import type { CheckResult, FeatureResult } from '../../runners/check/result.ts';
import { checkFormats } from '../../runners/cli/check-formats/index.ts';
import { folderWith, lockstep } from '../support/cli.ts';
import { good, project } from './viewers.ts';

const schemaText = (name: string): Promise<string> => readFile(new URL(`schemas/${name}`, import.meta.url), 'utf8');

/** Draft 4 and what followed differ in how a schema is named; formats are looked at below. */
const { $schema: _, id: __, ...sarifSchema } = JSON.parse(await schemaText('sarif-2.1.0-rtm.5.json'));
const isSarif = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(sarifSchema);
const junitSchema = await schemaText('jenkins-junit.xsd');

const printed = (format: string, result: CheckResult): string => checkFormats[format]?.(result) ?? '';

async function expectSarif(text: string) {
  const log = JSON.parse(text);
  expect(isSarif(log), JSON.stringify(isSarif.errors)).toBe(true);
  return log.runs[0];
}

async function expectJunit(text: string): Promise<void> {
  const { valid, errors } = await validateXML({
    xml: [{ fileName: 'junit.xml', contents: text }],
    schema: [{ fileName: 'junit.xsd', contents: junitSchema }],
  });
  expect(errors.map((e) => e.message)).toEqual([]);
  expect(valid).toBe(true);
}

const hostile = [
  `"quotes" and 'others' | pipes <b>bold</b> & ampersands`,
  '%0A::error::forged',
  '\n::error file=forged::forged',
  '\r\n##[error]forged',
  ']]> --> <!-- lockstep-check --> </testcase>',
  '`code` ``` \n```\n# forged',
  '[link](https://forged.example) ![image](x) @everyone #1 https://forged.example www.forged.example $x$ :100:',
  'control \u0000\u0001\u001b[31m\u007f\u0085\ufffe\uffff half \ud800 a pair',
  'ünïcödé 👍 \u202e\u2028',
  'back\\slash \\| {0} {{x}}',
];

const finding = (text: string, more: Partial<DiagnosticJson> = {}): DiagnosticJson => ({
  code: 'may-raise',
  severity: 'error',
  message: text,
  file: `transforms/features/${text}.sql`,
  line: 3,
  column: 5,
  endLine: 3,
  endColumn: 9,
  hint: text,
  feature: text,
  ...more,
});

const featureOf = (text: string, more: Partial<FeatureResult> = {}): FeatureResult => ({
  feature: text,
  file: `transforms/features/${text}.sql`,
  owner: text,
  consumers: [text],
  latencyBudget: null,
  version: '0123456789abcdef',
  sources: [text],
  examples: 1,
  run: { points: 10, telling: 5, unreached: [], raised: 0, forms: [{ form: 'batch', refused: null }], mismatches: [] },
  ...more,
});

const resultOf = (
  features: readonly FeatureResult[],
  findings: readonly DiagnosticJson[],
  more: Partial<CheckResult> = {},
): CheckResult => ({
  ok: findings.every((f) => f.severity !== 'error'),
  prefix: 'path/to/project/',
  findings,
  features,
  seed: '1',
  profiles: null,
  since: null,
  at: '2026-01-31T12:00:00',
  ...more,
});

const change = (text: string) => ({
  feature: text,
  change: 'value-changing' as const,
  before: 'aaaaaaaaaaaaaaaa',
  after: '0123456789abcdef',
  reasons: [text],
  owner: text,
  models: [],
  lambdas: [],
  consumers: [text],
});

const worst = resultOf(
  hostile.map((text) => featureOf(text)),
  hostile.map((text) => finding(text)),
  {
    since: {
      reference: hostile.join(''),
      changes: hostile.map(change),
      lost: hostile.map((text) => ({ source: text, column: text, perhaps: [text], features: [{ feature: text, owner: text }] })),
    },
  },
);

test('SARIF validates, also with hostile names; every code is a rule, places are relative to the repository', async () => {
  const run = await expectSarif(printed('sarif', worst));
  expect(run.tool.driver.rules.map((r: { id: string }) => r.id)).toEqual(Object.keys(diagnosticCodes));
  expect(run.results.length).toBe(hostile.length);
  for (const [i, result] of run.results.entries()) {
    const { artifactLocation, region } = result.locations[0].physicalLocation;
    expect(run.tool.driver.rules[result.ruleIndex].id).toBe(result.ruleId);
    expect(artifactLocation.uri).toMatch(/^path\/to\/project\/transforms\/features\/[A-Za-z0-9\-_.!~*'()%/]+\.sql$/);
    expect(decodeURIComponent(artifactLocation.uri)).toBe(
      `path/to/project/transforms/features/${hostile[i]?.replace('\ud800', '\ufffd')}.sql`,
    );
    expect(region).toEqual({ startLine: 3, startColumn: 5, endLine: 3, endColumn: 9 });
    // No link is made of a message.
    expect(result.message.text).not.toMatch(/(?<!\\)\[[^\]]*(?<!\\)\]\(/);
  }
});

test('SARIF: a finding keeps its fingerprint when it moves or its numbers change, and twins have their own', async () => {
  const prints = async (findings: readonly DiagnosticJson[]): Promise<readonly string[]> =>
    (await expectSarif(printed('sarif', resultOf([], findings)))).results.map((r: { partialFingerprints: object }) =>
      JSON.stringify(r.partialFingerprints),
    );
  const [first] = await prints([finding('differs at 3 points: for "a"')]);
  expect(
    await prints([
      finding('differs at 4 points: for "b"', {
        file: 'transforms/features/differs at 3 points: for "a".sql',
        feature: 'differs at 3 points: for "a"',
        line: 30,
        endLine: 31,
      }),
    ]),
  ).toEqual([first]);
  expect(new Set(await prints([finding('a'), finding('a'), finding('b'), finding('a', { code: 'unused' })])).size).toBe(4);
});

test('SARIF: as many results as are shown, the worst first, and how many are left out', async () => {
  const many = Array.from({ length: 6000 }, (_, i) => finding('x', { severity: i < 5999 ? 'note' : 'error' }));
  const run = await expectSarif(printed('sarif', resultOf([], many)));
  expect(run.results.length).toBe(5000);
  expect(run.results[0].level).toBe('error');
  expect(run.invocations[0].toolExecutionNotifications[0].message.text).toContain('1000 more findings');
});

test('JUnit validates, also with hostile names: a suite for each feature, a case for each check', async () => {
  const text = printed('junit', worst);
  await expectJunit(text);
  expect(text.match(/<testsuite /g)?.length).toBe(hostile.length + 1);
  // XML 1.0 forbids them, and a lenient reader would not say so.
  expect(text).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u);
});

test('JUnit: failed, skipped with its reason, passed', async () => {
  const nothing = { points: 10, telling: 0, unreached: ['n'], raised: 0, forms: [], mismatches: [] };
  const text = printed(
    'junit',
    resultOf(
      [
        featureOf('fine'),
        featureOf('broken', { version: null, run: null }),
        featureOf('differs'),
        featureOf('untold', { run: nothing, examples: 0 }),
        featureOf('wrong'),
      ],
      [
        finding('broken'),
        finding('differs', { code: 'forms-differ' }),
        finding('wrong', { code: 'example-failed' }),
        finding('fine', { severity: 'warning' }),
        finding('sources', { file: 'transforms/sources.yml', feature: null }),
      ],
    ),
  );
  await expectJunit(text);
  const cases = [...text.matchAll(/<testcase name="([^"]*)" classname="([^"]*)" time="0"(?:\/>|><(failure|skipped))/g)].map(
    ([, name, suite, outcome = 'passed']) => `${suite} ${name}: ${outcome}`,
  );
  expect(cases).toEqual([
    'project read: failure',
    'fine compile: passed',
    'fine examples: passed',
    'fine generated events: passed',
    'broken compile: failure',
    'broken examples: skipped',
    'broken generated events: skipped',
    'differs compile: passed',
    'differs examples: passed',
    'differs generated events: failure',
    'untold compile: passed',
    'untold examples: skipped',
    'untold generated events: skipped',
    'wrong compile: passed',
    'wrong examples: failure',
    'wrong generated events: passed',
  ]);
  expect(text).toContain(
    '<testsuite name="untold" package="lockstep" id="4" timestamp="2026-01-31T12:00:00" hostname="lockstep" tests="3" failures="0" errors="0" skipped="2"',
  );
});

test('GitHub: at most ten annotations, the worst first, then how many more', () => {
  const some = Array.from({ length: 13 }, (_, i) =>
    finding(`m${i}`, { severity: (['note', 'warning', 'error'] as const)[i % 3] ?? 'note' }),
  );
  const lines = printed('github', resultOf([featureOf('f')], some)).split('\n');
  expect(lines.map((l) => /^::(\w+) /.exec(l)?.[1] ?? l.split(' ')[0])).toEqual([
    ...['error', 'error', 'error', 'error', 'warning', 'warning', 'warning', 'warning', 'notice', 'notice'],
    'and',
    'lockstep:',
    'lockstep:',
  ]);
  expect(lines[0]).toBe(
    '::error file=path/to/project/transforms/features/m2.sql,line=3,endLine=3,col=5,endColumn=9,title=lockstep may-raise::m2%0Ahint: m2',
  );
  expect(lines[10]).toBe('and 3 more findings: lockstep check shows all 13');
});

test('GitHub: no text forges a command, and all of it is read back', () => {
  const lines = printed('github', worst).split(/\r\n|[\n\r]/);
  const annotations = lines.filter((l) => l.startsWith('::'));
  expect(annotations.length).toBe(hostile.length);
  expect(lines.length).toBe(hostile.length + 2);
  const decoded = (text = ''): string =>
    text.replaceAll('%3A', ':').replaceAll('%2C', ',').replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
  expect(
    annotations.map((line) => {
      const [, file, message] =
        /^::error file=([^,:]*),line=3,endLine=3,col=5,endColumn=9,title=lockstep may-raise::(.*)$/s.exec(line) ?? [];
      return [decoded(file), decoded(message)];
    }),
  ).toEqual(hostile.map((text) => [`path/to/project/transforms/features/${text}.sql`, `${text}\nhint: ${text}`]));
});

test('Markdown: hostile texts stay in their cells and items', () => {
  const text = printed('markdown', worst);
  const lines = text.split('\n');
  expect(lines[0]).toBe('<!-- lockstep-check -->');
  expect(text.split('<!--').length).toBe(2);
  const rows = lines.filter((l) => l.startsWith('| '));
  expect(rows.length).toBe(hostile.length + 2);
  // Eight cells in each: a pipe of a user would make a ninth.
  expect(new Set(rows.map((row) => row.split('|').length))).toEqual(new Set([10]));
  // The only tags, fences and headings are ours.
  expect(new Set(text.match(/<[^>]*>/g))).toEqual(new Set(['<!-- lockstep-check -->', '<code>', '</code>', '<br>']));
  expect(lines.filter((l) => l.startsWith('```'))).toEqual(['```mermaid', '```']);
  expect(lines.filter((l) => l.startsWith('#'))).toEqual([
    '### Lockstep: ❌ 10 errors',
    '#### Columns that are gone',
    '#### Findings',
    '#### What changed features read, and who reads them',
  ]);
  for (const forbidden of ['](', '@everyone', ' #1', 'https://', 'www.', '$x$', ':100:', '\u202e', '\u001b'])
    expect(text.split('```mermaid')[0]).not.toContain(forbidden);
  const graph = lines.slice(lines.indexOf('```mermaid') + 2, lines.lastIndexOf('```'));
  for (const line of graph) expect(line).toMatch(/^ {2}\w+[[(]+"[\p{L}\p{N}_ .…#;-]*"[\])]+ --> \w+[[(]+"[\p{L}\p{N}_ .…#;-]*"[\])]+$/u);
});

test.for([
  ['findings', 5000, 10],
  ['features', 10, 5000],
  ['both', 5000, 5000],
] as const)('Markdown: cut to what a comment holds, at whole lines, and it says what is left out: %s', ([, findings, features]) => {
  const text = printed(
    'markdown',
    resultOf(
      Array.from({ length: features }, (_, i) => featureOf(`feature_${i}`)),
      Array.from({ length: findings }, (_, i) => finding(`a rather long message about ${i} `.repeat(8))),
      { since: { reference: 'main', changes: Array.from({ length: features }, (_, i) => change(`feature_${i}`)), lost: [] } },
    ),
  );
  expect(text.length).toBeLessThanOrEqual(65_000);
  expect(text.length).toBeGreaterThan(findings === 10 ? 25_000 : 50_000);
  if (findings > 10) {
    const shown = text.split('\n').filter((l) => l.startsWith('- ❌')).length;
    expect(text).toContain(`… and ${findings - shown} more findings`);
  }
  if (features > 10) {
    const shown = text.split('\n').filter((l) => l.startsWith('| <code>')).length;
    expect(text).toContain(`… and ${features - shown} more features`);
    expect(text).toContain('The graph is cut: 5000 features changed.');
  }
  for (const line of text.split('\n').filter((l) => l.startsWith('| '))) expect(line).toMatch(/ \|$/);
});

test('one message of a megabyte is cut, too', () => {
  const text = printed('markdown', resultOf([], [finding('x'.repeat(1_000_000))]));
  expect(text.length).toBeLessThanOrEqual(65_000);
  expect(text).toContain('xxx…');
});

test('one run writes several formats; stdout has the one that was asked for', async () => {
  const folder = await project({
    'transforms/features/broken.sql': '/*---\nentity: stream_id\n---*/\nSELECT stream_id, nope FROM views\n',
  });
  const at = (name: string): string => `${folder}/reports/${name}`;
  const { code, out } = await lockstep(
    ...['check', '--project', folder, '--engines', 'duckdb', '--format', 'github'],
    ...[
      '--report',
      `sarif=${at('l.sarif')}`,
      '--report',
      `junit=${at('j.xml')}`,
      '--report',
      `markdown=${at('c.md')}`,
      '--report',
      `json=${at('r.json')}`,
    ],
  );
  expect(code).toBe(1);
  expect(out).toMatch(/^::error file=transforms\/features\/broken\.sql,line=4,/);
  await expectSarif(await readFile(at('l.sarif'), 'utf8'));
  await expectJunit(await readFile(at('j.xml'), 'utf8'));
  expect(await readFile(at('c.md'), 'utf8')).toMatch(/^<!-- lockstep-check -->\n### Lockstep: ❌ 1 error\n/);
  expect(JSON.parse(await readFile(at('r.json'), 'utf8'))).toMatchObject({ ok: false, diagnostics: [{ code: 'unknown-column' }] });
});

test.for(['--report=sarif', '--report=tap=x.tap', '--report==x', '--format=xml'])('%s is wrong usage', async (option) => {
  const { code, out, err } = await lockstep('check', '--project', await folderWith(good), '--no-run', option);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(/^error: --(report|format) /);
});
