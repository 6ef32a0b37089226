/**
 * Delta debugging (Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input", 2002): of some items, few that
 * still show the failure. If `most` tests suffice, none of them can be left out.
 */
export async function minimise<T>(
  items: readonly T[],
  fails: (items: readonly T[]) => boolean | Promise<boolean>,
  most = 2000,
): Promise<readonly T[]> {
  let left = items;
  let parts = 2;
  let tests = 0;
  const test = async (some: readonly T[]): Promise<boolean> => {
    tests += 1;
    return tests <= most && (await fails(some));
  };
  if (await test([])) return [];
  while (left.length >= 2 && tests < most) {
    const chunks = split(left, parts);
    const alone = await first(chunks, test);
    if (alone !== undefined) {
      left = alone;
      parts = 2;
      continue;
    }
    const without = await first(
      chunks.map((_, i) => chunks.flatMap((chunk, j) => (i === j ? [] : chunk))),
      test,
    );
    if (without !== undefined) {
      left = without;
      parts = Math.max(2, parts - 1);
      continue;
    }
    if (parts >= left.length) break;
    parts = Math.min(left.length, parts * 2);
  }
  return left;
}

function split<T>(items: readonly T[], parts: number): readonly (readonly T[])[] {
  return Array.from({ length: parts }, (_, i) =>
    items.slice(Math.floor((i * items.length) / parts), Math.floor(((i + 1) * items.length) / parts)),
  ).filter((chunk) => chunk.length > 0);
}

async function first<T>(candidates: readonly T[], test: (candidate: T) => Promise<boolean>): Promise<T | undefined> {
  for (const candidate of candidates) if (await test(candidate)) return candidate;
  return undefined;
}
