/** A window function with IGNORE NULLS is a row of its own: it has another meaning, and another SQL. */
export function ignoringNulls(name: string): string {
  return `${name} IGNORE NULLS`;
}
