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

/**
 * @param {Verdict} verdict
 * @param {number} x of its middle
 * @param {number} y
 * @param {number} size
 */
export function verdictShape(verdict, x, y, size) {
  const place = `translate(${x - size / 2} ${y - size / 2}) scale(${size / 16})`;
  return svg(
    'g',
    { transform: place, class: `is-${verdict.toLowerCase()}` },
    svg('path', { d: shapes[verdict], class: 'shape' }),
    svg('path', { d: signs[verdict], class: 'sign' }),
  );
}

/** @param {Verdict} verdict */
export function verdictMark(verdict) {
  const icon = svg('svg', { viewBox: '0 0 16 16', width: 16, height: 16, 'aria-hidden': 'true' }, verdictShape(verdict, 8, 8, 16));
  return html('span', { class: `verdict is-${verdict.toLowerCase()}` }, icon, verdict);
}
