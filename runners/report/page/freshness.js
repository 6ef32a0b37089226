/** How fresh a feature really is: what would still differ if each answer had been given later. */
import { picture, svg } from './dom.js';
import { table } from './tables.js';

/** @typedef {import('../model.ts').Latest['freshness']} Freshness */

/** @param {number} share */
const percent = (share) => (share === 0 ? '0 %' : `${Number((share * 100).toPrecision(2))} %`);

/**
 * @param {Freshness} freshness
 * @param {number} room
 */
export function freshnessPicture(freshness, room) {
  const width = Math.max(280, Math.min(760, room));
  const [left, top, bottom, tall] = [52, 14, 130, 160];
  const most = Math.max(...freshness.map((f) => f.share), 1e-9);
  // From one second on the scale is logarithmic; no delay at all stands before it.
  const longest = Math.log10(Math.max(10, ...freshness.map((f) => f.seconds)));
  const x = (/** @type {number} */ seconds) =>
    left + 12 + (width - left - 34) * (seconds < 1 ? 0 : 0.08 + (0.92 * Math.log10(seconds)) / longest);
  const y = (/** @type {number} */ share) => bottom - ((bottom - top) * share) / most;
  const steps = freshness.map((f, i) => (i === 0 ? `M${x(f.seconds)} ${y(f.share)}` : `H${x(f.seconds)}V${y(f.share)}`)).join('');
  let written = -100;
  /** Labels that would touch the one before are left to the table. */
  const fits = (/** @type {number} */ at) => {
    if (at - written < 40) return false;
    written = at;
    return true;
  };
  const [first, last] = [freshness[0], freshness.at(-1)];
  return picture(
    {
      width,
      height: tall,
      title: 'Share of answers that would still differ, by how much later they are given',
      description: `${percent(first?.share ?? 0)} at ${first?.lag ?? ''}, ${percent(last?.share ?? 0)} at ${last?.lag ?? ''}; the table below has each step.`,
      class: 'freshness',
    },
    ...[0, most / 2, most].flatMap((share) => [
      svg('line', { x1: left, x2: width, y1: y(share), y2: y(share), class: 'grid' }),
      svg('text', { x: left - 6, y: y(share) + 4, class: 'end' }, percent(share)),
    ]),
    svg('path', { d: steps, class: 'line' }),
    ...freshness.flatMap((f) => [
      svg('circle', { cx: x(f.seconds), cy: y(f.share), r: 4, class: 'dot' }),
      fits(x(f.seconds)) ? svg('text', { x: x(f.seconds), y: bottom + 20, class: 'middle' }, f.lag) : null,
    ]),
  );
}

/** @param {Freshness} freshness */
export function freshnessTable(freshness) {
  return table(
    'If each answer had been given later',
    [{ name: 'later by' }, { name: 'points that would still differ', numeric: true }, { name: 'share', numeric: true }],
    freshness.map((f) => [f.lag, f.mismatches.toLocaleString('en-US'), percent(f.share)]),
  );
}
