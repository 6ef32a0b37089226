/** A night on which the chats of the stream had coarser times than the warehouse: one feature is violated, two differ beside the sample. */
import type { FeatureReport, ReportedDifference } from '../../runners/parity/report.ts';
import { featureReport } from './runs.ts';

export const chat = (sentAt: string) => ({
  chat_id: 'c416',
  stream_id: 's14-3',
  user_id: '581661169',
  body: 'p-01503f9170',
  sent_at: sentAt,
  ingested_at: '2024-01-07T20:23:51.181708',
});

/** Of another week than the point it was found at. */
export const witness = {
  key: { user_id: '581661169' },
  asOf: '2024-01-07T21:03:00.000001',
  batch: { actions_24h: '1', last_action_at: '2024-01-07T20:23:49.080000' },
  stream: { actions_24h: '1', last_action_at: '2024-01-07T20:23:49.000000' },
  rekeyed: true,
  events: { chats: { batch: [chat('2024-01-07T20:23:49.080000')], stream: [chat('2024-01-07T20:23:49.000000')] } },
  example: '- name: "witness: timestamp_precision"\n',
  dbtUnitTest: null,
};

export const difference: ReportedDifference = {
  key: { user_id: 'masked 5aa08d173648' },
  asOf: '2026-03-01T21:03:00.000001',
  column: 'actions_24h',
  batch: '8',
  stream: '7',
  outcome: 'different',
  cause: 'timestamp_precision',
  among: ['timestamp_precision'],
  explained: false,
  proof: 'with the times of 115 events of chats as coarse as in the stream: then the reference says what the stream says',
  witness,
};

export const incident: FeatureReport['incidents'][number] = {
  cause: 'timestamp_precision',
  among: ['timestamp_precision'],
  explained: false,
  sources: ['chats'],
  from: '2026-03-01T19:46:05.916001',
  to: '2026-03-01T21:03:00.000001',
  points: 5,
  entities: 2,
};

const lateIncident: FeatureReport['incidents'][number] = { ...incident, cause: 'late', among: ['late'], explained: true, points: 1 };

export const deviation: FeatureReport['deviations'][number] = {
  source: 'chats',
  cause: 'timestamp_precision',
  what: 'have a coarser time in the stream',
  columns: ['sent_at'],
  rows: 115,
  of: 714,
  meanwhile: 419,
  dated: ['2026-03-01T19:05:00.000000', '2026-03-05T12:49:30.000000'],
  arrived: ['2026-03-01T19:08:17.066650', '2026-03-05T12:49:33.026247'],
  common: [],
};

/** The violated one, and those that are PROVEN, but not everywhere; without the names of owners, which the project has. */
export function coarse(feature: string, more: Partial<FeatureReport> = {}): FeatureReport {
  return featureReport(feature, {
    verdict: 'PROVEN',
    upperBound: 0,
    census: true,
    mismatches: 6,
    explained: 1,
    unexplained: 5,
    causes: { late: 1, timestamp_precision: 5 },
    incidents: [incident, lateIncident],
    deviations: [deviation],
    differences: [difference],
    ...more,
  });
}
