/** The tables of features in a DuckDB file, beside the raw relations that they are computed from. */
import { randomUUID } from 'node:crypto';
import { gridRows, versionColumn } from '../../../compiler/artifacts/dbt/grid-model.ts';
import { versionedRelation } from '../../../compiler/artifacts/dbt/names.ts';
import { stagingSql } from '../../../compiler/artifacts/staging.ts';
import type { Source } from '../../../compiler/catalog.ts';
import { duckdb, identifier } from '../../../compiler/emit/dialect.ts';
import { duckdbPrelude } from '../../../compiler/functions/duckdb-prelude.ts';
import { asOfColumn } from '../../../compiler/plan/plan.ts';
import { timestamp, varchar } from '../../../compiler/sql-type.ts';
import { timePlace } from '../../data/row-time.ts';
import { type DuckdbWriter, openDuckdbWriter } from '../../engines/duckdb-writer.ts';
import { EngineError } from '../../engines/engine.ts';
import { UsageError } from '../../usage-error.ts';
import { fitting, inPlace, relationAt } from '../../warehouse/declared-columns.ts';
import { fromEnvironment } from '../../warehouse/environment.ts';
import { relationOf } from '../../warehouse/relation.ts';
import { duckdbFileOf } from '../../warehouse/target-file.ts';
import { clock } from './clock.ts';
import { duckdbLedger, type Ledger, ofChunk } from './duckdb-ledger.ts';
import { type Grid, tickFrom } from './grid.ts';
import { united } from './intervals.ts';
import { shownVersion } from './shown.ts';
import type { Chunk, Computed, GridState, GridTables, Opening } from './tables.ts';

export async function openDuckdbTables(opening: Opening): Promise<GridTables> {
  const { name, target, folder, environment, writes } = opening;
  const { file: path, shown } = await duckdbFileOf(target, name, folder, environment);
  const schema = target.schema === null ? 'main' : fromEnvironment(target.schema, `schema of the target ${name}`, environment);
  const file = await openDuckdbWriter(path, shown, writes).catch((thrown: unknown) => {
    if (thrown instanceof EngineError && thrown.message.includes('lock on file'))
      throw new UsageError(`another process has the file of the target ${name} open: ${shown}`, 'it is free again when that process ends');
    throw thrown;
  });
  try {
    const [[database] = []] = await file.all('SELECT current_database()');
    const inSchema = (relation: string): string => [String(database), schema, relation].map((part) => identifier(part, duckdb)).join('.');
    return duckdbTables(file, inSchema, String(database), schema, opening);
  } catch (thrown) {
    file.close();
    throw thrown;
  }
}

const staged = (source: string): string => `temp.main.${identifier(`lockstep_staged_${source.toLowerCase()}`, duckdb)}`;

function duckdbTables(
  file: DuckdbWriter,
  inSchema: (relation: string) => string,
  database: string,
  schema: string,
  opening: Opening,
): GridTables {
  const ledger = duckdbLedger(file, inSchema);
  const relationOfGrid = (grid: Grid): string => inSchema(versionedRelation(grid.name, grid.version));
  const { now } = clock();
  const id = randomUUID();
  /** Versions of which this run has noted something. */
  const begun = new Set<string>();
  /** Which version the name of a feature shows since this run wrote it. */
  const views = new Map<string, string>();
  const readRaw = async (source: Source) => {
    const parts = relationOf(source, opening.name, opening.target, opening.environment);
    const { relation, found } = await relationAt(file, source, parts, opening.name);
    return { relation, columns: source.columns.map((column) => ({ column, ...inPlace(source, column, parts, found) })) };
  };
  return {
    raw: async (source) => {
      const { relation, columns } = await readRaw(source);
      const reads = columns.flatMap(({ read }) => (read === null ? [] : [read]));
      const rows = await fitting(file, source, reads, `FROM ${relation}`, {});
      const time = columns[timePlace(source)]?.sql ?? '';
      const [[span] = []] = await file.all(`SELECT epoch_us(max(${time})) - epoch_us(min(${time})) FROM ${relation}`);
      return { rows, span: typeof span === 'bigint' ? span : 0n };
    },
    state: async (grid) => {
      await requireOwnView(file, database, schema, grid.name);
      return stateOf(grid, { sql: relationOfGrid(grid), name: `${schema}.${versionedRelation(grid.name, grid.version)}` }, file, ledger);
    },
    prepare: async (sources, done) => {
      await file.transaction(async () => {
        await file.run(`CREATE SCHEMA IF NOT EXISTS ${identifier(schema, duckdb)}`);
        await ledger.make();
        for (const helper of duckdbPrelude) await file.run(helper);
      });
      for (const source of sources) {
        const { relation, columns } = await readRaw(source);
        const items = columns.map(({ sql, column }) => `${sql} AS ${identifier(column.name, duckdb)}`).join(', ');
        const clean = stagingSql(source, `(SELECT ${items} FROM ${relation}) AS raw`, duckdb);
        // In the order of their times, so that a chunk reads what it needs alone.
        const time = identifier(source.kind === 'stream' ? source.eventTime : source.updatedAt, duckdb);
        await file.run(`CREATE OR REPLACE TEMP TABLE ${staged(source.name)} AS\nSELECT * FROM (\n${clean}\n) ORDER BY ${time}`);
        done(source);
      }
    },
    compute: async (grid, chunk) => {
      const key = `${grid.name} ${grid.version}`;
      const run = { id, now, isFirstChunk: !begun.has(key) };
      const computed = await file.transaction(async (): Promise<Computed> => {
        const started = performance.now();
        const relation = relationOfGrid(grid);
        if (chunk.kind === 'first') await file.run(relationSql(grid, relation));
        await ledger.begin(grid, chunk, run, staged);
        const lateEvents = chunk.kind === 'on' ? await ledger.late(grid, run, staged) : 0;
        const rows = await replaceRows(file, grid, chunk, relation);
        await ledger.complete(grid, chunk, run);
        const before = await ledger.shown(grid.name);
        const shown = await shownVersion(grid, before, chunk.historyFrom, ledger, (v) =>
          isThere(file, inSchema(versionedRelation(grid.name, v))),
        );
        if (shown !== before.version) await ledger.show(grid, run);
        if (shown !== views.get(grid.name))
          await file.run(
            `CREATE OR REPLACE VIEW ${inSchema(grid.name)} AS\nSELECT *\nFROM ${inSchema(versionedRelation(grid.name, shown))}`,
          );
        return { rows, lateEvents, shown, seconds: (performance.now() - started) / 1000 };
      });
      begun.add(key);
      views.set(grid.name, computed.shown);
      return computed;
    },
    interrupt: file.interrupt,
    close: file.close,
    pace,
    bill: async () => ({ kind: 'none' }),
  };
}

/** On two cores of a virtual machine. */
const pace = { rowsASecond: 8_000_000, aChunk: 0.05, leastChunk: 0.02, startOfChunk: 0, cleanedASecond: 500_000, cleaning: 0 };

const isThere = async (file: DuckdbWriter, relation: string): Promise<boolean> => (await file.describe(relation)) !== null;

/** What is called like the feature is a view of one of its versions, or nothing. */
async function requireOwnView(file: DuckdbWriter, database: string, schema: string, name: string): Promise<void> {
  const found = await file.all(
    `SELECT 'a view', sql FROM duckdb_views() WHERE database_name = $database AND lower(schema_name) = lower($schema) AND lower(view_name) = lower($name)
UNION ALL
SELECT 'a table', '' FROM duckdb_tables() WHERE database_name = $database AND lower(schema_name) = lower($schema) AND lower(table_name) = lower($name)`,
    Object.fromEntries(Object.entries({ database, schema, name }).map(([key, value]) => [key, { type: varchar, value }])),
  );
  for (const [kind, sql] of found)
    if (!readsVersion(String(sql), name))
      throw new UsageError(
        `${schema}.${name} is ${String(kind)} that Lockstep has not made, and the feature ${name} is to be shown under that name: nothing is overwritten`,
        'the tables of features may have a schema of their own: `schema:` of the target',
      );
}

const readsVersion = (sql: string, name: string): boolean => {
  const [, ...behind] = sql.toLowerCase().split(versionedRelation(name, '').toLowerCase());
  return behind.some((rest) => /^[0-9a-f]{16}\b/.test(rest));
};

async function stateOf(
  grid: Grid,
  relation: { readonly sql: string; readonly name: string },
  file: DuckdbWriter,
  ledger: Ledger,
): Promise<GridState> {
  const { name, version, every } = grid;
  const runs = (await ledger.exists()) ? await ledger.runs(name, version) : [];
  if (!(await isThere(file, relation.sql))) return { relation: relation.name, held: [], dirty: [], measured: null };
  const [[other = null, rows = 0n] = []] = await file.all(
    `SELECT min(lockstep_version) FILTER (WHERE lockstep_version <> $version), count(*) FROM ${relation.sql}`,
    { version: { type: varchar, value: version } },
  );
  if (other !== null)
    throw new UsageError(
      `${relation.name} holds rows of version ${String(other)}, and this is version ${version}`,
      'each version has a relation of its own: drop this one, and compute it anew',
    );
  if (runs.length === 0)
    throw new UsageError(
      `${relation.name} is there, and lockstep_runs does not say which instants it holds`,
      'drop it, or build it anew with dbt build --full-refresh',
    );
  const measured = await ledger.measured(grid);
  return {
    relation: relation.name,
    held: united(runs.map(({ start, end }) => ({ first: tickFrom(start, every), past: tickFrom(end, every) }))),
    dirty: united(await ledger.dirty(grid)),
    measured: measured === null ? null : { ...measured, rows: Number(rows) },
  };
}

/** As the contract of dbt's model has it. */
function relationSql({ feature }: Grid, relation: string): string {
  const keys = [...feature.entity, { name: asOfColumn, type: timestamp }].map((c) => ({ ...c, key: true }));
  const others = [...feature.outputs, { name: versionColumn, type: varchar }].map((c) => ({ ...c, key: false }));
  const columns = [...keys, ...others].map(
    ({ name, type, key }) => `${identifier(name, duckdb)} ${duckdb.typeName(type)}${key ? ' NOT NULL' : ''}`,
  );
  return `CREATE TABLE ${relation} (${columns.join(', ')})`;
}

async function replaceRows(file: DuckdbWriter, grid: Grid, chunk: Chunk, relation: string): Promise<number> {
  const { feature, version, plan, catalog } = grid;
  const asOf = identifier(asOfColumn, duckdb);
  const values = ofChunk(grid, chunk);
  await file.run(`DELETE FROM ${relation} WHERE ${asOf} >= $start AND ${asOf} < $end`, values);
  const names = [...feature.entity, { name: asOfColumn }, ...feature.outputs, { name: versionColumn }].map((c) =>
    identifier(c.name, duckdb),
  );
  const rows = gridRows(feature, version, plan, catalog, duckdb, { staged, first: '$first', past: '$past', start: '$start', stop: '$end' });
  return file.run(`INSERT INTO ${relation} (${names.join(', ')})\n${rows}`, values);
}
