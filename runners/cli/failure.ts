/** What went wrong, as people read it. */
import { EvaluationError } from '../../compiler/functions/evaluation-error.ts';
import { DataError } from '../data/data-error.ts';
import { EngineError } from '../engines/engine.ts';
import { UsageError } from '../usage-error.ts';

export interface Failure {
  readonly message: string;
  readonly hint: string | undefined;
  /** Who failed, where the message is not Lockstep's own and may hold values; null: it is, and holds none. */
  readonly who: string | null;
}

export function failureOf(thrown: unknown): Failure {
  const of = (message: string, who: string | null, hint?: string): Failure => ({ message, hint, who });
  if (thrown instanceof UsageError) return of(thrown.message, null, thrown.hint);
  if (thrown instanceof DataError) return of(thrown.message, null, thrown.hint);
  if (isSystemError(thrown)) return of(thrown.message, null);
  if (thrown instanceof EngineError) return of(`${thrown.engine} failed: ${thrown.message}`, `${thrown.engine} failed`, thrown.hint);
  if (thrown instanceof EvaluationError) return of(`a value cannot be computed: ${thrown.message}`, 'a value cannot be computed');
  const bug = 'this is a bug in Lockstep';
  return of(`${bug}: ${thrown instanceof Error ? thrown.message : String(thrown)}`, bug);
}

function isSystemError(thrown: unknown): thrown is NodeJS.ErrnoException {
  return (
    thrown instanceof Error &&
    typeof (thrown as NodeJS.ErrnoException).code === 'string' &&
    typeof (thrown as NodeJS.ErrnoException).syscall === 'string'
  );
}

/** For those who look for a bug. */
export function stackOf(thrown: unknown): string | undefined {
  const isKnown = thrown instanceof UsageError || thrown instanceof DataError || thrown instanceof EngineError;
  if (isKnown || thrown instanceof EvaluationError || isSystemError(thrown)) return undefined;
  return process.env['LOCKSTEP_DEBUG'] !== undefined && thrown instanceof Error ? (thrown.stack ?? '') : undefined;
}
