/** Lifts that go wrong when something about all entities is computed from the rows of one, or of one instant. */
import { test } from 'vitest';
import { expectEverywhere } from '../support/forms.ts';
import { at, chat, feature, gift, hour, minute, sources } from './market.ts';

// a: 3 chats, b: 1, c: 1, all within the hour before 12:00; one more of b at 12:30.
const chats = [
  chat('1', 'a', 'u1', at(-30 * minute)),
  chat('2', 'a', 'u2', at(-20 * minute)),
  chat('3', 'a', 'u1', at(-10 * minute)),
  chat('4', 'b', 'u1', at(-10 * minute)),
  chat('5', 'c', 'u3', at(-5 * minute)),
  chat('6', 'b', 'u2', at(30 * minute)),
];
const noon = at(0);
const one = at(hour);

test('a global total over the same stream in a CTE', async () => {
  await expectEverywhere(
    {
      sources,
      events: { chats },
      feature: feature(
        'entity: stream_id',
        `WITH recent AS (
  SELECT stream_id, COUNT(*) AS n FROM chats WHERE sent_at >= as_of() - INTERVAL '1 hour' GROUP BY stream_id
),
total AS (SELECT SUM(n) AS n FROM recent)
SELECT recent.stream_id, recent.n AS own, total.n AS everywhere FROM recent CROSS JOIN total`,
      ),
    },
    [
      [
        { stream_id: 'a', as_of: noon },
        { own: '3', everywhere: '5' },
      ],
      [
        { stream_id: 'b', as_of: noon },
        { own: '1', everywhere: '5' },
      ],
      [
        { stream_id: 'b', as_of: one },
        { own: '1', everywhere: '1' },
      ],
      [
        { stream_id: 'a', as_of: one },
        { own: null, everywhere: null },
      ],
      [
        { stream_id: 'nobody', as_of: noon },
        { own: null, everywhere: null },
      ],
    ],
  );
});

test('RANK across entities', async () => {
  await expectEverywhere(
    {
      sources,
      events: { chats },
      feature: feature(
        'entity: stream_id',
        `WITH recent AS (SELECT stream_id, COUNT(*) AS n FROM chats WHERE sent_at >= as_of() - INTERVAL '1 hour' GROUP BY stream_id)
SELECT stream_id, RANK() OVER (ORDER BY n DESC) AS place FROM recent`,
      ),
    },
    [
      [{ stream_id: 'a', as_of: noon }, { place: '1' }],
      [{ stream_id: 'b', as_of: noon }, { place: '2' }],
      [{ stream_id: 'c', as_of: noon }, { place: '2' }],
      [{ stream_id: 'b', as_of: one }, { place: '1' }],
      [{ stream_id: 'c', as_of: one }, { place: null }],
    ],
  );
});

test('ROW_NUMBER in the order of the entities themselves', async () => {
  await expectEverywhere(
    {
      sources,
      events: { chats },
      feature: feature(
        'entity: stream_id',
        `WITH recent AS (SELECT stream_id, COUNT(*) AS n FROM chats GROUP BY stream_id)
SELECT stream_id, ROW_NUMBER() OVER (ORDER BY n DESC, stream_id) AS place FROM recent`,
      ),
    },
    [
      [{ stream_id: 'c', as_of: noon }, { place: '3' }],
      [{ stream_id: 'b', as_of: one }, { place: '2' }],
      [{ stream_id: 'c', as_of: one }, { place: '3' }],
    ],
  );
});

test('a self-join: other streams my chatters use', async () => {
  await expectEverywhere(
    {
      sources,
      events: { chats },
      feature: feature(
        'entity: stream_id',
        `SELECT mine.stream_id, COUNT(DISTINCT others.stream_id) AS other_streams
FROM chats AS mine JOIN chats AS others ON others.user_id = mine.user_id AND others.stream_id <> mine.stream_id
GROUP BY mine.stream_id`,
      ),
    },
    [
      [{ stream_id: 'a', as_of: noon }, { other_streams: '1' }],
      [{ stream_id: 'b', as_of: noon }, { other_streams: '1' }],
      [{ stream_id: 'c', as_of: noon }, { other_streams: '0' }],
      // Before chat 4, nobody of a was elsewhere.
      [{ stream_id: 'a', as_of: at(-15 * minute) }, { other_streams: '0' }],
      [{ stream_id: 'nobody', as_of: noon }, { other_streams: '0' }],
    ],
  );
});

test('LOWER(user_id) AS user_id as the entity', async () => {
  await expectEverywhere(
    {
      sources,
      events: { chats: [chat('1', 'a', 'Ann', at(-3)), chat('2', 'a', 'ANN', at(-2)), chat('3', 'a', 'bob', at(-1))] },
      feature: feature('entity: user_id', 'SELECT LOWER(user_id) AS user_id, COUNT(*) AS n FROM chats GROUP BY LOWER(user_id)'),
    },
    [
      [{ user_id: 'ann', as_of: noon }, { n: '2' }],
      [{ user_id: 'Ann', as_of: noon }, { n: '0' }],
      [{ user_id: 'ANN', as_of: noon }, { n: '0' }],
      [{ user_id: 'bob', as_of: noon }, { n: '1' }],
    ],
  );
});

test('LOWER(user_id) AS user_id beside ROW_NUMBER by that alias', async () => {
  await expectEverywhere(
    {
      sources,
      events: { chats: [chat('1', 'a', 'Ann', at(-3)), chat('2', 'b', 'ANN', at(-2)), chat('3', 'c', 'ann', at(-1))] },
      feature: feature(
        'entity: user_id',
        `WITH folded AS (SELECT LOWER(user_id) AS user_id, stream_id, sent_at FROM chats)
SELECT user_id, stream_id AS first_stream FROM folded
QUALIFY ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY sent_at) = 1`,
      ),
    },
    [
      [{ user_id: 'ann', as_of: noon }, { first_stream: 'a' }],
      [{ user_id: 'Ann', as_of: noon }, { first_stream: null }],
    ],
  );
});

test('a global COUNT over an empty window, cross joined', async () => {
  await expectEverywhere(
    {
      sources,
      events: { chats, gifts: [gift('1', 'a', 'u1', '1.00', at(20 * minute))] },
      feature: feature(
        'entity: stream_id',
        `WITH mine AS (SELECT stream_id, COUNT(*) AS n FROM chats GROUP BY stream_id),
recent AS (SELECT COUNT(*) AS gifts, SUM(amount) AS amount FROM gifts WHERE given_at >= as_of() - INTERVAL '1 hour')
SELECT mine.stream_id, mine.n, recent.gifts, recent.amount FROM mine CROSS JOIN recent`,
      ),
    },
    [
      // No gift before noon: the count is 0, and the row of the stream does not vanish.
      [
        { stream_id: 'a', as_of: noon },
        { n: '3', gifts: '0', amount: null },
      ],
      [
        { stream_id: 'a', as_of: one },
        { n: '3', gifts: '1', amount: '1.00' },
      ],
      [
        { stream_id: 'b', as_of: at(3 * hour) },
        { n: '2', gifts: '0', amount: null },
      ],
    ],
  );
});

test('a query for one value over nothing', async () => {
  await expectEverywhere(
    {
      sources,
      events: { chats },
      feature: feature(
        'entity: stream_id',
        'SELECT stream_id, COUNT(*) AS n, (SELECT COUNT(*) FROM gifts) AS gifts, (SELECT MAX(amount) FROM gifts) AS most FROM chats GROUP BY stream_id',
      ),
    },
    [
      [
        { stream_id: 'a', as_of: noon },
        { n: '3', gifts: '0', most: null },
      ],
      [
        { stream_id: 'nobody', as_of: noon },
        { n: '0', gifts: '0', most: null },
      ],
    ],
  );
});
