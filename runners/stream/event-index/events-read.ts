/** What the ways to read an event have in common: whose it is, and numbers for its texts. */

/** One event: of whom, and its numbers without totals, which are others when it is called again. */
export type Take = (key: string, numbers: Float64Array) => void;

/** A number for each text, the same for the same one. */
export function codeOf(text: string, codes: Map<string, number>): number {
  const known = codes.get(text);
  if (known !== undefined) return known;
  codes.set(text, codes.size);
  return codes.size - 1;
}

/** As the engine writes it: half of a surrogate pair is the same character whichever it was. */
export const asStored = (text: string): string => text.toWellFormed();

export function keyOf(parts: readonly string[]): string {
  return parts.length === 1 ? (parts[0] as string) : JSON.stringify(parts);
}
