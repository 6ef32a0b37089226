/** The sources of the tests of the lift, and short ways to write their rows. */
import type { JsonRow } from '../support/json-rows.ts';

export const sources = `streams:
  chats:
    warehouse: raw.chats
    key: chat_id
    event_time: sent_at
    ingest_time: ingested_at
    columns: { chat_id: VARCHAR, stream_id: VARCHAR, user_id: VARCHAR, stars: NUMBER(9,0), sent_at: TIMESTAMP_NTZ, ingested_at: TIMESTAMP_NTZ }
  gifts:
    warehouse: raw.gifts
    key: gift_id
    event_time: given_at
    columns: { gift_id: VARCHAR, stream_id: VARCHAR, user_id: VARCHAR, amount: NUMBER(10,2), given_at: TIMESTAMP_NTZ }
tables:
  sellers:
    warehouse: raw.sellers
    key: seller_id
    updated_at: updated_at
    version_by: lsn
    deleted: is_deleted
    columns: { seller_id: VARCHAR, country: VARCHAR, lsn: NUMBER(9,0), updated_at: TIMESTAMP_NTZ, is_deleted: BOOLEAN }
`;

export const feature = (header: string, sql: string): string => `/*---\n${header}\n---*/\n${sql}\n`;

/** 12:00 and so many seconds, to the microsecond. */
export function at(seconds: number): string {
  return new Date(Date.UTC(2026, 0, 5, 12, 0, 0) + Math.round(seconds * 1000)).toISOString().replace(/Z$/, '000');
}

/** One microsecond later or earlier. */
export function nudge(instant: string, microseconds: number): string {
  const inSecond = Number(instant.slice(20)) + microseconds;
  const carried = Math.floor(inSecond / 1_000_000);
  const second = new Date(Date.parse(`${instant.slice(0, 19)}Z`) + carried * 1000).toISOString().slice(0, 19);
  return `${second}.${String(inSecond - carried * 1_000_000).padStart(6, '0')}`;
}

export const minute = 60;
export const hour = 3600;

export function chat(chat_id: string, stream_id: string | null, user_id: string | null, sent_at: string, more: JsonRow = {}): JsonRow {
  return { chat_id, stream_id, user_id, sent_at, ...more };
}

export function gift(gift_id: string, stream_id: string, user_id: string | null, amount: string | null, given_at: string): JsonRow {
  return { gift_id, stream_id, user_id, amount, given_at };
}
