/** `0.1%`, `0.001` or `1e-3`: a share of one. */

/** More than 0 and less than 1, or these `ends` too; undefined for anything else. */
export function parseShare(text: string, { ends }: { readonly ends: boolean }): number | undefined {
  const found = /^\s*(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*(%?)\s*$/.exec(text);
  const share = found === null ? Number.NaN : Number(found[1]) / (found[2] === '%' ? 100 : 1);
  return (share > 0 && share < 1) || (ends && (share === 0 || share === 1)) ? share : undefined;
}
