/** Features by what they have in common; the address keeps by what, and which words they must have. */

/** @typedef {import('../catalog/model.ts').CatalogFeature} Feature */
/** @typedef {'entity' | 'owner' | 'source' | 'consumer'} By */

/** @type {readonly { readonly by: By, readonly of: (feature: Feature) => readonly string[], readonly none: string }[]} */
export const groupings = [
  { by: 'entity', of: (f) => (f.entity.length === 0 ? [] : [f.entity.join(', ')]), none: 'No entity: one row for the platform' },
  { by: 'owner', of: (f) => (f.owner === null ? [] : [f.owner]), none: 'No owner is named' },
  { by: 'source', of: (f) => f.compiled?.sources.map((s) => s.name) ?? [], none: 'Not known: does not compile' },
  { by: 'consumer', of: (f) => f.consumers, none: 'No consumer is named' },
];

/**
 * A feature of several sources or consumers is in each of their groups. Those that have none come last.
 * @param {readonly Feature[]} features
 * @param {By} by
 */
export function grouped(features, by) {
  const grouping = groupings.find((g) => g.by === by);
  /** @type {Map<string, Feature[]>} */
  const groups = new Map();
  /** @type {Feature[]} */
  const rest = [];
  for (const feature of features) {
    const names = new Set(grouping?.of(feature) ?? []);
    if (names.size === 0) rest.push(feature);
    for (const name of names) {
      const known = groups.get(name);
      if (known === undefined) groups.set(name, [feature]);
      else known.push(feature);
    }
  }
  const named = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, of]) => ({ name, features: of }));
  return rest.length === 0 ? named : [...named, { name: grouping?.none ?? '', features: rest }];
}

/** @param {Feature} feature */
const wordsOf = (feature) =>
  [
    feature.name,
    feature.description ?? '',
    feature.status,
    feature.deprecationDate === null ? '' : `until ${feature.deprecationDate}`,
    feature.owner ?? '',
    ...feature.entity,
    ...feature.consumers,
    ...(feature.compiled?.sources.map((s) => s.name) ?? []),
    ...(feature.compiled?.outputs.map((o) => o.name) ?? []),
    ...(feature.parity?.map((p) => p.verdict) ?? []),
  ]
    .join(' ')
    .toLowerCase();

/**
 * @param {readonly Feature[]} features
 * @param {string} text every word must be found
 */
export function found(features, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return features.filter((f) => words.every((word) => wordsOf(f).includes(word)));
}

/**
 * What the address says: `#by=owner&find=chat`.
 * @param {string} hash
 * @returns {{ by: By, find: string }}
 */
export function chosenBy(hash) {
  const said = new URLSearchParams(hash.slice(1));
  const by = groupings.find((g) => g.by === said.get('by'))?.by ?? 'entity';
  return { by, find: said.get('find') ?? '' };
}

/** @param {{ by: By, find: string }} chosen */
export function addressOf({ by, find }) {
  const said = new URLSearchParams({ by });
  if (find !== '') said.set('find', find);
  return `#${said}`;
}
