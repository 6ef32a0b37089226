/** The tables of features that a target has, as dbt or `materialize` filled them, with what the ledger says of their runs. */
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import { versionColumn } from '../../compiler/artifacts/dbt/grid-model.ts';
import { completeRunsSql } from '../../compiler/artifacts/dbt/ledger-sql.ts';
import { duckdb, identifier } from '../../compiler/emit/dialect.ts';
import { asOfColumn } from '../../compiler/plan/plan.ts';
import { integer, timestamp, typeName, varchar } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import type { BatchTable, Built, BuiltRun } from '../data/batch-table.ts';
import { sameName } from '../data/column.ts';
import { pointText, type SpineRow } from '../data/spine.ts';
import { openWorkspace, type Workspace } from '../engines/duckdb-workspace.ts';
import type { ListParameter } from '../engines/engine.ts';
import { UsageError } from '../usage-error.ts';
import { relationSql } from './declared-columns.ts';
import { fromEnvironment } from './environment.ts';
import { duckdbFileOf, type NamedTarget } from './target-file.ts';

export interface FeatureTables {
  readonly has: (feature: CompiledFeature) => Promise<boolean>;
  /** UsageError if it is not there, or does not have what the feature says. */
  readonly read: (feature: CompiledFeature) => Promise<BatchTable>;
  readonly close: () => void;
}

/** `relation`: of the one feature that is asked for; null: each has one that is called like it. */
export async function openFeatureTables(target: NamedTarget, relation: string | null): Promise<FeatureTables> {
  const { name, declared, folder, environment } = target;
  if (declared.engine === 'snowflake')
    throw new UsageError(
      `the target ${name} is on Snowflake, whose tables are not compared in place yet`,
      'unload the relation to a file: --batch-table',
    );
  const { file, shown } = await duckdbFileOf(declared, name, folder, environment);
  const schema = declared.schema === null ? 'main' : fromEnvironment(declared.schema, `schema of the target ${name}`, environment);
  const workspace = await openWorkspace({ file, shown, writes: false }, join(tmpdir(), `lockstep-${process.pid}`));
  try {
    const [[database] = []] = await workspace.connection.query(
      'SELECT database_name FROM duckdb_databases() WHERE path = $path[1]',
      [{ name: 'NAME', type: varchar }],
      [one('path', file)],
    );
    const inSchema = (table: string): readonly string[] => [String(database), schema, table];
    const partsOf = ({ feature }: CompiledFeature): readonly string[] => {
      const parts = relation?.split('.') ?? [];
      return relation === null ? inSchema(feature.name) : [...[String(database), schema].slice(0, 3 - parts.length), ...parts];
    };
    const shownOf = (compiled: CompiledFeature): string => partsOf(compiled).slice(1).join('.');
    const columnsOf = (compiled: CompiledFeature) => workspace.reader.describe(relationSql(partsOf(compiled)));
    return {
      has: async (compiled) => (await columnsOf(compiled)) !== null,
      read: async (compiled) => {
        const found = await columnsOf(compiled);
        if (found === null)
          throw new UsageError(
            `the target ${name} has no relation ${shownOf(compiled)}, where the rows of ${compiled.feature.name} would be`,
            `dbt build, or lockstep materialize ${compiled.feature.name} --target ${name}, fills it; another one: --batch ${name}:schema.table`,
          );
        requireColumns(compiled, found, shownOf(compiled));
        return readTable(workspace, compiled, partsOf(compiled), shownOf(compiled), inSchema);
      },
      close: workspace.close,
    };
  } catch (thrown) {
    workspace.close();
    throw thrown;
  }
}

const one = (name: string, value: string): ListParameter => ({ name, type: varchar, values: [value] });

type Found = { readonly name: string; readonly type: string };

function requireColumns({ feature }: CompiledFeature, found: readonly Found[], shown: string): void {
  const wanted = [...feature.entity, { name: asOfColumn, type: timestamp }, ...feature.outputs, { name: versionColumn, type: varchar }];
  for (const { name, type } of wanted) {
    const column = found.find((f) => sameName(f.name, name));
    if (column === undefined)
      throw new UsageError(
        `${shown} has no column ${name}, which the rows of ${feature.name} have`,
        'a relation that Lockstep did not fill is compared as a file: --batch-table',
      );
    if (column.type !== duckdb.typeName(type).replaceAll(', ', ','))
      throw new UsageError(`${shown}: the column ${name} is ${column.type}, and of ${feature.name} it is ${typeName(type)}`);
  }
}

async function readTable(
  { connection, reader }: Workspace,
  compiled: CompiledFeature,
  parts: readonly string[],
  shown: string,
  inSchema: (table: string) => readonly string[],
): Promise<BatchTable> {
  const { feature } = compiled;
  const columns = [...feature.entity, { name: asOfColumn, type: timestamp }, ...feature.outputs, { name: versionColumn, type: varchar }];
  const items = columns.map((c) => identifier(c.name, duckdb)).join(', ');
  const order = [asOfColumn, ...feature.entity.map((e) => e.name)].map((name) => identifier(name, duckdb)).join(', ');
  const rows = await connection.query(`SELECT ${items} FROM ${relationSql(parts)} ORDER BY ${order}`, columns);
  const width = feature.entity.length;
  const answers = new Map<string, readonly Value[]>();
  const versions = new Map<string, string>();
  const hash = createHash('sha256');
  const points = rows.map((row): SpineRow => {
    const entity = row.slice(0, width);
    const asOf = row[width];
    if (typeof asOf !== 'bigint' || entity.includes(null))
      throw new UsageError(
        `${shown} has a row without ${typeof asOf === 'bigint' ? 'its entity' : asOfColumn}`,
        'nobody is asked for NULL',
      );
    const point = { entity, asOf };
    const key = pointText(point);
    if (answers.has(key))
      throw new UsageError(`${shown} has two rows of one entity and instant`, 'dbt test finds them: lockstep_unique_by');
    answers.set(key, row.slice(width + 1, -1));
    versions.set(key, String(row.at(-1)));
    hash.update(JSON.stringify([key, ...row.slice(width + 1).map((value) => (typeof value === 'bigint' ? `${value}` : value))], texts));
    return point;
  });
  const version = versions.values().next().value ?? compiled.version;
  const runsTable = relationSql(inSchema('lockstep_runs'));
  const hasLedger = (await reader.describe(runsTable)) !== null;
  const runs = hasLedger ? await readRuns(connection, feature.name, version, runsTable, relationSql(inSchema('lockstep_seen'))) : [];
  const built: Built = { versions, runs };
  return { name: shown, sha256: hash.digest('hex'), points, answers, built };
}

/** Arrays hold integers, too. */
const texts = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}` : value);

async function readRuns(
  connection: Workspace['connection'],
  feature: string,
  version: string,
  runs: string,
  seen: string,
): Promise<readonly BuiltRun[]> {
  const complete = completeRunsSql(runs, { feature: '$feature[1]', version: '$version[1]' }, duckdb, ['run_id', 'recorded_at']);
  const columns = ['START_AT', 'END_AT', 'DONE_AT', 'SEEN_AT'].map((name) => ({ name, type: integer }));
  const found = await connection.query(
    `SELECT done.start_micros, done.end_micros, epoch_us(done.recorded_at), epoch_us(seen.seen_until), seen.source
FROM (${complete}) AS done
LEFT JOIN ${seen} AS seen ON seen.feature = $feature[1] AND seen.version = $version[1] AND seen.run_id = done.run_id
ORDER BY done.recorded_at, done.start_micros, seen.source`,
    [...columns, { name: 'SOURCE', type: varchar }],
    [one('feature', feature), one('version', version)],
  );
  const byRun = new Map<string, { readonly run: Omit<BuiltRun, 'seen'>; readonly seen: Map<string, bigint> }>();
  for (const [start, end, completedAt, until, source] of found) {
    const key = `${start} ${end} ${completedAt}`;
    const known = byRun.get(key) ?? {
      run: { start: start as bigint, end: end as bigint, completedAt: completedAt as bigint },
      seen: new Map<string, bigint>(),
    };
    byRun.set(key, known);
    if (typeof source === 'string' && typeof until === 'bigint') known.seen.set(source, until);
  }
  return [...byRun.values()].map(({ run, seen }) => ({ ...run, seen }));
}
