/**
 * What two threads tell each other of sockets. It is gathered for a turn of the event loop: a message costs as much for one word as for a
 * thousand. JavaScript, as the thread is: Node 20 reads no TypeScript.
 */

/**
 * `words`: three numbers each, what (of `what`), of which socket, and how many of the bytes belong to it. `taken`: bytes of former
 * frames that were handed on since the last message.
 * @typedef {{ readonly words: readonly number[], readonly bytes: Uint8Array, readonly taken: number }} Frames
 */

/**
 * A receiver that is `full` is sent no more data before it is `drained`. `ended`: there is no more
 * data, and all of it is `sent`; `closed`: there is no socket any more.
 */
export const what = Object.freeze({ opened: 0, data: 1, ended: 2, closed: 3, full: 4, drained: 5, sent: 6 });

const none = new Uint8Array(0);

/**
 * @param {(frames: Frames, transferred: ArrayBuffer[]) => void} post
 * @returns {{ readonly say: (word: number, socket: number, bytes?: Uint8Array) => void, readonly took: (bytes: number) => void }}
 */
export function openFrames(post) {
  /** @type {number[]} */
  let words = [];
  /** @type {Uint8Array[]} */
  let chunks = [];
  let size = 0;
  let taken = 0;
  let isDue = false;
  const send = () => {
    const bytes = new Uint8Array(size);
    let at = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    const frames = { words, bytes, taken };
    [words, chunks, size, taken, isDue] = [[], [], 0, 0, false];
    post(frames, [bytes.buffer]);
  };
  const due = () => {
    if (isDue) return;
    isDue = true;
    setImmediate(send);
  };
  return {
    say: (word, socket, bytes = none) => {
      words.push(word, socket, bytes.length);
      if (bytes.length > 0) {
        chunks.push(bytes);
        size += bytes.length;
      }
      due();
    },
    took: (bytes) => {
      if (bytes === 0) return;
      taken += bytes;
      due();
    },
  };
}

/**
 * In the order in which they were said.
 * @param {Frames} frames
 * @param {(word: number, socket: number, bytes: Buffer) => void} take
 */
export function readFrames({ words, bytes }, take) {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  for (let i = 0; i < words.length; i += 3) {
    const length = Number(words[i + 2]);
    take(Number(words[i]), Number(words[i + 1]), all.subarray(at, at + length));
    at += length;
  }
}
