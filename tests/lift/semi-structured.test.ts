/** VARIANT paths, arrays and FLATTEN, at each T, in every form. */
import { expect, test } from 'vitest';
import { expectEverywhere, prepare } from '../support/forms.ts';
import { at, feature, minute } from './market.ts';

const sources = `streams:
  orders:
    warehouse: raw.orders
    key: order_id
    event_time: placed_at
    columns: { order_id: VARCHAR, buyer: VARCHAR, payload: VARIANT, placed_at: TIMESTAMP_NTZ }
`;
const noon = at(0);
const later = at(10 * minute);
const events = {
  orders: [
    {
      order_id: '1',
      buyer: 'ann',
      placed_at: at(-3600),
      payload: {
        price: { amount: 12.5, cur: 'EUR' },
        items: [
          { sku: 'b', n: 2 },
          { sku: 'a', n: 1 },
        ],
        'the shop': 'x',
        tags: 'new,gift',
      },
    },
    { order_id: '2', buyer: 'ann', placed_at: at(-60), payload: { price: { amount: '7.25' }, coupon: null, items: [], tags: '' } },
    { order_id: '3', buyer: 'ann', placed_at: at(60), payload: { price: 'free', items: { no: { sku: 'z' } }, 'the shop': 'y' } },
    { order_id: '4', buyer: 'bob', placed_at: at(-60), payload: null },
  ],
};
const spine = (buyer: string, as_of: string): Record<string, string> => ({ buyer, as_of });

test('a path leads to text; what is not there is NULL, and JSON null is something', async () => {
  const sql = `SELECT buyer,
  SUM(TRY_CAST(payload:price.amount::VARCHAR AS NUMBER(10, 2))) AS spent,
  MAX(payload:"the shop"::VARCHAR) AS shop,
  COUNT_IF(payload:coupon IS NULL) AS without_coupon,
  COUNT_IF(IS_NULL_VALUE(payload['coupon'])) AS null_coupons,
  COUNT(payload:coupon) AS coupons,
  COUNT(payload:items, buyer) AS carts,
  MIN(payload:price::VARCHAR) AS least_price,
  COUNT_IF(IS_VARCHAR(payload:price)) AS priced_in_words
FROM orders
GROUP BY buyer`;
  await expectEverywhere({ sources, events, feature: feature('entity: buyer', sql) }, [
    [
      spine('ann', noon),
      {
        spent: '19.75',
        shop: 'x',
        without_coupon: '1',
        null_coupons: '1',
        coupons: '0',
        carts: '2',
        least_price: '{"amount":"7.25"}',
        priced_in_words: '0',
      },
    ],
    [
      spine('ann', later),
      {
        spent: '19.75',
        shop: 'y',
        without_coupon: '2',
        null_coupons: '1',
        coupons: '0',
        carts: '3',
        least_price: 'free',
        priced_in_words: '1',
      },
    ],
    [
      spine('bob', noon),
      {
        spent: null,
        shop: null,
        without_coupon: '1',
        null_coupons: '0',
        coupons: '0',
        carts: '0',
        least_price: null,
        priced_in_words: '0',
      },
    ],
    [
      spine('eve', noon),
      {
        spent: null,
        shop: null,
        without_coupon: '0',
        null_coupons: '0',
        coupons: '0',
        carts: '0',
        least_price: null,
        priced_in_words: '0',
      },
    ],
  ]);
});

test('constants of JSON', async () => {
  const sql = `SELECT buyer,
  MAX(PARSE_JSON('{"b": [1.50, "é"], "a": true}')::VARCHAR) AS parsed,
  MAX(PARSE_JSON(' {"b": [1.50, "it''s"]} '):b[1]::VARCHAR) AS inside,
  MAX(OBJECT_CONSTRUCT('k', -0.50, 'gone', NULL, 'l', ARRAY_CONSTRUCT('x', 2, TRUE), 'o', PARSE_JSON('null'))::VARCHAR) AS made,
  COUNT(PARSE_JSON('null')) AS nulls,
  COUNT(PARSE_JSON('')) AS nothing,
  COUNT_IF(IS_NULL_VALUE(PARSE_JSON('null'))) AS json_nulls
FROM orders
GROUP BY buyer`;
  const constants = {
    parsed: '{"a":true,"b":[1.5,"é"]}',
    inside: "it's",
    made: '{"k":-0.5,"l":["x",2,true],"o":null}',
    nulls: '0',
    nothing: '0',
  };
  await expectEverywhere({ sources, events, feature: feature('entity: buyer', sql) }, [
    [spine('bob', noon), { ...constants, json_nulls: '1' }],
    [spine('ann', noon), { ...constants, json_nulls: '2' }],
  ]);
});

test('arrays are outputs: in a stated order, empty where nothing was seen', async () => {
  const sql = `SELECT buyer,
  ARRAY_AGG(order_id) WITHIN GROUP (ORDER BY placed_at DESC) AS orders,
  ARRAY_AGG(TRY_CAST(payload:price.amount::VARCHAR AS NUMBER(10, 2))) WITHIN GROUP (ORDER BY placed_at) AS amounts,
  ARRAY_SLICE(ARRAY_AGG(order_id) WITHIN GROUP (ORDER BY placed_at DESC), 0, 1) AS last_order,
  COUNT_IF(ARRAY_CONTAINS('gift'::VARIANT, SPLIT(payload:tags::VARCHAR, ','))) AS gifts,
  MAX(ARRAY_SIZE(payload:items)) AS most_items,
  COUNT(ARRAY_SIZE(payload:items)) AS with_items
FROM orders
GROUP BY buyer`;
  await expectEverywhere({ sources, events, feature: feature('entity: buyer', sql) }, [
    [
      spine('ann', noon),
      { orders: ['2', '1'], amounts: ['12.50', '7.25'], last_order: ['2'], gifts: '1', most_items: '2', with_items: '2' },
    ],
    [
      spine('ann', later),
      { orders: ['3', '2', '1'], amounts: ['12.50', '7.25'], last_order: ['3'], gifts: '1', most_items: '2', with_items: '2' },
    ],
    [spine('bob', noon), { orders: ['4'], amounts: [], last_order: ['4'], gifts: '0', most_items: null, with_items: '0' }],
    [spine('eve', noon), { orders: [], amounts: [], last_order: [], gifts: '0', most_items: null, with_items: '0' }],
  ]);
});

const lines = (outer: string): string => `WITH lines AS (
  SELECT o.buyer, o.order_id, f.index AS place, f.key AS name, f.value:sku::VARCHAR AS sku
  FROM orders AS o, LATERAL FLATTEN(INPUT => o.payload:items${outer}) AS f
)
SELECT buyer, COUNT(*) AS n, MAX(place) AS last_place, MAX(name) AS name, LISTAGG(sku, ' ') WITHIN GROUP (ORDER BY order_id, place, name) AS skus
FROM lines
GROUP BY buyer`;

test('FLATTEN gives elements as rows: of arrays by place, of objects by key', async () => {
  await expectEverywhere({ sources, events, feature: feature('entity: buyer', lines('')) }, [
    [spine('ann', noon), { n: '2', last_place: '1', name: null, skus: 'b a' }],
    [spine('ann', later), { n: '3', last_place: '1', name: 'no', skus: 'b a z' }],
    [spine('bob', noon), { n: '0', last_place: null, name: null, skus: '' }],
  ]);
});

test('OUTER keeps rows without elements', async () => {
  await expectEverywhere({ sources, events, feature: feature('entity: buyer', lines(', OUTER => TRUE')) }, [
    [spine('ann', noon), { n: '3', last_place: '1', name: null, skus: 'b a' }],
    [spine('bob', noon), { n: '1', last_place: null, name: null, skus: '' }],
    [spine('eve', noon), { n: '0', last_place: null, name: null, skus: '' }],
  ]);
});

test('an element of an array of texts may be an entity', async () => {
  const sql = `SELECT o.buyer, f.value::VARCHAR AS tag, COUNT(*) AS n, COUNT_IF(f.index = 0) AS firsts
FROM orders AS o CROSS JOIN LATERAL FLATTEN(INPUT => SPLIT(o.payload:tags::VARCHAR, ',')) AS f
WHERE o.placed_at >= as_of() - INTERVAL '1 day'
GROUP BY 1, 2`;
  await expectEverywhere({ sources, events, feature: feature('entity: [buyer, tag]', sql) }, [
    [
      { buyer: 'ann', tag: 'gift', as_of: noon },
      { n: '1', firsts: '0' },
    ],
    [
      { buyer: 'ann', tag: '', as_of: noon },
      { n: '1', firsts: '1' },
    ],
    [
      { buyer: 'bob', tag: 'gift', as_of: noon },
      { n: '0', firsts: '0' },
    ],
  ]);
});

test('the row of each element is unique by the row that holds it and its place', () => {
  const sql = `SELECT o.buyer, o.order_id, f.value:n::VARCHAR AS n
FROM orders AS o, LATERAL FLATTEN(INPUT => o.payload:items) AS f
QUALIFY ROW_NUMBER() OVER (PARTITION BY o.buyer ORDER BY o.placed_at DESC, f.index DESC) = 1`;
  // The key of the stream, and KEY, decide the ties that are left.
  expect(prepare({ sources, feature: feature('entity: buyer', sql) }).compiled.feature.name).toBe('f');
});
