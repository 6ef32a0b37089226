/** Verdicts: a word, a shape and a colour, so that none of them is needed alone. */
import { html, svg } from './dom.js';

/** @typedef {import('../model.ts').Verdict} Verdict */

/** @type {Readonly<Record<Verdict, string>>} */
const shapes = {
  PROVEN: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Z',
  VIOLATED: 'M8 1 16 15H0Z',
  UNDECIDED: 'M8 0 16 8 8 16 0 8Z',
};
/** @type {Readonly<Record<Verdict, string>>} */
const signs = { PROVEN: 'M4.5 8.2 7 10.7l4.5-5', VIOLATED: 'M8 5.5v4.7M8 12v1.3', UNDECIDED: 'M5 8h6' };

/** A tick that leaves something out. */
const butSign = 'M4 7.8 6.3 10l2.6-3M11.6 4.5v4M11.6 10.6v1.3';

/**
 * @param {Verdict} verdict
 * @param {boolean} notEverywhere
 */
const kind = (verdict, notEverywhere) => (notEverywhere ? 'is-not-everywhere' : `is-${verdict.toLowerCase()}`);

/**
 * @param {Verdict} verdict
 * @param {number} x of its middle
 * @param {number} y
 * @param {number} size
 * @param {boolean} notEverywhere
 */
export function verdictShape(verdict, x, y, size, notEverywhere) {
  const place = `translate(${x - size / 2} ${y - size / 2}) scale(${size / 16})`;
  return svg(
    'g',
    { transform: place, class: kind(verdict, notEverywhere) },
    svg('path', { d: shapes[verdict], class: 'shape' }),
    svg('path', { d: notEverywhere ? butSign : signs[verdict], class: 'sign' }),
  );
}

/**
 * @param {Verdict} verdict
 * @param {boolean} [notEverywhere] PROVEN, and yet something differs
 */
export function verdictMark(verdict, notEverywhere = false) {
  const icon = svg(
    'svg',
    { viewBox: '0 0 16 16', width: 16, height: 16, 'aria-hidden': 'true' },
    verdictShape(verdict, 8, 8, 16, notEverywhere),
  );
  return html('span', { class: `verdict ${kind(verdict, notEverywhere)}` }, icon, verdict);
}

/**
 * A night as a small square; hollow where nothing was compared.
 * @param {Verdict | null} verdict
 * @param {boolean} notEverywhere
 * @param {number} x of its left side
 * @param {string} title
 */
export function nightSquare(verdict, notEverywhere, x, title) {
  const place = { x: 1, y: 1, width: 14, height: 14, rx: 2 };
  const said = svg('title', {}, title);
  if (verdict === null) return svg('g', { transform: `translate(${x} 0)` }, said, svg('rect', { ...place, class: 'empty' }));
  return svg(
    'g',
    { transform: `translate(${x} 0)`, class: kind(verdict, notEverywhere) },
    said,
    svg('rect', { ...place, class: 'shape' }),
    svg('path', { d: notEverywhere ? butSign : signs[verdict], class: 'sign' }),
  );
}
