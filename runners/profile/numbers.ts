/** Numbers as they are said: no more digits than a measurement has. */

/** Two digits that count. */
export function milliseconds(ms: number): string {
  return `${bare(ms)} ms`;
}

export function bare(ms: number): string {
  return ms === 0 ? '0' : decimals(Number(ms.toPrecision(2)));
}

export function percent(part: number, whole: number): string {
  return `${whole === 0 ? 0 : Math.round((100 * part) / whole)} %`;
}

export function decimals(n: number): string {
  return n.toLocaleString('en-US', { maximumFractionDigits: 6 });
}
