/** Why two forms differ at a point, and how that was shown. */

/** Ids are permanent: people count by them. */
export type CauseId = 'late' | 'lost' | 'tampered_artifact' | 'engine_bug' | 'ambiguous' | 'evidence_incomplete' | 'unknown';

export interface Cause {
  readonly id: CauseId;
  /** Part of what a stream cannot know: reported, and not held against the forms. */
  readonly explained: boolean;
  /** What was changed, and what the reference said then. */
  readonly proof: string;
  /** Where several changes would do: all of them. */
  readonly among: readonly CauseId[];
}

export const unknownCause: Cause = { id: 'unknown', explained: false, proof: '', among: [] };
