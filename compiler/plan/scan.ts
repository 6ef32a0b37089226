/** What is visible of a source at T (design section 2): the time contract, in one place. */
import type { Source } from '../catalog.ts';
import type { CheckedFrom } from '../check/checked.ts';
import { boolean, timestamp } from '../sql-type.ts';
import type { Builder } from './builder.ts';
import { asColumn, callOf, nowhere } from './expr.ts';
import { asOfColumn, instantsStep, type PlanExpr } from './plan.ts';

export const validFrom = 'VALID_FROM';
export const validTo = 'VALID_TO';

/** The step that holds the source's rows at every T. */
export function liftSource(from: CheckedFrom & { kind: 'source' }, builder: Builder): string {
  const fixed = from.mode === 'fixed' ? builder.catalog.fixed?.find((f) => f.name === from.source) : undefined;
  const source = builder.catalog.sources.find((s) => s.name === from.source);
  const declared = fixed ?? source;
  if (declared === undefined) throw new Error(`no source ${from.source}`);
  const relation = `${from.id}_source`;
  const driverRelation = `${from.id}_driver`;
  const asOf = asColumn(driverRelation, asOfColumn, timestamp, false);
  const column = (name: string): PlanExpr => {
    const type = declared.columns.find((c) => c.name === name)?.type ?? timestamp;
    return asColumn(relation, name, type, true);
  };
  const items = from.columns.map(({ name }) => ({
    name,
    expr: from.mode === 'history' && name === validTo ? closedBy(column(validTo), asOf, builder) : column(name),
  }));
  return builder.add(
    `${from.alias}_SEEN`,
    [{ name: asOfColumn, type: timestamp }, ...from.columns.map(({ name, type }) => ({ name, type }))],
    {
      kind: 'scan',
      source: declared.name,
      mode: from.mode,
      driver: instantsStep,
      driverRelation,
      relation,
      alias: from.alias,
      match: [],
      conditions: source === undefined || from.mode === 'fixed' ? [] : visible(source, from.mode, column, asOf, builder),
      items: [{ name: asOfColumn, expr: asOf }, ...items],
      time: source?.kind === 'stream' && from.mode !== 'fixed' ? column(source.eventTime) : null,
      lookback: null,
      buckets: null,
    },
  );
}

function visible(
  source: Source,
  mode: 'stream' | 'table' | 'history',
  column: (name: string) => PlanExpr,
  asOf: PlanExpr,
  builder: Builder,
): readonly PlanExpr[] {
  const before = builder.includeAsOf ? '<=' : '<';
  if (source.kind === 'stream') {
    const known = builder.knowledge === 'arrived' && source.ingestTime !== null ? [callOf('<=', [column(source.ingestTime), asOf])] : [];
    return [callOf(before, [column(source.eventTime), asOf]), ...known];
  }
  const kept = source.deleted === null ? [] : [callOf('IS NOT TRUE', [column(source.deleted)], boolean, false)];
  const begun = callOf(before, [column(validFrom), asOf]);
  if (mode === 'history') return [begun, ...kept];
  // In force after updated_at, so the next version ends it only once it has begun itself.
  const after = builder.includeAsOf ? '>' : '>=';
  return [begun, callOf('OR', [callOf('IS NULL', [column(validTo)], boolean, false), callOf(after, [column(validTo), asOf])]), ...kept];
}

/** Of a version whose successor is not visible yet, the end is not known yet. */
function closedBy(end: PlanExpr, asOf: PlanExpr, builder: Builder): PlanExpr {
  return {
    kind: 'case',
    branches: [{ when: callOf(builder.includeAsOf ? '<=' : '<', [end, asOf]), then: end }],
    otherwise: null,
    type: timestamp,
    nullable: true,
    span: nowhere,
  };
}
