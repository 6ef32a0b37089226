/** `grants` of the project and of a header: what may be written, and what is refused at which place. */
import { expect, test } from 'vitest';
import { read, readFeature } from './read.ts';

const sql = 'SELECT user_id, COUNT(*) AS n FROM chats GROUP BY user_id';

test('a privilege has one role or several; what is not said is not granted', () => {
  const written = 'dbt:\n  grants: { SELECT: reporter, references: [feed, "\\"Home Feed\\""], apply budget: [] }\n';
  expect(read({ 'lockstep.yml': written })).toMatchObject({
    diagnostics: [],
    project: {
      config: {
        grants: [
          { privilege: 'select', to: ['reporter'], adds: false },
          { privilege: 'references', to: ['feed', '"Home Feed"'], adds: false },
          { privilege: 'apply budget', to: [], adds: false },
        ],
      },
    },
  });
  expect(read({}).project.config.grants).toEqual([]);
  expect(read({ 'lockstep.yml': 'dbt: {}\n' }).project.config.grants).toEqual([]);
});

test('a header replaces with `select`, and adds with `+select`', () => {
  const { feature, said } = readFeature('entity: user_id\ngrants: { select: [a, a], +references: b }', sql);
  expect(said).toEqual([]);
  expect(feature?.header.grants).toEqual([
    { privilege: 'select', to: ['a'], adds: false },
    { privilege: 'references', to: ['b'], adds: true },
  ]);
  expect(readFeature('entity: user_id', sql).feature?.header.grants).toEqual([]);
});

test.each([
  ['grants: [reporter]', '3:9', '`grants` must be a map of keys and values'],
  ['grants: reporter', '3:9', '`grants` must be a map of keys and values'],
  ['grants: { select: "" }', '3:19', '`select` must be a text or a list of texts'],
  ['grants: { select: [a, ""] }', '3:23', '`select` must be a text or a list of texts'],
  ['grants: { select: [a, null] }', '3:23', '`select` must be a text or a list of texts'],
  ['grants: { select: { role: a } }', '3:19', '`select` must be a text or a list of texts'],
  ['grants: { select: [a, [b]] }', '3:23', '`select` must be a text or a list of texts'],
  ['grants: { select: home feed }', '3:19', '`home feed` cannot be the name of a role'],
  ['grants: { select: [a, "b; DROP TABLE c"] }', '3:23', '`b; DROP TABLE c` cannot be the name of a role'],
  ['grants: { select: "\\"a\\" b\\"" }', '3:19', '`"a" b"` cannot be the name of a role'],
  ['grants: { "select on x to y; --": [a] }', '3:11', '`select on x to y; --` cannot be the name of a privilege'],
  ['grants: { "+": [a] }', '3:11', '`+` cannot be the name of a privilege'],
  ['grants: { select: [a], SELECT: [b] }', '3:24', '`grants` has `select` twice'],
  ['grants: { select: [a], +select: [b] }', '3:24', '`grants` has `select` twice'],
])('of a header: %s', (line, place, message) => {
  const { said } = readFeature(`entity: user_id\n${line}`, sql);
  expect(said).toEqual([`features/f.sql:${place} config-invalid ${message}`]);
});

test.each([
  ['dbt: [grants]', '1:6', '`dbt` must be a map of keys and values'],
  ['dbt: { grant: { select: [a] } }', '1:8', '`dbt` has no key `grant`'],
  ['dbt: { grants: { select: [a b] } }', '1:27', '`a b` cannot be the name of a role'],
  ['dbt: { grants: { +select: [a] } }', '1:18', 'there is nothing that `+select` could add to'],
])('of the project: %s', (text, place, message) => {
  expect(read({ 'lockstep.yml': `${text}\n` }).said).toEqual([`lockstep.yml:${place} config-invalid ${message}`]);
});
