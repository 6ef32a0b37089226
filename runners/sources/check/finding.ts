/** What `sources check` finds: each kind has a name that stays, and a severity. */

export type Severity = 'error' | 'warning' | 'note';

/** Errors: a run on this warehouse fails, or reads what is not meant. */
export const severities = {
  'relation-missing': 'error',
  'column-missing': 'error',
  'type-unfit': 'error',
  'values-unfit': 'error',
  'rows-quarantined': 'warning',
  'key-repeated': 'warning',
  'no-rows': 'warning',
  stale: 'warning',
  'ahead-of-clock': 'warning',
  'volume-unusual': 'warning',
  'value-new': 'warning',
  'literal-unseen': 'warning',
  'type-differs': 'note',
  'column-undeclared': 'note',
  copies: 'note',
  'too-many-values': 'note',
  'not-measured': 'note',
} as const satisfies Readonly<Record<string, Severity>>;

export type FindingCode = keyof typeof severities;

export interface AffectedFeature {
  readonly name: string;
  readonly owner: string | null;
}

export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly source: string;
  /** As it is declared; of an undeclared one as the warehouse has it; null: it is about the whole source. */
  readonly column: string | null;
  readonly message: string;
  /** Those that read the column, or where it is about the whole source those that read that; sorted. */
  readonly features: readonly AffectedFeature[];
}
