/** GET /events/:source: everything that the store was given of a source and still has, as it came. For `lockstep parity --realtime URL`. */
import { Readable } from 'node:stream';
import { outputName } from '../../../compiler/artifacts/lambda.ts';
import { integer } from '../../../compiler/sql-type.ts';
import type { Value } from '../../../compiler/value.ts';
import { formatValue } from '../../data/format-value.ts';
import type { Connection } from '../../engines/engine.ts';
import { RequestError } from '../request-error.ts';
import { notedColumns } from '../store/noted.ts';
import { quoted, type SourceTables, tablesOf } from '../store/tables.ts';
import { type Replica, requireRead } from './replica.ts';
import type { Routes } from './server.ts';

/** Rows of one query. */
const page = 20_000n;

/** One object a line, in the order of arrival: the declared columns, and what the store noted of the row. `?after=N`: only what came after the sequence N. */
export function historyRoutes(replica: Replica): Routes {
  const { catalog, store } = replica;
  const tables = new Map(catalog.sources.map((source) => [source.name, tablesOf(source, notedColumns)]));
  return (server, callerFor) => {
    server.get<{ Params: { source: string }; Querystring: { after?: string } }>('/events/:source', async (request, reply) => {
      callerFor(request, 'admin');
      const found = tables.get(request.params.source);
      if (found === undefined) throw new RequestError('NOTFOUND', `there is no source ${request.params.source}`);
      requireRead(replica, found.source);
      const after = request.query.after ?? '0';
      if (!/^\d{1,18}$/.test(after)) throw new RequestError('INVALIDINPUT', 'after: no number of a row');
      await store.written();
      const last = store.inFile().sequence;
      const reader = await store.reader();
      return reply.type('application/x-ndjson').send(Readable.from(pages(reader, found, BigInt(after), last)));
    });
  };
}

async function* pages(reader: Connection, tables: SourceTables, after: bigint, last: bigint): AsyncGenerator<string> {
  try {
    for (let from = after; from < last; from += page) {
      const rows = await rowsAfter(reader, tables, from);
      if (rows.length > 0) yield rows.map((row) => lineOf(tables, row)).join('');
    }
  } finally {
    reader.close();
  }
}

const sequence = quoted('lockstep.sequence');

async function rowsAfter(reader: Connection, tables: SourceTables, after: bigint): Promise<readonly (readonly Value[])[]> {
  const { source, columns, clean, versions, copies } = tables;
  const names = columns.map((c) => quoted(c.name)).join(', ');
  return reader.query(
    `SELECT * FROM (
  SELECT ${names} FROM ${source.kind === 'stream' ? clean : versions}
  UNION ALL
  SELECT ${names} FROM ${copies})
WHERE ${sequence} > $after[1] AND ${sequence} <= $after[1] + ${page}
ORDER BY ${sequence}`,
    columns,
    [{ name: 'after', type: integer, values: [after] }],
  );
}

function lineOf({ columns }: SourceTables, row: readonly Value[]): string {
  const members = columns.map(({ name, type }, i) => {
    const value = row[i] ?? null;
    // A VARIANT is JSON already.
    const written = type.kind === 'variant' && value !== null ? String(value) : JSON.stringify(formatValue(value, type));
    return `${JSON.stringify(outputName(name))}:${written}`;
  });
  return `{${members.join(',')}}\n`;
}
