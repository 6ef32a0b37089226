/** lockstep check runs the examples of headers, and looks up what a header names. */
import { expect, test } from 'vitest';
import { lockstep } from '../support/cli.ts';
import { feature, project } from './viewers.ts';

const sql =
  "SELECT stream_id, COUNT(*) AS views, SUM(price) AS paid, AVG(weight) AS weight FROM views WHERE viewed_at >= as_of() - INTERVAL '1 hour' GROUP BY stream_id";
const header = (example: string): string => `entity: stream_id\nexamples:\n${example}`;

async function check(head: string, query = sql): Promise<{ code: number; said: string[]; hints: (string | null)[]; folder: string }> {
  const folder = await project({ 'transforms/features/viewers.sql': feature(query, head) });
  const json = await lockstep('check', '--project', folder, '--format', 'json');
  const { diagnostics } = JSON.parse(json.out) as {
    diagnostics: { code: string; line: number; column: number; message: string; hint: string | null }[];
  };
  return {
    code: json.code,
    said: diagnostics.map((d) => `${d.line}:${d.column} ${d.code} ${d.message}`),
    hints: diagnostics.map((d) => d.hint),
    folder,
  };
}

const two = `  - name: two views
    events:
      views:
        - { view_id: a, stream_id: s, price: 1.25, weight: 0.1, viewed_at: "2026-01-01T11:30:00" }
        - { view_id: b, stream_id: s, price: 2, weight: 0.2, viewed_at: 2026-01-01T11:59:59.999999 }
        - { view_id: c, stream_id: s, price: 9, weight: 0.4, viewed_at: 2026-01-01T12:00:00 }
    as_of: 2026-01-01T12:00:00`;

test('an example that holds, of some outputs only', async () => {
  const { code, said } = await check(header(`${two}\n    expect: { stream_id: s, views: 2, paid: 3.25 }`));
  expect(said).toEqual([]);
  expect(code).toBe(0);
});

test('scale and the last bits of a FLOAT do not matter, NULL does', async () => {
  expect((await check(header(`${two}\n    expect: { stream_id: s, paid: 3.250, weight: 0.15 }`))).said).toEqual([]);
  expect((await check(header(`${two}\n    expect: { stream_id: s, paid: null }`))).said).toEqual([
    '4:5 example-failed the example `two views` expects `paid` to be null, and it is "3.25"',
  ]);
});

test('without events the sources are empty, and the row is that of an absent entity', async () => {
  const held = await check(header('  - events: {}\n    as_of: 2026-01-01T12:00:00\n    expect: { stream_id: s, views: 0, paid: null }'));
  expect(held.said).toEqual([]);
  const other = await check(header(`${two}\n    expect: { stream_id: z, views: 1 }`));
  expect(other.said).toEqual(['4:5 example-failed the example `two views` expects `views` to be "1", and it is "0"']);
  expect(other.code).toBe(1);
  const text = await lockstep('check', '--project', other.folder);
  expect(text.code).toBe(other.code);
  expect(text.err).toMatch(/viewers\.sql:4:5: error\[example-failed\]/);
});

test('each wrong output is said, of each example', async () => {
  const { said } = await check(
    header(
      `${two}\n    expect: { stream_id: s, views: 3, paid: 3.26 }\n  - events: {}\n    as_of: 2026-01-01T00:00:00\n    expect: { stream_id: s, views: 1 }`,
    ),
  );
  expect(said).toEqual([
    '4:5 example-failed the example `two views` expects `views` to be "3", and it is "2"',
    '4:5 example-failed the example `two views` expects `paid` to be "3.26", and it is "3.25"',
    '12:5 example-failed this example expects `views` to be "1", and it is "0"',
  ]);
});

test.for([
  ['{ view_id: a, stream_id: s, viewed_at: noon }', '`viewed_at` in row 1 of `views` is no TIMESTAMP_NTZ'],
  ['{ view_id: 1, stream_id: s, viewed_at: 2026-01-01T11:00:00 }', '`view_id` in row 1 of `views` is no VARCHAR: a number is no VARCHAR'],
  ['{ view_id: a, stream_id: s, price: 1.234, viewed_at: 2026-01-01T11:00:00 }', '`price` in row 1 of `views` is no NUMBER(10,2)'],
  ['{ stream_id: s, viewed_at: 2026-01-01T11:00:00 }', 'row 1 of `views` has no `view_id`, and without it no form would see it'],
])('a row that is none: %s', async ([row, message]) => {
  const { said } = await check(
    header(`  - events: { views: [${row}] }\n    as_of: 2026-01-01T12:00:00\n    expect: { stream_id: s, views: 0 }`),
  );
  expect(said).toHaveLength(1);
  expect(said[0]).toContain(`4:5 example-failed this example: ${message}`);
});

test.for([
  ['events: { view: [] }', 'stream_id: s', '4:5 unknown-source examples: no source is called `view`', 'did you mean `views`?'],
  ['events: { views: [{ id: 1 }] }', 'stream_id: s', '4:5 unknown-column examples: `views` has no column `id`', null],
  [
    'events: {}',
    'stream_id: s, viewed: 1',
    '4:5 unknown-column examples: the feature has no output `viewed` to expect',
    'did you mean `views`?',
  ],
  ['events: {}', 'views: 1', '4:5 entity-missing examples: `expect` does not say which `stream_id` is asked about', null],
  ['events: {}', 'stream_id: null', '4:5 entity-missing examples: `expect` does not say which `stream_id` is asked about', null],
] as const)('%s expect %s', async ([events, expected, message, hint]) => {
  const { said, hints, code } = await check(header(`  - ${events}\n    as_of: 2026-01-01T12:00:00\n    expect: { ${expected} }`));
  expect(said[0]).toBe(message);
  if (hint !== null) expect(hints[0]).toBe(hint);
  expect(code).toBe(1);
});

test('an as_of that is none', async () => {
  const { said } = await check(header('  - events: {}\n    as_of: noon\n    expect: { stream_id: s, views: 1 }'));
  expect(said).toEqual([expect.stringMatching(/^4:5 example-failed this example: `as_of` is no TIMESTAMP_NTZ/)]);
});

test.for([
  ['views', []],
  ['VIEWS', []],
  ['view', ['3:11 unknown-source universe: no source is called `view`']],
] as const)('universe: %s', async ([universe, expected]) => {
  expect((await check(`entity: stream_id\nuniverse: ${universe}`)).said).toEqual(expected);
});

test('a universe needs the entity columns, of their type', async () => {
  const computed = await check('entity: k\nuniverse: views', 'SELECT stream_id AS k, COUNT(*) AS n FROM views GROUP BY stream_id');
  expect(computed.said).toEqual(['3:11 entity-missing universe: `views` has no column `k`, so it cannot say which entities there are']);
  const typed = await check(
    'entity: price\nuniverse: views',
    'SELECT price::VARCHAR AS price, COUNT(*) AS n FROM views GROUP BY price::VARCHAR',
  );
  expect(typed.said).toEqual(['3:11 entity-missing universe: `price` of `views` is NUMBER(10,2), and the entity VARCHAR']);
  const rounded = await check(
    'entity: price\nuniverse: views',
    'SELECT price::NUMBER(10,1) AS price, COUNT(*) AS n FROM views GROUP BY price::NUMBER(10,1)',
  );
  expect(rounded.said).toEqual(['3:11 entity-missing universe: `price` of `views` is NUMBER(10,2), and the entity NUMBER(10,1)']);
  const ofNumber = (type: string) =>
    check('entity: price\nuniverse: views', `SELECT price::${type} AS price, COUNT(*) AS n FROM views GROUP BY price::${type}`);
  expect((await ofNumber('NUMBER(9,2)')).said).toEqual([
    '3:11 entity-missing universe: `price` of `views` is NUMBER(10,2), and the entity NUMBER(9,2)',
  ]);
  expect((await ofNumber('NUMBER(12,2)')).said).toEqual([]);
  const platform = await check('entity: []\nuniverse: views', 'SELECT COUNT(*) AS n FROM views');
  expect(platform.said).toEqual(['3:11 config-invalid universe: with `entity: []` there is one row at each instant, and nobody to list']);
});

test('VARIANTs and arrays are written as YAML', async () => {
  const sources =
    'streams:\n  orders:\n    warehouse: raw.orders\n    key: id\n    event_time: at\n    columns: { id: VARCHAR, k: VARCHAR, payload: VARIANT, at: TIMESTAMP_NTZ }\n';
  const query = `SELECT k, ARRAY_AGG(payload:items[0].sku::VARCHAR) WITHIN GROUP (ORDER BY at) AS skus, SUM(TRY_CAST(payload:price::VARCHAR AS NUMBER(10,2))) AS paid
FROM orders GROUP BY k`;
  const rows = `  - events:
      orders:
        - { id: a, k: x, at: "2026-01-01T10:00:00", payload: { price: 12.50, items: [{ sku: b }, { sku: c }] } }
        - { id: b, k: x, at: "2026-01-01T11:00:00", payload: { price: "7.25", items: [{ sku: a }] } }
    as_of: 2026-01-01T12:00:00
    expect: { k: x, paid: 19.75, skus: `;
  const run = async (skus: string): Promise<string> => {
    const text = `/*---\nentity: k\nexamples:\n${rows}${skus} }\n---*/\n${query}\n`;
    const folder = await project({ 'transforms/sources.yml': sources, 'transforms/features/viewers.sql': text });
    const { code, out, err } = await lockstep('check', '--project', folder);
    return `${code} ${out}${err}`;
  };
  expect(await run('[b, a]')).toMatch(/^0 1 feature is fine/);
  expect(await run('[a, b]')).toContain('expects `skus` to be ["a","b"], and it is ["b","a"]');
  expect(await run('{ a: b }')).toContain('`skus` in `expect` is no ARRAY(VARCHAR)');
});
