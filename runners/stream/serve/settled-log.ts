/** An answer is logged when the file has what it saw: after a crash that comes again, as if it had arrived after it was asked about. */
import type { KeptStore } from '../store/kept.ts';
import type { ServedLog } from './served-log.ts';

export function settledLog(log: ServedLog, { settling, written }: Pick<KeptStore, 'settling' | 'written'>): ServedLog {
  return {
    ...log,
    note: (served) => {
      const settled = settling();
      if (settled === null) return log.note(served);
      settled.then(
        () => log.note(served),
        () => {},
      );
    },
    close: async () => {
      await written().catch(() => {});
      await log.close();
    },
  };
}
