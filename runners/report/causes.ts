/** The causes of a feature's points: what needs a look first, what lateness explains last. Pure. */
import type { FeatureReport } from '../parity/report.ts';

export interface ShownCause {
  readonly name: string;
  readonly points: number;
  /** Not held against the forms. */
  readonly explained: boolean;
}

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
    .sort((a, b) => Number(a.explained) - Number(b.explained) || b.points - a.points);
}
