/** Which side's form Lockstep did not compile, in words. Pure. */
import { counted } from '../../compiler/counted.ts';

/** null: Lockstep compiled it, or nobody knows what answered. */
export interface ForeignForms {
  /** `rows`: points that were compared at which it has a row; unknown in a history. */
  readonly batch: { readonly file: string; readonly rows?: number } | null;
  readonly lambda: { readonly file: string } | null;
}

export const noForeign: ForeignForms = { batch: null, lambda: null };

/** One line a side. `samples`: points that were compared. */
export function foreignText({ batch, lambda }: ForeignForms, samples: number): readonly string[] {
  const lines: string[] = [];
  if (batch !== null) lines.push(`batch: values from table ${batch.file}, not compiled by Lockstep${rowsText(batch.rows, samples)}`);
  if (lambda !== null) lines.push(`lambda: SQL of ${lambda.file}, not compiled by Lockstep`);
  return lines;
}

function rowsText(rows: number | undefined, samples: number): string {
  return rows === undefined || rows === samples ? '' : `; it has a row at ${rows} of ${counted(samples, 'point')}`;
}

/** A table may not be a snapshot at all. `values`: that were compared, by outcome. */
export function missingRows(values: Readonly<Record<string, number>>, samples: number, { batch }: ForeignForms): string | null {
  const missing = values['missing_batch'] ?? 0;
  if (batch === null || missing === 0) return null;
  const outputs = Object.values(values).reduce((sum, n) => sum + n, 0) / Math.max(1, samples);
  return `the table has no row at ${counted(Math.round(missing / outputs), 'point')} where the definition finds one; if it answers other questions than a snapshot, name them with --spine`;
}

/** What forms that were written by hand have in common need not be what the feature says. */
export function agreedOtherwise(points: number, forms: ForeignForms): string | null {
  if (points === 0 || (forms.batch === null && forms.lambda === null)) return null;
  return `batch and the lambda agree with each other at ${counted(points, 'point')} where neither says what the definition says`;
}
