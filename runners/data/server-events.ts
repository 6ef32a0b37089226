/** `--realtime URL`: what a running server was given, and when. LOCKSTEP_API_KEY is the key, if it asks for one. */
import type { Source } from '../../compiler/catalog.ts';
import { integer, timestamp } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { UsageError } from '../usage-error.ts';
import type { ReadColumn } from './column.ts';
import type { Events, SourceRows } from './events.ts';
import { readNdjsonRows } from './rows.ts';

export const isServer = (place: string): boolean => /^https?:\/\//.test(place);

export async function readServerEvents(url: string, sources: readonly Source[]): Promise<Events> {
  const events = new Map<string, SourceRows>();
  for (const source of sources) events.set(source.name, { columns: source.columns.map((c) => c.name), ...(await rowsOf(url, source)) });
  return { events, warnings: [] };
}

/** As the store notes them of each row. */
const noted: readonly ReadColumn[] = [
  { name: 'lockstep.partition', type: integer, secret: false },
  { name: 'lockstep.arrived_at', type: timestamp, secret: false },
];

async function rowsOf(url: string, source: Source): Promise<Omit<SourceRows, 'columns'>> {
  const path = `${url.replace(/\/$/, '')}/events/${source.name}`;
  const key = process.env['LOCKSTEP_API_KEY'];
  const response = await fetch(path, key === undefined ? {} : { headers: { authorization: `ApiKey ${key}` } }).catch(() => {
    throw new UsageError(`${url} cannot be reached`, 'is lockstep serve running there?');
  });
  if (!response.ok || response.body === null)
    throw new UsageError(`${path} answers with ${response.status}`, 'LOCKSTEP_API_KEY must be a key of the role admin');
  const columns = source.columns.map(({ name, type, pii }) => ({ name, type, secret: pii }));
  const rows: (readonly Value[])[] = [];
  const partitions = new Map<readonly Value[], number>();
  const arrivals = new Map<readonly Value[], bigint>();
  let rest = '';
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    const text = rest + piece;
    const end = text.lastIndexOf('\n') + 1;
    for (const read of readNdjsonRows(text.slice(0, end), path, [...columns, ...noted]).rows) {
      const row = read.slice(0, columns.length);
      const [partition, arrived] = read.slice(columns.length);
      rows.push(row);
      if (typeof partition === 'bigint') partitions.set(row, Number(partition));
      if (typeof arrived === 'bigint') arrivals.set(row, arrived);
    }
    rest = text.slice(end);
  }
  if (rest.trim() !== '') throw new UsageError(`${path} ended in the middle of a row`, 'the server was stopped; ask again');
  return { rows, partitions, arrivals };
}
