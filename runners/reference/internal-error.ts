/** The checker let something through that it must not: a fault of Lockstep, not of the author. */
export class InternalError extends Error {
  override readonly name = 'InternalError';
}
