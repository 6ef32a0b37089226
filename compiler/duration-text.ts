/** A length of time in the largest unit that it is a whole number of. */

export function durationText(microseconds: bigint): string {
  const units: readonly (readonly [bigint, string])[] = [
    [86_400_000_000n, 'day'],
    [3_600_000_000n, 'hour'],
    [60_000_000n, 'minute'],
    [1_000_000n, 'second'],
    [1_000n, 'millisecond'],
  ];
  const [size, unit] = units.find(([u]) => microseconds % u === 0n && microseconds >= u) ?? [1n, 'microsecond'];
  const count = microseconds / size;
  return `${count} ${unit}${count === 1n ? '' : 's'}`;
}
