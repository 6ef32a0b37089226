/** A check for programs. */
import type { CheckResult } from '../../check/result.ts';

export function checkJson({ ok, findings, features, seed, profiles, since }: CheckResult): string {
  return JSON.stringify({ ok, diagnostics: findings, ...(since === null ? {} : { since }), seed, profiles, features }, null, 2);
}
