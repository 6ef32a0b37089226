/** POST /events/:source: messages by HTTP, as the source's topic would carry them. */
import type { Value } from '../../../compiler/value.ts';
import { formatTimestamp } from '../../data/format-value.ts';
import { EngineError } from '../../engines/engine.ts';
import { breach, type Ingest } from '../ingest/ingest.ts';
import { RequestError } from '../request-error.ts';
import { beginning } from '../store/beginning.ts';
import { forever } from '../store/history.ts';
import { decoderOf } from '../wire/decode.ts';
import { member, type Tree } from '../wire/tree.ts';
import { instantGiven } from './instant-given.ts';
import { requireOnly } from './members.ts';
import type { Replica } from './replica.ts';
import { bodyTree, type Routes } from './server.ts';

/**
 * Body: a list of messages. Answered when they are committed; what is no row, and what is a row that may not be one, is named by its place, and
 * nothing of it is kept.
 */
export function eventRoutes({ catalog, store, now, watch }: Replica, ingest: Ingest): Routes {
  const { sources } = catalog;
  const decoders = new Map(sources.map((source) => [source.name, { source, decode: decoderOf(source) }]));
  return (server, callerFor) => {
    server.post<{ Params: { source: string } }>('/events/:source', async (request) => {
      callerFor(request, 'deploy');
      const found = decoders.get(request.params.source);
      if (found === undefined) throw new RequestError('NOTFOUND', `there is no source ${request.params.source}`);
      const rows: (readonly Value[])[] = [];
      const quarantined: { readonly index: number; readonly problem: string }[] = [];
      const rejected: { readonly index: number; readonly problem: string; readonly column: string | null }[] = [];
      for (const [index, value] of messagesIn(bodyTree(request)).entries()) {
        const decoded = found.decode({ key: null, value, timestamp: now() });
        watch.saw(found.source.name, decoded, null);
        if (decoded.kind === 'row') {
          // The store leaves it aside, and counts it.
          const reason = breach(found.source, decoded.row);
          if (reason !== null) quarantined.push({ index, problem: reason.problem });
          rows.push(decoded.row);
        } else if (decoded.kind === 'rejected') rejected.push({ index, problem: decoded.problem, column: decoded.column });
      }
      if (rows.length + rejected.length > 0)
        await ingest.rows(found.source, rows, rejected.length).catch((error: unknown) => {
          throw error instanceof EngineError
            ? new RequestError('NOT_READY', 'the store cannot be written', 'nothing was taken; send it again later')
            : error;
        });
      return { taken: rows.length - quarantined.length, quarantined, rejected };
    });
    // Whoever loads a source knows from when on it is all there; the store cannot.
    server.put<{ Params: { source: string } }>('/sources/:source/complete-since', async (request) => {
      callerFor(request, 'admin');
      const { source } = request.params;
      if (!decoders.has(source)) throw new RequestError('NOTFOUND', `there is no source ${source}`);
      requireOnly(bodyTree(request), ['since'], 'the body');
      const given = member(bodyTree(request), 'since')?.value;
      const since = given === 'beginning' ? beginning : instantGiven('since', given);
      if (since === null) throw new RequestError('INVALIDINPUT', 'since: a timestamp, or beginning');
      await store.setHistory(source, (known) => ({ ...known, filled: { since, until: forever } }));
      return { source, complete_since: formatTimestamp(since) };
    });
  };
}

function messagesIn({ value, exact }: Tree): readonly Tree[] {
  if (!Array.isArray(value)) throw new RequestError('INVALIDINPUT', 'the body is no list of messages');
  const digits = Array.isArray(exact) ? exact : [];
  return value.map((one, i) => ({ value: one, exact: digits[i] ?? null }));
}
