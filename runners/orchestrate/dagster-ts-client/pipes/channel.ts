/** Where messages go: each is a line of JSON, written before the call returns. */
import { closeSync, openSync } from 'node:fs';
import { DagsterClientError } from '../client-error.ts';
import type { Json, JsonObject } from '../json.ts';
import { logExternalStream, type Message } from './messages.ts';
import { type Stream, watchStream, writeWhole } from './stdio.ts';

export interface MessageChannel {
  readonly write: (message: Message) => void;
  /** After the last message, which it writes. Nothing can be written afterwards. */
  readonly close: (last: Message) => void;
}

/** What `PipesDefaultMessageWriter` takes. */
export function openChannel(parameters: JsonObject): MessageChannel {
  const { path, stdio, buffered_stdio: buffered, include_stdio_in_messages: withStdio } = parameters;
  if (typeof path === 'string') return withStdio === true ? reportingStdio(fileChannel(path)) : fileChannel(path);
  if (stdio !== undefined) return streamChannel(streamOf(stdio));
  if (buffered !== undefined) return bufferedChannel(streamChannel(streamOf(buffered)));
  throw new DagsterClientError(
    `messages go to ${Object.keys(parameters).join(', ') || 'nothing'}: only path, stdio and buffered_stdio are known here`,
  );
}

function streamOf(name: Json): Stream {
  if (name !== 'stdout' && name !== 'stderr') throw new DagsterClientError('messages go to stdout or stderr, and to no other stream');
  return name;
}

/**
 * Dagster's reader of files takes what it finds of a line that is being written for the whole of it, fails, and reads no further. The longer
 * the line, the likelier: none of 5,000 lines of 3 kB were read so, 3 of 6,000 of 32 kB, 23 of 6,000 of 64 kB, 25 of 2,000 of 261 kB, every third of 2 MB.
 */
const longestLine = 65_536;

function fileChannel(path: string): MessageChannel {
  const file = openSync(path, 'a');
  const write = (message: Message): void => {
    const line = Buffer.from(`${message}\n`);
    if (line.length > longestLine)
      throw new DagsterClientError(
        `a message of ${line.length} bytes: Dagster may read half of one that is longer than ${longestLine}, so report where the rest is to be found`,
      );
    writeWhole(file, line);
  };
  return {
    write,
    close: (last) => {
      try {
        write(last);
      } finally {
        closeSync(file);
      }
    },
  };
}

function streamChannel(name: Stream): MessageChannel {
  const { fd } = process[name];
  let isAtLineStart = true;
  const ignore = watchStream(name, (text) => {
    isAtLineStart = text.endsWith('\n');
  });
  // Behind half a line of something else Dagster would not know it for a message.
  const write = (message: Message): void => {
    writeWhole(fd, Buffer.from(`${isAtLineStart ? '' : '\n'}${message}\n`));
    isAtLineStart = true;
  };
  return {
    write,
    close: (last) => {
      ignore();
      write(last);
    },
  };
}

function bufferedChannel(channel: MessageChannel): MessageChannel {
  const messages: Message[] = [];
  return {
    write: (message) => void messages.push(message),
    close: (last) => {
      for (const message of messages) channel.write(message);
      channel.close(last);
    },
  };
}

function reportingStdio(channel: MessageChannel): MessageChannel {
  const ends = (['stdout', 'stderr'] as const).map((stream) =>
    watchStream(stream, (text) => {
      for (const part of text.match(/.{1,2000}/gsu) ?? []) channel.write(logExternalStream({ stream, text: part }));
    }),
  );
  return {
    write: channel.write,
    close: (last) => {
      for (const end of ends) end();
      channel.close(last);
    },
  };
}
