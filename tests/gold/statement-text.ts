/** A setup statement read word by word: just enough to find its names and the queries inside it. */
import { scan, type Token } from '../../compiler/parse/scan.ts';
import { NotSupported } from './not-supported.ts';

export interface Cursor {
  /** The next token, upper case if it is a word. */
  readonly peek: (ahead?: number) => string;
  /** Steps over these words if they come next. */
  readonly skip: (...words: readonly string[]) => boolean;
  readonly expect: (...words: readonly string[]) => void;
  /** A name as Snowflake resolves it; of a path, its last part. */
  readonly name: () => string;
  /** What stands in parentheses, cut at its commas. */
  readonly list: () => readonly string[];
  /** From here up to one of these words, or to the end. */
  readonly until: (...words: readonly string[]) => string;
  /** The same, cut at commas. */
  readonly parts: (...words: readonly string[]) => readonly string[];
  readonly atEnd: () => boolean;
}

export function startCursor(text: string): Cursor {
  const scanned = scan(text).tokens;
  const tokens = scanned.at(-1)?.text === ';' ? scanned.slice(0, -1) : scanned;
  let at = 0;
  const wordOf = (token: Token | undefined): string => (token?.kind === 'word' ? token.text.toUpperCase() : (token?.text ?? ''));
  const peek = (ahead = 0): string => wordOf(tokens[at + ahead]);
  const slice = (from: number, to: number): string => text.slice(tokens[from]?.start ?? text.length, tokens[to - 1]?.end ?? text.length);
  const skip = (...words: readonly string[]): boolean => {
    if (!words.every((word, i) => peek(i) === word)) return false;
    at += words.length;
    return true;
  };
  const expect = (...words: readonly string[]): void => {
    if (!skip(...words)) throw new NotSupported(`${words.join(' ')} expected before \`${peek()}\``);
  };
  const name = (): string => {
    const token = tokens[at];
    if (token?.kind !== 'word' && token?.kind !== 'quoted') throw new NotSupported(`\`${peek()}\` is no name`);
    at++;
    if (skip('.')) return name();
    return token.kind === 'quoted' ? token.text.slice(1, -1).replaceAll('""', '"') : token.text.toUpperCase();
  };
  /** Pieces between commas at this level, up to a closing parenthesis or one of the words. */
  const pieces = (words: readonly string[]): readonly string[] => {
    const found: string[] = [];
    let depth = 0;
    let start = at;
    for (; at < tokens.length; at++) {
      const word = peek();
      if (depth === 0 && (word === ')' || words.includes(word))) break;
      if (word === '(' || word === '[' || word === '{' || word === 'CASE') depth++;
      if (word === ')' || word === ']' || word === '}' || word === 'END') depth--;
      if (depth === 0 && word === ',') {
        found.push(slice(start, at));
        start = at + 1;
      }
    }
    return start < at ? [...found, slice(start, at)] : found;
  };
  return {
    peek,
    skip,
    expect,
    name,
    list: () => {
      expect('(');
      const found = pieces([]);
      expect(')');
      return found;
    },
    until: (...words) => pieces(words).join(', '),
    parts: (...words) => pieces(words),
    atEnd: () => at >= tokens.length,
  };
}
