/** The features of docs/idioms.md, in every form, against values by hand. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { expectEverywhere } from '../support/forms.ts';

const page = readFileSync(fileURLToPath(new URL('../../docs/idioms.md', import.meta.url)), 'utf8');
const blocks = new Map(
  [...page.matchAll(/<!-- idiom (\w+) -->\n```\w+\n([\s\S]*?)```/g)].map(([, name, text]) => [name as string, text as string]),
);
const sources = blocks.get('sources') ?? '';
const idiom = (name: string): string => blocks.get(name) ?? '';

const click = (click_id: string, user_id: string, time: string, campaign: string | null = 'x') => ({
  click_id,
  user_id,
  campaign,
  clicked_at: `2026-01-02T${time}`,
});
const order = (order_id: string, user_id: string, amount: string, time: string) => ({
  order_id,
  user_id,
  amount,
  ordered_at: `2026-01-02T${time}`,
});
const at = (time: string): string => `2026-01-02T${time}`;

test('every idiom of the page is tested here', () => {
  expect([...blocks.keys()]).toEqual(['sources', 'sessions', 'attribution', 'before', 'favourite']);
});

test('sessions', async () => {
  const clicks = [
    click('1', 'a', '08:00:00'),
    click('2', 'a', '08:30:00'), // 30 minutes exactly: the same session
    click('3', 'a', '09:00:01'), // one second more: the next
    click('4', 'a', '09:10:01'),
    click('5', 'a', '09:10:01'),
    click('6', 'b', '09:00:00'),
  ];
  await expectEverywhere({ sources, events: { clicks, orders: [] }, feature: idiom('sessions') }, [
    [
      { user_id: 'a', as_of: at('09:00:00') },
      { sessions_24h: '1', last_session_clicks: '2', last_session_seconds: '1800', in_session: true },
    ],
    [
      { user_id: 'a', as_of: at('10:00:00') },
      { sessions_24h: '2', last_session_clicks: '3', last_session_seconds: '600', in_session: false },
    ],
    [
      { user_id: 'b', as_of: at('09:30:00') },
      { sessions_24h: '1', last_session_clicks: '1', last_session_seconds: '0', in_session: true },
    ],
    [
      { user_id: 'z', as_of: at('10:00:00') },
      { sessions_24h: '0', last_session_clicks: null, last_session_seconds: null, in_session: null },
    ],
  ]);
});

test('attribution', async () => {
  const clicks = [
    click('1', 'a', '08:00:00', 'x'),
    click('2', 'a', '08:10:00', 'x'),
    click('3', 'a', '08:10:00', 'y'), // the same instant, the greater id
    click('4', 'b', '08:00:00', 'x'),
    click('5', 'c', '08:00:00', 'x'),
  ];
  const orders = [
    order('1', 'a', '10.00', '08:20:00'), // y
    order('2', 'a', '5.00', '08:10:00'), // the click of that instant does not count: x
    order('3', 'b', '2.00', '08:30:00'), // 30 minutes exactly: x
    order('4', 'c', '3.00', '08:30:01'), // too late: nobody
    order('5', 'd', '4.00', '08:30:00'), // no click: nobody
  ];
  await expectEverywhere({ sources, events: { clicks, orders }, feature: idiom('attribution') }, [
    [
      { campaign: 'x', as_of: at('09:00:00') },
      { orders_7d: '2', revenue_7d: '7.00' },
    ],
    [
      { campaign: 'y', as_of: at('09:00:00') },
      { orders_7d: '1', revenue_7d: '10.00' },
    ],
    [
      { campaign: 'x', as_of: at('08:15:00') },
      { orders_7d: '1', revenue_7d: '5.00' },
    ],
    [
      { campaign: 'z', as_of: at('09:00:00') },
      { orders_7d: '0', revenue_7d: null },
    ],
  ]);
});

test('the one before, as of then', async () => {
  const orders = [
    order('1', 'a', '5.00', '08:00:00'), // nothing before it
    order('2', 'a', '7.00', '08:10:00'), // a record
    order('3', 'a', '9.00', '08:20:00'), // a record, and so is the next: neither is before the other
    order('4', 'a', '8.00', '08:20:00'),
    order('5', 'a', '9.00', '08:30:00'), // as large, not larger
  ];
  await expectEverywhere({ sources, events: { orders, clicks: [] }, feature: idiom('before') }, [
    [
      { user_id: 'a', as_of: at('09:00:00') },
      { records_30d: '3', orders_30d: '5' },
    ],
    [
      { user_id: 'a', as_of: at('08:20:00') },
      { records_30d: '1', orders_30d: '2' },
    ],
    [
      { user_id: 'z', as_of: at('09:00:00') },
      { records_30d: '0', orders_30d: '0' },
    ],
  ]);
});

test('the most frequent value', async () => {
  const clicks = [
    click('1', 'a', '08:00:00', 'x'),
    click('2', 'a', '08:10:00', 'y'),
    click('3', 'a', '08:20:00', 'x'),
    click('4', 'a', '08:30:00', null),
    click('5', 'a', '08:31:00', null),
    click('6', 'a', '08:40:00', 'y'), // as often as x, and later
    click('7', 'b', '08:00:00', 'z'), // as often as w, at the same time
    click('8', 'b', '08:00:00', 'w'),
  ];
  await expectEverywhere({ sources, events: { orders: [], clicks }, feature: idiom('favourite') }, [
    [
      { user_id: 'a', as_of: at('08:35:00') },
      { favourite_7d: 'x', favourite_clicks_7d: '2' },
    ],
    [
      { user_id: 'a', as_of: at('09:00:00') },
      { favourite_7d: 'y', favourite_clicks_7d: '2' },
    ],
    [
      { user_id: 'b', as_of: at('09:00:00') },
      { favourite_7d: 'w', favourite_clicks_7d: '1' },
    ],
    [
      { user_id: 'z', as_of: at('09:00:00') },
      { favourite_7d: null, favourite_clicks_7d: null },
    ],
  ]);
});
