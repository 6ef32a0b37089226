import { expect, test } from 'vitest';
import { readFeature } from './read.ts';

function items(header: string, sql: string, shared: Readonly<Record<string, string>> = {}): unknown {
  const { feature, said } = readFeature(`entity: a\n${header}`, sql, shared);
  if (feature === undefined || feature.query.body.kind !== 'select') return said;
  return feature.query.body.items.map((item) => {
    if (item.kind === 'star') return '*';
    const { expression, alias } = item;
    const shown =
      'value' in expression
        ? expression.value
        : 'text' in expression
          ? expression.text
          : 'path' in expression
            ? expression.path.map(({ name }) => name).join('.')
            : expression.kind === 'interval'
              ? expression.parts
              : expression.kind;
    return alias === null ? shown : [shown, alias.name];
  });
}

const said = (header: string, sql: string, shared: Readonly<Record<string, string>> = {}): readonly string[] =>
  readFeature(`entity: a\n${header}`, sql, shared).said;

test('each, block parameters, data and helpers', () => {
  expect(
    items(
      'windows: [20 minutes, 1 hour, 7 days]',
      'SELECT {{#each windows as |w i|}}{{interval w}} AS n_{{slug w}}{{#unless @last}}, {{/unless}}{{/each}} FROM t',
    ),
  ).toEqual([
    [[{ amount: 20, unit: 'minute' }], 'N_20M'],
    [[{ amount: 1, unit: 'hour' }], 'N_1H'],
    [[{ amount: 7, unit: 'day' }], 'N_7D'],
  ]);
});

test('each over maps of items, this, parents, keys', () => {
  expect(
    items(
      'p: x\ncs: [{ name: a, lim: 3 }, { name: order, lim: 4 }]',
      'SELECT {{#each cs}}{{#if @first}}1, {{/if}}{{ident name}} AS {{../p}}{{this.lim}}_{{@index}}, {{/each}} 2 FROM t',
    ),
  ).toEqual(['1', ['A', 'X3_0'], ['order', 'X4_1'], '2']);
  expect(items('m: { k1: 1, k2: 2 }', 'SELECT {{#each m as |v k|}}{{v}} AS {{k}}, {{/each}}0 FROM t')).toEqual([
    ['1', 'K1'],
    ['2', 'K2'],
    '0',
  ]);
});

test('if and else', () => {
  expect(
    items(
      'yes: true\nno: false',
      'SELECT {{#if yes}}1{{else}}2{{/if}}, {{#if no}}1{{else if yes}}3{{else}}2{{/if}} {{! a comment }}FROM t',
    ),
  ).toEqual(['1', '3']);
  expect(items('none: []', 'SELECT {{#each none}}1{{else}}2{{/each}} FROM t')).toEqual(['2']);
});

test('literals cannot break out', () => {
  expect(items(`v: "it's \\\\ \\"x\\" $$ -- /*"`, 'SELECT {{literal v}} FROM t')).toEqual(['it\'s \\ "x" $$ -- /*']);
  expect(items('v: ["a", 1.50, true, null]', 'SELECT {{literal v}} FROM t')).toEqual(['a', '1.50', true, 'null']);
  expect(items('v: -5', 'SELECT 1 -{{literal v}} FROM t')).toEqual(['binary']);
  expect(items(`v: 'a"b c'`, 'SELECT {{ident v}} FROM t')).toEqual(['a"b c']);
});

test('snippets see values and take their own', () => {
  expect(
    items('lim: 3', 'SELECT {{> pair x="b"}}, {{> pair x="c" lim=9}} FROM t', {
      pair: '{{ident x}}, {{> deep/one}}',
      'deep/one': '{{lim}}',
    }),
  ).toEqual(['B', '3', 'C', '9']);
});

const mistakes: readonly (readonly [header: string, sql: string, first: string, shared?: Readonly<Record<string, string>>])[] = [
  ['', 'SELECT {{x}} FROM t', 'features/f.sql:5:10 template-invalid nothing here is named `x`'],
  ['windos: [1 hour]', 'SELECT {{#each windows}}1{{/each}} FROM t', 'features/f.sql:3:1 config-invalid the header has no key `windos`'],
  ['x: a b', 'SELECT {{x}} FROM t', "features/f.sql:5:8 template-invalid 'a b' printed as it is could change the SQL around it"],
  ["x: a'b", 'SELECT {{x}} FROM t', "features/f.sql:5:8 template-invalid 'a'b' printed as it is could change the SQL around it"],
  ['x: -5', 'SELECT 1 -{{x}} FROM t', 'features/f.sql:5:11 template-invalid'],
  ['x: [1]', 'SELECT {{x}} FROM t', 'features/f.sql:5:8 template-invalid a list cannot be printed'],
  ['x: 5 parsecs', 'SELECT {{interval x}} FROM t', "features/f.sql:5:8 template-invalid '5 parsecs' is not a length of time"],
  ['x: 5', 'SELECT {{litral x}} FROM t', 'features/f.sql:5:8 template-invalid there is no helper `litral`'],
  ['x: [1]', 'SELECT\n{{#each x}}{{y}}{{/each}} FROM t', 'features/f.sql:6:14 template-invalid nothing here is named `y`'],
  ['x: 1', 'SELECT {{#each x}}1{{/each}} FROM t', 'features/f.sql:5:16 template-invalid #each loops over a list or a map'],
  ['x: 1', 'SELECT {{#with x}}1{{/with}} FROM t', 'features/f.sql:5:11 template-invalid there is no block #with'],
  ['x: 1', 'SELECT {{{x}}} FROM t', 'features/f.sql:5:8 template-invalid three braces mean nothing here'],
  ['x: 1', 'SELECT \\{{x}} FROM t', 'features/f.sql:'],
  ['x: [1]', 'SELECT {{#each x}}1 FROM t', 'features/f.sql:5:27 template-invalid the template ends inside a block or {{ }}'],
  [
    'x: [1]',
    'SELECT {{#each x}}1{{/if}} FROM t',
    "features/f.sql:5:11 template-invalid the template cannot be read: each doesn't match if",
  ],
  ['', "SELECT a FROM {{ ref('chats') }}", 'features/f.sql:5:15 template-jinja'],
  ['', 'SELECT a\n  {% if x %} FROM t', 'features/f.sql:6:3 template-jinja'],
  ['', 'SELECT {{> nope}} FROM t', 'features/f.sql:5:8 template-invalid there is no snippet shared/nope.sql'],
  ['', 'SELECT {{> a}} FROM t', 'shared/b.sql:1:1 template-cycle this snippet includes itself: a → b → a', { a: '{{> b}}', b: '{{> a}}' }],
  ['', 'SELECT {{> a}} FROM t', 'shared/a.sql:2:3 template-invalid nothing here is named `zip`', { a: '1,\n{{zip}}' }],
  ['x: [1, 2]', 'SELECT {{#each x}}é🙂, {{/each}} 1 FROM t', 'features/f.sql:5:19 sql-syntax'],
  ['x: [1, 2]', "SELECT '🙂é', {{#each x}}a COLLATE '{{this}}', {{/each}}\n 1 FROM t", 'features/f.sql:5:26 sql-unsupported'],
  ['x: [1, 2]', 'SELECT {{#each x}}{{this}}, {{/each}}\n\ta + FROM t', 'features/f.sql:6:6 sql-syntax'],
  ['', 'SELECT 1,\n{{> a}} FROM t', 'shared/a.sql:2:5 sql-unsupported not supported: COLLATE', { a: "1,\n    b COLLATE 'c'" }],
  ['x: lag', 'SELECT {{x}} a b FROM t', 'features/f.sql:5:16 sql-syntax'],
  ['x: from', 'SELECT 1 + {{x}} FROM t', 'features/f.sql:5:12 sql-syntax `from` is a reserved word'],
];

test.for(mistakes)('%j', ([header, sql, first, shared]) => {
  const found = said(header, sql, shared).filter(
    (line) => !line.startsWith('features/f.sql:3:1') || first.startsWith('features/f.sql:3:1'),
  );
  expect(found[0]?.startsWith(first), found.join('\n')).toBe(true);
});

test('a mistake in a loop is said once', () => {
  expect(said('x: [1, 2, 3]', "SELECT {{#each x}}a COLLATE '{{this}}', {{/each}} 1 FROM t")).toHaveLength(1);
});

test('a template cannot grow without end', () => {
  const list = `x: [${Array.from({ length: 200 }, (_, i) => i)}]`;
  expect(said(list, 'SELECT {{#each x}}{{#each ../x}}{{#each ../../x}}aaaaaaaa, {{/each}}{{/each}}{{/each}} 1 FROM t')[0]).toMatch(
    /^features\/f\.sql:5:\d+ template-invalid the template (expands|loops)/,
  );
});
