/** Three million flights of half a year, moved so that the last one left just now. */
import type { World } from './world.ts';

/** Those with the most flights; asked for as often as each other. */
const airports = [
  'ORD',
  'DFW',
  'ATL',
  'LAX',
  'PHX',
  'STL',
  'DTW',
  'LAS',
  'MSP',
  'DEN',
  'IAH',
  'SFO',
  'EWR',
  'BOS',
  'SEA',
  'PHL',
  'CLT',
  'LGA',
  'MCO',
  'SLC',
];
const airport = (i: number): string => airports[(i * 7919) % airports.length] ?? '';

export const flights: World = {
  source: 'flights',
  sourcesYml: `streams:
  flights:
    warehouse: raw.flights
    topic: flights
    key: flight_id
    event_time: departed_at
    lateness: 10 minutes
    columns:
      flight_id: VARCHAR
      departed_at: { type: TIMESTAMP_NTZ, unit: us }
      origin: VARCHAR
      destination: VARCHAR
      delay: NUMBER(9,0)
`,
  feature: (window) => `/*---
entity: origin
description: Flights from an airport.
owner: bench
every: 1 hour
---*/
SELECT origin, COUNT(*) AS flights, COUNT(DISTINCT destination) AS destinations, SUM(delay) AS late, MAX(departed_at) AS last_flight
FROM flights
WHERE departed_at >= as_of() - INTERVAL '${window}'
GROUP BY origin
`,
  entity: (i) => ({ origin: airport(i) }),
  message: (id, i, at) => ({ flight_id: id, departed_at: at, origin: airport(i), destination: airport(i + 1), delay: (i % 90) - 10 }),
  fill: (events, now) => [
    `INSERT INTO FLIGHTS
SELECT 'f' || row_number() OVER (ORDER BY date), make_timestamp(epoch_us(date) + ${now} - max(epoch_us(date)) OVER ()), origin, destination, delay,
  NULL, NULL, row_number() OVER (ORDER BY date), make_timestamp(epoch_us(date) + ${now} - max(epoch_us(date)) OVER ())
FROM (SELECT * FROM 'node_modules/vega-datasets/data/flights-3m.parquet' ORDER BY date DESC LIMIT ${events}) ORDER BY date`,
  ],
};
