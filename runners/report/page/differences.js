/** Differences in the order in which they deserve a look, each with what was shown of it. */
import { exact, html, number } from './dom.js';
import { table } from './tables.js';
import { timelinePicture, witnessTable, witnessValues } from './timeline.js';

/** @typedef {import('../model.ts').ShownPoint} Point */
/** @typedef {import('../model.ts').ShownWitness} Witness */

/**
 * @param {readonly Point[]} differences
 * @param {number} omitted
 * @param {{ readonly run: string, readonly feature: string }} of
 * @param {number} room
 */
export function differenceList(differences, omitted, of, room) {
  if (differences.length === 0) return html('p', {}, 'None.');
  const items = differences.map((d) => item(d, room));
  const list = html('ol', { class: 'differences' }, ...items.slice(0, 10));
  const rest = items.slice(10);
  if (rest.length === 0) return html('div', {}, list, omittedText(omitted, of));
  const more = html(
    'button',
    {
      type: 'button',
      click: () => {
        list.append(...rest);
        more.remove();
        rest[0]?.querySelector('summary')?.focus();
      },
    },
    `Show ${rest.length} more`,
  );
  return html('div', {}, list, html('p', {}, more), omittedText(omitted, of));
}

/**
 * @param {number} omitted
 * @param {{ readonly run: string, readonly feature: string }} of
 */
function omittedText(omitted, { run, feature }) {
  if (omitted === 0) return null;
  const quoted = (/** @type {string} */ text) => `'${text.replaceAll("'", "''")}'`;
  return html(
    'p',
    { class: 'quiet' },
    `${number(omitted)} more ${omitted === 1 ? 'point differs' : 'points differ'}. The first 1,000 values, and all with a witness, are in what `,
    html('code', {}, 'lockstep parity --format json'),
    ' prints, and in the history: ',
    html('code', {}, `SELECT * FROM differences WHERE run_id = ${quoted(run)} AND feature = ${quoted(feature)}`),
  );
}

/**
 * @param {Point} d
 * @param {number} room
 */
function item(d, room) {
  const [first] = d.outputs;
  const others = d.outputs.length - 1;
  const body = html('div', { class: 'body' });
  const details = html(
    'details',
    {
      toggle: () => {
        if (details.open && body.childElementCount === 0) body.append(...evidence(d, room));
      },
    },
    html(
      'summary',
      {},
      html('span', { class: 'what' }, html('b', {}, d.key), ' at ', exact(d.asOf)),
      ' ',
      first === undefined
        ? null
        : html(
            'span',
            { class: 'values' },
            html('code', {}, first.column),
            ': batch ',
            html('code', {}, exact(first.batch)),
            ` ≠ ${d.against} `,
            html('code', { class: 'other' }, exact(first.value)),
            others === 0 ? null : `, and ${others} more ${others === 1 ? 'output' : 'outputs'}`,
          ),
      ' ',
      html(
        'span',
        { class: 'tags' },
        tag(d.cause, d.explained ? 'explained' : 'open'),
        d.witness === null ? null : tag('witness', 'plain'),
      ),
    ),
    body,
  );
  return html('li', {}, details);
}

/**
 * @param {string} text
 * @param {'explained' | 'open' | 'plain'} kind
 */
function tag(text, kind) {
  return html('span', { class: `tag ${kind}` }, kind === 'explained' ? `${text}, explained` : text);
}

/**
 * @param {Point} d
 * @param {number} room
 */
function evidence(d, room) {
  const all =
    d.outputs.length === 1
      ? null
      : table(
          'All outputs that differ at this point',
          [{ name: 'output' }, { name: 'batch' }, { name: d.against }],
          d.outputs.map((o) => [o.column, html('code', {}, exact(o.batch)), html('code', { class: 'other' }, exact(o.value))]),
          { stacks: true },
        );
  const proof = html('p', {}, d.proof === '' ? 'No cause was proven.' : d.proof);
  return [all, proof, ...(d.witness === null ? [] : witnessParts(d.witness, room))].filter((part) => part !== null);
}

/**
 * @param {Witness} witness
 * @param {number} room
 */
function witnessParts(witness, room) {
  return [
    html('h5', {}, `Witness: ${witness.rows.length === 1 ? 'one row shows' : `${witness.rows.length} rows show`} it`),
    ...witness.notes.map((text) => html('p', { class: 'quiet' }, text)),
    ...witness.rows.flatMap((row) =>
      row.change === null
        ? []
        : [html('p', { class: 'change' }, `Changed on its way to the stream: ${row.source}, `, html('code', {}, row.change))],
    ),
    witnessValues(witness),
    witness.rows.some((row) => row.at !== null) ? html('div', { class: 'figure' }, timelinePicture(witness, room - 32)) : null,
    witness.rows.length === 0 ? html('p', {}, 'It differs without any row.') : witnessTable(witness),
    copyable('Example for the header', witness.example),
    witness.dbtUnitTest === null ? null : copyable('Unit test for dbt', witness.dbtUnitTest),
  ].filter((part) => part !== null);
}

/**
 * @param {string} title
 * @param {string} text
 */
export function copyable(title, text) {
  const said = html('span', { role: 'status', class: 'quiet' });
  const code = html('pre', { tabindex: 0, role: 'region', 'aria-label': title }, html('code', {}, text));
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      said.textContent = 'copied';
    } catch {
      // Where the browser does not allow it: selected, for the keyboard.
      getSelection()?.selectAllChildren(code);
      said.textContent = 'selected: copy it';
    }
  };
  return html(
    'details',
    { class: 'copyable' },
    html('summary', {}, title),
    html('p', {}, html('button', { type: 'button', click: () => void copy() }, `Copy: ${title.toLowerCase()}`), ' ', said),
    code,
  );
}
