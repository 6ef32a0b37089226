/** The causes of a feature's points: what needs a look first, what lateness explains last. Pure. */
import type { FeatureReport } from '../parity/report.ts';
import { groupBy } from '../reference/order.ts';
import type { ShownCause } from './model.ts';

/** A cause may explain some points, and others not. */
export function shownCauses({ causes, incidents }: Pick<FeatureReport, 'causes' | 'incidents'>): readonly ShownCause[] {
  return Object.entries(causes)
    .flatMap(([name, points]): readonly ShownCause[] => {
      const explained = incidents.reduce((sum, i) => (i.explained && i.cause === name ? sum + i.points : sum), 0);
      return [
        { name, points: points - explained, explained: false },
        { name, points: explained, explained: true },
      ];
    })
    .filter((c) => c.points > 0)
    .sort(openFirst);
}

const openFirst = (a: ShownCause, b: ShownCause): number =>
  Number(a.explained) - Number(b.explained) || b.points - a.points || Number(a.name > b.name) - Number(a.name < b.name);

/** Of several modes: each cause once. */
export function together(causes: readonly ShownCause[]): readonly ShownCause[] {
  return [...groupBy(causes, (c) => `${c.name} ${c.explained}`).values()]
    .map((same) => ({ ...(same[0] as ShownCause), points: same.reduce((sum, c) => sum + c.points, 0) }))
    .sort(openFirst);
}
