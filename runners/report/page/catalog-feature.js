/** A feature in the catalogue. */
import { costFacts, freshnessFacts, parityFacts, servedFacts } from './catalog-facts.js';
import { html } from './dom.js';

/** @typedef {import('../catalog/model.ts').CatalogData} Data */
/** @typedef {import('../catalog/model.ts').CatalogFeature} Feature */

/**
 * @param {Feature} feature
 * @param {Data} data
 */
export function featureCard(feature, data) {
  const { name, status, deprecationDate, description, compiled, consumers } = feature;
  const deprecated = status === 'deprecated';
  return html(
    'li',
    { class: 'card feature', 'data-name': name },
    html(
      'h3',
      {},
      html(deprecated ? 's' : 'span', { class: 'name' }, name),
      ' ',
      status === 'active' ? null : html('span', { class: 'tag' }, status),
      deprecationDate === null ? null : html('span', { class: 'tag' }, `until ${deprecationDate}`),
      compiled === null ? html('span', { class: 'tag open' }, 'does not compile') : null,
    ),
    html('p', { class: description === null ? 'quiet' : null }, description ?? 'Nobody says what it is.'),
    deprecated
      ? html(
          'p',
          { class: 'notice' },
          consumers.length === 0 ? 'Deprecated; no reader is named.' : `Deprecated, and still read by ${consumers.join(', ')}.`,
        )
      : null,
    html(
      'div',
      { class: 'parts' },
      facts('What it is', staticFacts(feature)),
      html('div', {}, html('h4', {}, 'Parity'), ...parityFacts(feature, data)),
      html('div', {}, html('h4', {}, 'Deployed'), ...servedFacts(feature, data)),
      html('div', {}, html('h4', {}, 'Freshness of its sources'), ...freshnessFacts(feature, data)),
      html('div', {}, html('h4', {}, 'Cost of one entity'), ...costFacts(feature)),
    ),
  );
}

/** @param {Feature} feature */
function staticFacts({ owner, entity, consumers, compiled, file }) {
  const unknown = 'not known: it does not compile';
  /** @type {readonly (readonly [string, string])[]} */
  const known = [
    ['Owner', owner ?? 'nobody is named'],
    ['Entity', entity.join(', ') || 'none: one row for the platform'],
    ['Sources', compiled?.sources.map(sourceWords).join(', ') ?? unknown],
    ['Consumers', consumers.join(', ') || 'none are named'],
    ['Grid', compiled === null ? unknown : gridWords(compiled)],
    ['Version', compiled?.version ?? unknown],
    ['File', file],
  ];
  return known;
}

/** @param {NonNullable<Feature['compiled']>} compiled */
function gridWords({ every, universe }) {
  return `every ${every.text}${universe === null ? '' : `, of each entity of ${universe}`}`;
}

/** @param {NonNullable<Feature['compiled']>['sources'][number]} source */
function sourceWords(source) {
  if (source.kind === 'table') return `${source.name} (table)`;
  return `${source.name} (${source.lookback === null ? 'all history' : `${source.lookback.text} back`})`;
}

/**
 * @param {string} title
 * @param {readonly (readonly [string, string])[]} known
 */
function facts(title, known) {
  return html(
    'div',
    {},
    html('h4', {}, title),
    html('dl', { class: 'facts' }, ...known.map(([name, value]) => html('div', {}, html('dt', {}, name), html('dd', {}, value)))),
  );
}
