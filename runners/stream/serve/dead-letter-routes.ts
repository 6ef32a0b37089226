/** What could not be read, and why; and all of it once more. No answer holds a value. */
import type { Source } from '../../../compiler/catalog.ts';
import type { DeadLetters } from '../ingest/dead-letters.ts';
import type { Replayed } from '../ingest/replay.ts';
import { RequestError } from '../request-error.ts';
import type { Routes } from './server.ts';

export interface DeadLetterParts {
  readonly sources: readonly Source[];
  readonly deadLetters: DeadLetters;
  readonly replay: (source: Source) => Promise<Replayed>;
}

export function deadLetterRoutes({ sources, deadLetters, replay }: DeadLetterParts): Routes {
  // Two at once would count a letter twice.
  let last: Promise<unknown> = Promise.resolve();
  return (server, callerFor) => {
    server.get('/dead-letters', async (request) => {
      callerFor(request, 'read');
      return { sources: await Promise.all(sources.map((source) => shown(source, deadLetters))) };
    });
    server.post<{ Params: { source: string } }>('/dead-letters/:source/replay', async (request) => {
      callerFor(request, 'admin');
      const source = sources.find((s) => s.name === request.params.source);
      if (source === undefined)
        throw new RequestError(
          'NOTFOUND',
          `there is no source ${request.params.source}`,
          `there are ${sources.map((s) => s.name).join(', ')}`,
        );
      const done = last.then(() => replay(source));
      last = done.catch(() => {});
      return { source: source.name, ...(await done) };
    });
  };
}

async function shown({ name }: Source, deadLetters: DeadLetters): Promise<object> {
  const letters = await deadLetters.read(name);
  const because = new Map<string, number>();
  for (const { reason } of letters) {
    const why = reason.column === null ? reason.problem : `${reason.column}: ${reason.problem}`;
    because.set(why, (because.get(why) ?? 0) + 1);
  }
  return {
    source: name,
    letters: letters.length,
    oldest: letters[0]?.at ?? null,
    newest: letters.at(-1)?.at ?? null,
    dropped: deadLetters.dropped().get(name) ?? 0,
    because: Object.fromEntries(because),
  };
}
