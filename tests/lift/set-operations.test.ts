/** UNION, INTERSECT, EXCEPT: at each T by itself, NULLs alike, copies gone. */
import { expect, test } from 'vitest';
import { expectEverywhere, prepare } from '../support/forms.ts';
import { at, chat, feature, gift, sources } from './market.ts';

const noon = at(0);
const later = at(60);
/** After noon b also gave a gift; c only ever gave. */
const events = {
  chats: [chat('1', 's', 'a', at(-9)), chat('2', 's', 'b', at(-9)), chat('3', 's', 'b', at(-8)), chat('4', 's', null, at(-7))],
  gifts: [
    gift('1', 's', 'a', '5', at(-9)),
    gift('2', 's', null, '5', at(-9)),
    gift('3', 's', 'c', '5', at(-5)),
    gift('4', 's', 'b', '5', at(30)),
  ],
};
const people = (operator: string): string =>
  `WITH people AS (SELECT stream_id, user_id FROM chats ${operator} SELECT stream_id, user_id FROM gifts)
SELECT stream_id, COUNT(*) AS n, LISTAGG(user_id, '') WITHIN GROUP (ORDER BY user_id) AS who FROM people GROUP BY stream_id`;

test.each([
  ['UNION', '4', 'abc', '4', 'abc'],
  ['INTERSECT', '2', 'a', '3', 'ab'],
  ['EXCEPT', '1', 'b', '0', ''],
  ['MINUS', '1', 'b', '0', ''],
])('%s', async (operator, n, who, nLater, whoLater) => {
  await expectEverywhere({ sources, events, feature: feature('entity: stream_id', people(operator)) }, [
    [
      { stream_id: 's', as_of: noon },
      { n, who },
    ],
    [
      { stream_id: 's', as_of: later },
      { n: nLater, who: whoLater },
    ],
    [
      { stream_id: 'z', as_of: later },
      { n: '0', who: '' },
    ],
  ]);
});

test('branches of a union are taken apart: (chats UNION ALL gifts) EXCEPT one user', async () => {
  await expectEverywhere(
    {
      sources,
      events,
      feature: feature(
        'entity: stream_id',
        `WITH people AS ((SELECT stream_id, user_id FROM chats UNION ALL SELECT stream_id, user_id FROM gifts) EXCEPT SELECT stream_id, user_id FROM chats WHERE user_id = 'b')
SELECT stream_id, COUNT(*) AS n FROM people GROUP BY stream_id`,
      ),
    },
    [[{ stream_id: 's', as_of: later }, { n: '3' }]],
  );
});

test('FLOATs are not compared as rows', () => {
  const text = feature('entity: []', 'WITH a AS (SELECT 1::FLOAT AS x UNION SELECT 2::FLOAT) SELECT COUNT(*) AS n FROM a');
  expect(() => prepare({ sources, feature: text })).toThrow(/float-taint.*UNION compares rows/s);
});
