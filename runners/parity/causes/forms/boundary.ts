/** A bound of time drawn on its other side: `<` for `<=`. */
import type { CheckedFeature, Expr } from '../../../../compiler/check/checked.ts';
import { type Intervention, intervention } from '../intervention.ts';
import { callsIn, withCall } from './sites.ts';

const other: Readonly<Record<string, string>> = { '<': '<=', '<=': '<', '>': '>=', '>=': '>' };

export function boundary(feature: CheckedFeature): readonly Intervention[] {
  const sites = callsIn(feature).filter((call) => call.fn in other && call.args.every(isTime));
  const flip = (which: readonly (typeof sites)[number][], where: string): Intervention =>
    intervention('boundary', `as if ${where} lay on the other side of its instant`, (world) => ({
      feature: withCall(world.feature, new Set(which), (call) => ({ ...call, fn: other[call.fn] ?? call.fn })),
    }));
  const instant = intervention(
    'boundary',
    feature.includeAsOf ? 'as if events dated exactly at the instant did not count' : 'as if events dated exactly at the instant counted',
    (world) => ({ feature: { ...world.feature, includeAsOf: !world.feature.includeAsOf } }),
  );
  const each = sites.map((site, i) => flip([site], `bound ${i + 1} of ${sites.length}, \`${site.fn}\`,`));
  return [instant, ...each, ...(sites.length > 1 ? [flip(sites, 'every bound')] : [])];
}

const isTime = ({ type }: Expr): boolean => type.kind === 'timestamp' || type.kind === 'date';
