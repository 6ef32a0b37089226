/**
 * The rows of a source that a request needs, and those that its window holds of anybody: statements for the lambda's store with the
 * lambda's parameters, made of the scans of its own plan. What the engine reads beyond them is what a request could be spared.
 */
import type { Source } from '../catalog.ts';
import { duckdb, identifier } from '../emit/dialect.ts';
import { planSql, usedSteps } from '../emit/plan-sql.ts';
import { asColumn } from '../plan/expr.ts';
import { answerRelation, asOfColumn, instantsStep, type Plan, type PlanColumn, type PlanExpr, type Scan, type Step } from '../plan/plan.ts';
import { timestamp } from '../sql-type.ts';
import { requestSpine } from './lambda.ts';

/** Scans of the source, of any source if none is named, that the answer is made of. */
export function scansOf(plan: Plan, source?: string): readonly Scan[] {
  const used = usedSteps(plan);
  return plan.steps.flatMap(({ name, body }) =>
    used.has(name) && body.kind === 'scan' && (source === undefined || body.source === source) ? [body] : [],
  );
}

/**
 * One row: how many rows of the source are let through, each counted once. `asked`: as the lambda is asked, by entity where the scan is.
 * `anyone`: whatever the entity; the only parameter is as_of.
 */
export function rowsReadSql(plan: Plan, source: Source, whose: 'asked' | 'anyone'): string {
  const identity = identityOf(source);
  const columns = identity.map(({ type }, i) => ({ name: `PART_${i + 1}`, type }));
  const scans = scansOf(plan, source.name).map((scan) => ({
    scan: whose === 'asked' ? scan : { ...scan, driver: instantsStep, match: [] },
    items: identity.map(({ name, type }) => asColumn(scan.relation, name, type, true)),
  }));
  const rows = readingSql(plan, whose === 'asked' ? plan.entity : [], columns, scans);
  const names = columns.map((c) => identifier(c.name, duckdb)).join(', ');
  return `SELECT count(*) FROM (SELECT DISTINCT ${names} FROM (\n${rows}\n))`;
}

/** Whether some scan is asked by all entity columns: otherwise no row says whose it is. */
export const hasOwnRows = (plan: Plan): boolean => plan.entity.length > 0 && ownScans(plan).length > 0;

/** Each entity with rows in the window, and how many; the fewest first. The only parameter is as_of. */
export function entityRowsSql(plan: Plan): string {
  const scans = ownScans(plan).map((scan) => ({
    scan: { ...scan, driver: instantsStep, match: [] },
    items: plan.entity.map((e) => (scan.match.find((m) => m.column.name === e.name) as Scan['match'][number]).value),
  }));
  const rows = readingSql(plan, [], plan.entity, scans);
  const names = plan.entity.map((e) => identifier(e.name, duckdb));
  const present = names.map((n) => `${n} IS NOT NULL`).join(' AND ');
  return `SELECT ${names.join(', ')}, count(*) AS rows_read FROM (\n${rows}\n) WHERE ${present} GROUP BY ALL ORDER BY rows_read, ${names.join(', ')}`;
}

function ownScans(plan: Plan): readonly Scan[] {
  return scansOf(plan).filter(({ match }) => plan.entity.every((e) => match.some((m) => m.column.name === e.name)));
}

/** All rows of the scans, `items` of each as `columns`. */
function readingSql(
  plan: Plan,
  asked: Plan['entity'],
  columns: readonly PlanColumn[],
  scans: readonly { readonly scan: Scan; readonly items: readonly PlanExpr[] }[],
): string {
  const all = [{ name: asOfColumn, type: timestamp }, ...columns];
  const instants: Step = { name: instantsStep, columns: all.slice(0, 1), body: { kind: 'keys', entity: [] } };
  const reads = scans.map(({ scan, items }, i): Step => {
    const at = { name: asOfColumn, expr: asColumn(scan.driverRelation, asOfColumn, timestamp, false) };
    const read = { ...scan, items: [at, ...items.map((expr, k) => ({ name: columns[k]?.name ?? '', expr }))] };
    return { name: `READ_${i + 1}`, columns: all, body: read };
  });
  const together: Step = { name: 'READS', columns: all, body: { kind: 'union-all', branches: reads.map((r) => r.name) } };
  const keys = plan.steps.filter((s) => s.body.kind === 'keys' && s.name !== instantsStep);
  const outputs = columns.map((c) => ({ ...c, nullable: true, default: null, exactness: 'exact' as const }));
  const reading: Plan = {
    feature: plan.feature,
    entity: [],
    outputs,
    steps: [instants, ...keys, ...reads, together],
    answer: {
      step: together.name,
      entityColumns: [],
      outputs: columns.map(({ name, type }) => ({ name, expr: asColumn(answerRelation, name, type, true), whenAbsent: null })),
      absentIsDefault: false,
    },
  };
  return planSql(reading, {
    dialect: duckdb,
    source: (source) => identifier(source.toUpperCase(), duckdb),
    spine: { cte: requestSpine(asked) },
    passed: [],
    rows: 'found',
    appended: [],
  });
}

/** What tells the clean rows of a source apart. */
function identityOf(source: Source): readonly PlanColumn[] {
  const version =
    source.kind === 'stream' ? [source.eventTime] : [source.updatedAt, ...(source.versionBy === null ? [] : [source.versionBy])];
  const names = new Set([...source.key, ...version]);
  return source.columns.filter((c) => names.has(c.name)).map(({ name, type }) => ({ name, type }));
}
