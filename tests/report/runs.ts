/** Runs as parity reports them, with names and values that want to be more than data. */

import type { NotCompared, ReportedRun } from '../../runners/history/run.ts';
import type { FeatureReport } from '../../runners/parity/report.ts';

export const hostile = `</script><script>alert(1)</script><!-- ' " \u2028 \u2029 \u0000 {{x}} ; DROP TABLE runs --`;

const witness = {
  key: { stream_id: hostile },
  asOf: '2026-01-01T11:10:00.000000',
  batch: { views: '2', label: hostile },
  stream: { views: '1', label: null },
  rekeyed: false,
  events: {
    views: {
      batch: [
        { view_id: 'v1', stream_id: hostile, viewed_at: '2026-01-01T11:00:00.000000', got_at: '2026-01-01T11:00:01.000000' },
        { view_id: 'v2', stream_id: hostile, viewed_at: '2026-01-01T11:05:00.000000', got_at: '2026-01-01T11:20:00.000000' },
      ],
      stream: [
        { view_id: 'v1', stream_id: hostile, viewed_at: '2026-01-01T11:00:00.000000', got_at: '2026-01-01T11:00:01.000000' },
        { view_id: 'v2', stream_id: hostile, viewed_at: '2026-01-01T11:05:00.000000', got_at: '2026-01-01T11:20:00.000000' },
      ],
    },
  },
  example: '- name: "witness: late"\n',
  dbtUnitTest: null,
};

export function featureReport(feature: string, more: Partial<FeatureReport> = {}): FeatureReport {
  return {
    feature,
    version: 'aaaabbbbccccdddd',
    batchVersion: 'aaaabbbbccccdddd',
    lambdaVersion: 'aaaabbbbccccdddd',
    lambda: 'compiled',
    mode: 'replay',
    verdict: 'UNDECIDED',
    population: 'sample of 10 of 100 entities at 5 instants and after events of their own',
    census: false,
    populationSize: 100,
    drawn: 10,
    samples: 57,
    mismatches: 1,
    referencePoints: 50,
    referenceMismatches: 0,
    target: 0.001,
    confidence: 0.95,
    latenessBudget: 1,
    bias: [],
    upperBound: 0.0123456789012345,
    moreNeeded: 42,
    outcomes: { equal: 113, different: 0, missing_batch: 0, missing_stream: 0, null_vs_value: 1, default: 0, error: 0, timeout: 0 },
    causes: { late: 1 },
    explained: 1,
    unexplained: 0,
    strata: [
      { where: 'sample', entities: 10, points: 50, mismatches: 0 },
      { where: 'fixed panel', entities: 5, points: 25, mismatches: 0 },
    ],
    deviations: [
      {
        source: 'views',
        cause: 'late',
        what: 'reached the stream at another time than the warehouse has noted',
        columns: ['got_at'],
        rows: 1,
        of: 2,
        meanwhile: 1,
        dated: ['2026-01-01T11:05:00.000000', '2026-01-01T11:05:00.000000'],
        arrived: null,
        common: [{ column: 'view_id', values: ['v2', hostile, null] }],
      },
    ],
    incidents: [
      {
        cause: 'late',
        among: ['late'],
        explained: true,
        sources: ['views'],
        from: '2026-01-01T11:10:00.000000',
        to: '2026-01-01T11:10:00.000000',
        points: 1,
        entities: 1,
      },
    ],
    freshness: [
      { lag: '0 s', seconds: 0, mismatches: 1, share: 1 / 57 },
      { lag: '1 h', seconds: 3600, mismatches: 0, share: 0 },
    ],
    differences: [
      {
        key: { stream_id: hostile },
        asOf: '2026-01-01T11:10:00.000000',
        column: 'label',
        batch: hostile,
        stream: null,
        outcome: 'null_vs_value',
        cause: 'late',
        among: ['late'],
        explained: true,
        proof: hostile,
        witness,
      },
      {
        key: { stream_id: 's2' },
        asOf: '2026-01-01T11:20:00.000001',
        column: 'views',
        batch: '3',
        reference: '2',
        outcome: 'different',
        cause: 'unknown',
        among: [],
        explained: false,
        proof: '',
        witness: null,
      },
    ],
    artifacts: [{ kind: 'lambda', sha256: 'f'.repeat(64) }],
    ...more,
  };
}

export function reportedRun(
  id: string,
  startedAt: string,
  features: readonly FeatureReport[] = [featureReport('viewers')],
  errors: readonly NotCompared[] = [],
): ReportedRun {
  return {
    run: {
      id,
      startedAt,
      finishedAt: startedAt,
      mode: 'replay',
      seed: hostile,
      target: 0.001,
      confidence: 0.95,
      lockstep: '0.1.0',
      batchEngine: 'duckdb v1.5.6',
      streamEngine: 'duckdb v1.5.6',
      raw: false,
      options: { mode: 'replay', batch: hostile },
    },
    features,
    errors,
  };
}
