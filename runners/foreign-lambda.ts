/** `--lambda-sql FILE`: a lambda that somebody wrote by hand, made ready to be asked as a compiled one is. */
import { readFile } from 'node:fs/promises';
import type { CompiledFeature } from '../compiler/artifacts/compile.ts';
import { outputName } from '../compiler/artifacts/lambda.ts';
import { sha256 } from '../compiler/artifacts/version.ts';
import type { Catalog } from '../compiler/catalog.ts';
import { counted } from '../compiler/counted.ts';
import { duckdb } from '../compiler/emit/dialect.ts';
import { asOfColumn } from '../compiler/plan/plan.ts';
import { integer, type SqlType, timestamp, typeName, varchar } from '../compiler/sql-type.ts';
import { sameName } from './data/column.ts';
import { requireFile } from './data/rows.ts';
import { openDuckdb } from './engines/duckdb.ts';
import { type Connection, EngineError, type ListParameter } from './engines/engine.ts';
import { foreignVersion } from './foreign-version.ts';
import { compiledLambda } from './stored-lambda.ts';
import { artifactType, type StoredLambda } from './stream/execute.ts';
import { openStore } from './stream/store/store.ts';
import { UsageError } from './usage-error.ts';

/** Asked once, of a store without a row: what is wrong with the SQL itself shows before any data is read. */
export async function readForeignLambda(file: string, compiled: CompiledFeature, catalog: Catalog): Promise<StoredLambda> {
  await requireFile(file);
  const text = await readFile(file, 'utf8');
  const sql = withoutEnd(text);
  const { artifact } = compiledLambda(compiled, catalog);
  const parameters = artifact.parameters.map(({ name, type }) => ({ name, type: artifactType(type) ?? varchar, values: [] }));
  const connection = await openDuckdb({ threads: 1 });
  try {
    const sources = catalog.sources.filter((s) => compiled.feature.sources.includes(s.name));
    await openStore(connection, sources);
    const found = await columnsOf(connection, sql, parameters, file, sources);
    const names = namesIn(found, compiled, file);
    const hash = sha256(text);
    return {
      artifact: { ...artifact, version: foreignVersion(hash), sqlSha256: hash },
      // On one line with what stands before it, so that an engine's lines are those of the file.
      sql: `SELECT ${names.map(quoted).join(', ')} FROM (${sql}\n) AS foreign_lambda\n`,
      foreign: file,
    };
  } finally {
    connection.close();
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** It will stand inside another statement. */
const withoutEnd = (sql: string): string => sql.replace(/;\s*(--[^\n]*\s*)*$/, '');

interface FoundColumn {
  readonly name: string;
  readonly type: string;
}

async function columnsOf(
  connection: Connection,
  sql: string,
  parameters: readonly ListParameter[],
  file: string,
  sources: Catalog['sources'],
): Promise<readonly FoundColumn[]> {
  const given = parameters.map((p) => `$${p.name}`);
  const columns = ['name', 'type'].map((name) => ({ name, type: varchar }));
  try {
    // As it stands, so that the lines that the engine names are those of the file.
    await connection.query(sql, [], parameters);
  } catch (thrown) {
    if (!(thrown instanceof EngineError)) throw thrown;
    throw /bind parameter index/.test(thrown.message) ? unused(file, sql, given) : refused(file, thrown.message, given, sources);
  }
  const described = await connection
    .query(`SELECT column_name, column_type FROM (DESCRIBE\n${sql}\n)`, columns, parameters)
    .catch((thrown: unknown) => {
      if (!(thrown instanceof EngineError)) throw thrown;
      throw new UsageError(`${file} is not one SELECT`, 'write one SELECT, with what it needs in WITH');
    });
  return described.map(([name, type]) => ({ name: String(name), type: String(type) }));
}

function refused(file: string, message: string, given: readonly string[], sources: Catalog['sources']): UsageError {
  const tables = sources.map((s) => s.name.toLowerCase()).join(', ');
  return new UsageError(
    `${file}: duckdb refuses this SQL: ${message.trim()}`,
    `one SELECT in DuckDB's SQL, over the tables that the feature reads (${tables}), with the lists ${given.join(', ')}`,
  );
}

function unused(file: string, sql: string, given: readonly string[]): UsageError {
  const missing = given.filter((name) => !new RegExp(`\\${name}\\b`, 'i').test(sql));
  return new UsageError(
    `${file} does not use ${missing.join(', ') || 'its parameters by their names'}`,
    `what is asked comes in lists of equal length: ${given.join(', ')}`,
  );
}

/** As the SQL calls them, in the order in which answers are read: ordinal, entity, as_of, outputs. */
function namesIn(found: readonly FoundColumn[], { feature }: CompiledFeature, file: string): readonly string[] {
  const wanted = [{ name: 'ORDINAL', type: integer }, ...feature.entity, { name: asOfColumn, type: timestamp }, ...feature.outputs];
  const problems: string[] = [];
  const casts: string[] = [];
  const names = wanted.map(({ name, type }) => {
    const shown = outputName(name);
    const [first, ...more] = found.filter((c) => sameName(c.name, name));
    if (first === undefined) problems.push(`there is no column ${shown}`);
    else if (more.length > 0) problems.push(`${counted(more.length + 1, 'column')} are called ${shown}`);
    else if (!holds(first.type, type)) {
      problems.push(`${shown} is ${first.type} where the feature has ${typeName(type)}`);
      casts.push(`CAST(… AS ${duckdb.typeName(type)}) AS ${shown}`);
    }
    return first?.name ?? name;
  });
  if (problems.length === 0) return names;
  const columns = `it must return ${wanted.map((c) => outputName(c.name)).join(', ')}; further columns are ignored`;
  throw new UsageError(
    `${file}: ${problems.join('; ')}`,
    casts.length > 0 ? `say how it is rounded or read: ${casts.join(', ')}` : columns,
  );
}

const integers = /^U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/;

/** Whether each value of DuckDB's type is one of the feature's as it stands. Digits before the point are nobody's concern here. */
function holds(written: string, type: SqlType): boolean {
  switch (type.kind) {
    case 'number':
      return integers.test(written) ? type.scale === 0 : /^DECIMAL\(\d+,(\d+)\)$/.exec(written)?.[1] === String(type.scale);
    case 'float':
      return written === 'DOUBLE' || written === 'FLOAT';
    case 'array':
      return written.endsWith('[]') && holds(written.slice(0, -2), type.of);
    case 'variant':
      return written === 'VARCHAR' || written === 'JSON';
    default:
      return written === duckdb.typeName(type) || (written === 'TIMESTAMP WITH TIME ZONE' && duckdb.typeName(type) === 'TIMESTAMPTZ');
  }
}
