/** Features written by hand, twice: equal ones are PROVEN, and each planted fault is found, on its side and by its cause. */
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { lockstep } from '../support/cli.ts';
import { type Fault, features, type Name, written } from './by-hand.ts';

const project = fileURLToPath(new URL('../../', import.meta.url));
const world = await written();
afterAll(() => world.close());

async function compared(name: Name, ...options: readonly string[]) {
  const argv = ['parity', '--project', project, '--events', world.events, '--feature', name, ...options];
  const ran = await lockstep(...argv, '--format', 'json');
  if (ran.out === '') throw new Error(ran.err);
  return { code: ran.code, report: JSON.parse(ran.out).features[0], argv };
}
const text = async (argv: readonly string[]): Promise<string> => (await lockstep(...argv)).out;

const names = Object.keys(features) as Name[];
const foreign = /^foreign:[0-9a-f]{12}$/;

describe.each(names)('%s', (name) => {
  test('both by hand: PROVEN, and both sides are named', async () => {
    const table = await world.table(await world.rows(name));
    const { code, report, argv } = await compared(name, '--lambda-sql', await world.lambda(name), '--batch-table', table);
    expect({ code, verdict: report.verdict }).toEqual({ code: 0, verdict: 'PROVEN' });
    expect(report).toMatchObject({ mismatches: 0, referenceMismatches: 0, lambda: 'foreign', differences: [] });
    expect(report.batchVersion).toMatch(foreign);
    expect(report.lambdaVersion).toMatch(foreign);
    expect(report.referencePoints).toBe(report.samples);
    const said = await text(argv);
    expect(said).toMatch(/\n {10}batch: values from table by_hand\.csv, not compiled by Lockstep/);
    expect(said).toMatch(new RegExp(`\\n {10}lambda: SQL of ${name}\\.sql, not compiled by Lockstep\\n`));
  });

  test('by hand against what Lockstep compiled, on either side: PROVEN', async () => {
    const ours = await compared(name, '--lambda-sql', await world.lambda(name));
    expect({ code: ours.code, ...ours.report }).toMatchObject({ code: 0, verdict: 'PROVEN', lambda: 'foreign', mismatches: 0 });
    expect(ours.report.batchVersion).toBe(ours.report.version);
    const theirs = await compared(name, '--batch-table', await world.table(await world.rows(name), 'ndjson'));
    expect({ code: theirs.code, ...theirs.report }).toMatchObject({ code: 0, verdict: 'PROVEN', lambda: 'compiled', mismatches: 0 });
    expect(theirs.report.lambdaVersion).toBe(theirs.report.version);
  });
});

interface Planted {
  readonly what: string;
  readonly name: Name;
  readonly cause: string;
  readonly lambda: Fault;
  readonly batch: Fault;
}

const planted: readonly Planted[] = [
  {
    what: 'an event at the instant counts',
    name: 'stream_chat_activity',
    cause: 'boundary',
    lambda: ['c.sent_at < asked.as_of', 'c.sent_at <= asked.as_of'],
    batch: ['c.sent_at < s.as_of', 'c.sent_at <= s.as_of'],
  },
  {
    what: 'an event just 20 minutes old does not count',
    name: 'stream_chat_activity',
    cause: 'boundary',
    lambda: ['c.sent_at >= asked.as_of - INTERVAL 20', 'c.sent_at > asked.as_of - INTERVAL 20'],
    batch: ['c.sent_at >= s.as_of - INTERVAL 20', 'c.sent_at > s.as_of - INTERVAL 20'],
  },
  {
    what: 'silence is NULL',
    name: 'stream_chat_activity',
    cause: 'empty_default',
    lambda: ['  count(c.chat_id) AS chats_20m', '  nullif(count(c.chat_id), 0) AS chats_20m'],
    batch: [
      'AS chats_20m',
      '+ 0 * (SELECT nullif(count(*), 0) FROM chats c WHERE c.stream_id = s.stream_id AND c.sent_at < s.as_of AND c.sent_at >= s.as_of - INTERVAL 20 MINUTE) AS chats_20m',
    ],
  },
  {
    what: 'digits of a quotient are cut off',
    name: 'listing_bid_velocity',
    cause: 'rounding',
    lambda: ['(20000000 * bids_1m + bids_10m) // (2 * bids_10m)', '(10000000 * bids_1m) // bids_10m'],
    batch: ['(bids_1m * 20000000 + bids_10m) // (bids_10m * 2)', '(bids_1m * 10000000) // bids_10m'],
  },
  {
    what: 'a quotient has two decimals',
    name: 'listing_bid_velocity',
    cause: 'division_scale',
    lambda: ['(20000000 * bids_1m + bids_10m) // (2 * bids_10m)', '(2000 * bids_1m + bids_10m) // (2 * bids_10m) * 10000'],
    batch: ['(bids_1m * 20000000 + bids_10m) // (bids_10m * 2)', '(bids_1m * 2000 + bids_10m) // (bids_10m * 2) * 10000'],
  },
  {
    what: 'days begin in California',
    name: 'buyer_seller_bond',
    cause: 'time_zone',
    lambda: [
      "date_diff('day', b.last_order_at, a.as_of)",
      "date_diff('day', b.last_order_at - INTERVAL 8 HOUR, a.as_of - INTERVAL 8 HOUR)",
    ],
    batch: [
      'o.ordered_at >= s.as_of - INTERVAL 90 DAY), s.as_of)',
      'o.ordered_at >= s.as_of - INTERVAL 90 DAY) - INTERVAL 8 HOUR, s.as_of - INTERVAL 8 HOUR)',
    ],
  },
];

describe.each(planted)('$name: $what', ({ name, cause, lambda, batch }) => {
  test('in the lambda', async () => {
    const { code, report } = await compared(name, '--lambda-sql', await world.lambda(name, lambda));
    expect({ code, verdict: report.verdict, causes: Object.keys(report.causes) }).toEqual({
      code: 1,
      verdict: 'VIOLATED',
      causes: [cause],
    });
    expect(report.referenceMismatches).toBe(0);
  });

  test('in the table', async () => {
    const { code, report } = await compared(name, '--batch-table', await world.table(await world.rows(name, batch)));
    expect({ code, verdict: report.verdict, causes: Object.keys(report.causes) }).toEqual({
      code: 1,
      verdict: 'VIOLATED',
      causes: [cause],
    });
    expect(report.referenceMismatches).toBe(report.mismatches);
  });
});
