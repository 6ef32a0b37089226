/** Whether a version is to blame, and not the rows. Pure. */
import type { CauseId } from '../parity/causes/cause.ts';
import type { Evidence } from './evidence.ts';

/** Of what a version computes. Whatever else differs, rows most of all, an older version would be as wrong. */
const causesOfVersion: ReadonlySet<string> = new Set<CauseId>([
  'boundary',
  'division_scale',
  'empty_default',
  'engine_bug',
  'float_order',
  'out_of_order',
  'rounding',
  'tampered_artifact',
]);

export const isOfVersion = ({ causes }: Evidence): boolean => Object.keys(causes).some((cause) => causesOfVersion.has(cause));
