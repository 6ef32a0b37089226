/** What a run on generated events has to say to the author. */
import { outputName } from '../../../compiler/artifacts/lambda.ts';
import type { Catalog, Source } from '../../../compiler/catalog.ts';
import type { CheckedFeature } from '../../../compiler/check/checked.ts';
import { counted } from '../../../compiler/counted.ts';
import { type Diagnostic, error, warning } from '../../../compiler/diagnostics.ts';
import type { Span } from '../../../compiler/source.ts';
import { timestamp } from '../../../compiler/sql-type.ts';
import type { Value } from '../../../compiler/value.ts';
import { formatValue, type Printed } from '../../data/format-value.ts';
import { expressionsAt } from '../generate/places.ts';
import type { MismatchResult } from '../result.ts';
import type { FeatureRun, Mismatch } from './feature-run.ts';

export function findingsOfRun(feature: CheckedFeature, catalog: Catalog, run: FeatureRun, seed: string): readonly Diagnostic[] {
  const of = { feature: feature.name };
  const again = `lockstep check --seed ${seed} shows it again`;
  const failures = run.failures.map(({ form, message }) =>
    error(
      'forms-differ',
      feature.span,
      `${form} fails on generated events, where the reference has a value: ${message.split('\n')[0] ?? ''}`,
      `this is a bug in Lockstep; ${again}`,
    ),
  );
  const mismatches = run.mismatches.map((m) => {
    const { key, asOf, values, points } = mismatchResult(feature, catalog, m);
    const said = Object.entries(values).map(
      ([form, value]) => `${JSON.stringify(value)} by ${form === 'batch on Postgres' ? form : `the ${form}`}`,
    );
    const where = `${Object.keys(key).length === 0 ? '' : `${JSON.stringify(key)} `}at ${String(asOf)}`;
    return error(
      'forms-differ',
      spanOf(feature, m.output.name),
      `\`${outputName(m.output.name)}\` differs between the forms on generated events, at ${counted(points, 'point')}: for ${where} it is ${said.join(', ').replace('by the batch', 'by batch')}`,
      `this is a bug in Lockstep, or an artifact was changed by hand; ${again}, and --format json has the events`,
    );
  });
  const idle =
    run.telling > 0
      ? []
      : [
          warning(
            'nothing-tested',
            feature.span,
            `nothing was tested: at each of ${counted(run.points, 'point')} on generated events the answer is that of no events at all`,
            'give the header an example: events, an instant, and the row you expect',
          ),
        ];
  return [...failures, ...mismatches, ...idle].map((d) => ({ ...d, ...of }));
}

/** The output's own expression, where the author wrote it. */
function spanOf({ query, span }: CheckedFeature, output: string): Span {
  const at = query.columns.findIndex((c) => c.name === output);
  return expressionsAt(query.body, at)[0]?.span ?? span;
}

export function mismatchResult(
  feature: CheckedFeature,
  catalog: Catalog,
  { output, point, values, points, events }: Mismatch,
): MismatchResult {
  return {
    column: outputName(output.name),
    key: Object.fromEntries(feature.entity.map((e, i) => [outputName(e.name), formatValue(point.entity[i] ?? null, e.type)])),
    asOf: formatValue(point.asOf, timestamp),
    values: Object.fromEntries(values.map((v) => [v.form, formatValue(v.value, output.type)])),
    points,
    events: Object.fromEntries(
      catalog.sources
        .filter((source) => events.has(source.name))
        .map((source) => [source.name, (events.get(source.name)?.rows ?? []).map((row) => rowOf(source, row))]),
    ),
  };
}

/** As an example of a header has it: what is NULL is left out. */
function rowOf({ columns }: Source, row: readonly Value[]): Readonly<Record<string, Printed>> {
  const cells = columns.map((c, i) => [outputName(c.name), formatValue(row[i] ?? null, c.type)] as const);
  return Object.fromEntries(cells.filter(([, value]) => value !== null));
}
