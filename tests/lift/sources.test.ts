/** What a source gives at T: copies, quarantine, versions, tombstones, history. */
import { test } from 'vitest';
import { expectEverywhere } from '../support/forms.ts';
import type { JsonRow } from '../support/json-rows.ts';
import { at, chat, feature, gift, hour, minute, nudge, sources } from './market.ts';

const noon = at(0);
const stars = feature('entity: stream_id', 'SELECT stream_id, COUNT(*) AS n, SUM(stars) AS stars FROM chats GROUP BY stream_id');

test('of differing copies the one that arrived first counts', async () => {
  const [first, second] = [
    { stars: 5, ingested_at: at(-8) },
    { stars: 3, ingested_at: at(-7) },
  ];
  for (const copies of [
    [first, second],
    [second, first],
  ])
    await expectEverywhere({ sources, events: { chats: copies.map((copy) => chat('1', 'a', 'u', at(-9), copy)) }, feature: stars }, [
      [
        { stream_id: 'a', as_of: noon },
        { n: '1', stars: '5' },
      ],
    ]);
});

test('of copies that arrived together the least counts, in declared order, NULL last', async () => {
  const copies = [
    chat('1', 'a', 'u', at(-9), { stars: 5, ingested_at: at(-8) }),
    chat('1', 'a', 'u', at(-9), { stars: 3, ingested_at: at(-8) }),
    chat('1', 'a', null, at(-9), { stars: 1, ingested_at: at(-8) }),
    chat('1', 'a', 'u', at(-9), { stars: 2 }),
  ];
  await expectEverywhere({ sources, events: { chats: copies }, feature: stars }, [
    [
      { stream_id: 'a', as_of: noon },
      { n: '1', stars: '3' },
    ],
  ]);
});

test('a copy that names another stream moves the event, as it is the same event', async () => {
  const copies = [
    chat('1', 'b', 'u', at(-9), { stars: 5, ingested_at: at(-8) }),
    chat('1', 'a', 'u', at(-9), { stars: 3, ingested_at: at(-8) }),
  ];
  await expectEverywhere({ sources, events: { chats: copies }, feature: stars }, [
    [
      { stream_id: 'a', as_of: noon },
      { n: '1', stars: '3' },
    ],
    [
      { stream_id: 'b', as_of: noon },
      { n: '0', stars: null },
    ],
  ]);
});

test('the same key at another time is another event', async () => {
  const events = [chat('1', 'a', 'u', at(-9), { stars: 5 }), chat('1', 'a', 'u', nudge(at(-9), 1), { stars: 3 })];
  await expectEverywhere({ sources, events: { chats: events }, feature: stars }, [
    [
      { stream_id: 'a', as_of: noon },
      { n: '2', stars: '8' },
    ],
    [
      { stream_id: 'a', as_of: nudge(at(-9), 1) },
      { n: '1', stars: '5' },
    ],
  ]);
});

test('dated ahead of its ingest by max_skew it counts, by one microsecond more it does not', async () => {
  const arrived = at(-hour);
  const allowed = at(-hour + 5 * minute);
  const events = [
    chat('1', 'a', 'u', allowed, { ingested_at: arrived, stars: 1 }),
    chat('2', 'a', 'u', nudge(allowed, 1), { ingested_at: arrived, stars: 10 }),
    chat('3', 'a', 'u', at(-1), { stars: 100 }),
  ];
  await expectEverywhere({ sources, events: { chats: events }, feature: stars }, [
    [
      { stream_id: 'a', as_of: noon },
      { n: '2', stars: '101' },
    ],
  ]);
});

test('a quarantined copy does not stand for a sound one', async () => {
  const events = [
    chat('1', 'a', 'u', noon, { ingested_at: at(-10 * minute), stars: 1 }),
    chat('1', 'a', 'u', noon, { ingested_at: at(1), stars: 2 }),
  ];
  await expectEverywhere({ sources, events: { chats: events }, feature: stars }, [
    [
      { stream_id: 'a', as_of: at(hour) },
      { n: '1', stars: '2' },
    ],
  ]);
});

test('an event without key or time is nowhere', async () => {
  const events: JsonRow[] = [
    { chat_id: null, stream_id: 'a', user_id: 'u', sent_at: at(-9) },
    { chat_id: '1', stream_id: 'a', user_id: 'u', sent_at: null },
    { chat_id: '2', stream_id: 'a', user_id: 'u', sent_at: at(-9) },
  ];
  await expectEverywhere({ sources, events: { chats: events }, feature: stars }, [
    [
      { stream_id: 'a', as_of: noon },
      { n: '1', stars: null },
    ],
  ]);
});

const version = (country: string | null, updated_at: string, more: JsonRow = {}): JsonRow => ({
  seller_id: 's',
  country,
  lsn: 1,
  is_deleted: false,
  updated_at,
  ...more,
});
const country = feature('entity: seller_id', 'SELECT seller_id, country FROM sellers');

test('a version is in force after its updated_at, not at it', async () => {
  await expectEverywhere({ sources, events: { sellers: [version('de', at(-hour)), version('fr', noon)] }, feature: country }, [
    [{ seller_id: 's', as_of: at(-hour) }, { country: null }],
    [{ seller_id: 's', as_of: nudge(at(-hour), 1) }, { country: 'de' }],
    [{ seller_id: 's', as_of: noon }, { country: 'de' }],
    [{ seller_id: 's', as_of: nudge(noon, 1) }, { country: 'fr' }],
    [{ seller_id: 'other', as_of: noon }, { country: null }],
  ]);
});

test('with include_as_of it is in force at its updated_at', async () => {
  const included = feature('entity: seller_id\ninclude_as_of: true', 'SELECT seller_id, country FROM sellers');
  await expectEverywhere({ sources, events: { sellers: [version('de', at(-hour)), version('fr', noon)] }, feature: included }, [
    [{ seller_id: 's', as_of: nudge(noon, -1) }, { country: 'de' }],
    [{ seller_id: 's', as_of: noon }, { country: 'fr' }],
  ]);
});

test('versions of one instant are in the order of version_by', async () => {
  const rows = [
    version('fr', noon, { lsn: 3 }),
    version('de', noon, { lsn: 2 }),
    version('it', noon, { lsn: null }),
    version('es', at(-9), { lsn: 9 }),
  ];
  await expectEverywhere({ sources, events: { sellers: rows }, feature: country }, [
    [{ seller_id: 's', as_of: noon }, { country: 'es' }],
    [{ seller_id: 's', as_of: at(1) }, { country: 'fr' }],
  ]);
});

test('a tombstone ends a row until it comes back', async () => {
  const rows = [version('de', at(-hour)), version('de', noon, { is_deleted: true }), version('it', at(hour))];
  await expectEverywhere(
    {
      sources,
      events: { sellers: rows },
      feature: feature('entity: seller_id\ndefaults: { country: gone }', 'SELECT seller_id, country FROM sellers'),
    },
    [
      [{ seller_id: 's', as_of: noon }, { country: 'de' }],
      [{ seller_id: 's', as_of: nudge(noon, 1) }, { country: 'gone' }],
      [{ seller_id: 's', as_of: at(hour) }, { country: 'gone' }],
      [{ seller_id: 's', as_of: nudge(at(hour), 1) }, { country: 'it' }],
    ],
  );
});

test('history: valid_to is known from T on, and not at T', async () => {
  const rows = [version('de', at(-hour)), version('fr', noon)];
  await expectEverywhere(
    {
      sources,
      events: { sellers: rows },
      feature: feature(
        'entity: seller_id',
        `SELECT seller_id, COUNT(*) AS versions, COUNT(valid_to) AS ended, MIN(valid_from) AS since, MAX(valid_to) AS until
FROM sellers_history GROUP BY seller_id`,
      ),
    },
    [
      [
        { seller_id: 's', as_of: noon },
        { versions: '1', ended: '0', since: at(-hour), until: null },
      ],
      [
        { seller_id: 's', as_of: nudge(noon, 1) },
        { versions: '2', ended: '1', since: at(-hour), until: noon },
      ],
    ],
  );
});

test('the value as of an event: a gift at the very instant of a change still has the old one', async () => {
  const rows = [version('de', at(-hour)), version('fr', at(-minute)), version('fr', at(-10), { is_deleted: true })];
  const gifts = [
    gift('1', 's', 'u', '1.00', at(-minute)),
    gift('2', 's', 'u', '2.00', nudge(at(-minute), 1)),
    gift('3', 's', 'u', '4.00', at(-5)),
    gift('4', 's', 'u', '8.00', at(-2 * hour)),
  ];
  await expectEverywhere(
    {
      sources,
      events: { sellers: rows, gifts },
      feature: feature(
        'entity: stream_id',
        `SELECT g.stream_id, SUM(IFF(h.country = 'de', g.amount, 0)) AS de, SUM(IFF(h.country = 'fr', g.amount, 0)) AS fr,
  SUM(IFF(h.country IS NULL, g.amount, 0)) AS unknown
FROM gifts AS g LEFT JOIN sellers_history AS h
  ON h.seller_id = g.stream_id AND h.valid_from < g.given_at AND (h.valid_to IS NULL OR g.given_at <= h.valid_to)
GROUP BY g.stream_id`,
      ),
    },
    [
      [
        { stream_id: 's', as_of: noon },
        { de: '1.00', fr: '2.00', unknown: '12.00' },
      ],
      [
        { stream_id: 's', as_of: at(-30) },
        { de: '1.00', fr: '2.00', unknown: '8.00' },
      ],
    ],
  );
});
