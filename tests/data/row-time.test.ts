/** Which column of a row says when it counts from, and which when it came. */
import { expect, test } from 'vitest';
import type { Source } from '../../compiler/catalog.ts';
import { ingestPlace, rowTime, timePlace } from '../../runners/data/row-time.ts';
import { prepare } from '../support/forms.ts';

const sources = `streams:
  views:
    warehouse: raw.views
    key: view_id
    event_time: viewed_at
    ingest_time: seen_at
    columns: { view_id: VARCHAR, seen_at: TIMESTAMP_NTZ, viewed_at: TIMESTAMP_NTZ }
tables:
  rooms:
    warehouse: raw.rooms
    key: room_id
    updated_at: changed_at
    columns: { room_id: VARCHAR, opened_at: TIMESTAMP_NTZ, floor: "NUMBER(3,0)", changed_at: TIMESTAMP_NTZ }
`;
const feature =
  "/*---\nentity: view_id\n---*/\nSELECT view_id, COUNT(*) AS n FROM views WHERE viewed_at >= as_of() - INTERVAL '1 hour' GROUP BY view_id\n";
const { catalog } = prepare({ sources, feature });
const of = (name: string): Source => catalog.sources.find((s) => s.name === name) as Source;

test('of a stream its event time, of a table when the version was made', () => {
  expect([timePlace(of('views')), timePlace(of('rooms'))]).toEqual([2, 3]);
  expect(rowTime(of('views'))(['v1', 7n, 5n])).toBe(5n);
  expect(rowTime(of('rooms'))(['r1', 1n, 2n, null])).toBeUndefined();
});

test('a table does not say when its rows came', () => {
  expect([ingestPlace(of('views')), ingestPlace(of('rooms'))]).toEqual([1, -1]);
});
