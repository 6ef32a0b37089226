/** The list of features: found by words, filtered by verdict, drawn in pieces so that the first are there at once. */
import { html, number } from './dom.js';
import { verdictMark } from './marks.js';
import { smallNights } from './nights.js';

/** @typedef {import('../model.ts').ShownFeature} Feature */

/** @param {{ readonly name: string }} feature */
export const addressOf = (feature) => `#/${encodeURIComponent(feature.name)}`;

/** @typedef {import('../model.ts').ReportData['causeWords']} CauseWords */

/**
 * @param {Feature} feature
 * @param {CauseWords} words
 */
function row(feature, words) {
  const [series] = feature.series;
  const last = series?.nights.at(-1);
  const owner = feature.now?.owner;
  return html(
    'li',
    {},
    html(
      'a',
      { href: addressOf(feature), class: 'row' },
      html(
        'span',
        { class: 'state' },
        verdictMark(feature.verdict, feature.notEverywhere),
        ' ',
        feature.notEverywhere ? html('span', { class: 'tag beside' }, 'not everywhere') : null,
      ),
      html(
        'span',
        { class: 'name' },
        html('b', {}, feature.name),
        html('span', { class: 'quiet' }, [owner, series?.mode].filter((text) => text).join(' · ')),
      ),
      html(
        'span',
        { class: 'picture' },
        series === undefined
          ? null
          : series.nights.length === 1
            ? html('span', { class: 'quiet' }, 'one night')
            : smallNights(series.nights),
      ),
      html('span', { class: 'bound' }, html('span', { class: 'said' }, 'mismatch: '), last?.bound ?? ''),
      html(
        'span',
        { class: 'counts' },
        `${number(last?.unexplained ?? 0)} unexplained of ${number(last?.samples ?? 0)} points`,
        ' ',
        ...causeTags(feature.causes, words),
      ),
    ),
  );
}

/** What stands above the list: on a phone, and to a screen reader, the rows say it themselves. */
export const listHeads = () =>
  html(
    'div',
    { class: 'row heads', 'aria-hidden': 'true' },
    ...['verdict', 'feature, owner', 'over the nights', 'mismatch in the sample', 'points, causes'].map((name) => html('span', {}, name)),
  );

const mostTags = 3;

/**
 * What lateness explains is a number, and no fault.
 * @param {Feature['causes']} causes
 * @param {CauseWords} words
 */
function causeTags(causes, words) {
  const open = causes.filter((c) => !c.explained);
  const explained = causes.filter((c) => c.explained);
  return [
    ...open.slice(0, mostTags).flatMap((c) => [html('span', { class: 'tag open', title: words[c.name] }, c.name), ' ']),
    open.length > mostTags ? `and ${open.length - mostTags} more ` : null,
    explained.length === 0 ? null : html('span', { class: 'explained' }, explained.map((c) => `${c.name} ${number(c.points)}`).join(', ')),
  ];
}

const atOnce = 40;

/**
 * @param {readonly Feature[]} features
 * @param {HTMLElement} list
 * @param {CauseWords} words
 * @returns {(chosen: readonly Feature[]) => void}
 */
export function lister(features, list, words) {
  /** @type {Map<Feature, HTMLElement>} */
  const rows = new Map();
  let turn = 0;
  const rowOf = (/** @type {Feature} */ feature) => {
    const known = rows.get(feature) ?? row(feature, words);
    rows.set(feature, known);
    return known;
  };
  return (chosen) => {
    turn += 1;
    const mine = turn;
    list.replaceChildren(...chosen.slice(0, atOnce).map(rowOf));
    const more = (/** @type {number} */ from) => {
      if (mine !== turn || from >= chosen.length) return;
      list.append(...chosen.slice(from, from + atOnce).map(rowOf));
      setTimeout(() => more(from + atOnce), 0);
    };
    setTimeout(() => more(atOnce), 0);
    list.toggleAttribute('data-empty', chosen.length === 0 && features.length > 0);
  };
}

/**
 * @param {readonly Feature[]} features
 * @param {string} text every word must be found
 * @param {(feature: Feature) => boolean} among
 */
export function chosenFeatures(features, text, among) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return features.filter((f) => among(f) && words.every((word) => f.words.includes(word)));
}
