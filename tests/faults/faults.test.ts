/** One run of some faults: `npm run faults` has many of all, and the clean runs. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lockstep } from '../support/cli.ts';
import { faults } from './faults.ts';
import { compileBoth, falseAlarms, faultyRun, type Place, parity, prepare } from './run.ts';

let place: Place;

beforeAll(async () => {
  const work = await mkdtemp(join(tmpdir(), 'lockstep-faults-'));
  place = { lockstep, project: fileURLToPath(new URL('project', import.meta.url)), work };
  await compileBoth(place);
});
afterAll(() => rm(place.work, { recursive: true, force: true }));

const some = new Set([
  'events come half an hour later',
  'nothing comes for 40 minutes',
  'a producer sends again under a new id',
  'deletions do not come',
  'events at the instant count',
  'the defaults are taken out',
  'ROUND cuts off',
  'the lambda of an older definition',
]);
const chosen = faults.map((fault, i) => [fault.cause, fault.name, fault, i] as const).filter(([, name]) => some.has(name));

test('all of them are there', () => expect(chosen).toHaveLength(some.size));

test.for(chosen)('%s: %s', async ([, , fault, i]) => {
  const judged = await faultyRun(place, [fault], fault.features[0] as string, 20261122 + i, 0.6);
  expect(judged).toMatchObject({ detected: true, named: true });
});

test('two at once: an event is lost, and the lambda was edited', async () => {
  const two = faults.filter((f) => f.cause === 'lost' || f.name === 'the window begins after its first instant');
  const judged = await faultyRun(place, two, 'bid_window', 7, 0.6);
  expect(judged).toMatchObject({ detected: true, named: true });
});

test('nothing is found where nothing is wrong', async () => {
  const features = ['bid_last', 'bid_weight', 'bid_window'];
  const outcome = await parity(place, await prepare(place, 99), features, 99);
  expect(falseAlarms(outcome, features)).toEqual([]);
  expect(outcome.reports.map((r) => r.verdict)).toEqual(['PROVEN', 'PROVEN', 'PROVEN']);
});
