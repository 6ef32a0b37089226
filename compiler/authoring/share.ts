/** `0.1%` or `0.001`: a share of one. */

/** More than 0, and less than 1, or at most 1 where `whole` is allowed; undefined for anything else. */
export function parseShare(text: string, { whole }: { readonly whole: boolean }): number | undefined {
  const found = /^\s*(\d+(?:\.\d+)?)\s*(%?)\s*$/.exec(text);
  const share = found === null ? Number.NaN : Number(found[1]) / (found[2] === '%' ? 100 : 1);
  return share > 0 && (share < 1 || (whole && share === 1)) ? share : undefined;
}
