/** What is known of a feature, in words; what is not known is said to be. */
import { html, instant, micros, number, picture, span } from './dom.js';
import { nightSquare, verdictMark } from './marks.js';

/** @typedef {import('../catalog/model.ts').CatalogData} Data */
/** @typedef {import('../catalog/model.ts').CatalogFeature} Feature */
/** @typedef {import('../catalog/model.ts').CatalogParity} Parity */
/** @typedef {import('../catalog/model.ts').CatalogTag} Tag */
/** @typedef {import('../catalog/model.ts').CatalogSource} Source */

/** `2026-01-31T01:30:00.000Z`, as servers write it, or without Z. @param {string} text */
const minute = (text) => `${instant(text).slice(0, 16)} UTC`;

/**
 * @param {Feature} feature
 * @param {Data} data
 */
export function parityFacts({ parity }, data) {
  if (parity === null || data.history === null) return [quiet('Not known: the catalogue was written without a history')];
  if (parity.length === 0) return [quiet('Never compared in this history')];
  const { nights } = data.history;
  return parity.map((p) =>
    html(
      'div',
      { class: p.otherThanNow === null ? 'badge' : 'badge past' },
      html('span', {}, verdictMark(p.verdict, p.notEverywhere), ` ${p.mode}`),
      p.notEverywhere ? html('span', { class: 'tag beside' }, 'not everywhere') : null,
      html('span', {}, `${p.unexplained === 0 ? '' : `${number(p.unexplained)} unexplained; `}mismatch: ${p.bound}`),
      squares(p, nights),
      quiet(minute(p.startedAt)),
      p.otherThanNow === null ? null : html('span', { class: 'notice' }, `Of ${p.otherThanNow}: not about what compiles now`),
    ),
  );
}

const side = 16;

/**
 * @param {Parity} parity
 * @param {readonly string[]} dates
 */
function squares({ mode, nights }, dates) {
  const compared = nights.filter((n) => n !== null).length;
  return picture(
    {
      width: dates.length * side,
      height: side,
      title: `${mode}: compared in ${compared} of the last ${dates.length} nights`,
      description: 'A square for each night, the latest last: its worst verdict; hollow where nothing was compared.',
      class: 'squares',
    },
    ...nights.map((night, i) => {
      const said =
        night === null
          ? 'not compared'
          : `${night.verdict}${night.notEverywhere ? ', not everywhere' : ''}${night.runs > 1 ? `, the worst of ${night.runs} runs` : ''}`;
      return nightSquare(night?.verdict ?? null, night?.notEverywhere ?? false, i * side, `${dates[i]}: ${said}`);
    }),
  );
}

/**
 * @param {Feature} feature
 * @param {Data} data
 */
export function servedFacts({ deployed }, data) {
  if (deployed === null || data.server === null) return [quiet('Not known: no server was asked')];
  if (deployed.versions === 0) return [html('div', {}, 'Not deployed')];
  const since = data.server.executedSince;
  const never = since === null ? 'not known: the server does not say' : `not since the server began, ${minute(since)}`;
  return [
    ...deployed.tags.map((tag) => html('div', {}, `${tag.tag}: `, ...tagWords(tag, since))),
    html('div', {}, `Last executed: ${deployed.lastExecuted === null ? never : minute(deployed.lastExecuted)}`),
  ];
}

/**
 * @param {Tag} tag
 * @param {string | null} since
 */
function tagWords({ version, is, lastExecuted }, since) {
  if (version === null) return ['names no version'];
  const executed = since === null ? '' : lastExecuted === null ? ', not executed' : `, executed ${minute(lastExecuted)}`;
  return [
    html('code', {}, version),
    is === 'as compiled' ? ', as compiled now' : html('b', { class: 'differs' }, `, ${is} than now`),
    executed,
  ];
}

/**
 * @param {Feature} feature
 * @param {Data} data
 */
export function freshnessFacts({ compiled }, data) {
  if (data.server === null) return [quiet('Not known: no server was asked')];
  if (compiled === null) return [quiet('Not known: the feature does not compile')];
  return compiled.sources.map(({ name }) => {
    const held = data.sources.find((s) => s.name === name)?.held ?? null;
    return html('div', {}, `${name}: `, ...(held === null ? ['the server does not have it'] : heldWords(held, data.writtenAt)));
  });
}

/**
 * @param {NonNullable<Source['held']>} held
 * @param {string} writtenAt
 */
function heldWords({ latest, completeSince, toBeRead, stale }, writtenAt) {
  const age = latest === null ? 0 : micros(writtenAt) - micros(latest);
  const how = latest === null ? '' : age >= 0 ? `${span(age)} before this page` : `${span(age)} ahead of this page`;
  return [
    latest === null ? 'no event' : `newest ${minute(latest)}, ${how}`,
    stale === null ? null : html('b', { class: 'differs' }, `; stale since ${minute(stale.since)}: ${stale.because}`),
    toBeRead === null ? '; how much is to be read is not known' : toBeRead === 0 ? null : `; ${number(toBeRead)} messages to be read`,
    completeSince === null ? '; since when it is complete is not known' : null,
  ];
}

/**
 * @param {Feature} feature
 */
export function costFacts({ cost, latencyBudget }) {
  const budget = latencyBudget === null ? 'no budget' : `budget ${latencyBudget.text}`;
  if (cost === null) return [quiet(`Not known: no profile was given; ${budget}`)];
  if ('why' in cost) return [quiet(`Not measured: ${cost.why}; ${budget}`)];
  const machine = [cost.engine, cost.cores === null ? null : `${cost.cores} cores`].filter((part) => part !== null).join(', ');
  return [
    html(
      'div',
      {},
      `p50 ${cost.p50} ms, p99 ${cost.p99} ms over ${number(cost.requests)} requests; `,
      cost.withinBudget === false
        ? html('b', { class: 'differs' }, `over its ${budget}`)
        : cost.withinBudget === null
          ? budget
          : `within its ${budget}`,
    ),
    quiet(`${minute(cost.measuredAt)}${machine === '' ? '' : `, ${machine}`}`),
  ];
}

/** @param {string} text */
const quiet = (text) => html('span', { class: 'quiet' }, text);
