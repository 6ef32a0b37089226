/** Everything about one feature. */
import { differenceList } from './differences.js';
import { html, instant, number } from './dom.js';
import { freshnessPicture, freshnessTable } from './freshness.js';
import { incidentParts } from './incidents.js';
import { verdictMark } from './marks.js';
import { largeNights, nightsTable } from './nights.js';
import { bar, outcomesTable, strataTable, table } from './tables.js';

/** @typedef {import('../model.ts').ReportData} ReportData */
/** @typedef {import('../model.ts').ShownFeature} Feature */
/** @typedef {import('../model.ts').Series} Series */
/** @typedef {import('../model.ts').FeatureNow} Now */

/**
 * @param {Feature} feature
 * @param {ReportData} data
 * @param {number} room width in pixels
 */
export function featurePage(feature, data, room) {
  const { now } = feature;
  return [
    html('p', {}, html('a', { href: '#', class: 'back' }, '← All features')),
    html('h2', { tabindex: -1 }, feature.name),
    now?.description ? html('p', { class: 'lead' }, now.description) : null,
    facts(now),
    ...feature.series.flatMap((series) => seriesSection(feature.name, series, data, now, room)),
    ...(now === null ? [] : [sqlSection(now), lineageSection(now)]),
  ].filter((part) => part !== null);
}

/** @param {Now | null} now */
function facts(now) {
  if (now === null) return html('p', { class: 'notice' }, 'The project has no such feature any more, or it does not compile.');
  /** @type {readonly (readonly [string, string])[]} */
  const known = [
    ['Owner', now.owner ?? 'nobody is named'],
    ['Entity', now.entity.join(', ') || 'none: one row for the platform'],
    ['Consumers', now.consumers.join(', ') || 'none are named'],
    ['Version now', now.version],
    ['File', now.file],
  ];
  return html('dl', { class: 'facts' }, ...known.map(([name, value]) => html('div', {}, html('dt', {}, name), html('dd', {}, value))));
}

/** @type {Readonly<Record<Series['mode'], string>>} */
const modes = {
  logic: 'Logic: both forms on the same events',
  replay: 'Replay: batch on everything, the lambda on what had arrived',
  served: 'Served: batch against what was answered',
};

/**
 * @param {string} name
 * @param {Series} series
 * @param {ReportData} data
 * @param {Now | null} now
 * @param {number} room
 */
function seriesSection(name, { mode, verdict, notEverywhere, nights, latest }, data, now, room) {
  const run = data.runs[nights.at(-1)?.run ?? -1];
  const stale = now !== null && now.version !== latest.version;
  return [
    html(
      'section',
      { class: 'card', 'aria-label': modes[mode] },
      html('h3', {}, modes[mode]),
      html('p', { class: 'answer' }, verdictMark(verdict, notEverywhere), ' ', latest.meaning),
      latest.but === null ? null : html('p', { class: 'notice but' }, latest.but),
      ...latest.foreign.map((text) => html('p', { class: 'foreign' }, text)),
      ...latest.deviations.map((text) => html('p', {}, text)),
      ...latest.open.map((cause) => html('p', { class: 'cause' }, html('b', {}, cause), `: ${data.causeWords[cause] ?? ''}`)),
      latest.definition === null ? null : html('p', {}, latest.definition),
      stale
        ? html(
            'p',
            { class: 'notice' },
            `This is about version ${latest.version}; the project now has ${now.version}, which was not compared.`,
          )
        : null,
      html(
        'p',
        { class: 'quiet' },
        `${number(latest.samples)} points were compared; the forms differ at ${number(latest.mismatches)}, ${number(latest.explained)} of them explained. `,
        run === undefined
          ? null
          : `Run ${run.id}, ${instant(run.startedAt)} UTC, seed ${run.seed}, ${run.engines}, Lockstep ${run.lockstep}.`,
      ),
      latest.incidents.length === 0 ? null : incidentParts(latest.incidents),
      html('h4', {}, 'Not compared'),
      html('ul', {}, ...latest.notCompared.map((text) => html('li', {}, text))),
      html('h4', {}, 'Over the nights'),
      ...overNights(nights, data, room),
      html('details', {}, html('summary', {}, `Every night (${nights.length})`), nightsTable(nights, data.runs)),
      latest.artifacts.length === 0 ? null : html('details', {}, html('summary', {}, 'What was compared, as bytes'), artifacts(latest)),
    ),
    html(
      'section',
      { class: 'card', 'aria-label': `Differences, ${mode}` },
      html('h4', {}, 'Differences, those that need a look first'),
      differenceList(latest.differences, latest.omitted, { run: run?.id ?? '', feature: name }, room),
    ),
    html(
      'section',
      { class: 'card columns', 'aria-label': `Causes and outcomes, ${mode}` },
      html('div', {}, html('h4', {}, 'Causes'), causes(latest)),
      html('div', {}, html('h4', {}, 'Outcomes'), outcomesTable(latest.outcomes)),
      latest.strata.length === 0 ? null : html('div', {}, html('h4', {}, 'Strata'), strataTable(latest.strata)),
      latest.freshness.length === 0
        ? null
        : html(
            'div',
            {},
            html('h4', {}, 'Freshness'),
            html('div', { class: 'figure' }, freshnessPicture(latest.freshness, Math.min(room - 32, 520))),
            html('details', {}, html('summary', {}, 'As a table'), freshnessTable(latest.freshness)),
          ),
    ),
  ];
}

/**
 * @param {Series['nights']} nights
 * @param {ReportData} data
 * @param {number} room
 */
function overNights(nights, data, room) {
  const [first] = nights;
  if (nights.length < 2)
    return [html('p', {}, `Compared in one night so far: ${first?.bound ?? 'nothing compared'}. A trend needs a second.`)];
  const target = Number(((nights.at(-1)?.target ?? 0) * 100).toPrecision(3));
  return [
    html('div', { class: 'figure' }, largeNights(nights, data.runs, room - 32)),
    html('p', { class: 'quiet' }, `The dashed line is the target, ${target} %. A ring marks a census: the whole population was compared.`),
  ];
}

/** @param {Series['latest']} latest */
function artifacts(latest) {
  return table(
    `Version ${latest.version}; the lambda says ${latest.lambdaVersion}`,
    [{ name: 'artifact' }, { name: 'sha256' }],
    latest.artifacts.map((a) => [a.kind.replaceAll('_', ' '), html('code', {}, a.sha256)]),
  );
}

/** @param {Series['latest']} latest */
function causes(latest) {
  if (latest.causes.length === 0) return html('p', {}, 'Nothing differs between the forms.');
  const all = latest.causes.reduce((sum, c) => sum + c.points, 0);
  return table(
    'Points that mismatch, by proven cause',
    [{ name: 'cause' }, { name: 'points', numeric: true }, { name: 'share' }],
    latest.causes.map((c) => [
      c.explained ? `${c.name}, explained` : c.name,
      number(c.points),
      bar(c.points, all, c.explained ? 'plain' : 'bad'),
    ]),
  );
}

/** @param {Now} now */
function sqlSection(now) {
  const form = (/** @type {string} */ title, /** @type {string} */ sql) =>
    html('div', {}, html('h4', {}, title), html('pre', { tabindex: 0, role: 'region', 'aria-label': title }, html('code', {}, sql)));
  return html(
    'section',
    { class: 'card', 'aria-label': 'SQL' },
    html('h3', {}, 'One definition, two forms'),
    html(
      'details',
      {},
      html('summary', {}, `What the author wrote: ${now.file}`),
      html('pre', { tabindex: 0 }, html('code', {}, now.sql.authored)),
    ),
    html('div', { class: 'sides' }, form('dbt model for Snowflake', now.sql.batch), form('Query lambda', now.sql.lambda)),
  );
}

/** @param {Now} now */
function lineageSection(now) {
  return html(
    'section',
    { class: 'card', 'aria-label': 'Lineage' },
    html('h3', {}, 'Lineage'),
    table(
      'Where outputs come from',
      [{ name: 'output' }, { name: 'type' }, { name: 'comes from' }],
      now.outputs.map((o) => [
        o.name,
        o.type,
        o.from.join(', ') || `the request, or counted rows${o.counted === null ? '' : ` of ${o.counted}`}`,
      ]),
    ),
    html('p', {}, `Also read, to choose rows: ${now.choosing.join(', ') || 'nothing'}.`),
    html('p', {}, `Read by: ${now.consumers.join(', ') || 'nobody is named'}.`),
  );
}
