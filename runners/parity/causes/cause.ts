/** Why two forms differ at a point, and how that was shown. */

/** Ids are permanent: people count by them. */
export type CauseId =
  | 'late'
  | 'lost'
  | 'duplicate'
  | 'out_of_order'
  | 'boundary'
  | 'clock_offset'
  | 'time_zone'
  | 'timestamp_precision'
  | 'empty_default'
  | 'division_scale'
  | 'rounding'
  | 'float_order'
  | 'type_coercion'
  | 'stale_table'
  | 'missed_delete'
  | 'stream_gap'
  | 'version_skew'
  | 'tampered_artifact'
  | 'engine_bug'
  | 'ambiguous'
  | 'evidence_incomplete'
  | 'unknown';

export interface Cause {
  readonly id: CauseId;
  /** Part of what a stream cannot know: reported, and not held against the forms. */
  readonly explained: boolean;
  /** Whatever it was given, a form does not say what it should. */
  readonly form: boolean;
  /** What was changed, and what the reference said then. */
  readonly proof: string;
  /** All that were needed together; where any of several would do, all of them. */
  readonly among: readonly CauseId[];
}

export const unknownCause: Cause = { id: 'unknown', explained: false, form: false, proof: '', among: [] };
