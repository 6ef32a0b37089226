/** What an entity without a row gets: the empty group, NULL, or the author's default. */
import { test } from 'vitest';
import { expectEverywhere } from '../support/forms.ts';
import { at, chat, feature, gift, hour, sources } from './market.ts';

const noon = at(0);
const chats = [chat('1', 'a', 'u', at(-9)), chat('2', 'b', 'u', at(-9)), chat('3', 'b', 'v', at(-8))];

test('the group of an absent entity exists, of no rows', async () => {
  await expectEverywhere(
    {
      sources,
      events: { chats },
      feature: feature(
        'entity: stream_id',
        `SELECT stream_id, COUNT(*) AS n, COUNT(*) + 1 AS n_and_one, LISTAGG(user_id, ',') WITHIN GROUP (ORDER BY sent_at) AS who,
  SUM(stars) AS stars, UPPER(stream_id) AS loud
FROM chats GROUP BY stream_id`,
      ),
    },
    [
      [
        { stream_id: 'b', as_of: noon },
        { n: '2', n_and_one: '3', who: 'u,v', stars: null, loud: 'B' },
      ],
      [
        { stream_id: 'z', as_of: noon },
        { n: '0', n_and_one: '1', who: '', stars: null, loud: 'Z' },
      ],
    ],
  );
});

test('HAVING drops an absent entity, and a present one alike', async () => {
  await expectEverywhere(
    {
      sources,
      events: { chats },
      feature: feature('entity: stream_id', 'SELECT stream_id, COUNT(*) AS n FROM chats GROUP BY stream_id HAVING COUNT(*) > 1'),
    },
    [
      [{ stream_id: 'b', as_of: noon }, { n: '2' }],
      [{ stream_id: 'a', as_of: noon }, { n: null }],
      [{ stream_id: 'z', as_of: noon }, { n: null }],
    ],
  );
});

test('HAVING that the group of no rows passes', async () => {
  await expectEverywhere(
    {
      sources,
      events: { chats },
      feature: feature('entity: stream_id', 'SELECT stream_id, COUNT(*) AS n FROM chats GROUP BY stream_id HAVING COUNT(*) < 2'),
    },
    [
      [{ stream_id: 'b', as_of: noon }, { n: null }],
      [{ stream_id: 'a', as_of: noon }, { n: '1' }],
      [{ stream_id: 'z', as_of: noon }, { n: '0' }],
    ],
  );
});

test('HAVING over the entity itself, with defaults for what it drops', async () => {
  await expectEverywhere(
    {
      sources,
      events: { chats },
      feature: feature(
        'entity: stream_id\ndefaults: { n: -1 }',
        "SELECT stream_id, COUNT(*) AS n FROM chats GROUP BY stream_id HAVING stream_id <> 'b' AND stream_id <> 'y'",
      ),
    },
    [
      [{ stream_id: 'a', as_of: noon }, { n: '1' }],
      [{ stream_id: 'b', as_of: noon }, { n: '-1' }],
      [{ stream_id: 'y', as_of: noon }, { n: '-1' }],
      [{ stream_id: 'z', as_of: noon }, { n: '0' }],
    ],
  );
});

test('defaults are for missing rows: a NULL in a row that exists stays NULL', async () => {
  await expectEverywhere(
    {
      sources,
      events: {
        gifts: [gift('1', 'a', 'u', null, at(-9)), gift('2', 'b', 'u', '2.50', at(-9))],
      },
      feature: feature(
        'entity: stream_id\ndefaults: { amount: 0, who: nobody, checked: true }',
        `SELECT stream_id, amount, user_id AS who, amount > 2 AS checked FROM gifts
QUALIFY ROW_NUMBER() OVER (PARTITION BY stream_id ORDER BY given_at DESC) = 1`,
      ),
    },
    [
      [
        { stream_id: 'a', as_of: noon },
        { amount: null, who: 'u', checked: null },
      ],
      [
        { stream_id: 'b', as_of: noon },
        { amount: '2.50', who: 'u', checked: true },
      ],
      [
        { stream_id: 'z', as_of: noon },
        { amount: '0.00', who: 'nobody', checked: true },
      ],
    ],
  );
});

test('defaults do not touch a group of no rows, for it is a row', async () => {
  await expectEverywhere(
    {
      sources,
      events: { gifts: [gift('1', 'a', 'u', null, at(-9))] },
      feature: feature(
        'entity: stream_id\ndefaults: { n: 7, amount: 7 }',
        'SELECT stream_id, COUNT(*) AS n, SUM(amount) AS amount FROM gifts GROUP BY stream_id',
      ),
    },
    [
      [
        { stream_id: 'a', as_of: noon },
        { n: '1', amount: null },
      ],
      [
        { stream_id: 'z', as_of: noon },
        { n: '0', amount: null },
      ],
    ],
  );
});

test('no entity: one row, whatever there is', async () => {
  await expectEverywhere(
    {
      sources,
      events: { chats },
      feature: feature(
        'entity: []',
        "SELECT COUNT(*) AS n, COUNT(DISTINCT stream_id) AS streams FROM chats WHERE sent_at >= as_of() - INTERVAL '1 hour'",
      ),
    },
    [
      [{ as_of: noon }, { n: '3', streams: '2' }],
      [{ as_of: at(3 * hour) }, { n: '0', streams: '0' }],
      [{ as_of: noon }, { n: '3', streams: '2' }],
    ],
  );
});

test('a NULL entity among the events is nobody', async () => {
  await expectEverywhere(
    {
      sources,
      events: { chats: [...chats, chat('4', null, 'u', at(-7))] },
      feature: feature('entity: stream_id', 'SELECT stream_id, COUNT(*) AS n FROM chats GROUP BY stream_id'),
    },
    [
      [{ stream_id: 'a', as_of: noon }, { n: '1' }],
      [{ stream_id: '', as_of: noon }, { n: '0' }],
    ],
  );
});
