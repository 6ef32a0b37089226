/** Documents of a VARIANT column: rows stay in DuckDB, only their distinct texts are looked at, and brought to the one form that all engines read alike. */

import type { Source } from '../../compiler/catalog.ts';
import { duckdb, identifier } from '../../compiler/emit/dialect.ts';
import { parseVariant } from '../../compiler/functions/json-reading.ts';
import { varchar } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import type { Workspace } from '../engines/duckdb-workspace.ts';
import { UsageError } from '../usage-error.ts';
import type { Read } from '../warehouse/declared-columns.ts';

/** The column as SQL, to be read `from` until another source has a column in its place. UsageError for what is no JSON. */
export async function documentsOf({ connection, reader, own }: Workspace, source: Source, read: Read, from: string): Promise<string> {
  const table = `documents_${source.columns.indexOf(read.column)}`;
  await connection.load(table, [given, kept], []);
  for await (const chunk of reader.rows(`SELECT DISTINCT ${read.cast} FROM ${from}`, {})) {
    const changed: (readonly Value[])[] = [];
    for (const [text] of chunk) {
      if (typeof text !== 'string') continue;
      const parsed = parseVariant(text);
      if ('problem' in parsed)
        throw new UsageError(`the source ${source.name}: a value of the column ${read.column.name}: ${parsed.problem}`);
      if (parsed.value !== text) changed.push([text, parsed.value]);
    }
    await connection.append(table, [given, kept], changed);
  }
  return `coalesce((SELECT any_value(${named(kept)}) FROM ${own(table)} WHERE ${named(given)} = ${read.cast}), ${read.cast})::JSON`;
}

// No column of a source is called so: inside the query it would be taken for ours.
const given = { name: 'lockstep.given', type: varchar } as const;
const kept = { name: 'lockstep.kept', type: varchar } as const;
const named = ({ name }: { readonly name: string }): string => identifier(name, duckdb);
