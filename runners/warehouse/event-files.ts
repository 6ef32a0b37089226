/** History from files, one a source: they are read whole. */
import type { Source } from '../../compiler/catalog.ts';
import { readEvents } from '../data/events.ts';
import { inPieces } from '../stream/store/fill.ts';
import type { Past, Warehouse } from './warehouse.ts';

/** What the files have is loaded, however it is dated. */
export async function openEventFiles(folder: string, sources: readonly Source[], warn: (warning: string) => void): Promise<Warehouse> {
  const { events, warnings } = await readEvents(folder, sources);
  for (const warning of warnings) warn(warning);
  return {
    past: async (source): Promise<Past> => {
      const rows = events.get(source.name)?.rows ?? [];
      return { source, total: rows.length, pieces: () => inPieces(rows) };
    },
    close: () => {},
  };
}
