/** What is said where there is nothing: 0, NULL, or the header's default. */
import type { CheckedFeature, Literal, OutputColumn } from '../../../../compiler/check/checked.ts';
import type { Value } from '../../../../compiler/value.ts';
import { type Intervention, intervention } from '../intervention.ts';
import { functionsIn } from './sites.ts';

const withDefaults = (feature: CheckedFeature, of: (output: OutputColumn) => Literal | null): CheckedFeature => ({
  ...feature,
  groupsByEntity: false,
  outputs: feature.outputs.map((output) => ({ ...output, default: of(output) })),
});

const fallbacks = ['COALESCE', 'NVL', 'IFNULL', 'ZEROIFNULL', 'NVL2'];

export function emptyDefault(feature: CheckedFeature): readonly Intervention[] {
  const id = 'empty_default';
  const used = functionsIn(feature);
  const found = [
    intervention(id, 'as if an entity without rows had no answer but NULLs', (world) => ({
      feature: withDefaults(world.feature, () => null),
    })),
    intervention(id, 'as if an entity without rows had zeros', (world) => ({
      feature: withDefaults(world.feature, (output) => zeroOf(output, feature)),
    })),
    intervention(id, 'as if every NULL were a zero', (world) => ({
      answer: (values) => world.answer(values).map((value, i) => (value === null ? zeroValue(feature.outputs[i]) : value)),
    })),
  ];
  if (!fallbacks.some((name) => used.has(name))) return found;
  const first = intervention(id, 'as if COALESCE and its like did not replace NULL', (world) => ({
    meanings: {
      ...world.meanings,
      scalars: new Map([
        ...world.meanings.scalars,
        ...fallbacks.map(
          (name) =>
            [
              name,
              () =>
                ([x]: readonly Value[]) =>
                  x ?? null,
            ] as const,
        ),
      ]),
    },
  }));
  return [...found, first];
}

function zeroOf({ type }: OutputColumn, { span }: CheckedFeature): Literal | null {
  if (type.kind === 'number') return { kind: 'literal', text: type.scale === 0 ? '0' : `0.${'0'.repeat(type.scale)}`, type, span };
  return type.kind === 'float' ? { kind: 'literal', text: '0', type, span } : null;
}

function zeroValue(output: OutputColumn | undefined): Value {
  return output?.type.kind === 'number' ? 0n : output?.type.kind === 'float' ? 0 : output?.type.kind === 'varchar' ? '' : null;
}
