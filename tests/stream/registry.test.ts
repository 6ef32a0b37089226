/** Versions never change, tags move and move back, and a journal read again is the same registry. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LambdaArtifact } from '../../compiler/artifacts/lambda.ts';
import { defaultPromotion } from '../../compiler/authoring/promotion.ts';
import { openGate } from '../../runners/stream/registry/gate.ts';
import { type Definition, type Journal, openJournal } from '../../runners/stream/registry/journal.ts';
import { openRegistry, type Registry } from '../../runners/stream/registry/registry.ts';

let folder: string;
let journal: Journal;
let registry: Registry;
const file = () => join(folder, 'registry.ndjson');
const open = (): void => {
  journal = openJournal(file());
  registry = openRegistry(
    journal,
    () => '2026-01-01T00:00:00.000Z',
    openGate(defaultPromotion, 'duckdb 1.5.6', () => 0n),
  );
};
const again = (): void => {
  journal.close();
  open();
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-registry-'));
  open();
});
afterEach(() => {
  journal.close();
  rmSync(folder, { recursive: true });
});

const sql = (text: string): Definition => ({ kind: 'sql', sql: text, parameters: [] });
const deploy = (definition: Definition, name = 'l') => registry.deploy({ workspace: 'w', name, definition, description: null, by: 'me' });
const made = (text: string): string => deploy(sql(text)).version.version;
const tagged = (tag: string): string => registry.tagged('w', 'l', tag).version;
const tag = (to: string, version: string): void => registry.tag('w', 'l', to, version, 'me');
const back = (): string => registry.rollBack('w', 'l', 'prod', 'me');
const lines = (): number => readFileSync(file(), 'utf8').trim().split('\n').length;

test('the same again makes no version, and writes nothing', () => {
  const one = made('SELECT 1');
  const before = lines();
  expect(deploy(sql('SELECT 1'))).toMatchObject({ made: false, version: { version: one } });
  expect(lines()).toBe(before);
  expect(deploy({ kind: 'sql', sql: 'SELECT 1', parameters: [{ name: 'a', type: 'int', value: '1' }] }).made).toBe(true);
  expect(registry.lambda('w', 'l').versions.size).toBe(2);
});

test('latest is what was deployed last, an old version too', () => {
  const [one, two] = [made('SELECT 1'), made('SELECT 2')];
  expect(tagged('latest')).toBe(two);
  expect(deploy(sql('SELECT 1')).made).toBe(false);
  expect(tagged('latest')).toBe(one);
  for (const move of [
    () => tag('latest', two),
    () => registry.untag('w', 'l', 'latest', 'me'),
    () => registry.rollBack('w', 'l', 'latest', 'me'),
  ])
    expect(move).toThrow('the tag latest always names the version deployed last');
});

test('a version of a feature with other SQL is a conflict', () => {
  const artifact = { name: 'f', version: 'v1' } as LambdaArtifact;
  deploy({ kind: 'feature', artifact, sql: 'SELECT 1' }, 'f');
  expect(() => deploy({ kind: 'feature', artifact, sql: 'SELECT 2' }, 'f')).toThrow('f has a version v1 with other SQL');
  expect(registry.version('w', 'f', 'v1').definition.sql).toBe('SELECT 1');
});

test('a tag that is rolled back twice goes back twice, also after a restart', () => {
  const [one, two, three] = [made('SELECT 1'), made('SELECT 2'), made('SELECT 3')];
  for (const version of [one, two, three]) tag('prod', version);
  expect([back(), tagged('prod')]).toEqual([two, two]);
  again();
  expect([back(), tagged('prod')]).toEqual([one, one]);
  expect(back).toThrow('the tag prod of l was never anywhere else');
  tag('prod', three);
  expect(back()).toBe(one);
  expect(
    registry
      .lambda('w', 'l')
      .moves.get('prod')
      ?.map((m) => m.version),
  ).toEqual([one, two, three, two, one, three, one]);
});

test('a tag that goes back over several versions has left them: no further way leads to them', () => {
  const [one, two, three, four] = [made('SELECT 1'), made('SELECT 2'), made('SELECT 3'), made('SELECT 4')];
  for (const version of [one, two, three, four]) tag('prod', version);
  expect([registry.rollBack('w', 'l', 'prod', 'me', two), tagged('prod')]).toEqual([two, two]);
  again();
  expect(registry.lambda('w', 'l').trails.get('prod')).toEqual([one, two]);
  for (const to of [two, three, 'v0'])
    expect(() => registry.rollBack('w', 'l', 'prod', 'me', to)).toThrow(`was never at version ${to} before`);
  expect([back(), tagged('prod')]).toEqual([one, one]);
});

test('a version that is tagged is not deleted, and no way leads back to one that is', () => {
  const [one, two, three] = [made('SELECT 1'), made('SELECT 2'), made('SELECT 3')];
  for (const version of [one, two, three, two, one]) tag('prod', version);
  expect(() => registry.removeVersion('w', 'l', one, 'me')).toThrow(`version ${one} of l is tagged prod`);
  registry.removeVersion('w', 'l', two, 'me');
  again();
  expect([back(), tagged('prod')]).toEqual([three, three]);
  expect([back(), tagged('prod')]).toEqual([one, one]);
  expect(() => registry.version('w', 'l', two)).toThrow(`l has no version ${two}`);
});

test('a tag that was taken away and set again where it was has not moved', () => {
  const [one, two] = [made('SELECT 1'), made('SELECT 2')];
  for (const version of [two, one, one]) tag('prod', version);
  registry.untag('w', 'l', 'prod', 'me');
  tag('prod', one);
  expect(back()).toBe(two);
});

test('the version that is only latest can be deleted: the one before is latest; with the last one the lambda goes', () => {
  const [one, two] = [made('SELECT 1'), made('SELECT 2')];
  registry.removeVersion('w', 'l', two, 'me');
  expect(tagged('latest')).toBe(one);
  registry.removeVersion('w', 'l', one, 'me');
  expect(() => registry.lambda('w', 'l')).toThrow('there is no lambda l in the workspace w');
  again();
  expect(registry.lambdas()).toEqual([]);
});

test('a line that was not finished is dropped; one that is spoilt stops the server', () => {
  const one = made('SELECT 1');
  const whole = readFileSync(file(), 'utf8');
  appendFileSync(file(), '{"action":"delete","workspace":"w","lam');
  again();
  expect(tagged('latest')).toBe(one);
  expect(readFileSync(file(), 'utf8')).toBe(whole);
  made('SELECT 2');
  again();
  expect(registry.lambda('w', 'l').versions.size).toBe(2);
  writeFileSync(file(), `not json\n${whole}`);
  expect(() => openJournal(file())).toThrow(`${file()}:1: this line is no entry of the registry`);
  writeFileSync(file(), whole);
});

test('the journal says who did what when, and is its owner’s', () => {
  const version = made('SELECT 1');
  tag('prod', version);
  const entries = readFileSync(file(), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(entries).toMatchObject([
    { action: 'deploy', at: '2026-01-01T00:00:00.000Z', by: 'me', workspace: 'w', lambda: 'l', version },
    { action: 'tag', by: 'me', tag: 'latest', version, before: null },
    { action: 'tag', by: 'me', tag: 'prod', version, before: null },
  ]);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
});
