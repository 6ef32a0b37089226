/** Training sets on Snowflake: rows stay there from the raw tables to the answers. What is made there are temporary tables, which end with the session. */
import { randomBytes } from 'node:crypto';
import { stagingSql } from '../../compiler/artifacts/staging.ts';
import type { Source } from '../../compiler/catalog.ts';
import { dialects, identifier } from '../../compiler/emit/dialect.ts';
import { planSql } from '../../compiler/emit/plan-sql.ts';
import { timestampText } from '../../compiler/functions/iso-time.ts';
import { asOfColumn, type Plan } from '../../compiler/plan/plan.ts';
import { validFrom, validTo } from '../../compiler/plan/scan.ts';
import { timestamp } from '../../compiler/sql-type.ts';
import { inRange } from '../data/parse-value.ts';
import { timePlace } from '../data/row-time.ts';
import { openWorkspace } from '../engines/duckdb-workspace.ts';
import type { TypedColumn } from '../engines/engine.ts';
import { UsageError } from '../usage-error.ts';
import { relationOf } from '../warehouse/relation.ts';
import { type Account, openAccount } from '../warehouse/snowflake-account.ts';
import { declaredReads, relationName } from '../warehouse/snowflake-relation.ts';
import { boundInstant, fitting } from '../warehouse/snowflake-warehouse.ts';
import type { NamedTarget } from '../warehouse/target-file.ts';
import { floatTextMacros } from './csv-text.ts';
import { ordinalOf } from './duckdb-labels.ts';
import type { Opening, TrainingEngine } from './engine.ts';
import { longestLookback } from './lookback.ts';
import { keepLabelsThere, type LabelsThere, type Temporary } from './snowflake-labels.ts';
import { type AnsweredThere, writeFileHere, writeTableThere } from './snowflake-write.ts';

const { snowflake } = dialects;

export async function openSnowflakeTraining({ raw, spill, writesTable, warn }: Opening): Promise<TrainingEngine> {
  if (raw.kind !== 'target') throw new Error('on Snowflake raw rows are in a target');
  const { target } = raw;
  const account = await openAccount(target, 'training-set');
  const { session } = account;
  const workspace = await openWorkspace(null, spill);
  for (const macro of floatTextMacros) await workspace.connection.execute(macro);
  const run = randomBytes(6).toString('hex').toUpperCase();
  const temporary: Temporary = (name) => identifier(`LOCKSTEP_${run}_${name.toUpperCase()}`, snowflake);
  const answered: AnsweredThere[] = [];
  let kept: LabelsThere | undefined;
  const labels = (): LabelsThere => {
    if (kept === undefined) throw new Error('the labels come first');
    return kept;
  };
  return {
    labels: async (given, keys) => {
      kept = await keepLabelsThere({ session, workspace, temporary, target: target.name, writesTable, warn }, given, keys);
      return { rows: kept.rows, columns: kept.columns.map(({ name }) => name) };
    },
    stage: (source, plans) => stage(account, target, labels(), temporary, source, plans),
    answer: async (plan, columns, version) => {
      await account.tag({ feature: plan.feature, version });
      const table = temporary(`answer_${answered.length}`);
      await session.run(`CREATE TEMPORARY TABLE ${table} AS\n${answersSql(plan, labels(), temporary)}`);
      const [[rows] = []] = await session.run(`SELECT COUNT(*) FROM ${table}`);
      if (Number(rows) !== labels().rows) throw new Error(`${plan.feature}: ${rows} answers for ${labels().rows} labels`);
      answered.push({ table, columns, types: plan.outputs.map(({ type }) => type) });
    },
    requireFree: async (table) => {
      if ((await session.describe(`SELECT * FROM ${relationName(table.split('.'))}`)) !== null)
        throw new UsageError(
          `the target ${target.name} has a relation ${table} already`,
          'nothing is overwritten: drop it, or name another one',
        );
    },
    write: async (to) => {
      await account.tag({});
      if (to.kind === 'table') await writeTableThere(session, labels(), answered, to.name);
      else await writeFileHere(session, workspace, labels(), answered, to.file, to.format);
    },
    close: async () => {
      workspace.close();
      await account.close();
    },
  };
}

/** Events that no label can see are not staged. An event's time is part of its identity, so the copy that counts stays the same. */
async function stage(
  { session, tag }: Account,
  target: NamedTarget,
  labels: LabelsThere,
  temporary: Temporary,
  source: Source,
  plans: readonly Plan[],
): Promise<void> {
  await tag({ source: source.name });
  const { relation, reads } = await declaredReads(
    session,
    source,
    relationOf(source, target.name, target.declared, target.environment),
    target.name,
  );
  const time = reads[timePlace(source)];
  const at = boundInstant(time);
  const bounds = boundsOf(labels, source, plans);
  const tests = bounds === null ? ['FALSE'] : bounds.map(({ operator }) => `${time?.sql} ${operator} ${at}`);
  const binds = (bounds ?? []).map(({ instant }) => timestampText(instant));
  const from = `FROM ${relation}${tests.length === 0 ? '' : ` WHERE ${tests.join(' AND ')}`}`;
  await fitting(session, source, reads, from, binds);
  const given = `(SELECT ${reads.map(({ cast, sql }) => `${cast} AS ${sql}`).join(', ')} ${from}) AS given`;
  const intervals = source.kind === 'table' ? [validFrom, validTo] : [];
  const columns: TypedColumn[] = [...reads, ...intervals.map((name) => ({ name, type: time?.type ?? timestamp }))];
  const table = temporary(`staged_${source.name}`);
  await session.run(
    `CREATE TEMPORARY TABLE ${table} (${columns.map(({ name, type }) => `${identifier(name, snowflake)} ${snowflake.typeName(type)}`).join(', ')})`,
  );
  await session.run(`INSERT INTO ${table}\n${stagingSql(source, given, snowflake)}`, binds);
}

interface Bound {
  readonly operator: '<=' | '>=';
  readonly instant: bigint;
}

/** Null: no label has an instant. */
function boundsOf({ instants }: LabelsThere, source: Source, plans: readonly Plan[]): readonly Bound[] | null {
  if (source.kind !== 'stream') return [];
  if (instants === null) return null;
  const lookback = longestLookback(plans, source.name);
  const first = lookback === null ? null : instants.first - lookback;
  return [
    { operator: '<=', instant: instants.last },
    ...(first === null || !inRange(first) ? [] : [{ operator: '>=' as const, instant: first }]),
  ];
}

/** The row of the label, and the outputs by their places, whatever they are called. */
function answersSql(plan: Plan, { table, keys }: LabelsThere, temporary: Temporary): string {
  const ordinal = ordinalOf(plan);
  const asked = [...plan.entity.map(({ name }) => name), asOfColumn].map((name) => `${keys.get(name)} AS ${identifier(name, snowflake)}`);
  const sql = planSql(plan, {
    dialect: snowflake,
    source: (source) => temporary(`staged_${source}`),
    spine: { cte: `SELECT ${[`o AS ${identifier(ordinal, snowflake)}`, ...asked].join(', ')} FROM ${table}` },
    passed: [ordinal],
    rows: 'asked',
    appended: [],
  });
  const outputs = plan.outputs.map((_, i) => `v${i}`);
  const columns = ['o', ...plan.entity.map((_, i) => `e${i}`), 't', ...outputs];
  return `SELECT ${['o', ...outputs].join(', ')}\nFROM (\n${sql}\n) AS answered(${columns.join(', ')})`;
}
