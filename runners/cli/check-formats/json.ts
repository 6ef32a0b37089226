/** A check for programs. */
import type { CheckResult } from '../../check/result.ts';

export function checkJson({ ok, findings, features, seed, since }: CheckResult): string {
  return JSON.stringify({ ok, diagnostics: findings, ...(since === null ? {} : { since }), seed, features }, null, 2);
}
