/** RFC 4180, and one thing that it leaves open: an empty field without quotes is NULL, a quoted one is a text. */
import { DataError } from './data-error.ts';

export interface CsvRecord {
  readonly fields: readonly (string | null)[];
  readonly line: number;
}

export function* readCsv(text: string, file: string): Generator<CsvRecord> {
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const started = line;
    const fields: (string | null)[] = [];
    for (;;) {
      if (text[at] === '"') {
        let value = '';
        let from = at + 1;
        for (;;) {
          const quote = text.indexOf('"', from);
          if (quote < 0) throw new DataError({ file, line: started, column: null }, 'a quoted field is never closed');
          value += text.slice(from, quote);
          at = quote + 1;
          if (text[at] !== '"') break;
          value += '"';
          from = at + 1;
        }
        line += count(value, '\n');
        fields.push(value);
      } else {
        const end = endOfField(text, at);
        const value = text.slice(at, end);
        if (value.includes('"')) throw new DataError({ file, line, column: null }, 'a quote inside a field that does not begin with one');
        fields.push(value === '' ? null : value);
        at = end;
      }
      const sign = text[at];
      if (sign === ',') {
        at++;
        continue;
      }
      if (sign === '\r' && text[at + 1] === '\n') at++;
      else if (sign !== undefined && sign !== '\n') throw new DataError({ file, line, column: null }, 'text follows a closing quote');
      at++;
      line++;
      break;
    }
    yield { fields, line: started };
  }
}

function endOfField(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 44 || code === 10 || (code === 13 && text.charCodeAt(at + 1) === 10)) return at;
  }
  return text.length;
}

function count(text: string, letter: string): number {
  let found = 0;
  for (let at = text.indexOf(letter); at >= 0; at = text.indexOf(letter, at + 1)) found++;
  return found;
}
