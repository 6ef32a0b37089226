/** A training set of a million labels against SQL by hand that reads the same file, cleans the same rows and writes the same columns. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileProject } from '../../compiler/artifacts/compile.ts';
import { readAuthored } from '../../compiler/authoring/index.ts';
import { openDuckdb } from '../../runners/engines/duckdb.ts';
import type { Connection } from '../../runners/engines/engine.ts';
import { openDuckdbTraining } from '../../runners/training/duckdb.ts';
import { makeTrainingSet } from '../../runners/training/training-set.ts';
import { askedSql, flightsSql, questions, sources } from './batch.ts';

export interface TrainingSetBench {
  readonly rows: number;
  readonly features: number;
  readonly flights: number;
  /** Seconds. */
  readonly ours: number;
  readonly byHand: number;
  readonly equal: boolean;
}

export async function benchTrainingSet(rows: number): Promise<TrainingSetBench> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-bench-'));
  const file = (name: string): string => join(folder, name);
  try {
    const flights = await on(file('raw.duckdb'), async (connection) => {
      await connection.execute(`CREATE TABLE flights AS ${flightsSql}`);
      await connection.execute(
        `CREATE TABLE labels AS SELECT CAST(ordinal AS BIGINT) AS ordinal, * EXCLUDE ordinal FROM (${askedSql('flights', rows)})`,
      );
      return count(connection, 'flights');
    });
    const best = { ours: Number.POSITIVE_INFINITY, byHand: Number.POSITIVE_INFINITY };
    // In turns, so that neither has the warmer machine.
    for (let round = 0; round < 3; round++) {
      best.ours = Math.min(best.ours, await seconds(() => ours(file('raw.duckdb'), file('ours.parquet'))));
      best.byHand = Math.min(best.byHand, await seconds(() => byHand(file('raw.duckdb'), file('hand.parquet'))));
    }
    const [a, b] = [`FROM '${file('ours.parquet')}'`, `FROM '${file('hand.parquet')}'`];
    // In the labels' order too.
    const different = await on(':memory:', async (connection) =>
      count(connection, `(SELECT * FROM ((${a}) EXCEPT ALL (${b})) UNION ALL SELECT * FROM ((${b}) EXCEPT ALL (${a})))`).then(
        async (n) => n + (await count(connection, `(SELECT ordinal, row_number() OVER () - 1 AS place ${a}) WHERE ordinal <> place`)),
      ),
    );
    return { rows, features: questions.length, flights, ...best, equal: different === 0 };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Running totals of the events, and for each label the last one before it: quicker for so many labels than questions among the events. */
const allHistory = `WITH running AS (
  SELECT origin, departed_at, count(*) OVER w AS n, sum(delay) OVER w AS total, max(delay) OVER w AS worst
  FROM staged.flights WINDOW w AS (PARTITION BY origin ORDER BY departed_at))
SELECT s.ordinal, coalesce(r.n, 0) AS n, r.total, r.worst
FROM spine s ASOF LEFT JOIN running r ON r.origin = s.origin AND r.departed_at < s.as_of`;

const names = questions.map((_, i) => `f${i}`);

const ours = (raw: string, out: string): Promise<void> =>
  trainingSetOf(raw, out, Object.fromEntries(questions.map(({ feature }, i) => [names[i], `/*---\nentity: origin\n---*/\n${feature}\n`])));

/** `raw`: a DuckDB file with flights and labels. `features`: files, by name. */
export async function trainingSetOf(raw: string, out: string, features: Readonly<Record<string, string>>): Promise<void> {
  const read = readAuthored({
    files: [
      { path: 'lockstep.yml', text: 'name: bench\n' },
      { path: 'transforms/sources.yml', text: sources },
      ...Object.entries(features).map(([name, text]) => ({ path: `transforms/features/${name}.sql`, text })),
    ],
  });
  if (read.value === undefined) throw new Error(JSON.stringify(read.diagnostics));
  const declared = { engine: 'duckdb', path: raw, databases: {}, schemas: {}, models: {}, schema: null, account: {}, dbt: null } as const;
  await makeTrainingSet({
    open: openDuckdbTraining,
    raw: { kind: 'target', target: { name: 'raw', declared, folder: '.', environment: {} } },
    labels: { kind: 'relation', name: 'labels' },
    features: compileProject(read.value, '2026-01-01').features,
    catalog: read.value.catalog,
    knowledge: 'event',
    to: { kind: 'file', file: out, format: 'parquet' },
    warn: () => {},
    step: () => {},
  });
}

async function byHand(raw: string, out: string): Promise<void> {
  await on(':memory:', async (connection) => {
    await connection.execute(`ATTACH '${raw}' AS given (READ_ONLY)`);
    await connection.execute('CREATE SCHEMA staged');
    await connection.execute(`CREATE TABLE staged.flights AS SELECT flight_id, departed_at, origin, destination, delay FROM given.flights
WHERE flight_id IS NOT NULL AND departed_at IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY flight_id, departed_at ORDER BY origin, destination, delay) = 1`);
    await connection.execute('CREATE TABLE spine AS FROM given.labels');
    const columns = names.map((name) => `${name}.n AS ${name}__n, ${name}.total AS ${name}__total, ${name}.worst AS ${name}__worst`);
    // One after the other: in one statement they are in each other's memory.
    for (const [i, question] of questions.entries()) {
      const sql = question.name === 'all history' ? allHistory : question.byHand.replace(/ ORDER BY s\.ordinal$/, '');
      await connection.execute(`CREATE TABLE ${names[i]} AS ${sql}`);
    }
    const joins = names.map((name) => `JOIN ${name} ON ${name}.ordinal = l.ordinal`);
    await connection.execute(
      `COPY (SELECT l.*, ${columns.join(', ')} FROM spine AS l ${joins.join(' ')} ORDER BY l.ordinal) TO '${out}' (FORMAT parquet)`,
    );
  });
}

async function on<T>(file: string, use: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await openDuckdb({ file, helpers: false });
  try {
    return await use(connection);
  } finally {
    connection.close();
  }
}

export async function count(connection: Connection, from: string): Promise<number> {
  const [[n] = []] = await connection.query(`SELECT count(*) FROM ${from}`, [
    { name: 'n', type: { kind: 'number', precision: 18, scale: 0 } },
  ]);
  return Number(n);
}

async function seconds(run: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await run();
  return (performance.now() - started) / 1000;
}
