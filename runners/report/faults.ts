/** What went wrong, whatever features it shows in: unexplained incidents of one cause in the same sources are one fault. Pure. */

import { deviationText, faultyDeviations } from '../parity/deviation-text.ts';
import type { FeatureReport } from '../parity/report.ts';
import { groupBy } from '../reference/order.ts';
import type { ShownFault } from './model.ts';

/** Of a mode of a feature: the latest. */
export interface LatestReport {
  readonly report: FeatureReport;
  readonly owner: string | null;
  readonly consumers: readonly string[];
}

interface Part extends LatestReport {
  readonly incident: FeatureReport['incidents'][number];
  readonly causes: readonly string[];
  readonly sources: readonly string[];
  /** Lateness alone would do, too. */
  readonly unsure: boolean;
}

/** Those of most features first. */
export function faultsOf(latest: readonly LatestReport[]): readonly ShownFault[] {
  return [...groupBy(latest.flatMap(partsOf), ({ causes, sources }) => JSON.stringify([causes, sources])).values()]
    .map(fault)
    .sort((a, b) => b.features.length - a.features.length || b.points - a.points || compareText(a.title, b.title));
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function partsOf(of: LatestReport): readonly Part[] {
  return of.report.incidents.filter((i) => !i.explained).map((incident) => ({ ...of, incident, ...faultIn(incident, of.report) }));
}

/** Lateness is no fault, and beside one not worth a name. */
function faultIn(incident: Part['incident'], report: FeatureReport): Pick<Part, 'causes' | 'sources' | 'unsure'> {
  const others = incident.among.filter((id) => id !== 'late');
  const causes = others.length === 0 ? [incident.cause] : [...others].sort(compareText);
  if (incident.cause !== 'ambiguous') return { causes, sources: incident.sources, unsure: false };
  if (causes.length > 1) return { causes: ['ambiguous', ...incident.among], sources: incident.sources, unsure: false };
  const deviating = faultyDeviations(report).filter((d) => d.cause === causes[0]);
  const sources = incident.sources.length > 0 ? incident.sources : [...new Set(deviating.map((d) => d.source))].sort(compareText);
  return { causes, sources, unsure: true };
}

function fault(parts: readonly Part[]): ShownFault {
  const { causes, sources } = parts[0] as Part;
  const points = (some: readonly Part[]): number => some.reduce((sum, { incident }) => sum + incident.points, 0);
  const times = parts.flatMap(({ incident }) => [String(incident.from), String(incident.to)]).sort(compareText);
  const byFeature = groupBy(parts, (p) => p.report.feature);
  const deviations = parts.flatMap(({ report }) =>
    faultyDeviations(report).filter((d) => causes.includes(d.cause) && sources.includes(d.source)),
  );
  const [first, ...others] = causes;
  const name = first === 'ambiguous' ? others.join(' or ') : causes.join(' and ');
  return {
    title: sources.length === 0 ? name : `${name} in ${sources.join(' and ')}`,
    causes,
    deviations: [...new Set(deviations.map(deviationText))],
    features: [...byFeature]
      .map(([feature, own]) => ({ name: feature, points: points(own) }))
      .sort((a, b) => b.points - a.points || compareText(a.name, b.name)),
    owners: unique(parts.flatMap((p) => p.owner ?? [])),
    unowned: [...byFeature.values()].filter(([own]) => own?.owner === null).length,
    consumers: unique(parts.flatMap((p) => p.consumers)),
    points: points(parts),
    unsure: points(parts.filter((p) => p.unsure)),
    from: times[0] ?? '',
    to: times.at(-1) ?? '',
  };
}

const unique = (names: readonly string[]): readonly string[] => [...new Set(names)].sort(compareText);
