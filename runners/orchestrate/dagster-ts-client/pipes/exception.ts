/** What was thrown, as Dagster shows it: message, stack, and the errors that it came of. */
import { inspect } from 'node:util';
import { type JsonObject, wellFormed } from '../json.ts';

/** Longer chains end here: each link is nested in the one before, and Python's reader has a limit. */
const longest = 10;

/** Characters of a message: an exception that is no message at all would be worse than one that is cut. */
const longestMessage = 2_000;

interface PipesException {
  readonly message: string;
  readonly stack: readonly string[];
  readonly name: string | null;
  readonly cause: PipesException | null;
  readonly context: PipesException | null;
}

/** `cause` is the error's own; the errors of an AggregateError are a chain of contexts, the first one nearest. */
export const exceptionOf = (thrown: unknown): JsonObject => linked([thrown], [], longest) as unknown as JsonObject;

function linked(thrown: readonly unknown[], above: readonly unknown[], links: number): PipesException | null {
  const [first, ...next] = thrown;
  if (thrown.length === 0 || links === 0 || above.includes(first)) return null;
  if (!(first instanceof Error)) return { ...bare(textOf(first), null), context: linked(next, above, links - 1) };
  const inside = [...above, first];
  return {
    ...bare(`${first.name}: ${first.message}`, first.name),
    stack: framesOf(first),
    cause: first.cause === undefined ? null : linked([first.cause], inside, links - 1),
    context: linked([...(first instanceof AggregateError ? (first.errors as readonly unknown[]) : []), ...next], inside, links - 1),
  };
}

const bare = (message: string, name: string | null): PipesException => ({
  message: `${wellFormed(message.length > longestMessage ? `${message.slice(0, longestMessage)} …` : message)}\n`,
  stack: [],
  name: name === null ? null : wellFormed(name),
  cause: null,
  context: null,
});

const textOf = (thrown: unknown): string => (typeof thrown === 'string' ? thrown : inspect(thrown, { depth: 2 }));

/** The message stands before the frames, over as many lines as it has. */
const framesOf = ({ stack }: Error): readonly string[] =>
  (stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map((line) => `${wellFormed(line)}\n`);
