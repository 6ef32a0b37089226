/** `deprecation_date`: said from that day on, by the day that is given. */
import { expect, test } from 'vitest';
import { read } from '../authoring/read.ts';
import { check, text } from './checked.ts';

const sql = "SELECT k, COUNT(*) AS c FROM e WHERE at >= as_of() - INTERVAL '1 hour' GROUP BY k";
const dated = (day: string, more = ''): string => text(sql, `entity: k\ndeprecation_date: ${day}${more}`);

/** It is 2026-06-01 there. */
test.each([
  ['«2026-05-31»', '', 'since 2026-05-31 nobody is to rely on this feature'],
  ['«2026-06-01»', '', 'since 2026-06-01 nobody is to rely on this feature'],
  ['«2020-01-01»', '\nconsumers: ranker', 'since 2020-01-01 nobody is to rely on this feature, and ranker reads it'],
  ['«2020-01-01»', '\nconsumers: [ranker, search]', 'since 2020-01-01 nobody is to rely on this feature, and ranker, search read it'],
])('%s%s', async (day, more, message) => {
  const { said, from, to, passes } = await check(dated(day, more));
  const hint = 'remove its file, or name a later day';
  expect({ said, passes }).toEqual({ said: [{ code: 'past-deprecation', severity: 'warning', message, hint, from, to }], passes: true });
});

test('before that day nothing is said, nor where it is waived', async () => {
  expect((await check(dated('2026-06-02'))).said).toEqual([]);
  expect((await check(dated('2026-05-31', '\nwaive: [{ code: past-deprecation, reason: the last reader moves in July }]'))).said).toEqual(
    [],
  );
});

test('a project may take it more or less seriously', () => {
  expect(read({ 'lockstep.yml': 'rules: { past-deprecation: error }\n' }).said).toEqual([]);
  expect(read({ 'lockstep.yml': 'rules: { past-deprecation: off }\n' }).project.config.rules).toEqual({ 'past-deprecation': 'off' });
});
