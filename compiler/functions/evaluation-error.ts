/** An expression has no value for these arguments: overflow, a division by zero, text that is no number. */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError';
}
