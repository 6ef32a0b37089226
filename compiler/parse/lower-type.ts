/** Types are read from the tokens: the parser's own account of them has no place and changes with its versions. */
import { at, isWord, type Lowering, refuse, tokenEnd, unsupported } from './lowering.ts';
import { isReserved } from './reserved.ts';
import type { TypeSyntax } from './syntax.ts';

export function lowerType(lowering: Lowering, first: number): TypeSyntax {
  const word = lowering.tokens[first];
  if (word === undefined || word.kind !== 'word' || isReserved(word.text)) {
    const span = at(word?.start ?? lowering.text.length, word?.end ?? lowering.text.length);
    refuse(lowering, 'sql-syntax', span, 'a type is missing here');
    return { name: 'VARCHAR', parameters: [], span };
  }
  let name = word.text.toUpperCase();
  let last = first;
  if (
    (name === 'DOUBLE' && isWord(lowering.tokens[last + 1], 'PRECISION')) ||
    (/^N?CHAR(ACTER)?$/.test(name) && isWord(lowering.tokens[last + 1], 'VARYING'))
  ) {
    last++;
    name = `${name} ${lowering.tokens[last]?.text.toUpperCase() ?? ''}`;
  }
  const parameters: number[] = [];
  if (lowering.tokens[last + 1]?.text === '(') {
    const close = lowering.pairs.get(last + 1) ?? last + 1;
    for (let i = last + 2; i < close; i += 2) parameters.push(parameter(lowering, i));
    last = close;
  }
  const span = at(word.start, tokenEnd(lowering, last));
  const next = lowering.tokens[last + 1];
  if (name.startsWith('TIMESTAMP') && (isWord(next, 'WITH') || isWord(next, 'WITHOUT'))) {
    unsupported(lowering, span, 'a timestamp type in words', 'TIMESTAMP_NTZ or TIMESTAMP_LTZ');
  }
  return { name, parameters, span };
}

function parameter(lowering: Lowering, index: number): number {
  const token = lowering.tokens[index];
  if (token?.kind === 'number' && /^\d{1,9}$/.test(token.text)) return Number(token.text);
  unsupported(lowering, at(token?.start ?? 0, token?.end ?? 0), 'a type parameter that is not a whole number');
  return 0;
}
