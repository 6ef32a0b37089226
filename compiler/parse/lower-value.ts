/** Literals. Their text is read from the source: numbers keep their digits, strings decode as Snowflake does. */
import type { Span } from '../source.ts';
import { field, isAbsent, isList, type Json, text, variant } from './json.ts';
import { decodeString } from './literal.ts';
import { plainCall } from './lower-path.ts';
import { type Lowering, spanOf, unsupported } from './lowering.ts';
import type { Expression } from './syntax.ts';

const literalNames: Readonly<Record<string, string>> = {
  NationalStringLiteral: "N'…'",
  EscapedStringLiteral: "E'…'",
  UnicodeStringLiteral: "U&'…'",
  SingleQuotedByteStringLiteral: "B'…'",
  SingleQuotedRawStringLiteral: "R'…'",
};

export function lowerValue(lowering: Lowering, json: Json, around: Span): Expression {
  const span = spanOf(lowering, field(json, 'span')) ?? around;
  const { tag, content } = variant(field(json, 'value'));
  switch (tag) {
    case 'Number': {
      const digits = isList(content) ? text(content[0] ?? null) : '';
      if (/^(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(digits) && isList(content) && isAbsent(content[1] ?? null))
        return { kind: 'number', text: digits, span };
      return unsupported(lowering, span, `the number ${digits}`);
    }
    case 'SingleQuotedString':
    case 'DollarQuotedString': {
      const written = lowering.text.slice(span.start, span.end);
      const value = decodeString(written);
      if (value.includes('\0')) return unsupported(lowering, span, 'the character NUL in a text');
      return { kind: 'string', value, span };
    }
    case 'HexStringLiteral':
      return plainCall('TO_BINARY', span, span, [
        { kind: 'string', value: text(content), span },
        { kind: 'string', value: 'HEX', span },
      ]);
    case 'Boolean':
      return { kind: 'boolean', value: content === true, span };
    case 'Null':
      return { kind: 'null', span };
    case 'Placeholder':
      return unsupported(lowering, span, 'a placeholder', 'write values in, or print them with {{literal …}}');
    default:
      return unsupported(lowering, span, literalNames[tag] ?? 'this kind of literal');
  }
}
