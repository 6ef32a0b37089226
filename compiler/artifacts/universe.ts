/** Which entities the tables of a feature with a `universe` hold at an instant: those of the clean rows of that source that are visible there. */
import type { Catalog, Source, Table } from '../catalog.ts';
import type { CheckedColumn, CheckedFeature } from '../check/checked.ts';
import { lineageOf, type SourceColumnName } from '../check/lineage.ts';
import { type Dialect, identifier } from '../emit/dialect.ts';
import { asOfColumn } from '../plan/plan.ts';
import { validFrom, validTo } from '../plan/scan.ts';
import { sameType, timestamp } from '../sql-type.ts';

/** Where the rows come from that decide what a table holds: what the query reads, and the universe. Sorted. */
export function tableSources({ sources, universe }: CheckedFeature): readonly string[] {
  return universe === null || sources.includes(universe) ? sources : [...sources, universe].sort();
}

/** Columns that decide what a table holds: those that the query names, and of the universe the entity. */
export function tableReads(feature: CheckedFeature): readonly SourceColumnName[] {
  const { reads } = lineageOf(feature);
  const { universe } = feature;
  if (universe === null) return reads;
  const members = feature.entity.map(({ name }) => ({ source: universe, column: name }));
  return [...reads, ...members.filter((m) => !reads.some((r) => r.source === m.source && r.column === m.column))];
}

/** undefined: the entities are those with a row in the query. */
export function universeOf({ universe }: CheckedFeature, catalog: Catalog): Source | undefined {
  return catalog.sources.find((s) => s.name === universe);
}

/** `instants`: a query of distinct AS_OF. `rows`: the relation of the universe's clean rows. A row for each entity and instant. */
export function universeSql(feature: CheckedFeature, universe: Source, instants: string, rows: string, dialect: Dialect): string {
  const names = namesBeside(feature.entity, dialect);
  const asOf = identifier(asOfColumn, dialect);
  const [since, until] = [`member.${names.since}`, `member.${names.until}`];
  const begun = `${since} ${feature.includeAsOf ? '<=' : '<'} instant.${asOf}`;
  const members = universe.kind === 'stream' ? firstEventSql : spellsSql;
  const ended = universe.kind === 'stream' ? '' : `\n  AND instant.${asOf} ${feature.includeAsOf ? '<' : '<='} ${until}`;
  return `WITH instant AS (
${indented(instants)}
),
${members({ entity: feature.entity, universe, rows, names, dialect })}
SELECT instant.${asOf}, ${feature.entity.map((e) => `member.${identifier(e.name, dialect)}`).join(', ')}
FROM instant
JOIN member
  ON ${begun}${ended}`;
}

const indented = (text: string): string => `  ${text.replaceAll('\n', '\n  ')}`;

interface Names {
  readonly since: string;
  readonly until: string;
  readonly begins: string;
  readonly spell: string;
}

/** An entity may be called like any of them. */
function namesBeside(entity: readonly CheckedColumn[], dialect: Dialect): Names {
  const taken = new Set(entity.map((e) => e.name.toUpperCase()));
  const free = (wanted: string): string => {
    let name = wanted;
    while (taken.has(name)) name += '_';
    return identifier(name, dialect);
  };
  return { since: free('MEMBER_SINCE'), until: free('MEMBER_UNTIL'), begins: free('BEGINS'), spell: free('SPELL') };
}

interface Members {
  readonly entity: readonly CheckedColumn[];
  readonly universe: Source;
  readonly rows: string;
  readonly names: Names;
  readonly dialect: Dialect;
}

/** Who has an event once is there ever after. */
function firstEventSql({ entity, universe, rows, names, dialect }: Members): string {
  const time = universe.kind === 'stream' ? identifier(universe.eventTime, dialect) : '';
  const keys = entity.map((e) => identifier(e.name, dialect));
  return `member AS (
  SELECT ${itemsOf(entity, universe, dialect)}, MIN(${time}) AS ${names.since}
  FROM ${rows}
  WHERE ${keys.map((k) => `${k} IS NOT NULL`).join(' AND ')}
  GROUP BY ${keys.join(', ')}
)`;
}

/**
 * Versions of one entity that touch or overlap are one spell: so no entity is there twice at an instant, and no instant is compared
 * with each of many versions. What ends at another's beginning touches it, whichever of both ends belongs to an interval.
 */
function spellsSql({ entity, universe, rows, names, dialect }: Members): string {
  const { since, until, begins, spell } = names;
  const { deleted } = universe as Table;
  const keys = entity.map((e) => identifier(e.name, dialect));
  const [from, to] = [identifier(validFrom, dialect), identifier(validTo, dialect)];
  const kept = [
    ...keys.map((k) => `${k} IS NOT NULL`),
    ...(deleted === null ? [] : [`${identifier(deleted, dialect)} IS NOT TRUE`]),
    `(${to} IS NULL OR ${from} < ${to})`,
  ];
  const list = keys.join(', ');
  const inOrder = `PARTITION BY ${list} ORDER BY ${since}, ${until}`;
  return `version AS (
  SELECT DISTINCT ${itemsOf(entity, universe, dialect)}, ${from} AS ${since}, COALESCE(${to}, CAST('9999-12-31' AS ${dialect.typeName(timestamp)})) AS ${until}
  FROM ${rows}
  WHERE ${kept.join('\n    AND ')}
),
beginning AS (
  SELECT ${list}, ${since}, ${until},
    CASE
      WHEN ${since} <= MAX(${until}) OVER (${inOrder} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) THEN 0
      ELSE 1
    END AS ${begins}
  FROM version
),
numbered AS (
  SELECT ${list}, ${since}, ${until},
    SUM(${begins}) OVER (${inOrder} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS ${spell}
  FROM beginning
),
member AS (
  SELECT ${list}, MIN(${since}) AS ${since}, MAX(${until}) AS ${until}
  FROM numbered
  GROUP BY ${list}, ${spell}
)`;
}

/** In the types that the feature's own entity has. */
function itemsOf(entity: readonly CheckedColumn[], universe: Source, dialect: Dialect): string {
  const items = entity.map((e) => {
    const name = identifier(e.name, dialect);
    const declared = universe.columns.find((c) => c.name === e.name);
    return declared !== undefined && sameType(declared.type, e.type) ? name : `CAST(${name} AS ${dialect.typeName(e.type)}) AS ${name}`;
  });
  return items.join(', ');
}
