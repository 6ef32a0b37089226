/** Logic mode on a sample: what is looked at, what is found, and what may be said of it. */
import { expect, test } from 'vitest';
import { openForms } from '../../runners/parity/logic.ts';
import { logicLimits, type Sampled, sampleForms } from '../../runners/parity/sample.ts';
import { openSides } from '../../runners/parity/sides.ts';
import { decideLogic, decideReplay, ofNight } from '../../runners/parity/verdict.ts';
import { compiledLambda } from '../../runners/stored-lambda.ts';
import { at, chat, feature, sources } from '../lift/market.ts';
import { catalog, featureNamed, worldOf } from '../marketplace/world.ts';
import { prepare } from '../support/forms.ts';
import { valuesOf } from '../support/json-rows.ts';

const world = worldOf(11, 400);
const aim = { target: 0.001, confidence: 0.95, latenessBudget: 1 };

interface Fault {
  readonly find: string | RegExp;
  readonly replace: string;
}

async function sampled(name: string, fault?: Fault, seed = '1', limits = logicLimits): Promise<Sampled> {
  const compiled = featureNamed(name);
  const lambda = compiledLambda(compiled, catalog);
  const sql = fault === undefined ? lambda.sql : lambda.sql.replace(fault.find, fault.replace);
  if (fault !== undefined) expect(sql).not.toBe(lambda.sql);
  const sides = await openSides(catalog, world.events, world.events);
  try {
    const forms = await openForms(compiled, { ...lambda, sql }, sides);
    const found = await sampleForms(forms, { compiled, catalog, events: world.events, interval: undefined, aim, seed, limits });
    if (found === undefined) throw new Error('nothing was sampled');
    return found;
  } finally {
    sides.close();
  }
}

test('nothing is wrong: a census, proven', async () => {
  const { compared, where } = await sampled('stream_viewers_now');
  expect(decideLogic(compared, aim)).toMatchObject({ verdict: 'PROVEN', census: true, upperBound: 0, moreNeeded: 0 });
  expect(where.map((w) => w.where)).toEqual(
    expect.arrayContaining(['sample', 'fixed panel', 'late', 'duplicate', 'outside the universe', 'boundary']),
  );
  expect(where.every((w) => w.points > 0 && w.mismatches === 0)).toBe(true);
});

test('a bound drawn on the wrong side is found at the boundary, where a random sample is blind', async () => {
  const { compared, where } = await sampled('stream_viewers_now', { find: 'views.watched_at >= ', replace: 'views.watched_at > ' });
  const mismatches = new Map(where.map((w) => [w.where, w.mismatches]));
  expect(mismatches.get('sample')).toBe(0);
  expect(mismatches.get('boundary')).toBeGreaterThan(0);
  // Not in the rate, and not forgiven.
  expect(compared.draws.shares.every((share) => share === 0)).toBe(true);
  expect(decideLogic(compared, aim).verdict).toBe('VIOLATED');
});

test('entities that no row names are found by asking', async () => {
  const { compared, where } = await sampled('stream_first_time_chatters');
  expect(compared.draws.population).toBeGreaterThan(1);
  expect(where.map((w) => w.where)).not.toContain('without events');
  expect(decideLogic(compared, aim).verdict).toBe('PROVEN');
});

test('a fault of one entity is found by a census', async () => {
  const [entity] = (await sampled('stream_viewers_now')).spine[0]?.entity ?? [];
  const { compared } = await sampled('stream_viewers_now', {
    find: 'views.user_id IS NOT NULL',
    replace: `views.user_id IS NOT NULL AND views.stream_id <> '${String(entity)}'`,
  });
  expect(compared.draws.shares.filter((share) => share > 0).length).toBeLessThanOrEqual(1);
  expect(decideLogic(compared, aim).verdict).toBe('VIOLATED');
});

test('the seed decides what is looked at', async () => {
  const text = (s: Sampled): string[] => s.spine.map((row) => `${row.entity.join()} ${row.asOf}`);
  const [first, again, other] = [await sampled('seller_gmv'), await sampled('seller_gmv'), await sampled('seller_gmv', undefined, '2')];
  expect(text(again)).toEqual(text(first));
  expect(text(other)).not.toEqual(text(first));
});

test('time that is up ends the drawing, after the first entities', async () => {
  const { compiled, catalog: own } = prepare({
    sources,
    feature: feature(
      'entity: stream_id',
      "SELECT stream_id, COUNT(*) AS n FROM chats WHERE sent_at >= as_of() - INTERVAL '1 hour' GROUP BY stream_id",
    ),
  });
  const columns = own.sources.find((s) => s.name === 'chats')?.columns ?? [];
  const rows = Array.from({ length: 1300 }, (_, i) => valuesOf(chat(`c${i}`, `s${i}`, 'u', at(i)), columns));
  const events = new Map([['chats', { columns: columns.map((c) => c.name), rows }]]);
  const drawn = async (seconds: number): Promise<number> => {
    const sides = await openSides(own, events, events);
    const forms = await openForms(compiled, compiledLambda(compiled, own), sides);
    const limits = { ...logicLimits, instants: 2, own: 1, judged: 2, probeInstants: 2, seconds };
    const found = await sampleForms(forms, { compiled, catalog: own, events, interval: undefined, aim, seed: '1', limits });
    sides.close();
    return found?.compared.draws.shares.length ?? 0;
  };
  expect([await drawn(0), await drawn(3600)]).toEqual([1024, 1300]);
});

test('a sample that may not be large enough is undecided, and says how many are missing', async () => {
  const { compared } = await sampled('buyer_seller_bond', undefined, '1', { ...logicLimits, points: 28 * 40 });
  expect(compared.draws.shares.length).toBe(40);
  expect(compared.draws.population).toBeGreaterThan(100);
  const decision = decideLogic(compared, aim);
  expect(decision.verdict).toBe('UNDECIDED');
  expect(decision.upperBound).toBeGreaterThan(aim.target);
  expect(decision.moreNeeded).toBeGreaterThan(40);
  expect(decision.moreNeeded).toBeLessThanOrEqual(compared.draws.population - 40);
});

test('nothing compared is never green', () => {
  const draws = { population: 0, shares: [] };
  expect(
    decideLogic(
      { draws, mismatches: 0, logicFaults: 0, otherArtifact: false, explained: 0, biased: false, referenceMismatches: 0, nothing: true },
      aim,
    ),
  ).toMatchObject({
    verdict: 'UNDECIDED',
    upperBound: null,
  });
  const all = { population: 3, shares: [0, 0, 0] };
  expect(
    decideLogic(
      {
        draws: all,
        mismatches: 0,
        logicFaults: 0,
        otherArtifact: false,
        explained: 0,
        biased: false,
        referenceMismatches: 0,
        nothing: true,
      },
      aim,
    ).verdict,
  ).toBe('UNDECIDED');
  expect(
    decideLogic(
      {
        draws: all,
        mismatches: 0,
        logicFaults: 0,
        otherArtifact: false,
        explained: 0,
        biased: false,
        referenceMismatches: 1,
        nothing: false,
      },
      aim,
    ).verdict,
  ).toBe('VIOLATED');
});

test('the chance of a false alarm is spent night by night, and never more than there is', () => {
  const spent = Array.from({ length: 10_000 }, (_, i) => ofNight(i + 1)).reduce((a, b) => a + b, 0);
  expect(spent).toBeLessThan(1);
  expect(spent).toBeGreaterThan(0.999);
  // What is an alarm on the first night is none on the thousandth, when a thousand chances were taken.
  const draws = { population: 100_000, shares: Array.from({ length: 400 }, (_, i) => (i % 200 === 0 ? 1 : 0)) };
  const compared = {
    draws,
    mismatches: 4,
    logicFaults: 0,
    otherArtifact: false,
    explained: 0,
    biased: false,
    referenceMismatches: 0,
    nothing: false,
  };
  expect([1, 1000].map((night) => decideReplay(compared, aim, 1, night).verdict)).toEqual(['VIOLATED', 'UNDECIDED']);
});
