/** What a header refers to besides its entity: sources and columns of `universe` and of the examples. */
import { type Catalog, sourceNamed } from '../catalog.ts';
import type { FeatureDefinition, FeatureExample } from '../definition.ts';
import { type Diagnostic, didYouMean, error, warning } from '../diagnostics.ts';
import { type SqlType, sameType, typeName } from '../sql-type.ts';
import type { CheckedFeature } from './checked.ts';
import { display } from './context.ts';

/** `today`: ISO date. */
export function checkHeader(
  definition: FeatureDefinition,
  feature: CheckedFeature,
  catalog: Catalog,
  today: string,
): readonly Diagnostic[] {
  const { universe, examples } = definition.header;
  return [
    ...deprecationComplaints(definition, today),
    ...(universe === null ? [] : universeComplaints(universe, feature, catalog)),
    ...examples.flatMap((example) => exampleComplaints(example, feature, catalog)),
  ];
}

function deprecationComplaints({ header: { deprecationDate, consumers } }: FeatureDefinition, today: string): readonly Diagnostic[] {
  if (deprecationDate === null || deprecationDate.day > today) return [];
  const readers = consumers.length === 0 ? '' : `, and ${consumers.join(', ')} read${consumers.length === 1 ? 's' : ''} it`;
  return [
    warning(
      'past-deprecation',
      deprecationDate.span,
      `since ${deprecationDate.day} nobody is to rely on this feature${readers}`,
      'remove its file, or name a later day',
    ),
  ];
}

function suggestedSource(name: string, catalog: Catalog): string {
  const names = catalog.sources.map((s) => s.name);
  return didYouMean(name, names) ?? `there are ${names.join(', ')}`;
}

function universeComplaints(
  { name, span }: NonNullable<FeatureDefinition['header']['universe']>,
  { entity }: CheckedFeature,
  catalog: Catalog,
): readonly Diagnostic[] {
  const source = sourceNamed(name, catalog);
  if (source === undefined)
    return [error('unknown-source', span, `universe: no source is called \`${name}\``, suggestedSource(name, catalog))];
  if (entity.length === 0)
    return [
      error('config-invalid', span, 'universe: with `entity: []` there is one row at each instant, and nobody to list', 'leave it out'),
    ];
  return entity.flatMap((e) => {
    const column = source.columns.find((c) => c.name === e.name);
    if (column === undefined)
      return [
        error(
          'entity-missing',
          span,
          `universe: \`${source.name}\` has no column \`${display(e.name)}\`, so it cannot say which entities there are`,
          'name a source that has the entity columns',
        ),
      ];
    if (isHeldBy(column.type, e.type)) return [];
    const types = `${typeName(column.type)}, and the entity ${typeName(e.type)}`;
    return [error('entity-missing', span, `universe: \`${display(e.name)}\` of \`${source.name}\` is ${types}`)];
  });
}

/** Whether all values of the one are values of the other. */
function isHeldBy(type: SqlType, entity: SqlType): boolean {
  if (type.kind === 'number' && entity.kind === 'number') return type.scale === entity.scale && type.precision <= entity.precision;
  return type.kind === 'timestamp' ? sameType(type, entity) : type.kind === entity.kind;
}

function exampleComplaints(example: FeatureExample, feature: CheckedFeature, catalog: Catalog): readonly Diagnostic[] {
  const { span } = example;
  const inEvents = Object.entries(example.events).flatMap(([name, rows]): readonly Diagnostic[] => {
    const source = sourceNamed(name, catalog);
    if (source === undefined)
      return [error('unknown-source', span, `examples: no source is called \`${name}\``, suggestedSource(name, catalog))];
    const columns = source.columns.map((c) => c.name);
    const unknown = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((column) => !columns.includes(column));
    return unknown.map((column) =>
      unknownColumn(span, `examples: \`${source.name}\` has no column \`${display(column)}\``, column, columns),
    );
  });
  const known = [...feature.entity, ...feature.outputs].map((c) => c.name);
  const inExpect = Object.keys(example.expect)
    .filter((name) => !known.includes(name))
    .map((name) => unknownColumn(span, `examples: the feature has no output \`${display(name)}\` to expect`, name, known));
  const missing = feature.entity.filter((e) => !(e.name in example.expect) || example.expect[e.name] === null);
  return [
    ...inEvents,
    ...inExpect,
    ...missing.map((e) => error('entity-missing', span, `examples: \`expect\` does not say which \`${display(e.name)}\` is asked about`)),
  ];
}

function unknownColumn(span: Diagnostic['span'], message: string, name: string, known: readonly string[]): Diagnostic {
  return error(
    'unknown-column',
    span,
    message,
    didYouMean(display(name), known.map(display)) ?? `there are ${known.map(display).join(', ')}`,
  );
}
