/** `--events DIR`: one file per source. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Source } from '../../compiler/catalog.ts';
import type { Value } from '../../compiler/value.ts';
import { DataError } from './data-error.ts';
import { type Format, formats, readRows } from './rows.ts';

export interface SourceRows {
  /** In declared order. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Value[])[];
  /** Of the topic's that a row came by; only a server knows it. */
  readonly partitions?: ReadonlyMap<readonly Value[], number>;
  /** When a row came, in microseconds, where that is not what its ingest time says; only a server knows it. */
  readonly arrivals?: ReadonlyMap<readonly Value[], bigint>;
}

export interface Events {
  /** By the source's name. */
  readonly events: ReadonlyMap<string, SourceRows>;
  readonly warnings: readonly string[];
}

export async function readEvents(folder: string, sources: readonly Source[]): Promise<Events> {
  const files = await readdir(folder).catch(() => {
    throw new DataError({ file: folder, line: null, column: null }, 'there is no such folder');
  });
  const located = sources.map((source) => ({ source, ...locate(folder, files, source.name) }));
  const events = new Map<string, SourceRows>();
  const warnings: string[] = [];
  for (const { source, file, format } of located) {
    const read = await readRows(
      file,
      format,
      source.columns.map(({ name, type, pii }) => ({ name, type, secret: pii })),
    );
    events.set(source.name, { columns: source.columns.map(({ name }) => name), rows: read.rows });
    warnings.push(...read.warnings);
  }
  return { events, warnings };
}

function locate(folder: string, files: readonly string[], source: string): { readonly file: string; readonly format: Format } {
  const wanted = formats.map((format) => ({ format, name: `${source}.${format}` }));
  const found = files.flatMap((file) =>
    wanted.filter(({ name }) => name.toLowerCase() === file.toLowerCase()).map(({ format }) => ({ file: join(folder, file), format })),
  );
  const names = wanted
    .map(({ name }) => name)
    .join(', ')
    .replace(/, ([^,]*)$/, ' or $1');
  const [first] = found;
  if (first === undefined)
    throw new DataError({ file: folder, line: null, column: null }, `the source \`${source}\` has no file here: none of ${names}`);
  if (found.length > 1)
    throw new DataError(
      { file: folder, line: null, column: null },
      `the source \`${source}\` has several files here; keep one of ${found.map(({ file }) => file).join(', ')}`,
    );
  return first;
}
