/** Profiles as a run would write them. */
import type { BatchProfile, Profile, SourceRead } from '../../runners/profile/profile.ts';

export const source = (more: Partial<SourceRead> = {}): SourceRead => ({
  name: 'views',
  kind: 'stream',
  lookback: '3600000000',
  byEntity: true,
  scans: 1,
  scanned: 100,
  inWindow: 60,
  needed: 40,
  ...more,
});

/** Nothing stands out in it. */
export const batch = (more: Partial<BatchProfile> = {}): BatchProfile => ({
  entities: 1,
  requests: 200,
  p50: 1,
  p99: 2,
  profiled: 10,
  stages: { plan: 0.2, scan: 0.2, join: 0.2, aggregate: 0.2, window: 0.1, rest: 0.1 },
  sources: [source()],
  ...more,
});

export const profile = (more: Partial<Profile> = {}): Profile => ({
  formatVersion: 1,
  kind: 'profile',
  feature: 'viewers',
  version: 'aaaaaaaaaaaaaaaa',
  sqlSha256: 'bbbb',
  measuredAt: '2026-01-01T12:00:00',
  machine: { cores: 2, engine: 'duckdb 1.5.6', threads: 1 },
  data: { asOf: '2026-01-01T12:00:00.000000', entities: { asked: 100, found: 5000 }, sources: [{ name: 'views', rows: 1000 }] },
  batches: [batch()],
  ...more,
});
