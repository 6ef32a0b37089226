/** Tables with headers that a screen reader finds, and bars for the eye. */
import { html, number, svg } from './dom.js';

/** @typedef {import('./dom.js').Child} Child */

/**
 * The first cell of a row is its header.
 * @param {string} caption
 * @param {readonly { name: string, numeric?: boolean }[]} columns
 * @param {readonly (readonly Child[])[]} rows
 */
export function table(caption, columns, rows) {
  const kind = (/** @type {number} */ i) => (columns[i]?.numeric ? 'number' : null);
  return html(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
    html(
      'table',
      {},
      html('caption', {}, caption),
      html('thead', {}, html('tr', {}, ...columns.map((c, i) => html('th', { scope: 'col', class: kind(i) }, c.name)))),
      html(
        'tbody',
        {},
        ...rows.map((row) =>
          html(
            'tr',
            {},
            ...row.map((cell, i) => (i === 0 ? html('th', { scope: 'row', class: kind(i) }, cell) : html('td', { class: kind(i) }, cell))),
          ),
        ),
      ),
    ),
  );
}

/**
 * A share as a bar; what is there at all can be seen.
 * @param {number} part
 * @param {number} whole
 * @param {string} kind a class: fine, bad, plain
 */
export function bar(part, whole, kind) {
  const width = whole === 0 || part === 0 ? 0 : Math.max(2, (100 * part) / whole);
  return svg(
    'svg',
    { class: 'bar', viewBox: '0 0 100 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    svg('rect', { class: 'rail', width: 100, height: 10 }),
    svg('rect', { class: kind, width, height: 10 }),
  );
}

/**
 * @param {readonly { name: string, count: number }[]} outcomes
 */
export function outcomesTable(outcomes) {
  const all = outcomes.reduce((sum, o) => sum + o.count, 0);
  return table(
    'How values compared',
    [{ name: 'outcome' }, { name: 'values', numeric: true }, { name: 'share' }],
    outcomes
      .filter((o) => o.count > 0 || o.name === 'equal')
      .map((o) => [o.name.replaceAll('_', ' '), number(o.count), bar(o.count, all, o.name === 'equal' ? 'fine' : 'bad')]),
  );
}

/**
 * @param {import('../model.ts').Latest['strata']} strata
 */
export function strataTable(strata) {
  return table(
    'Where was looked: only the sample enters the bound',
    [
      { name: 'place' },
      { name: 'entities', numeric: true },
      { name: 'points', numeric: true },
      { name: 'mismatch', numeric: true },
      { name: 'share that mismatches' },
    ],
    strata.map((s) => [s.where, number(s.entities), number(s.points), number(s.mismatches), bar(s.mismatches, s.points, 'bad')]),
  );
}
