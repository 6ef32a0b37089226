/** The tables of features on Snowflake: dbt computes chunks and writes the ledger, and what they hold is asked of Snowflake itself. */

import { microsOf } from '../../../compiler/artifacts/dbt/engine-time.ts';
import { dirtyName, ledger as ledgerTables } from '../../../compiler/artifacts/dbt/ledger.ts';
import { gridName, stagingName, versionedRelation } from '../../../compiler/artifacts/dbt/names.ts';
import { dialects, identifier } from '../../../compiler/emit/dialect.ts';
import { timestampText } from '../../../compiler/functions/iso-time.ts';
import { asOfColumn } from '../../../compiler/plan/plan.ts';
import { timePlace } from '../../data/row-time.ts';
import { type DbtRan, isFailed, nameOf } from '../../dbt/job.ts';
import { type OpenDbt, openDbt } from '../../dbt/open-dbt.ts';
import { EngineError } from '../../engines/engine.ts';
import { UsageError } from '../../usage-error.ts';
import { relationOf } from '../../warehouse/relation.ts';
import { type Account, openAccount } from '../../warehouse/snowflake-account.ts';
import { declaredReads, nameInCatalog, nameThere, relationName } from '../../warehouse/snowflake-relation.ts';
import { hiddenOf, settingsOf } from '../../warehouse/snowflake-settings.ts';
import type { NamedTarget } from '../../warehouse/target-file.ts';
import { requireSameProject } from './dbt-project.ts';
import { chunkVars, shownVars } from './dbt-vars.ts';
import { type Grid, tickFrom } from './grid.ts';
import { united } from './intervals.ts';
import { shownVersion } from './shown.ts';
import { billOf } from './snowflake-bill.ts';
import { type LedgerThere, ledgerThere } from './snowflake-ledger.ts';
import type { Chunk, Computed, GridState, GridTables, Opening } from './tables.ts';

const { snowflake } = dialects;

export async function openSnowflakeTables({ name, target: declared, folder, environment, say }: Opening): Promise<GridTables> {
  const target: NamedTarget = { name, declared, folder, environment, ...(say === undefined ? {} : { say }) };
  const dbt = await openDbt(target, hiddenOf(target));
  try {
    const { database, schema } = await settingsOf(target);
    return snowflakeTables(target, await openAccount(target, 'materialize'), dbt, [database, schema]);
  } catch (thrown) {
    await dbt.close();
    throw thrown;
  }
}

/** `place`: database and schema. */
export function snowflakeTables(target: NamedTarget, account: Account, dbt: OpenDbt, place: readonly string[]): GridTables {
  const { session } = account;
  const inSchema = (relation: string): string => relationName([...place, relation]);
  const ledger = ledgerThere(session, inSchema);
  const relationOfGrid = ({ name, version }: Grid): string => inSchema(versionedRelation(name, version));
  const isThere = async (relation: string): Promise<boolean> => (await session.describe(`SELECT * FROM ${relation}`)) !== null;
  /** All that a state was asked of: what dbt has is compared with them. */
  const grids = new Map<string, Grid>();
  /** Features whose view this run has seen to. */
  const views = new Map<string, string>();

  const show = async (grid: Grid, { historyFrom }: Chunk): Promise<string> => {
    const before = await ledger.shown(grid.name);
    const shown = await shownVersion(grid, before, historyFrom, ledger, (v) => isThere(inSchema(versionedRelation(grid.name, v))));
    if (shown === before.version && (views.get(grid.name) === shown || (await isThere(inSchema(grid.name))))) return shown;
    const ran = await dbt.run({
      // A version that fails its tests is not shown.
      command: 'build',
      select: [`${gridName(grid.name)},test_type:data`, grid.name],
      vars: shownVars(historyFrom),
      fullRefresh: false,
      cause: `lockstep materialize: what ${grid.name} shows`,
      done: () => {},
    });
    requireSuccess(ran, grid.name);
    const { version: after } = await ledger.shown(grid.name);
    if (after !== shown) throw new Error(`${grid.name} shows version ${after}, and should show ${shown}`);
    return shown;
  };

  return {
    raw: async (source) => {
      const parts = relationOf(source, target.name, target.declared, target.environment);
      const { relation, reads } = await declaredReads(session, source, parts, target.name);
      const time = reads[timePlace(source)]?.sql ?? 'NULL';
      const micros = (at: string): string => microsOf(`${at}(${time})`, snowflake);
      const [[rows, span] = []] = await session.run(`SELECT COUNT(*), ${micros('MAX')} - ${micros('MIN')} FROM ${relation}`);
      return { rows: Number(rows), span: span === null || span === undefined ? 0n : BigInt(String(span)) };
    },
    state: async (grid) => {
      grids.set(grid.name, grid);
      await requireOwnView(account, place, grid.name);
      return stateOf(grid, relationOfGrid(grid), account, ledger, await isThere(relationOfGrid(grid)));
    },
    prepare: async (sources, done) => {
      const staging = new Map(sources.map((source) => [stagingName(source.name), source]));
      const ran = await dbt.run({
        command: 'run',
        select: [...ledgerTables.map(({ name }) => name), dirtyName, ...staging.keys()],
        vars: {},
        fullRefresh: false,
        cause: 'lockstep materialize: the ledger and the clean rows',
        done: (id) => {
          const source = staging.get(nameOf({ id }));
          if (source !== undefined) done(source);
        },
      });
      requireSame(ran, [...staging.keys()]);
      requireSameProject(await ran.manifest(), [...grids.values()], target, place);
    },
    compute: async (grid, chunk): Promise<Computed> => {
      const started = performance.now();
      const ran = await dbt.run({
        command: 'run',
        select: [gridName(grid.name)],
        vars: chunkVars(grid, chunk),
        // Of a run that was killed there may be a relation of which the ledger does not know.
        fullRefresh: chunk.kind === 'first',
        cause: `lockstep materialize ${grid.name} ${timestampText(chunk.first * grid.every)} ${timestampText(chunk.past * grid.every)}`,
        done: () => {},
      });
      requireSuccess(ran, gridName(grid.name));
      const [start, end] = [chunk.first * grid.every, chunk.past * grid.every];
      const completed = await ledger.completed(grid, ran.invocation);
      const [run] = completed;
      if (completed.length !== 1 || run?.start !== start || run.end !== end || run.whole !== (chunk.kind === 'first'))
        throw new EngineError(
          'dbt',
          `${grid.name}: it was to compute the instants from ${timestampText(start)} to before ${timestampText(end)}, and the ledger does not say so`,
          `run_id ${ran.invocation} in lockstep_runs: do the clocks agree, and is nothing of DBT_FULL_REFRESH and the like set there?`,
        );
      const key = [...grid.feature.entity.map(({ name }) => name), asOfColumn].map((name) => identifier(name, snowflake)).join(', ');
      const [[rows, keys] = []] = await session.run(
        `SELECT COALESCE(SUM(n), 0), COUNT(*) FROM (SELECT COUNT(*) AS n FROM ${relationOfGrid(grid)} WHERE as_of >= CAST(? AS TIMESTAMP_NTZ) AND as_of < CAST(? AS TIMESTAMP_NTZ) GROUP BY ${key}) AS of_keys`,
        [timestampText(start), timestampText(end)],
      );
      // Transactions that delete nothing do not wait for each other.
      if (Number(rows) !== Number(keys))
        throw new EngineError(
          'dbt',
          `${grid.name}: ${Number(rows)} rows for ${Number(keys)} keys from ${timestampText(start)} to before ${timestampText(end)}: another run computed the same instants at the same time`,
          `when no other run is under way: lockstep materialize ${grid.name} --again --from ${timestampText(start)} --to ${timestampText(end)}`,
        );
      const lateEvents = await ledger.late(grid, ran.invocation);
      const shown = await show(grid, chunk);
      views.set(grid.name, shown);
      return { rows: Number(rows), lateEvents, shown, seconds: (performance.now() - started) / 1000 };
    },
    interrupt: () => {
      dbt.interrupt();
      session.interrupt();
    },
    close: async () => {
      await account.close();
      await dbt.close();
    },
    pace: {
      rowsASecond: 5_000_000,
      aChunk: 3,
      leastChunk: 1,
      startOfChunk: dbt.startSeconds,
      cleanedASecond: Infinity,
      cleaning: dbt.startSeconds,
    },
    bill: () => billOf(session, target),
  };
}

/** Every node that was asked for is there, and none failed. */
function requireSame(ran: DbtRan, names: readonly string[]): void {
  for (const name of names) requireSuccess(ran, name);
}

/** `name`: of a node that was selected. A message of the engine may hold values, and its query's id holds none. */
function requireSuccess({ nodes }: DbtRan, name: string): void {
  const [failed] = nodes.filter(isFailed);
  if (failed !== undefined) {
    const query = failed.queryId === null ? '' : `query ${failed.queryId} in Snowflake's history, `;
    throw new EngineError('dbt', `${nameOf(failed)}: ${failed.message ?? failed.status}`, `${query}node ${failed.id}`);
  }
  const node = nodes.find((found) => nameOf(found) === name && found.status === 'success');
  if (node === undefined)
    throw new UsageError(`dbt did not run ${name}: does its project have that model, enabled?`, 'lockstep compile writes the project');
}

/** What is called like a feature, and was not made by dbt, dbt would replace. */
async function requireOwnView({ session }: Account, place: readonly string[], name: string): Promise<void> {
  const [database = '', schema = ''] = place;
  const found = await session.run(
    `SELECT tables.table_type, views.view_definition
FROM ${nameThere(database)}.information_schema.tables AS tables
LEFT JOIN ${nameThere(database)}.information_schema.views AS views
  ON views.table_schema = tables.table_schema AND views.table_name = tables.table_name
WHERE tables.table_schema = ? AND tables.table_name = ?`,
    [nameInCatalog(schema), nameInCatalog(name)],
  );
  for (const [kind, sql] of found) {
    const isOurs = String(kind) === 'VIEW' && new RegExp(`${versionedRelation(name, '[0-9a-f]{16}')}\\b`, 'i').test(String(sql));
    if (!isOurs)
      throw new UsageError(
        `${place.join('.')}.${name} is a ${String(kind).toLowerCase()} that Lockstep has not made, or that this role may not look into, and the feature ${name} is to be shown under that name: nothing is overwritten`,
        'the tables of features may have a schema of their own: `schema` of the target and of dbt',
      );
  }
}

async function stateOf(grid: Grid, relation: string, { session }: Account, ledger: LedgerThere, isThere: boolean): Promise<GridState> {
  const { name, version, every } = grid;
  if (!isThere) return { relation, held: [], dirty: [], measured: null };
  const [[rows, other = null] = []] = await session.run(
    `SELECT COUNT(*), MIN(CASE WHEN lockstep_version <> ? THEN lockstep_version END) FROM ${relation}`,
    [version],
  );
  if (other !== null)
    throw new UsageError(
      `${relation} holds rows of version ${String(other)}, and this is version ${version}`,
      'each version has a relation of its own: drop this one, and compute it anew',
    );
  const isNoted = await ledger.exists();
  const runs = isNoted ? await ledger.runs(name, version) : [];
  if (isNoted && (await ledger.isUnfinished(grid))) return { relation, held: [], dirty: [], measured: null };
  if (runs.length === 0)
    throw new UsageError(
      `${relation} is there, and lockstep_runs does not say which instants it holds`,
      'drop it, or build it anew with dbt build --full-refresh',
    );
  const measured = await ledger.measured(grid);
  return {
    relation,
    held: united(runs.map(({ start, end }) => ({ first: tickFrom(start, every), past: tickFrom(end, every) }))),
    dirty: united(await ledger.dirty(grid)),
    measured: measured === null ? null : { ...measured, rows: Number(rows) },
  };
}
