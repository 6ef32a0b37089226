/** A small project that is right in every part, for tests that make one part of it wrong. */
import { type Files, folderWith } from '../support/cli.ts';

export const sources = `streams:
  views:
    warehouse: raw.views
    key: view_id
    event_time: viewed_at
    columns: { view_id: VARCHAR, stream_id: VARCHAR, user_id: VARCHAR, price: NUMBER(10,2), weight: FLOAT, viewed_at: TIMESTAMP_NTZ }
`;

export const viewers = `/*---
entity: stream_id
---*/
SELECT stream_id, COUNT(*) AS views, SUM(price) AS paid
FROM views
WHERE viewed_at >= as_of() - INTERVAL '1 hour'
GROUP BY stream_id
`;

export const event = (more: object = {}): string =>
  `${JSON.stringify({ view_id: 'v1', stream_id: 's1', user_id: 'u1', price: 2.5, weight: 0.5, viewed_at: '2026-01-01T11:59:00', ...more })}\n`;

export const good: Files = {
  'lockstep.yml': 'name: small\n',
  'transforms/sources.yml': sources,
  'transforms/features/viewers.sql': viewers,
  'events/views.ndjson': event(),
  'spine.ndjson': '{"stream_id":"s1","as_of":"2026-01-01T12:00:00"}\n',
};

/** The good project with some files replaced. */
export function project(files: Files = {}): Promise<string> {
  return folderWith({ ...good, ...files });
}

export const feature = (sql: string, header = 'entity: stream_id'): string => `/*---\n${header}\n---*/\n${sql}\n`;

export const queryArguments = (folder: string, name = 'viewers'): string[] => [
  'query',
  name,
  '--project',
  folder,
  '--events',
  `${folder}/events`,
  '--spine',
  `${folder}/spine.ndjson`,
];
