/** `--realtime URL`: what a running server was given, and when. LOCKSTEP_API_KEY is the key, if it asks for one. */
import type { Source } from '../../compiler/catalog.ts';
import type { Value } from '../../compiler/value.ts';
import { UsageError } from '../usage-error.ts';
import type { Events, SourceRows } from './events.ts';
import { readNdjsonRows } from './rows.ts';

export const isServer = (place: string): boolean => /^https?:\/\//.test(place);

/** Ingest times are those at which the server had the rows. */
export async function readServerEvents(url: string, sources: readonly Source[]): Promise<Events> {
  const events = new Map<string, SourceRows>();
  for (const source of sources) events.set(source.name, { columns: source.columns.map((c) => c.name), rows: await rowsOf(url, source) });
  return { events, warnings: [] };
}

async function rowsOf(url: string, source: Source): Promise<readonly (readonly Value[])[]> {
  const path = `${url.replace(/\/$/, '')}/events/${source.name}`;
  const key = process.env['LOCKSTEP_API_KEY'];
  const response = await fetch(path, key === undefined ? {} : { headers: { authorization: `ApiKey ${key}` } }).catch(() => {
    throw new UsageError(`${url} cannot be reached`, 'is lockstep serve running there?');
  });
  if (!response.ok || response.body === null)
    throw new UsageError(`${path} answers with ${response.status}`, 'LOCKSTEP_API_KEY must be a key of the role admin');
  const columns = source.columns.map(({ name, type, pii }) => ({ name, type, secret: pii }));
  const rows: (readonly Value[])[] = [];
  let rest = '';
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    const text = rest + piece;
    const end = text.lastIndexOf('\n') + 1;
    rows.push(...readNdjsonRows(text.slice(0, end), path, columns).rows);
    rest = text.slice(end);
  }
  if (rest.trim() !== '') throw new UsageError(`${path} ended in the middle of a row`, 'the server was stopped; ask again');
  return rows;
}
