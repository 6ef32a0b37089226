/** How sources were declared when their rows were stored. */
import { varchar } from '../../../compiler/sql-type.ts';
import type { Connection } from '../../engines/engine.ts';

const columns = [
  { name: 'source', type: varchar },
  { name: 'declaration', type: varchar },
];

export async function createDeclared(connection: Connection): Promise<void> {
  await connection.execute('CREATE TABLE IF NOT EXISTS lockstep.declared (source VARCHAR, declaration VARCHAR)');
}

/** Undefined where the source is new. */
export async function declarationOf(connection: Connection, source: string): Promise<string | undefined> {
  const [found] = await connection.query('SELECT declaration FROM lockstep.declared WHERE source = $source[1]', columns.slice(1), [
    { name: 'source', type: varchar, values: [source] },
  ]);
  return found === undefined ? undefined : String(found[0]);
}

export async function declare(connection: Connection, source: string, declaration: string): Promise<void> {
  await connection.append('lockstep.declared', columns, [[source, declaration]]);
}
