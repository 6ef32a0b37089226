/** What an item has come to that threw. */
import { failureOf } from '../../runners/cli/failure.ts';
import type { Found } from './item.ts';

const mostCharacters = 1000;

export function failure(thrown: unknown): Found {
  const { message } = failureOf(thrown);
  return { outcome: 'failed', detail: message.slice(0, mostCharacters), functions: [], queryId: queryIdIn(message) };
}

/** As the engine's errors end. */
function queryIdIn(message: string): string | null {
  return /\(query ([\w-]+)\)$/.exec(message)?.[1] ?? null;
}
