/** What a whole feature owes: its entity columns, one row for each entity, outputs that can be served. */

import { sourceNamed } from '../catalog.ts';
import type { FeatureDefinition, YamlScalar } from '../definition.ts';
import { didYouMean, error } from '../diagnostics.ts';
import type { Span } from '../source.ts';
import { isSemiStructured, typeName } from '../sql-type.ts';
import { contains } from './bound.ts';
import type { CheckedColumn, CheckedFeature, Literal, OutputColumn } from './checked.ts';
import { castHint } from './comparable.ts';
import { type BoundQuery, display, type Environment, fail } from './context.ts';
import { exprKey } from './expr-key.ts';
import { hiddenColumn } from './relation.ts';

/** Columns that stand beside a feature's own in what is asked and in what is written. */
const keptNames = new Set(['ORDINAL', 'LOCKSTEP_VERSION']);

export function settleFeature(definition: FeatureDefinition, bound: BoundQuery, environment: Environment): CheckedFeature {
  const { header } = definition;
  const { session } = environment;
  const visible = bound.query.columns.filter((c) => !hiddenColumn.test(c.name));
  for (const { name } of visible) {
    if (keptNames.has(name.toUpperCase()))
      fail(
        session,
        error(
          'reserved-name',
          placeOf(name, bound, definition),
          `\`${display(name)}\` is a name that Lockstep keeps for itself`,
          'give it another alias',
        ),
      );
  }
  const entity = header.entity.map(({ name, span }): CheckedColumn => {
    const column = visible.find((c) => c.name === name);
    if (column === undefined) {
      fail(
        session,
        error(
          'entity-missing',
          span,
          `the query returns no column \`${display(name)}\`, which the header names as entity`,
          didYouMean(
            display(name),
            visible.map((c) => display(c.name)),
          ) ?? 'select it',
        ),
      );
    }
    if (column.type.kind === 'binary') fail(session, error('entity-missing', span, 'an entity cannot be BINARY', 'write HEX_ENCODE(x)'));
    if (column.type.kind === 'float' || column.type.kind === 'null' || isSemiStructured(column.type))
      fail(session, error('entity-missing', span, `an entity cannot be ${typeName(column.type)}: it must compare exactly`));
    return column;
  });
  const names = new Set(entity.map((c) => c.name));
  const groupsByEntity = isGroupedBy(bound, names);
  requireOneRow(bound, names, definition, environment);
  const outputs = visible.filter((c) => !names.has(c.name)).map((c) => outputColumn(c, bound, definition, environment));
  if (outputs.length === 0)
    fail(session, error('output-type', placeOf(visible[0]?.name ?? '', bound, definition), 'the query returns nothing but its entity'));
  for (const { column, span } of header.defaults) {
    if (!outputs.some((o) => o.name === column))
      fail(
        session,
        error(
          'config-invalid',
          span,
          `defaults: the feature has no output \`${display(column)}\``,
          didYouMean(
            display(column),
            outputs.map((o) => display(o.name)),
          ),
        ),
      );
  }
  return {
    name: definition.name,
    file: definition.file,
    description: header.description,
    owner: header.owner,
    status: header.status,
    deprecationDate: header.deprecationDate?.day ?? null,
    consumers: header.consumers,
    every: header.every === null ? null : header.every.toString(),
    latencyBudget: header.latencyBudget === null ? null : header.latencyBudget.microseconds.toString(),
    blocking: header.parity.blocking,
    includeAsOf: header.includeAsOf,
    entity,
    outputs,
    groupsByEntity,
    query: bound.query,
    sources: [...session.sources].sort(),
    universe: header.universe === null ? null : (sourceNamed(header.universe.name, session.catalog)?.name ?? null),
    span: header.span,
  };
}

/** Where the query names the column. */
function placeOf(name: string, bound: BoundQuery, definition: FeatureDefinition): Span {
  return bound.places.get(name) ?? definition.query.span;
}

function isGroupedBy(bound: BoundQuery, entity: ReadonlySet<string>): boolean {
  const { body } = bound.query;
  if (body.kind !== 'select' || body.groupBy === null) return false;
  const groups = new Set(body.groupBy.map(exprKey));
  const keys = new Set(body.items.filter((i) => entity.has(i.name)).map((i) => exprKey(i.expr)));
  return groups.size === keys.size && [...groups].every((g) => keys.has(g));
}

function requireOneRow(bound: BoundQuery, entity: ReadonlySet<string>, definition: FeatureDefinition, environment: Environment): void {
  const { session } = environment;
  const { body } = bound.query;
  const written = [...entity].map(display).join(', ');
  if (!bound.uniqueKeys.some((key) => key.every((name) => entity.has(name)))) {
    const per = entity.size === 0 ? 'one row' : `one row per (${written})`;
    const hint =
      entity.size === 0
        ? 'aggregate without GROUP BY'
        : `GROUP BY ${written}, or keep one row: QUALIFY ROW_NUMBER() OVER (PARTITION BY ${written} ORDER BY …) = 1`;
    fail(session, error('not-unique', definition.query.span, `nothing proves that the query returns at most ${per}`, hint));
  }
  if (!isGroupedBy(bound, entity) || body.kind !== 'select') return;
  const windowed = [...body.items.map((i) => i.expr), ...(body.qualify === null ? [] : [body.qualify])].find((e) =>
    contains(e, (x) => x.kind === 'window'),
  );
  if (windowed !== undefined) {
    fail(
      session,
      error(
        'sql-unsupported',
        windowed.span,
        'not supported: a window function in the SELECT that groups by the entity, because an absent entity is a group too and would change the ranks of the others',
        'put the GROUP BY in a CTE, and the window function in a SELECT from it',
      ),
    );
  }
}

function outputColumn(column: CheckedColumn, bound: BoundQuery, definition: FeatureDefinition, environment: Environment): OutputColumn {
  const { session } = environment;
  const span = placeOf(column.name, bound, definition);
  if (/^EXPRESSION_\d+$/.test(column.name))
    fail(session, error('output-type', span, 'an output has no name', 'give every expression of the last SELECT an alias: … AS name'));
  if (column.type.kind === 'null')
    fail(session, error('output-type', span, `\`${display(column.name)}\` is always NULL`, 'cast it: NULL::NUMBER(38,0)'));
  if (column.type.kind === 'variant' || column.type.kind === 'element')
    fail(session, error('output-type', span, `\`${display(column.name)}\` is a VARIANT, which outputs cannot be`, castHint(column.type)));
  if (column.type.kind === 'binary')
    fail(session, error('output-type', span, `\`${display(column.name)}\` is a BINARY, which outputs cannot be`, 'write HEX_ENCODE(x)'));
  if (column.type.kind === 'time')
    fail(
      session,
      error(
        'output-type',
        span,
        `\`${display(column.name)}\` is a TIME, which outputs cannot be`,
        'give its parts: HOUR(x), or the seconds: DATE_PART(hour, x) * 3600 + …',
      ),
    );
  const approximate = bound.facts.get(column.name)?.approximate === true;
  const declared = definition.header.defaults.find((d) => d.column === column.name);
  return {
    ...column,
    default: declared === undefined ? null : defaultLiteral(declared.value, column, declared.span, environment),
    exactness: approximate ? 'tolerance' : 'exact',
  };
}

function defaultLiteral(value: YamlScalar, column: CheckedColumn, span: Literal['span'], environment: Environment): Literal | null {
  const { type } = column;
  const wrong = (): never =>
    fail(environment.session, error('config-invalid', span, `the default of \`${display(column.name)}\` is not a ${typeName(type)}`));
  if (value === null) return null;
  if (typeof value === 'boolean') return type.kind === 'boolean' ? { kind: 'literal', text: value, type, span } : wrong();
  if (type.kind === 'number') {
    const match = /^(-?)0*(\d+)(?:\.(\d*))?$/.exec(value.text);
    if (value.kind !== 'number' || match === null) return wrong();
    const fraction = match[3] ?? '';
    if (/[1-9]/.test(fraction.slice(type.scale)) || (match[2] ?? '').length > type.precision - type.scale + (match[2] === '0' ? 1 : 0))
      return wrong();
    const scaled = type.scale === 0 ? '' : `.${fraction.slice(0, type.scale).padEnd(type.scale, '0')}`;
    return { kind: 'literal', text: `${match[1]}${match[2]}${scaled}`, type, span };
  }
  if (type.kind === 'float') return value.kind === 'number' ? { kind: 'literal', text: String(Number(value.text)), type, span } : wrong();
  if (type.kind === 'varchar') return { kind: 'literal', text: value.text, type, span };
  if (type.kind === 'date' && /^\d{4}-\d{2}-\d{2}$/.test(value.text)) return { kind: 'literal', text: value.text, type, span };
  if (type.kind === 'timestamp' && /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?$/.test(value.text))
    return { kind: 'literal', text: value.text, type, span };
  return wrong();
}
