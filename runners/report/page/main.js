/** The page: its list, the feature that the address names, and the keyboard. */
import { html, instant } from './dom.js';
import { faultSection } from './faults.js';
import { featurePage } from './feature.js';
import { addressOf, chosenFeatures, lister, listHeads } from './list.js';
import { verdictMark } from './marks.js';
import { notComparedSection } from './not-compared.js';

/** @typedef {import('../model.ts').Verdict} Verdict */
/** @typedef {import('../model.ts').ShownFeature} Feature */

/** @type {import('../model.ts').ReportData} */
const data = JSON.parse(document.getElementById('data')?.textContent ?? '');
/** @type {readonly Verdict[]} */
const verdicts = ['VIOLATED', 'UNDECIDED', 'PROVEN'];
const everyFeature = () => true;
/** @type {(feature: Feature) => boolean} */
let among = everyFeature;

const search = html('input', {
  type: 'search',
  id: 'search',
  placeholder: 'name, owner, cause, source',
  autocomplete: 'off',
  spellcheck: 'false',
  input: () => choose(),
});
const status = html('p', { role: 'status', class: 'quiet' });
const list = html('ol', { class: 'list' });
const show = lister(data.features, list, data.causeWords);

/**
 * @param {(feature: Feature) => boolean} of
 * @param {Node | string} label
 */
function filter(of, label) {
  const count = data.features.filter(of).length;
  const button = html(
    'button',
    {
      type: 'button',
      class: 'filter',
      'aria-pressed': String(of === everyFeature),
      click: () => {
        among = of;
        for (const [other, b] of filters) b.setAttribute('aria-pressed', String(other === among));
        choose();
      },
    },
    html('span', { class: 'count' }, String(count)),
    label,
  );
  return /** @type {const} */ ([of, button]);
}
const notEverywhere = (/** @type {Feature} */ feature) => feature.notEverywhere;
const filters = [
  filter(everyFeature, 'All'),
  ...verdicts.map((v) => filter((f) => f.verdict === v, verdictMark(v))),
  ...(data.features.some(notEverywhere)
    ? [filter(notEverywhere, html('span', { class: 'is-not-everywhere' }, 'of them with differences beside the sample'))]
    : []),
];

function choose() {
  const chosen = chosenFeatures(data.features, search.value, among);
  show(chosen);
  status.textContent =
    chosen.length === data.features.length
      ? `${chosen.length} features, the worst first`
      : `${chosen.length} of ${data.features.length} features`;
}

const overview = html('div', {}, notComparedSection(data), faultSection(data));
const features = html(
  'section',
  { 'aria-labelledby': 'features' },
  html('h2', { id: 'features' }, 'Features'),
  html('div', { class: 'filters', role: 'group', 'aria-label': 'Show by verdict' }, ...filters.map(([, button]) => button)),
  html(
    'div',
    { class: 'search', role: 'search' },
    html('label', { for: 'search' }, 'Search'),
    search,
    html('span', { class: 'keys quiet', 'aria-hidden': 'true' }, '/ search · j k move · Enter open · Esc back'),
  ),
  status,
  listHeads(),
  list,
);
overview.append(features);
const detail = html('article', { hidden: true });

const [first, last] = [data.runs[0], data.runs.at(-1)];
const nights = new Set(data.runs.map((r) => r.startedAt.slice(0, 10))).size;
const span =
  first === undefined || last === undefined
    ? 'no run'
    : `${data.runs.length} ${data.runs.length === 1 ? 'run' : 'runs'} in ${nights} ${nights === 1 ? 'night' : 'nights'}, the last on ${instant(last.startedAt).slice(0, 16)} UTC`;

document.body.append(
  html('a', { class: 'skip', href: '#content' }, 'Skip to the content'),
  html(
    'header',
    {},
    html('h1', {}, `Parity of ${data.project}`),
    html('p', { class: 'quiet' }, span),
    data.runs.some((r) => r.raw)
      ? html('p', { class: 'notice' }, 'A run was made with --raw: personal values stand here as they are.')
      : null,
  ),
  html('main', { id: 'content', tabindex: -1 }, overview, detail),
  html(
    'footer',
    { class: 'quiet' },
    `Written ${instant(data.writtenAt).slice(0, 16)} UTC by Lockstep ${data.lockstep}. A verdict is about the sampled population, not about all that may come.`,
  ),
);
document.title = `Parity of ${data.project}`;

let opened = '';
let scrolled = 0;

/** Draws what the address names. */
function go() {
  if (location.hash === '#content') return;
  const name = location.hash.startsWith('#/') ? decodeURIComponent(location.hash.slice(2)) : '';
  const feature = data.features.find((f) => f.name === name);
  const from = opened;
  if (feature !== undefined && from === '') scrolled = scrollY;
  opened = feature?.name ?? '';
  overview.hidden = feature !== undefined;
  detail.hidden = feature === undefined;
  document.title = feature === undefined ? `Parity of ${data.project}` : `${feature.name} – parity of ${data.project}`;
  if (feature !== undefined) {
    detail.hidden = false;
    detail.replaceChildren(...featurePage(feature, data, detail.clientWidth));
    scrollTo(0, 0);
    detail.querySelector('h2')?.focus({ preventScroll: true });
  } else {
    detail.replaceChildren();
    if (from !== '') {
      scrollTo(0, scrolled);
      links()
        .find((a) => a.getAttribute('href') === `#/${encodeURIComponent(from)}`)
        ?.focus({ preventScroll: true });
    }
  }
}

const links = () => [...list.querySelectorAll('a')];

/** @param {number} by */
function move(by) {
  if (opened !== '') {
    const names = chosenFeatures(data.features, search.value, among);
    const next = names[names.findIndex((f) => f.name === opened) + by];
    if (next !== undefined) location.replace(addressOf(next));
    return;
  }
  const all = links();
  const at = all.findIndex((a) => a.matches(':focus'));
  const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by];
  if (next !== undefined) next.focus();
  else if (by < 0) search.focus();
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const active = document.activeElement;
  const writing = active === search;
  const arrows = writing || opened === '';
  if (event.key === 'Escape') {
    if (writing && search.value !== '') {
      search.value = '';
      choose();
    } else if (opened !== '') location.hash = '';
    else if (writing) search.blur();
    else return;
  } else if (event.key === '/' && !writing) {
    if (opened !== '') location.hash = '';
    setTimeout(() => search.focus(), 0);
  } else if (event.key === 'ArrowDown' && arrows) move(1);
  else if (event.key === 'ArrowUp' && arrows && !writing) move(-1);
  else if (event.key === 'j' && !writing) move(1);
  else if (event.key === 'k' && !writing) move(-1);
  else if (event.key === 'Enter' && writing) links()[0]?.click();
  else return;
  event.preventDefault();
}

choose();
go();
addEventListener('hashchange', go);
addEventListener('keydown', pressed);
let width = innerWidth;
addEventListener('resize', () => {
  // Pictures are drawn for the room there is; on a phone the height changes with each scroll.
  if (innerWidth === width || opened === '') return;
  width = innerWidth;
  const feature = data.features.find((f) => f.name === opened);
  if (feature !== undefined) detail.replaceChildren(...featurePage(feature, data, detail.clientWidth));
});
