/** The catalogue: every feature, in groups, found by words; what is chosen stands in the address. */
import { featureCard } from './catalog-feature.js';
import { addressOf, chosenBy, found, grouped, groupings } from './catalog-groups.js';
import { html, instant } from './dom.js';

/** @type {import('../catalog/model.ts').CatalogData} */
const data = JSON.parse(document.getElementById('data')?.textContent ?? '');

const search = html('input', {
  type: 'search',
  id: 'search',
  placeholder: 'name, owner, source, consumer, status',
  autocomplete: 'off',
  spellcheck: 'false',
  input: () => location.replace(addressOf({ ...chosenBy(location.hash), find: search.value })),
});
const buttons = groupings.map(({ by }) => ({
  by,
  button: html(
    'button',
    {
      type: 'button',
      class: 'filter',
      'data-by': by,
      click: () => {
        location.hash = addressOf({ ...chosenBy(location.hash), by });
      },
    },
    `by ${by}`,
  ),
}));
const status = html('p', { role: 'status', class: 'quiet' });
const groups = html('div', {});

/** Draws what the address says. */
function go() {
  if (location.hash === '#content') return;
  const { by, find } = chosenBy(location.hash);
  if (search.value !== find) search.value = find;
  for (const { by: of, button } of buttons) button.setAttribute('aria-pressed', String(of === by));
  const chosen = found(data.features, find);
  const all = `${data.features.length} ${data.features.length === 1 ? 'feature' : 'features'}`;
  status.textContent = chosen.length === data.features.length ? all : `${chosen.length} of ${all}`;
  groups.replaceChildren(
    ...grouped(chosen, by).map(({ name, features }, i) =>
      html(
        'section',
        { class: 'group', 'aria-labelledby': `group-${i}` },
        html(
          'h2',
          { id: `group-${i}` },
          html('span', { class: 'name' }, name),
          ' ',
          html('span', { class: 'quiet' }, String(features.length)),
        ),
        html('ol', { class: 'cards' }, ...features.map((f) => featureCard(f, data))),
      ),
    ),
  );
}

/** What is known is known from somewhere. */
function asked() {
  const { history, server, profiles } = data;
  const last = history?.nights.at(-1);
  return [
    history === null ? 'no history of parity' : `${history.runs} runs of parity${last === undefined ? '' : `, the last on ${last}`}`,
    server === null ? 'no server' : `the server at ${server.url}`,
    profiles === null ? 'no profile' : `${profiles} ${profiles === 1 ? 'profile' : 'profiles'}`,
  ].join(', ');
}

/** @returns {readonly HTMLElement[]} */
function notices() {
  const others = data.server?.others ?? [];
  return [
    ...(data.unread.length === 0 ? [] : [`Not here, for they cannot be read: ${data.unread.join(', ')}.`]),
    ...(others.length === 0
      ? []
      : [
          `The server also has features that this project has not: ${others.map((o) => `${o.name} (${o.tags.join(', ') || 'no tag'})`).join(', ')}.`,
        ]),
  ].map((text) => html('p', { class: 'notice' }, text));
}

document.body.append(
  html('a', { class: 'skip', href: '#content' }, 'Skip to the content'),
  html('header', {}, html('h1', {}, `Features of ${data.project}`), html('p', { class: 'quiet' }, `From the project, ${asked()}.`)),
  html(
    'main',
    { id: 'content', tabindex: -1 },
    ...notices(),
    html('div', { class: 'filters', role: 'group', 'aria-label': 'Group the features' }, ...buttons.map((b) => b.button)),
    html('div', { class: 'search', role: 'search' }, html('label', { for: 'search' }, 'Search'), search),
    status,
    groups,
  ),
  html(
    'footer',
    { class: 'quiet' },
    `Written ${instant(data.writtenAt).slice(0, 16)} UTC by Lockstep ${data.lockstep}. A verdict is about the sampled population, not about all that may come.`,
  ),
);
document.title = `Features of ${data.project}`;
go();
addEventListener('hashchange', go);
