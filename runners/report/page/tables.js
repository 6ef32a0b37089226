/** Tables with headers that a screen reader finds, and bars for the eye. */
import { html, number, svg } from './dom.js';

/** @typedef {import('./dom.js').Child} Child */

/**
 * The first cell of a row is its header. `stacks`: on a phone a row is a card, for its last cells are what it is about.
 * @param {string} caption
 * @param {readonly { name: string, numeric?: boolean }[]} columns
 * @param {readonly (readonly Child[])[]} rows
 * @param {{ readonly stacks?: boolean }} [how]
 */
export function table(caption, columns, rows, { stacks = false } = {}) {
  const kind = (/** @type {number} */ i) => (columns[i]?.numeric ? 'number' : null);
  // What is laid out as cards is still a table to a screen reader.
  const role = (/** @type {string} */ name) => (stacks ? name : null);
  const cell = (/** @type {Child} */ child, /** @type {number} */ i) =>
    i === 0
      ? html('th', { scope: 'row', role: role('rowheader'), class: kind(i) }, child)
      : html('td', { role: role('cell'), class: kind(i), 'data-name': stacks ? columns[i]?.name : null }, child);
  return html(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
    html(
      'table',
      { role: role('table'), class: stacks ? 'stack' : null },
      html('caption', {}, caption),
      html(
        'thead',
        { role: role('rowgroup') },
        html(
          'tr',
          { role: role('row') },
          ...columns.map((c, i) => html('th', { scope: 'col', role: role('columnheader'), class: kind(i) }, c.name)),
        ),
      ),
      html('tbody', { role: role('rowgroup') }, ...rows.map((row) => html('tr', { role: role('row') }, ...row.map(cell)))),
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
