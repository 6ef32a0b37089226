/** A small data set of which every count is known by hand. */
import { feature, project, sources } from '../cli/viewers.ts';
import type { Files } from '../support/cli.ts';

/** The instant that every question is of. */
export const asOf = '2026-01-01T12:00:00';

const at = (minutesBefore: number): string => new Date(Date.parse(`${asOf}Z`) - minutesBefore * 60_000).toISOString().slice(0, 19);

/** Of each stream: events of the last hour, of the hour before it, and older ones. */
const known = { s1: [10, 4, 1], s2: [3, 0, 0], s3: [2, 0, 0], s4: [0, 3, 1] } as const;
/** 10 + 4 + 1 + 3 + 2 + 3 + 1 */
export const stored = 24;
export const inLastHour = 15;
export const inLastTwoHours = 22;

const rows = Object.entries(known).flatMap(([stream, [hour, before, older]]) => [
  ...Array.from({ length: hour }, (_, i) => ({ stream, at: at(1 + i) })),
  ...Array.from({ length: before }, (_, i) => ({ stream, at: at(61 + i) })),
  ...Array.from({ length: older }, (_, i) => ({ stream, at: at(600 + i) })),
]);

const line = (row: object): string => `${JSON.stringify(row)}\n`;
const views = rows.map((row, i) =>
  line({ view_id: `v${i}`, stream_id: row.stream, user_id: `u${i % 4}`, price: 1, weight: 1, viewed_at: row.at }),
);

export const spineOf = (...streams: readonly string[]): string => streams.map((s) => line({ stream_id: s, as_of: asOf })).join('');

/** With a copy of the first event, which the store does not keep twice. */
export const knownProject = (files: Files = {}): Promise<string> =>
  project({ 'events/views.ndjson': [...views, views[0]].join(''), 'spine.ndjson': spineOf('s1'), ...files });

export const hour = "viewed_at >= as_of() - INTERVAL '1 hour'";

/** The rows of everyone are counted in a CTE that nothing ties to the entity. */
export const shareFeature = feature(`WITH everyone AS (
  SELECT COUNT(*) AS n FROM views WHERE ${hour}
)
SELECT views.stream_id, DIV0(COUNT(*), MAX(everyone.n)) AS share FROM views CROSS JOIN everyone
WHERE viewed_at >= as_of() - INTERVAL '2 hours' GROUP BY views.stream_id`);

export const twoWindows = feature(
  `WITH recent AS (
  SELECT stream_id, COUNT(*) AS n FROM views WHERE ${hour} GROUP BY stream_id
), longer AS (
  SELECT stream_id, SUM(price) AS paid FROM views WHERE viewed_at >= as_of() - INTERVAL '2 hours' GROUP BY stream_id
)
SELECT longer.stream_id, recent.n, longer.paid FROM longer LEFT JOIN recent ON recent.stream_id = longer.stream_id`,
  'entity: stream_id\ndefaults: {n: 0}',
);

export const withStreams = `${sources}tables:
  streams:
    warehouse: raw.streams
    key: stream_id
    updated_at: updated_at
    columns: { stream_id: VARCHAR, title: VARCHAR, updated_at: TIMESTAMP_NTZ }
`;

export const withPings = `${sources}  pings:
    warehouse: raw.pings
    key: ping_id
    event_time: pinged_at
    columns: { ping_id: VARCHAR, pinged_at: TIMESTAMP_NTZ }
`;

export const perPing = feature(`WITH everyone AS (
  SELECT COUNT(*) AS n FROM pings WHERE pinged_at >= as_of() - INTERVAL '1 hour'
)
SELECT views.stream_id, DIV0(COUNT(*), MAX(everyone.n)) AS per_ping FROM views CROSS JOIN everyone WHERE ${hour} GROUP BY views.stream_id`);
