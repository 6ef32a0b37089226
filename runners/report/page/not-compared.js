/** Features of which a run could say nothing, and has not since. */
import { html, instant } from './dom.js';
import { table } from './tables.js';

/** @typedef {import('../model.ts').ReportData} ReportData */

/** @param {ReportData} data */
export function notComparedSection({ notCompared }) {
  if (notCompared.length === 0) return null;
  return html(
    'section',
    { 'aria-labelledby': 'not-compared' },
    html('h2', { id: 'not-compared' }, 'Not compared'),
    html('p', {}, 'Nothing is known of these features: a verdict that stands below is older than this.'),
    table(
      'Features without a verdict since',
      [{ name: 'feature' }, { name: 'mode' }, { name: 'night (UTC)' }, { name: 'why' }, { name: 'run' }],
      notCompared.map(({ feature, mode, startedAt, message, run }) => [
        feature,
        mode,
        instant(startedAt).slice(0, 16),
        message,
        html('code', {}, run),
      ]),
    ),
  );
}
