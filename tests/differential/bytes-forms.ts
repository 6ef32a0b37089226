/** How rows of BINARY are written in generated features: bytes of a text, and something of them that can be an output. */
import type { Form, Kind, Writer } from './expressions.ts';

type Write = (w: Writer, kind: Kind) => string;

export function bytesForms(write: Write): Readonly<Record<string, Form>> {
  const text = (w: Writer): string => write(w, 'text');
  const raw = (w: Writer): string =>
    w.d.pick([
      () => `TO_BINARY(${text(w)}, 'UTF-8')`,
      () => `TO_BINARY(${text(w)}, 'UTF-8')`,
      () => `MD5_BINARY(${text(w)})`,
      () => `TRY_TO_BINARY(LEFT(MD5(${text(w)}), ${w.d.pick(['3', '4', '8'])}), 'HEX')`,
      () => w.d.pick(["x'00FF'", "X'c3a9'", "x''"]),
    ])();
  const count = (w: Writer): string => w.d.pick(['1', '2', '0', '3', '6']);
  const side = (w: Writer): string => w.d.pick(["'LEFT'", "'RIGHT'"]);
  const made = (w: Writer): string =>
    w.d.pick([
      () => raw(w),
      () => `LPAD(${raw(w)}, ${count(w)}, ${raw(w)})`,
      () => `RPAD(${raw(w)}, ${count(w)}, x'00')`,
      () => `LEFT(${raw(w)}, ${count(w)})`,
      () => `RIGHT(${raw(w)}, ${count(w)})`,
      () => `SUBSTR(${raw(w)}, ${w.d.pick(['1', '2', '0', '-2'])}, ${count(w)})`,
      () => `(${raw(w)} || ${raw(w)})`,
      () => `${w.d.pick(['BITAND', 'BITOR', 'BITXOR'])}(${raw(w)}, ${raw(w)}, ${side(w)})`,
      () => `COALESCE(${raw(w)}, ${raw(w)})`,
    ])();
  const shown = (bytes: string, w: Writer): string => `${w.d.pick(['HEX_ENCODE', 'BASE64_ENCODE', 'TO_CHAR'])}(${bytes})`;
  return {
    TO_BINARY: { gives: 'text', write: (w) => shown(`TO_BINARY(${text(w)}, 'UTF-8')`, w) },
    TRY_TO_BINARY: { gives: 'text', write: (w) => shown(`TRY_TO_BINARY(${w.d.oneIn(2) ? text(w) : `HEX_ENCODE(${text(w)})`}, 'HEX')`, w) },
    MD5_BINARY: { gives: 'text', write: (w) => shown(`MD5_BINARY(${text(w)})`, w) },
    SHA1_BINARY: { gives: 'text', write: (w) => shown(`SHA1_BINARY(${text(w)})`, w) },
    SHA2_BINARY: { gives: 'text', write: (w) => shown(`SHA2_BINARY(${text(w)}${w.d.pick(['', ', 256'])})`, w) },
    BYTES_TEXT: { gives: 'text', write: (w) => shown(made(w), w) },
    BYTES_LENGTH: { gives: 'num', write: (w) => `${w.d.pick(['LENGTH', 'OCTET_LENGTH', 'BIT_LENGTH'])}(${made(w)})` },
    BYTES_POSITION: { gives: 'num', write: (w) => `${w.d.pick(['POSITION', 'CHARINDEX'])}(${raw(w)}, ${raw(w)})` },
    BYTES_COMPARED: { gives: 'bool', write: (w) => `(${raw(w)} ${w.d.pick(['=', '<', '<=', '>', '<>'])} ${raw(w)})` },
  };
}
