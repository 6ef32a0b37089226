/** The examples of function rows as statements: what Snowflake printed for them, in the form of a gold case. */
import type { Example, FunctionRow } from '../../compiler/functions/define.ts';
import { functionRows } from '../../compiler/functions/index.ts';
import type { SqlType } from '../../compiler/sql-type.ts';
import type { GoldCase } from '../gold/read-cases.ts';
import { type Prepared, prepare } from '../gold/run-case.ts';
import { foundIn, goldOn } from './gold.ts';
import type { Item } from './item.ts';

export function exampleItems(): readonly Item[] {
  const onConnection = goldOn();
  return functionRows.flatMap((row) =>
    row.examples.map((example, i): Item => {
      const asked = caseOf(row, example, i);
      return {
        id: asked.id,
        sql: asked.sql,
        run: async (connection) => {
          const prepared = prepare(asked);
          return foundIn({ ...asked, rows: [[cellOf(example.result, prepared)]] }, prepared, await onConnection(connection));
        },
      };
    }),
  );
}

function caseOf({ name }: FunctionRow, { sql, source }: Example, i: number): GoldCase {
  return {
    id: `${name} ${i + 1}`,
    topic: name,
    sql: `SELECT ${sql} AS x`,
    setup: [],
    rows: [],
    ordered: false,
    flags: [],
    // Not in the words of a connector, as those of gold files are.
    provenance: source,
  };
}

/** As a gold file writes the cell. */
function cellOf(result: string | null, prepared: Prepared): string | null {
  const type: SqlType | undefined = prepared.kind === 'ready' ? prepared.statement.outputs[0]?.type : undefined;
  if (result === null || type === undefined) return result;
  if (type.kind === 'boolean') return result.toUpperCase();
  if (type.kind === 'binary') return `X'${result}'`;
  if (type.kind === 'float') return result.replace('Infinity', 'inf');
  return result;
}
