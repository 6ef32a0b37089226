/** The bound of a feature over its nights: how many points can mismatch at most, on a logarithmic scale, against the target. */
import { html, picture, svg } from './dom.js';
import { verdictShape } from './marks.js';
import { table } from './tables.js';

/** @typedef {import('../model.ts').Night} Night */
/** @typedef {import('../model.ts').ReportData} ReportData */

const lowest = 1e-5;

/**
 * @param {number} share
 * @param {number} top
 * @param {number} bottom
 */
function height(share, top, bottom) {
  const exponent = Math.log10(Math.min(1, Math.max(lowest, share)));
  return top + ((bottom - top) * exponent) / Math.log10(lowest);
}

/** @param {Night} night */
const at = (night) => night.upperBound ?? 1;

/**
 * In a row of the list.
 * @param {readonly Night[]} nights
 */
export function smallNights(nights) {
  const shown = nights.slice(-14);
  const [width, top, bottom] = [132, 8, 31];
  const x = (/** @type {number} */ i) => width - 10 - (shown.length - 1 - i) * Math.min(24, 112 / Math.max(1, shown.length - 1));
  const last = shown.at(-1);
  const target = height(last?.target ?? 0.001, top, bottom);
  const title = `${last?.bound ?? 'nothing compared'} in the last of ${nights.length === 1 ? 'one night' : `${nights.length} nights`}`;
  const path = shown.map((n, i) => `${i === 0 ? 'M' : 'L'}${x(i)} ${height(at(n), top, bottom)}`).join('');
  return picture(
    {
      width,
      height: 40,
      title,
      description: 'Upper bound by night on a logarithmic scale; the dashed line is the target, a ring a census.',
      class: 'nights',
    },
    svg('line', { x1: 0, x2: width, y1: target, y2: target, class: 'target' }),
    svg('path', { d: path, class: 'line' }),
    ...shown.flatMap((n, i) => [
      n.census ? svg('circle', { cx: x(i), cy: height(at(n), top, bottom), r: 7, class: 'census' }) : null,
      verdictShape(n.verdict, x(i), height(at(n), top, bottom), 9, n.notEverywhere),
    ]),
  );
}

/**
 * @param {readonly Night[]} nights
 * @param {ReportData['runs']} runs
 * @param {number} room
 */
export function largeNights(nights, runs, room) {
  const width = Math.max(280, Math.min(760, room));
  const [left, top, bottom, tall] = [72, 14, 150, 186];
  const shown = nights.slice(-Math.max(2, Math.floor((width - left) / 16)));
  const x = (/** @type {number} */ i) => left + 16 + (shown.length === 1 ? 0 : (i * (width - left - 32)) / (shown.length - 1));
  const day = (/** @type {Night | undefined} */ n) => (n === undefined ? '' : (runs[n.run]?.startedAt.slice(0, 10) ?? ''));
  const last = shown.at(-1);
  const target = last?.target ?? 0.001;
  const grid = [1, 0.1, 0.01, 0.001, 0.0001, lowest];
  return picture(
    {
      width,
      height: tall,
      title: 'Upper bound by night',
      description: `From ${day(shown[0])} to ${day(last)}; last: ${last?.bound ?? 'nothing compared'}. The table below has every night.`,
      class: 'nights',
    },
    ...grid.flatMap((share) => [
      svg('line', { x1: left, x2: width, y1: height(share, top, bottom), y2: height(share, top, bottom), class: 'grid' }),
      svg(
        'text',
        { x: left - 8, y: height(share, top, bottom) + 4, class: 'end' },
        share === lowest ? '≤ 0.001 %' : `${Number((share * 100).toPrecision(1))} %`,
      ),
    ]),
    svg('line', { x1: left, x2: width, y1: height(target, top, bottom), y2: height(target, top, bottom), class: 'target' }),
    svg('path', { d: shown.map((n, i) => `${i === 0 ? 'M' : 'L'}${x(i)} ${height(at(n), top, bottom)}`).join(''), class: 'line' }),
    ...shown.flatMap((n, i) => [
      n.census ? svg('circle', { cx: x(i), cy: height(at(n), top, bottom), r: 11, class: 'census' }) : null,
      verdictShape(n.verdict, x(i), height(at(n), top, bottom), 14, n.notEverywhere),
    ]),
    svg('text', { x: x(0) - 8, y: tall - 6 }, day(shown[0])),
    shown.length > 1 ? svg('text', { x: x(shown.length - 1) + 8, y: tall - 6, class: 'end' }, day(last)) : null,
  );
}

/**
 * @param {readonly Night[]} nights
 * @param {ReportData['runs']} runs
 */
export function nightsTable(nights, runs) {
  return table(
    'Nights, the latest first',
    [
      { name: 'night (UTC)' },
      { name: 'verdict' },
      { name: 'mismatch' },
      { name: 'points', numeric: true },
      { name: 'version' },
      { name: 'run' },
    ],
    nights.toReversed().map((n, i, all) => {
      const changed = all[i + 1] !== undefined && all[i + 1]?.version !== n.version;
      return [
        runs[n.run]?.startedAt.slice(0, 16).replace('T', ' ') ?? '',
        n.notEverywhere ? `${n.verdict}, not everywhere` : n.verdict,
        n.bound,
        n.samples.toLocaleString('en-US'),
        html('span', { class: changed ? 'changed' : null }, html('code', {}, n.version), changed ? ' new' : null),
        html('code', {}, runs[n.run]?.id ?? ''),
      ];
    }),
  );
}
