/** A check for people: what has become of features, and what was tested. The findings themselves are shown apart, with their lines. */

import type { LostColumn } from '../../../compiler/artifacts/changes.ts';
import { counted } from '../../../compiler/counted.ts';
import { type CheckResult, countOf, type FeatureResult } from '../../check/result.ts';
import type { Since } from '../../check/since.ts';
import { textTable } from '../table.ts';

export function checkText(result: CheckResult): string {
  const { ok, features, since } = result;
  return [
    ...(since === null ? [] : [sinceText(since)]),
    ok ? counted(features.length, 'feature is fine', 'features are fine') : counted(countOf(result, 'error'), 'error'),
    ...testedText(result),
    ...uncheckedBudgets(result),
  ].join('\n');
}

/** One line, where budgets were not looked at. */
export function uncheckedBudgets({ features, profiles }: CheckResult): readonly string[] {
  const budgeted = features.filter((f) => f.latencyBudget !== null);
  if (profiles !== null || budgeted.length === 0) return [];
  return [`NOT CHECKED ${counted(budgeted.length, 'latency budget')}: no --profile was given`];
}

/** One line; nothing where nothing was run. */
export function testedText({ features, seed }: CheckResult): readonly string[] {
  const ran = features.flatMap((f) => (f.run === null ? [] : [{ ...f, run: f.run }]));
  if (seed === null || ran.length === 0) return [];
  const told = ran.filter((f) => f.run.telling > 0);
  const differ = ran.filter((f) => f.run.mismatches.length > 0);
  const points = told.reduce((sum, f) => sum + f.run.points, 0);
  const refused = ran.filter((f) => f.run.forms.some((form) => form.refused !== null));
  const onPostgres = ran.some((f) => f.run.forms.some((form) => form.form === 'batch on Postgres' && form.refused === null));
  const batch = onPostgres ? 'batch on DuckDB and Postgres' : 'batch';
  const parts = [
    `TESTED ${counted(told.length, 'feature')} on generated events (${counted(points, 'point')}, seed ${seed})`,
    differ.length === 0 ? `${batch}, lambda and reference agree` : `${counted(differ.length, 'differs', 'differ')}: ${names(differ)}`,
    ...(told.length === ran.length ? [] : [`nothing tested of ${names(ran.filter((f) => f.run.telling === 0))}`]),
    ...(refused.length === 0 ? [] : [`${refused.length} not on Postgres, which refuses ${refused.length === 1 ? 'it' : 'them'}`]),
  ];
  return [parts.join('; ')];
}

const shownNames = 5;
const names = (features: readonly Pick<FeatureResult, 'feature'>[]): string =>
  [...features.slice(0, shownNames).map((f) => f.feature), ...(features.length > shownNames ? ['…'] : [])].join(', ');

function sinceText({ reference, changes, lost }: Since): string {
  const changed = changes.filter((c) => c.change !== 'unchanged');
  const same = changes.length - changed.length;
  const losses = lost.map(lostText);
  const table = textTable(
    ['feature', 'change', 'version', 'why', 'owner', 'consumers', 'written anew'].map((name) => ({ name, numeric: false })),
    changed.map((c) => [
      c.feature,
      c.change,
      [c.before, c.after].map((v) => v?.slice(0, 8) ?? '–').join(' → '),
      c.reasons.join('; '),
      c.owner ?? '',
      c.consumers.join(', '),
      `${counted(c.models.length, 'model')}, ${counted(c.lambdas.length, 'lambda file')}`,
    ]),
  );
  const summary = `since ${reference}: ${changed.length === 0 ? 'nothing has changed' : `${counted(changed.length, 'feature')} changed`}, ${same} unchanged`;
  return [...losses, ...(changed.length === 0 ? [] : [table]), summary].join('\n');
}

export function lostText({ source, column, perhaps, features }: LostColumn): string {
  const who = features.map((f) => (f.owner === null ? f.feature : `${f.feature} (${f.owner})`));
  const renamed = perhaps.length === 0 ? '' : `; perhaps it is now ${perhaps.map((p) => `\`${p}\``).join(' or ')}`;
  return `\`${source}.${column}\` is gone${renamed}: ${who.length === 0 ? 'no feature reads it' : `${counted(who.length, 'feature reads', 'features read')} it: ${who.join(', ')}`}`;
}
