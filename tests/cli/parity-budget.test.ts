/** `parity --budget-…`: what is most likely wrong is asked first, and what is not reached is UNDECIDED, never green. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lockstep } from '../support/cli.ts';
import { event, project, sources, viewers } from './viewers.ts';

const names = ['alpha', 'beta', 'gamma'];
const files = Object.fromEntries(
  names.map((name, i) => [`transforms/features/${name}.sql`, viewers.replace("'1 hour'", `'${i + 1} hours'`)]),
);

async function folder(): Promise<string> {
  return project({ 'transforms/features/viewers.sql': '', ...files });
}

async function parity(of: string, ...more: readonly string[]) {
  await rm(join(of, 'transforms/features/viewers.sql'), { force: true });
  const ran = await lockstep('parity', '--project', of, '--events', join(of, 'events'), '--format', 'json', ...more);
  const { features = [], budget } = ran.out === '' ? {} : JSON.parse(ran.out);
  return { ...ran, budget, verdicts: features.map((f: { feature: string; verdict: string }) => [f.feature, f.verdict]) };
}

test('the queries of one feature: the first is proven, the others are not reached; the next night they come first', async () => {
  const of = await folder();
  const history = ['--history', join(of, 'parity.duckdb')];
  // Two ask the engines which they are.
  const night = await parity(of, ...history, '--budget-queries', '3');
  expect([night.code, night.verdicts]).toEqual([
    3,
    [
      ['alpha', 'PROVEN'],
      ['beta', 'UNDECIDED'],
      ['gamma', 'UNDECIDED'],
    ],
  ]);
  const [, beta] = JSON.parse(night.out).features;
  expect(beta).toMatchObject({
    population: 'not reached: the budget of 3 queries was used up before',
    samples: 0,
    upperBound: null,
    moreNeeded: null,
  });
  expect(night.budget).toMatchObject({ limits: { seconds: null, queries: 3, credits: null }, spent: { credits: null } });
  expect(night.budget.spent.queries).toBeGreaterThan(3);
  const second = await parity(of, ...history, '--budget-queries', '3');
  expect(second.verdicts).toEqual([
    ['alpha', 'UNDECIDED'],
    ['beta', 'PROVEN'],
    ['gamma', 'UNDECIDED'],
  ]);
  // Two are left that nobody proved last night; alpha is the first of them.
  const third = await parity(of, ...history, '--budget-queries', '3');
  expect(third.verdicts[0]).toEqual(['alpha', 'PROVEN']);
  const whole = await parity(of, ...history);
  expect([whole.code, whole.budget]).toEqual([0, undefined]);
});

test('a source that a later feature alone reads is read when it comes', async () => {
  const orders = sources.replace('streams:\n', '').replaceAll('view', 'order');
  const of = await project({
    'transforms/sources.yml': `${sources}${orders}`,
    'transforms/features/viewers.sql': '',
    'transforms/features/alpha.sql': viewers,
    'transforms/features/beta.sql': viewers.replace('FROM views', 'FROM orders').replace('WHERE viewed_at', 'WHERE ordered_at'),
    'events/orders.ndjson': event().replaceAll('view', 'order'),
  });
  const [free, bound] = [await parity(of), await parity(of, '--budget-seconds', '600')];
  expect(free.verdicts).toEqual([
    ['alpha', 'PROVEN'],
    ['beta', 'PROVEN'],
  ]);
  expect(bound.verdicts).toEqual(free.verdicts);
  const samples = ({ out }: { readonly out: string }) => JSON.parse(out).features.map((f: { samples: number }) => f.samples);
  expect(samples(bound)).toEqual(samples(free));
});

test('a time that is over before anything begins: nothing is green, and a person is told', async () => {
  const of = await folder();
  const { code, verdicts } = await parity(of, '--budget-seconds', '0.0001');
  expect([code, verdicts.map(([, verdict]: readonly string[]) => verdict)]).toEqual([3, ['UNDECIDED', 'UNDECIDED', 'UNDECIDED']]);
  const { out } = await lockstep('parity', '--project', of, '--events', join(of, 'events'), '--budget-seconds', '0.0001');
  expect(out).toContain('UNDECIDED alpha  0 points');
  expect(out).toContain('not reached: the budget of 0.0001 s was used up before');
});

test('enough for all: the same verdicts as without', async () => {
  const of = await folder();
  const [free, bound] = [await parity(of), await parity(of, '--budget-seconds', '600', '--budget-queries', '100000')];
  expect([bound.code, bound.verdicts]).toEqual([free.code, free.verdicts]);
});

test('what is no budget is refused', async () => {
  const of = await folder();
  for (const [option, text] of [
    ['--budget-seconds', '0'],
    ['--budget-seconds', 'long'],
    ['--budget-seconds', ' '],
    ['--budget-queries', '1.5'],
    ['--budget-credits', '-1'],
  ] as const)
    expect(await parity(of, option, text)).toMatchObject({ code: 2, err: expect.stringContaining(`${option} ${text}: write a`) });
  expect(await parity(of, '--budget-credits', '1')).toMatchObject({ code: 2, err: expect.stringContaining('a target on Snowflake') });
});
