/** A witness on a line of time: each row at its event time, whose it is, the instant of the question, the edges of windows. */
import { exact, html, micros, picture, span, svg } from './dom.js';
import { table } from './tables.js';

/** @typedef {import('../model.ts').ShownWitness} Witness */
/** @typedef {import('../model.ts').WitnessRow} Row */
/** @typedef {import('../model.ts').Side} Side */

/** @type {Readonly<Record<Side, string>>} */
const words = {
  both: 'both',
  changed: 'changed in the stream',
  batch: 'batch only',
  stream: 'stream only',
  later: 'arrives later',
  never: 'no arrival noted',
};
/** @type {Readonly<Record<Side, string>>} */
const shapes = {
  both: 'M0-6a6 6 0 1 0 .01 0Z',
  changed: 'M0-7 7-2 4 6H-4L-7-2Z',
  batch: 'M-6-6H6V6H-6Z',
  stream: 'M0-7 7 6H-7Z',
  later: 'M0-7 7 0 0 7-7 0Z',
  never: 'M-6-3-3-6 0-3 3-6 6-3 3 0 6 3 3 6 0 3-3 6-6 3-3 0Z',
};

const mostRows = 16;
const lane = 40;

/**
 * @param {Witness} witness
 * @param {number} room
 */
export function timelinePicture(witness, room) {
  const width = Math.max(280, Math.min(820, room));
  const rows = witness.rows.filter((row) => row.at !== null).slice(0, mostRows);
  const asOf = micros(witness.asOf);
  const times = [
    asOf,
    ...rows.flatMap((row) =>
      [row.at, row.streamAt, row.side === 'later' ? row.arrivedAt : null].flatMap((t) => (t === null ? [] : [micros(t)])),
    ),
  ];
  const reach = Math.max(...times) - Math.min(...times);
  const edges = witness.edges.filter((e) => micros(e.at) >= Math.min(...times) - 2 * Math.max(reach, 60e6));
  const all = [...times, ...edges.map((e) => micros(e.at))];
  const [from, to] = [Math.min(...all), Math.max(...all)];
  const x = (/** @type {number} */ t) => 16 + ((width - 32) * (t - from)) / Math.max(1, to - from);
  const [top, foot] = [26, 22 + 16 * edges.length];
  const bottom = top + Math.max(1, rows.length) * lane;
  const anchor = (/** @type {number} */ at) => (at > width / 2 ? 'end' : 'start');
  return picture(
    {
      width,
      height: bottom + foot,
      title: `The rows that show it, before and after ${exact(witness.asOf)}`,
      description: rows
        .map((row) => `${row.source} at ${exact(row.at ?? '')}: ${words[row.side]}${row.change === null ? '' : `, ${row.change}`}`)
        .join('; '),
      class: 'timeline',
    },
    svg('rect', { x: x(asOf), y: top - 8, width: Math.max(0, width - x(asOf)), height: bottom - top + 8, class: 'after' }),
    ...edges.flatMap((edge, i) => {
      const at = x(micros(edge.at));
      return [
        svg('line', { x1: at, x2: at, y1: top - 8, y2: bottom + 6 + 16 * i, class: 'edge' }),
        svg('text', { x: at + (anchor(at) === 'end' ? -3 : 3), y: bottom + 16 + 16 * i, class: anchor(at) }, `edge: ${edge.label}`),
      ];
    }),
    svg('line', { x1: x(asOf), x2: x(asOf), y1: top - 8, y2: bottom, class: 'asof' }),
    svg('text', { x: x(asOf), y: 12, class: `strong ${anchor(x(asOf))}` }, 'as_of'),
    ...rows.flatMap((row, i) => laneOf(row, top + i * lane, x, anchor, asOf, width > 600)),
  );
}

/**
 * @param {Row} row
 * @param {number} y
 * @param {(time: number) => number} x
 * @param {(x: number) => string} anchor
 * @param {number} asOf
 * @param {boolean} roomy
 */
function laneOf(row, y, x, anchor, asOf, roomy) {
  const at = x(micros(row.at ?? ''));
  const arrival = row.side === 'later' && row.arrivedAt !== null ? x(micros(row.arrivedAt)) : null;
  const there = row.change !== null && row.streamAt !== null ? x(micros(row.streamAt)) : null;
  const middle = y + 24;
  const label = [row.source, roomy && row.change !== null ? row.change : words[row.side], before(micros(row.at ?? ''), asOf)];
  return [
    svg('line', { x1: 0, x2: '100%', y1: middle, y2: middle, class: 'grid' }),
    ...(arrival === null
      ? []
      : [
          svg('line', { x1: at, x2: arrival, y1: middle, y2: middle, class: 'way' }),
          svg('path', { d: `M${arrival - 7} ${middle - 5}L${arrival} ${middle}L${arrival - 7} ${middle + 5}`, class: 'way' }),
        ]),
    ...(there === null || Math.abs(there - at) < 4
      ? []
      : [
          svg('line', { x1: at, x2: there, y1: middle, y2: middle, class: 'change' }),
          svg('path', { d: shapes.stream, transform: `translate(${there} ${middle})`, class: 'mark side-stream' }),
        ]),
    svg('path', { d: shapes[row.side], transform: `translate(${at} ${middle})`, class: `mark side-${row.side}` }),
    svg('text', { x: at, y: y + 12, class: anchor(at) }, label.join(' · ')),
  ];
}

/**
 * @param {number} time
 * @param {number} asOf
 */
function before(time, asOf) {
  return time === asOf ? 'exactly at as_of' : `${span(asOf - time)} ${time < asOf ? 'before' : 'after'}`;
}

/** @param {Witness} witness */
export function witnessTable(witness) {
  const values = witness.rows.flatMap((row) => row.values);
  // What changed first: on a phone the others are out of sight.
  const names = [...new Set([...values.filter((v) => v.stream !== null), ...values].map((v) => v.name))];
  const changes = values.some((v) => v.stream !== null);
  return table(
    changes ? 'The same rows as a table; where a value changed: batch → stream' : 'The same rows as a table',
    [{ name: 'who has it' }, { name: 'source' }, ...names.map((name) => ({ name }))],
    witness.rows.map((row) => [
      words[row.side],
      row.source,
      ...names.map((name) => {
        const value = row.values.find((v) => v.name === name);
        if (value === undefined) return '';
        return value.stream === null
          ? exact(value.value)
          : html('mark', { class: 'changed' }, exact(value.value), ' → ', html('b', { class: 'other' }, exact(value.stream)));
      }),
    ]),
    { stacks: true },
  );
}

/** @param {Witness} witness */
export function witnessValues({ key, asOf, values }) {
  const same = values.filter((v) => v.same).map((v) => `${v.column} ${exact(v.batch)}`);
  return html(
    'div',
    {},
    table(
      `Both answers for ${key} at ${exact(asOf)}`,
      [{ name: 'output' }, { name: 'batch' }, { name: 'stream' }],
      values
        .filter((v) => !v.same)
        .map((v) => [v.column, html('code', {}, exact(v.batch)), html('code', { class: 'other' }, exact(v.stream))]),
      { stacks: true },
    ),
    same.length === 0 ? null : html('p', { class: 'quiet' }, `Alike on both sides: ${same.join(', ')}.`),
  );
}
