/** A row's SQL for an engine, or the refusal where it has none that is proven. */
import type { Engine } from '../sql/tree.ts';
import type { PerEngine } from './define.ts';

const names: Readonly<Record<Engine, string>> = {
  snowflake: 'Snowflake',
  duckdb: 'DuckDB',
  postgres: 'Postgres',
  clickhouse: 'ClickHouse',
};

/** What was asked for has a meaning, and no SQL that is proven to give it on this engine. */
export class NotOnEngine extends Error {
  readonly engine: Engine;
  constructor(what: string, engine: Engine) {
    super(`${what} has no exact form on ${names[engine]} yet`);
    this.name = 'NotOnEngine';
    this.engine = engine;
  }
}

/** Engines that have of a row only what it says for them. */
const onlyOwn: ReadonlySet<Engine> = new Set<Engine>(['postgres', 'clickhouse']);

export function sqlFor<Build>(row: { readonly name: string }, sql: PerEngine<Build>, engine: Engine): Build {
  if (!hasSql(sql, engine)) throw new NotOnEngine(row.name, engine);
  const own: Build | 'standard' = sql[engine] ?? 'standard';
  return own === 'standard' ? sql.standard : (own as Build);
}

export function hasSql(sql: PerEngine<unknown>, engine: Engine): boolean {
  return !onlyOwn.has(engine) || sql[engine] !== undefined;
}
