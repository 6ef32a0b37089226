/** Points that went wrong together: those that need a look as a table, what lateness explains in one line. */
import { html, instant, number } from './dom.js';
import { table } from './tables.js';

/** @typedef {import('../model.ts').ShownIncident} Incident */

/** @param {readonly Incident[]} incidents */
export function incidentParts(incidents) {
  const open = incidents.filter((i) => !i.explained);
  const explained = incidents.filter((i) => i.explained);
  const points = explained.reduce((sum, i) => sum + i.points, 0);
  const stretches = explained.length === 1 ? 'one stretch' : `${number(explained.length)} stretches`;
  return html(
    'div',
    { class: 'incidents' },
    open.length === 0 ? null : html('h4', {}, 'Points that went wrong together'),
    open.length === 0 ? null : incidentTable(open),
    explained.length === 0
      ? null
      : html(
          'details',
          {},
          html('summary', {}, `Lateness explains ${number(points)} ${points === 1 ? 'point' : 'points'}, in ${stretches}`),
          incidentTable(explained),
        ),
  );
}

const most = 100;

/** @param {readonly Incident[]} incidents */
function incidentTable(incidents) {
  const some = incidents.slice(0, most);
  const which = some.length < incidents.length ? `The first ${most} of ${number(incidents.length)}. ` : '';
  return table(
    `${which}First and last are instants that were asked; what is wrong may have begun before the first.`,
    [
      { name: 'cause' },
      { name: 'sources' },
      { name: 'points', numeric: true },
      { name: 'entities', numeric: true },
      { name: 'first asked' },
      { name: 'last asked' },
    ],
    some.map((i) => [i.cause, i.sources.join(', ') || '–', number(i.points), number(i.entities), instant(i.from), instant(i.to)]),
    { stacks: true },
  );
}
