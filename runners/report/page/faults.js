/** One box a fault, whatever features it shows in: what happened, since when, whose. */
import { html, instant, number } from './dom.js';
import { addressOf } from './list.js';

/** @typedef {import('../model.ts').ReportData} ReportData */
/** @typedef {import('../model.ts').ShownFault} Fault */

/** @param {ReportData} data */
export function faultSection({ faults, features, causeWords, notCompared }) {
  const told = new Set(faults.flatMap((f) => f.features.map((of) => of.name)));
  const others = features.filter((f) => f.verdict === 'VIOLATED' && !told.has(f.name)).map((f) => f.name);
  return html(
    'section',
    { class: 'faults', 'aria-labelledby': 'faults' },
    html(
      'h2',
      { id: 'faults' },
      faults.length > 0 ? 'What went wrong' : notCompared.length === 0 ? 'No fault was found' : 'No fault was found in what was compared',
    ),
    faults.length === 0 ? html('p', {}, 'In the latest runs no point differs that lateness does not explain.') : null,
    ...faults.map((fault) => box(fault, causeWords)),
    others.length === 0 ? null : html('p', {}, 'Violated for another reason, which its page says: ', ...links(others), '.'),
  );
}

/**
 * @param {Fault} fault
 * @param {ReportData['causeWords']} words
 */
function box(fault, words) {
  const { features, owners, unowned, deviations, consumers, points, unsure } = fault;
  const whose = [owners.length === 0 ? null : count(owners.length, 'owner'), unowned === 0 ? null : 'nobody who is named'];
  return html(
    'section',
    { class: 'card fault' },
    html('h3', {}, `${fault.title}: ${count(features.length, 'feature')} of ${whose.filter((w) => w !== null).join(' and ')}`),
    ...deviations.map((text) => html('p', {}, text)),
    ...fault.causes.flatMap((cause) => (words[cause] === undefined ? [] : [html('p', {}, words[cause])])),
    html(
      'dl',
      {},
      ...fact('Features', ...someLinks(fault)),
      ...fact('Owners', owners.join(', ') || 'nobody is named'),
      ...fact('Consumers', consumers.join(', ') || 'none are named'),
      ...fact(
        'Points',
        `${number(points)} differ${points === 1 ? 's' : ''}${unsure === 0 ? '' : `; at ${number(unsure)} of them lateness alone would explain it, too`}. `,
        fault.from === fault.to
          ? `Asked at ${instant(fault.from)}.`
          : `The first was asked at ${instant(fault.from)}, the last at ${instant(fault.to)}.`,
      ),
    ),
  );
}

/**
 * @param {number} n
 * @param {string} one
 */
const count = (n, one) => `${number(n)} ${one}${n === 1 ? '' : 's'}`;

/**
 * @param {string} name
 * @param {...(Node | string)} value
 */
const fact = (name, ...value) => [html('dt', {}, name), html('dd', {}, ...value)];

/** @param {readonly string[]} names */
const links = (names) => names.flatMap((name, i) => [i === 0 ? '' : ', ', html('a', { href: addressOf({ name }) }, name)]);

const mostLinks = 12;

/** @param {Fault} fault */
function someLinks({ features }) {
  const names = features.map((f) => f.name);
  if (names.length <= mostLinks) return links(names);
  const rest = html('details', {}, html('summary', {}, `and ${number(names.length - mostLinks)} more`), ...links(names.slice(mostLinks)));
  return [...links(names.slice(0, mostLinks)), rest];
}
