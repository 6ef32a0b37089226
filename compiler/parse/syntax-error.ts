/** The parser's refusal in words and with a place. */
import { type Diagnostic, error } from '../diagnostics.ts';
import { at, isWord } from './lowering.ts';
import type { Token } from './scan.ts';

export function syntaxError(message: string, offset: number, tokens: readonly Token[]): Diagnostic {
  const open = openCase(tokens);
  if (open !== undefined) return error('sql-syntax', at(open.start, open.end), 'this CASE has no END');
  const found = /^Expected:? (.*?),? found: (.*)$/s.exec(message);
  const index = tokenOf(found?.[2], offset, tokens);
  const token = tokens[index] ?? tokens.at(-1);
  const span = at(token?.start ?? 0, token?.end ?? 0);
  const before = tokens[index - 1];
  if (token?.text === '(' && isWord(before, 'FILTER')) {
    return error(
      'sql-unsupported',
      at(before?.start ?? 0, span.end),
      'not supported: FILTER (WHERE …), which Snowflake does not have',
      'COUNT_IF(condition), or CASE WHEN condition THEN x END inside the aggregate',
    );
  }
  if (isWord(before, 'WINDOW'))
    return error(
      'sql-unsupported',
      span,
      'not supported: a named window, which Snowflake does not have',
      'write the window out after OVER',
    );
  const word = tokens[index - 2];
  if (isWord(before, 'WHEN') && isWord(word, 'CASE'))
    return error(
      'sql-syntax',
      at(word?.start ?? 0, span.end),
      'this CASE cannot be read',
      'CASE WHEN condition THEN value … ELSE value END',
    );
  if (found === null) return error('sql-syntax', span, message);
  const instead = found[2] === 'EOF' ? 'the end of the text' : `\`${found[2]}\``;
  return error('sql-syntax', span, `expected ${found[1]}, found ${instead}`);
}

/** The parser then reads CASE as a column and stumbles later. */
function openCase(tokens: readonly Token[]): Token | undefined {
  const open: Token[] = [];
  for (const token of tokens) {
    if (isWord(token, 'CASE')) open.push(token);
    else if (isWord(token, 'END')) open.pop();
  }
  return open.at(-1);
}

/** The parser sometimes gives the place after the token that it names. */
function tokenOf(found: string | undefined, offset: number, tokens: readonly Token[]): number {
  const index = tokens.findIndex((candidate) => candidate.end > offset);
  if (index < 0) return tokens.length - 1;
  const named = (at: number): boolean => found !== undefined && tokens[at]?.text.toUpperCase() === found.toUpperCase();
  return !named(index) && named(index - 1) ? index - 1 : index;
}
