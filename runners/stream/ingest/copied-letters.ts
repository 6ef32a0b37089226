/** Dead letters of which a topic gets a copy. What is listed and replayed stays what the files have. */
import type { DeadLetters } from './dead-letters.ts';
import { letterLine } from './letters.ts';
import type { Outbox } from './outbox.ts';

export function copiedLetters(files: DeadLetters, outbox: Outbox): DeadLetters {
  return {
    ...files,
    write: async (source, letters) => {
      await files.write(source, letters);
      await outbox.add(
        source.name,
        letters.map((letter) => letterLine(source, letter)),
      );
    },
  };
}
