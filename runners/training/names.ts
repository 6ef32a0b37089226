/** What the columns of a training set are called, and which columns of the labels say what is asked. */
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import { outputName } from '../../compiler/artifacts/lambda.ts';
import { asOfColumn } from '../../compiler/plan/plan.ts';
import { sameType, timestamp, typeName } from '../../compiler/sql-type.ts';
import { UsageError } from '../usage-error.ts';
import type { Key } from './engine.ts';

export const columnsOf = ({ feature }: CompiledFeature): readonly string[] =>
  feature.outputs.map(({ name }) => `${feature.name}__${outputName(name)}`);

/** The instant last. */
export function keysOf(features: readonly CompiledFeature[]): readonly Key[] {
  const keys = new Map<string, Key>();
  for (const { feature } of features)
    for (const { name, type } of feature.entity) {
      const before = keys.get(name);
      if (before !== undefined && !sameType(before.type, type))
        throw new UsageError(
          `${name.toLowerCase()} is ${typeName(before.type)} for ${before.feature} and ${typeName(type)} for ${feature.name}`,
          'a column of labels has one type: make a training set of each',
        );
      keys.set(name, before ?? { name, type, feature: feature.name });
    }
  return [...keys.values(), { name: asOfColumn, type: timestamp, feature: features[0]?.feature.name ?? '' }];
}

/** Engines and readers do not tell apart names that differ in case alone. */
export function requireDistinct(labels: readonly string[], features: readonly CompiledFeature[]): void {
  const taken = new Map(labels.map((name) => [name.toLowerCase(), `the labels have a column ${name}`]));
  for (const compiled of features)
    for (const column of columnsOf(compiled)) {
      const before = taken.get(column.toLowerCase());
      if (before !== undefined)
        throw new UsageError(
          `${before}, and ${compiled.feature.name} has an output that would be called ${column}`,
          'give one of them another name',
        );
      taken.set(column.toLowerCase(), `${compiled.feature.name} has an output that would be called ${column}`);
    }
}
