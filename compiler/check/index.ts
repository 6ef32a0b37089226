/** check: from a feature's syntax to a CheckedFeature, or to everything that is wrong with it. */
import type { Catalog } from '../catalog.ts';
import type { FeatureDefinition } from '../definition.ts';
import type { Outcome } from '../diagnostics.ts';
import { hasErrors } from '../diagnostics.ts';
import type { CheckedFeature } from './checked.ts';
import { attempt, type Environment, startSession } from './context.ts';
import { bind } from './expression.ts';
import { settleFeature } from './feature.ts';
import { checkHeader } from './header.ts';
import { type Severities, withSeverities } from './project-rules.ts';
import { bindQuery } from './query.ts';
import { rules } from './rules.ts';
import { applyWaivers } from './waivers.ts';

/** `today`: ISO date, decides which waivers have expired, and which features are to be gone. `severities`: the project's. */
export function checkFeature(
  definition: FeatureDefinition,
  catalog: Catalog,
  today: string,
  severities: Severities = {},
): Outcome<CheckedFeature> {
  const session = startSession(catalog);
  const environment: Environment = { session, ctes: [], bind, bindQuery };
  const feature = attempt(() => settleFeature(definition, bindQuery(definition.query, environment, []), environment));
  if (feature !== undefined) for (const rule of rules) session.diagnostics.push(...rule(feature, catalog));
  if (feature !== undefined) session.diagnostics.push(...checkHeader(definition, feature, catalog, today));
  const diagnostics = withSeverities(applyWaivers(definition, session.diagnostics, feature !== undefined, today), severities).map((d) => ({
    ...d,
    feature: definition.name,
  }));
  return { value: hasErrors(diagnostics) ? undefined : feature, diagnostics };
}
