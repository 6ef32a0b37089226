/** SELECT statements as data, and their layout: one clause a line, one item a line. */
import { clickhouseElements } from '../functions/clickhouse-json.ts';
import { NotOnEngine } from '../functions/engine-sql.ts';
import { name, type Sql } from '../sql/tree.ts';
import type { SqlType } from '../sql-type.ts';
import type { Dialect } from './dialect.ts';
import { identifier } from './dialect.ts';
import { elementsSql } from './elements.ts';
import { leftDeep } from './left-deep.ts';
import { precedence, printExpression } from './print.ts';

export interface SelectStatement {
  readonly distinct: boolean;
  readonly items: readonly { readonly expr: Sql; readonly alias: string }[];
  readonly from: Relation | null;
  readonly where: readonly Sql[];
  readonly groupBy: readonly Sql[];
  readonly having: Sql | null;
  readonly qualify: Sql | null;
}

export type Relation =
  /** `text` is a relation as it is printed: a name, or Jinja. */
  | { readonly kind: 'table'; readonly text: string; readonly alias: string | null }
  /** UNION ALL */
  | { readonly kind: 'union'; readonly branches: readonly SelectStatement[]; readonly alias: string }
  | { readonly kind: 'derived'; readonly select: SelectStatement; readonly alias: string }
  | {
      readonly kind: 'join';
      readonly join: 'inner' | 'left' | 'full' | 'cross';
      readonly left: Relation;
      readonly right: Relation;
      readonly on: readonly Sql[];
    }
  /** Elements of an array of a known type, or of JSON. */
  | {
      readonly kind: 'flatten';
      readonly left: Relation;
      readonly input: Sql;
      /** Of the elements, of an array of a known type. */
      readonly of: SqlType | null;
      readonly outer: boolean;
      readonly alias: string;
    }
  | { readonly kind: 'asof'; readonly left: Relation; readonly right: Relation; readonly on: readonly Sql[]; readonly match: Sql };

const indent = (text: string): string => `  ${text.replaceAll('\n', '\n  ')}`;

export function printSelect(select: SelectStatement, dialect: Dialect): string {
  if (select.qualify !== null && dialect.engine === 'postgres') return printSelect(withoutQualify(select, select.qualify), dialect);
  const expr = (e: Sql): string => printExpression(e, dialect);
  const items = select.items.map(({ expr: e, alias }) => {
    // Of two relations with one such column, ClickHouse calls the second by its whole path.
    const own = e.kind === 'name' && e.path.at(-1) === alias && (dialect.engine !== 'clickhouse' || e.path.length === 1);
    return own ? expr(e) : `${expr(e)} AS ${identifier(alias, dialect)}`;
  });
  const lines = [`SELECT${select.distinct ? ' DISTINCT' : ''}`, indent(items.join(',\n'))];
  if (select.from !== null) lines.push(`FROM ${printRelation(select.from, dialect)}`);
  if (select.where.length > 0) lines.push(`WHERE ${conjunction(select.where, dialect)}`);
  if (select.groupBy.length > 0) lines.push(`GROUP BY ${select.groupBy.map(expr).join(', ')}`);
  if (select.having !== null) lines.push(`HAVING ${expr(select.having)}`);
  if (select.qualify !== null) lines.push(`QUALIFY ${expr(select.qualify)}`);
  return lines.join('\n');
}

/** Postgres has no QUALIFY: the condition becomes a column that a query around it filters by. */
function withoutQualify(select: SelectStatement, qualify: Sql): SelectStatement {
  const taken = new Set(select.items.map((item) => item.alias.toUpperCase()));
  let kept = 'KEPT';
  while (taken.has(kept)) kept += '_';
  const inner = { ...select, distinct: false, items: [...select.items, { expr: qualify, alias: kept }], qualify: null };
  return {
    distinct: select.distinct,
    items: select.items.map(({ alias }) => ({ expr: name('QUALIFIED', alias), alias })),
    from: { kind: 'derived', select: inner, alias: 'QUALIFIED' },
    where: [name('QUALIFIED', kept)],
    groupBy: [],
    having: null,
    qualify: null,
  };
}

function conjunction(conditions: readonly Sql[], dialect: Dialect): string {
  return conditions.map((c) => (precedence(c) < 20 ? `(${printExpression(c, dialect)})` : printExpression(c, dialect))).join('\n  AND ');
}

const joinWords = { inner: 'JOIN', left: 'LEFT JOIN', full: 'FULL JOIN', cross: 'CROSS JOIN' } as const;

function printRelation(relation: Relation, dialect: Dialect): string {
  const as = (alias: string | null): string => (alias === null ? '' : ` AS ${identifier(alias, dialect)}`);
  switch (relation.kind) {
    case 'table':
      return `${relation.text}${as(relation.alias)}`;
    case 'asof': {
      const sides = (words: string): string =>
        `${printRelation(relation.left, dialect)}\n${words} ${printRelation(relation.right, dialect)}`;
      if (dialect.engine === 'snowflake')
        return `${sides('ASOF JOIN')}\n  MATCH_CONDITION (${printExpression(relation.match, dialect)})\n  ON ${conjunction(relation.on, dialect)}`;
      if (dialect.engine === 'postgres') return printLateral(relation, dialect);
      return `${sides('ASOF LEFT JOIN')}\n  ON ${conjunction([...relation.on, relation.match], dialect)}`;
    }
    case 'flatten': {
      const input = printExpression(relation.input, dialect);
      const left = printRelation(relation.left, dialect);
      const alias = as(relation.alias);
      if (dialect.engine === 'snowflake')
        return `${left}\nCROSS JOIN LATERAL FLATTEN(INPUT => ${input}${relation.outer ? ', OUTER => TRUE' : ''})${alias}`;
      if (dialect.engine === 'clickhouse')
        return `${left}\n${relation.outer ? 'LEFT ' : ''}ARRAY JOIN ${clickhouseElements(input, relation.of && dialect.typeName(relation.of))}${alias}`;
      const rows = `LATERAL (\n${indent(elementsSql(input, relation.of !== null, dialect.engine))}\n)${alias}`;
      return relation.outer ? `${left}\nLEFT JOIN ${rows}\n  ON TRUE` : `${left}\nCROSS JOIN ${rows}`;
    }
    case 'derived':
      return `(\n${indent(printSelect(relation.select, dialect))}\n)${as(relation.alias)}`;
    case 'union':
      return `(\n${indent(relation.branches.map((b) => printSelect(b, dialect)).join('\nUNION ALL\n'))}\n)${as(relation.alias)}`;
    case 'join': {
      if (dialect.engine === 'clickhouse' && relation.right.kind === 'join') return printRelation(leftDeep(relation), dialect);
      const right = relation.right.kind === 'join' ? `(${printRelation(relation.right, dialect)})` : printRelation(relation.right, dialect);
      const on = relation.join === 'cross' ? '' : `\n  ON ${conjunction(relation.on, dialect)}`;
      return `${printRelation(relation.left, dialect)}\n${joinWords[relation.join]} ${right}${on}`;
    }
  }
}

/** Postgres has no ASOF JOIN: of the rows that match, the nearest. */
function printLateral({ left, right, on, match }: Relation & { kind: 'asof' }, dialect: Dialect): string {
  const alias = right.kind === 'table' ? (right.alias ?? right.text) : '';
  const away = match.kind === 'binary' ? nearestFirst[match.operator] : undefined;
  const own = match.kind === 'binary' && match.right.kind === 'name' ? match.right : undefined;
  if (away === undefined || own === undefined || alias === '') throw new NotOnEngine('this ASOF JOIN', dialect.engine);
  const nearest = `SELECT *\nFROM ${printRelation(right, dialect)}\nWHERE ${conjunction([...on, match], dialect)}\nORDER BY ${printExpression(own, dialect)} ${away}\nLIMIT 1`;
  return `${printRelation(left, dialect)}\nLEFT JOIN LATERAL (\n${indent(nearest)}\n) AS ${right.kind === 'table' && right.alias !== null ? identifier(right.alias, dialect) : alias}\n  ON TRUE`;
}

/** The right side is the match's right operand. */
const nearestFirst: Readonly<Record<string, string>> = { '>=': 'DESC', '>': 'DESC', '<=': 'ASC', '<': 'ASC' };

export function printCtes(
  ctes: readonly { readonly name: string; readonly text: string; readonly comments?: readonly string[] }[],
  last: string,
  dialect: Dialect,
): string {
  if (ctes.length === 0) return last;
  const parts = ctes.map(({ name, text, comments = [] }) => {
    const said = comments.map((line) => `  -- ${dialect.shield(line)}\n`).join('');
    return `${identifier(name, dialect)} AS (\n${said}${indent(text)}\n)`;
  });
  return `WITH ${parts.join(',\n')}\n${last}`;
}
