/** Which masking policy a column of a feature is given, worked out by hand, and what is said where none is right. */
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { compileProject } from '../../compiler/artifacts/compile.ts';
import { diagnosticJson } from '../../compiler/render-diagnostics.ts';
import { read } from '../authoring/read.ts';

const columns = `
      chat_id: VARCHAR
      page: VARCHAR
      user_id: { type: "NUMBER(38,0)", pii: true, masking_policy: mask_number }
      short_id: { type: "NUMBER(9,0)", pii: true, masking_policy: mask_number }
      name: { type: VARCHAR, pii: true, masking_policy: mask_text }
      mail: { type: VARCHAR, pii: true, masking_policy: mask_text }
      body: { type: VARCHAR, pii: true, masking_policy: mask_body }
      phone: { type: VARCHAR, pii: true }
      payload: { type: VARIANT, pii: true, masking_policy: mask_json }
      sent_at: TIMESTAMP_NTZ
`;
const sources = (of: string): string =>
  `streams:\n  chats:\n    warehouse: raw.chats\n    key: chat_id\n    event_time: sent_at\n    columns:${of}`;

interface Column {
  readonly name: string;
  readonly config?: { readonly meta?: { readonly pii?: true; readonly masking_policy?: string } };
}

function compiled(sql: string, header = 'entity: page', declared = columns, config = '') {
  const text = `/*---\n${header}\n---*/\n${sql}`;
  const files = { 'lockstep.yml': config, 'transforms/sources.yml': sources(declared), 'transforms/features/f.sql': text };
  const { project, said } = read(files);
  expect(said).toEqual([]);
  const { files: written, diagnostics, features } = compileProject(project, '2026-01-01');
  expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
  const places = Object.entries(files).map(([path, content]) => ({ path, text: content }));
  const warned = diagnostics
    .filter((d) => d.code === 'masking-undecided')
    .map((d) => {
      const { line, column, endColumn, message, severity } = diagnosticJson(d, places);
      return { severity, place: text.split('\n')[line - 1]?.slice(column - 1, endColumn - 1), message };
    });
  const models = (path: string) =>
    new Map<string, readonly Column[]>(
      parse(written.find((f) => f.path === path)?.text ?? '').models.map((m: { name: string; columns: readonly Column[] }) => [
        m.name,
        m.columns,
      ]),
    );
  const policies = (of: readonly Column[] | undefined) =>
    Object.fromEntries((of ?? []).flatMap((c) => (c.config?.meta === undefined ? [] : [[c.name, c.config.meta.masking_policy ?? null]])));
  const shown = models('dbt/snowflake/models/features/_features.yml');
  // The table has whatever the view has.
  expect(policies(shown.get('f__grid'))).toEqual(policies(shown.get('f')));
  return {
    warned,
    /** Personal columns, and their policies. */
    view: policies(shown.get('f')),
    staging: policies(models('dbt/snowflake/models/staging/_staging.yml').get('stg_chats')),
    written,
    version: features[0]?.version,
  };
}

const grouped = (expression: string): string => `SELECT page, ${expression} AS x FROM chats GROUP BY page`;

test.each([
  ['MAX(name)', 'mask_text'],
  ['UPPER(MAX(name))', 'mask_text'],
  ['MAX(COALESCE(name, mail))', 'mask_text'],
  ['MAX(COALESCE(name, page))', 'mask_text'],
  ["MAX(IFF(body = 'x', name, mail))", 'mask_text'],
  ['MAX(user_id)', 'mask_number'],
  ['MAX(phone)', null],
])('%s has %s', (expression, policy) => {
  const { warned, view } = compiled(grouped(expression));
  expect({ warned, view }).toEqual({ warned: [], view: { x: policy } });
});

test.each(['COUNT(DISTINCT name)', 'COUNT_IF(body = name)', 'MAX(page)', 'MAX(body) = MAX(name)'])('%s is not personal', (expression) => {
  const { warned, view } = compiled(grouped(expression));
  expect({ warned, view }).toEqual({ warned: [], view: {} });
});

test.each([
  ['MAX(COALESCE(name, body))', 'chats.body (mask_body) and chats.name (mask_text)'],
  ['MAX(COALESCE(name, phone))', 'chats.name (mask_text) and chats.phone (without a policy)'],
  ['MAX(COALESCE(mail, name, body))', 'chats.body (mask_body), chats.mail (mask_text) and chats.name (mask_text)'],
  ['LENGTH(MAX(name))', 'chats.name (mask_text, for VARCHAR) as NUMBER(18,0)'],
  ['MAX(user_id)::VARCHAR', 'chats.user_id (mask_number, for NUMBER(38,0)) as VARCHAR'],
  ['MAX(short_id) + MAX(user_id)', 'chats.short_id (mask_number, for NUMBER(9,0)) as NUMBER(38,0)'],
  ['MAX(payload:mail::VARCHAR)', 'chats.payload (mask_json, for VARIANT) as VARCHAR'],
])('%s has none: %s', (expression, reason) => {
  const { warned, view } = compiled(grouped(expression));
  expect(warned).toEqual([
    { severity: 'warning', place: expression, message: `\`x\` gets no masking policy: in it may stand values of ${reason}` },
  ]);
  expect(view).toEqual({ x: null });
});

test('an entity, and what comes through CTEs and unions', () => {
  const both = 'WITH both AS (SELECT name AS who, body FROM chats UNION ALL SELECT mail, name FROM chats)\n';
  const { warned, view } = compiled(`${both}SELECT who, MAX(body) AS said FROM both GROUP BY who`, 'entity: who');
  expect(view).toEqual({ who: 'mask_text', said: null });
  expect(warned.map(({ place, message }) => [place, message])).toEqual([
    ['MAX(body)', '`said` gets no masking policy: in it may stand values of chats.body (mask_body) and chats.name (mask_text)'],
  ]);
});

test('the entities of a universe are as personal as they are there', () => {
  const visits = `
  visits:
    warehouse: raw.visits
    key: visit_id
    event_time: at
    columns:
      visit_id: VARCHAR
      page: { type: VARCHAR, pii: true, masking_policy: mask_text }
      at: TIMESTAMP_NTZ
`;
  expect(compiled(grouped('COUNT(*)'), 'entity: page\nuniverse: visits', columns + visits).view).toEqual({ page: 'mask_text' });
  expect(compiled(grouped('COUNT(*)'), 'entity: page', columns + visits).view).toEqual({});
});

test('staging has each column as it is declared', () => {
  expect(compiled(grouped('COUNT(*)')).staging).toEqual({
    user_id: 'mask_number',
    short_id: 'mask_number',
    name: 'mask_text',
    mail: 'mask_text',
    body: 'mask_body',
    phone: null,
    payload: 'mask_json',
  });
});

test('policies are properties in dbt and decide no version; raw tables are not masked', () => {
  const plain = compiled(grouped('MAX(name)'), 'entity: page', columns.replaceAll(/, masking_policy: \w+/g, ''));
  const masked = compiled(grouped('MAX(name)'));
  const before = new Map(plain.written.map((f) => [f.path, f.text]));
  expect(masked.version).toBe(plain.version);
  const changed = masked.written.filter((f) => before.get(f.path) !== f.text).map((f) => f.path);
  expect(changed).toEqual(
    ['duckdb', 'snowflake'].flatMap((w) => [`dbt/${w}/models/features/_features.yml`, `dbt/${w}/models/staging/_staging.yml`]),
  );
});

test('who sees to it himself waives it, or sets another severity', () => {
  const waived = 'entity: page\nwaive:\n  - { code: masking-undecided, reason: the policy of the view is set by hand }';
  expect(compiled(grouped('LENGTH(MAX(name))'), waived).warned).toEqual([]);
  const off = compiled(grouped('LENGTH(MAX(name))'), 'entity: page', columns, 'rules: { masking-undecided: off }\n');
  expect(off.warned).toEqual([]);
});

test.each([
  [
    'name: { type: VARCHAR, masking_policy: mask_text }',
    '10:30',
    '`masking_policy` is for personal data, and `name` does not say `pii: true`',
  ],
  ['name: { type: VARCHAR, pii: false, masking_policy: mask_text }', '10:42', '`masking_policy` is for personal data, and `name` does not'],
  [
    'name: { type: VARCHAR, pii: true, masking_policy: db.schema.mask }',
    '10:57',
    '`db.schema.mask` cannot be the name of a masking policy',
  ],
  ['name: { type: VARCHAR, pii: true, masking_policy: "" }', '10:57', '`masking_policy` must be a text'],
  ['name: { type: VARCHAR, pii: true, masking_policy: [a, b] }', '10:57', '`masking_policy` must be a text'],
  ['name: { type: VARCHAR, pii: true, masking_polcy: a }', '10:41', 'the column `name` has no key `masking_polcy`'],
])('%s', (line, place, message) => {
  const { said } = read({ 'transforms/sources.yml': sources(`\n      chat_id: VARCHAR\n      sent_at: TIMESTAMP_NTZ\n      ${line}\n`) });
  expect(said).toEqual([expect.stringMatching(/^sources\.yml:/)]);
  expect(said[0]).toContain(`:${place.replace(/^10/, '9')} config-invalid ${message}`);
});
