/** An engine with its version, as a history keeps it: "duckdb 1.5.6". */
import { varchar } from '../../compiler/sql-type.ts';
import type { Connection } from './engine.ts';

export async function engineVersion(connection: Connection): Promise<string> {
  const [row] = await connection.query('SELECT version()', [{ name: 'version', type: varchar }]);
  const text = String(row?.[0] ?? '');
  return `${connection.dialect.engine} ${/\d+(?:\.\d+)+/.exec(text)?.[0] ?? text}`;
}
