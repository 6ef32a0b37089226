/** Keys of which a server knows only the digest, and roles that each may what those before them may. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readKeys, requireRole } from '../../runners/stream/serve/keys.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));
const keysOf = (text: string) => {
  writeFileSync(join(folder, 'keys'), text);
  return readKeys(join(folder, 'keys'));
};
/** printf secret | sha256sum; printf other | sha256sum */
const secret = '2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b';
const other = 'd9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa';

test('a key is known by its digest, in either header', async () => {
  const keys = await keysOf(`# who\nann read ${secret}\n\nbob admin ${other.toUpperCase()} # the boss\n`);
  expect(keys.callerOf('ApiKey secret')).toMatchObject({ name: 'ann', role: 'read' });
  expect(keys.callerOf('Bearer other')).toMatchObject({ name: 'bob', role: 'admin' });
  expect(keys.callerOf('apikey other')).toMatchObject({ name: 'bob' });
});

test.each([
  ['none', undefined, 'no API key was sent'],
  ['an empty one', 'ApiKey ', 'no API key was sent'],
  ['another scheme', 'Basic secret', 'no API key was sent'],
  ['a wrong one', 'ApiKey secrets', 'this API key is not known'],
  ['one in other case', 'ApiKey Secret', 'this API key is not known'],
  ['the digest itself', `ApiKey ${secret}`, 'this API key is not known'],
  ['one that is too long', `ApiKey ${'x'.repeat(501)}`, 'no API key was sent'],
])('%s is refused', async (_, header, message) => {
  const keys = await keysOf(`ann read ${secret}\n`);
  expect(() => keys.callerOf(header)).toThrow(expect.objectContaining({ type: 'AUTHEXCEPTION', message }));
});

test.each([
  ['', 'has no keys'],
  ['# nobody\n', 'has no keys'],
  [`ann root ${secret}\n`, ':1: no key'],
  ['ann read secret\n', ':1: no key'],
  [`\nann read ${secret} more\n`, ':2: no key'],
])('the file %j is refused, and its key is not said', async (text, message) => {
  const error = await keysOf(text).catch((e) => e);
  expect(error.message).toContain(message);
  expect(error.message + error.hint).not.toContain('secret\n');
});

test('a role may what those before it may, and no more', () => {
  const may = (role: 'read' | 'deploy' | 'admin', needed: 'read' | 'deploy' | 'admin') => () => requireRole({ name: 'x', role }, needed);
  for (const [role, needed] of [
    ['read', 'read'],
    ['deploy', 'read'],
    ['deploy', 'deploy'],
    ['admin', 'deploy'],
    ['admin', 'admin'],
  ] as const)
    expect(may(role, needed)).not.toThrow();
  for (const [role, needed] of [
    ['read', 'deploy'],
    ['read', 'admin'],
    ['deploy', 'admin'],
  ] as const)
    expect(may(role, needed)).toThrow(expect.objectContaining({ type: 'FORBIDDEN' }));
});
