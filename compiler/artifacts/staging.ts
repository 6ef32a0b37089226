/**
 * The clean rows of a source (design section 2), as the warehouse computes them from the raw ones: rows that break the
 * contract left out, one copy of each identity kept, and for tables the interval in which each version is in force.
 */
import type { Source, SourceColumn, Stream, Table } from '../catalog.ts';
import type { Dialect } from '../emit/dialect.ts';
import { inCodePointOrder, toSql } from '../emit/expression.ts';
import { selectOf } from '../emit/plan-sql.ts';
import { printCtes, printSelect } from '../emit/statement.ts';
import { callOf, nowhere } from '../plan/expr.ts';
import { validFrom, validTo } from '../plan/scan.ts';
import { binary, call, isNull, name, postfix, type Sql, type SqlSortKey, token } from '../sql/tree.ts';
import { integer, timestamp, varchar } from '../sql-type.ts';

export function stagingSql(source: Source, raw: string, dialect: Dialect): string {
  return source.kind === 'stream' ? streamSql(source, raw, dialect) : tableSql(source, raw, dialect);
}

export interface Breach {
  readonly reason: string;
  /** TRUE for rows that break the contract so. */
  readonly test: Sql;
}

/** What makes both forms leave a row out alike. */
export function breaches(source: Source, dialect: Dialect): readonly Breach[] {
  const required = source.kind === 'stream' ? [...source.key, source.eventTime] : [...source.key, source.updatedAt];
  const missing = [...new Set(required)].map((column) => ({ reason: `${column.toLowerCase()} is NULL`, test: isNull(name(column)) }));
  return source.kind === 'stream' && source.ingestTime !== null
    ? [
        ...missing,
        { reason: `${source.eventTime.toLowerCase()} is ahead of its ingest`, test: tooFarAhead(source, source.ingestTime, dialect) },
      ]
    : missing;
}

const quarantined = (source: Source, dialect: Dialect): Sql =>
  breaches(source, dialect)
    .map((b) => b.test)
    .reduce((a, b) => binary(a, 'OR', b));

function tooFarAhead(source: Stream, ingestTime: string, dialect: Dialect): Sql {
  const column = (c: string) => ({ kind: 'column' as const, relation: 'raw', name: c, type: timestamp, nullable: true, span: nowhere });
  const unit = { kind: 'literal' as const, text: 'microsecond', type: varchar, span: nowhere };
  const skew = { kind: 'literal' as const, text: source.maxSkew.toString(), type: integer, span: nowhere };
  const late = callOf('>', [column(source.eventTime), callOf('DATEADD', [unit, skew, column(ingestTime)], timestamp)]);
  return call('COALESCE', toSql(late, { engine: dialect.engine, column: (_, c) => name(c) }), token('FALSE'));
}

/** Sorts text by code points, as Snowflake does. */
function ascendingIn(source: Source, { engine }: Dialect): (column: string) => SqlSortKey {
  const types = new Map(source.columns.map((c) => [c.name, c.type]));
  return (column) => ({
    expr: inCodePointOrder(name(column), types.get(column) ?? timestamp, engine),
    descending: false,
    nullsFirst: false,
  });
}

/** Among copies the least counts: by ingest time if declared, then by all columns in declared order. */
function firstCopy(source: Source, identity: readonly string[], dialect: Dialect): Sql {
  const ascending = ascendingIn(source, dialect);
  const ingest = source.kind === 'stream' && source.ingestTime !== null ? [source.ingestTime] : [];
  const rest = source.columns.map((c: SourceColumn) => c.name).filter((c) => !identity.includes(c) && !ingest.includes(c));
  const orderBy = [...ingest.filter((c) => !identity.includes(c)), ...rest].map(ascending);
  // With nothing left to tell copies apart, they are the same.
  const keys = orderBy.length > 0 ? orderBy : identity.slice(0, 1).map(ascending);
  return binary(
    { kind: 'over', call: call('ROW_NUMBER'), partitionBy: identity.map((c) => name(c)), orderBy: keys, frame: null },
    '=',
    token(1),
  );
}

function clean(source: Source, raw: string, identity: readonly string[], dialect: Dialect) {
  return selectOf({
    items: source.columns.map((c) => ({ expr: name(c.name), alias: c.name })),
    from: { kind: 'table', text: raw, alias: null },
    where: [postfix(quarantined(source, dialect), 'IS NOT TRUE')],
    qualify: firstCopy(source, identity, dialect),
  });
}

function streamSql(source: Stream, raw: string, dialect: Dialect): string {
  return printSelect(clean(source, raw, [...new Set([...source.key, source.eventTime])], dialect), dialect);
}

function tableSql(source: Table, raw: string, dialect: Dialect): string {
  const ascending = ascendingIn(source, dialect);
  const versions = [...new Set([...source.key, source.updatedAt, ...(source.versionBy === null ? [] : [source.versionBy])])];
  const order: SqlSortKey[] = [
    ascending(source.updatedAt),
    ...(source.versionBy === null ? [] : [{ ...ascending(source.versionBy), nullsFirst: true }]),
  ];
  const next: Sql = {
    kind: 'over',
    call: call('LEAD', name(source.updatedAt)),
    partitionBy: source.key.map((c) => name(c)),
    orderBy: order,
    frame: null,
  };
  const intervals = selectOf({
    items: [
      ...source.columns.map((c) => ({ expr: name(c.name), alias: c.name })),
      { expr: name(source.updatedAt), alias: validFrom },
      { expr: next, alias: validTo },
    ],
    from: { kind: 'table', text: 'versions', alias: null },
  });
  return printCtes(
    [{ name: 'VERSIONS', text: printSelect(clean(source, raw, versions, dialect), dialect) }],
    printSelect(intervals, dialect),
    dialect,
  );
}
