/** The UTF-8 bytes of a text: their number, their hashes, and other ways to write them. */
import { createHash } from 'node:crypto';
import { binary, call, caseWhen, cast, postfix, prefix, type Sql, str, token } from '../sql/tree.ts';
import { varchar } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { refuse } from './arguments.ts';
import { raise as clickhouseRaise, whole as clickhouseWhole, literalOf } from './clickhouse-sql.ts';
import type { Arg, Example, ScalarRow } from './define.ts';
import { EvaluationError } from './evaluation-error.ts';
import { numeric, raise, whole } from './postgres-sql.ts';
import { lengthType, textRow } from './text.ts';

const bytes = (value: Value | undefined): Buffer => Buffer.from(value as string, 'utf8');
const encoded = (s: Sql): Sql => call('encode', s);
const postgresBytes = (s: Sql | undefined): Sql => call('convert_to', s as Sql, str('UTF8'));
const postgresHex = (bytes: Sql): Sql => call('encode', bytes, str('hex'));

function hash(
  name: string,
  aliases: readonly string[],
  algorithm: string,
  postgres: 'standard' | ((args: readonly Sql[]) => Sql),
  examples: readonly Example[],
): ScalarRow {
  return textRow({
    name,
    aliases,
    summary: 'The hash of the UTF-8 bytes, in lower-case hexadecimal.',
    wanted: ['varchar'],
    evaluate: ([s]) => createHash(algorithm).update(bytes(s)).digest('hex'),
    postgres,
    clickhouse: ([s]) => call('lower', call('hex', call(name, s as Sql))),
    examples,
  });
}

/** 224, 384 and 512 bits: DuckDB has none of them. */
const sha2 = textRow({
  name: 'SHA2',
  aliases: ['SHA2_HEX'],
  summary: 'The SHA-256 of the UTF-8 bytes, in lower-case hexadecimal.',
  wanted: ['varchar', 'integer'],
  optional: 1,
  limits: (args) =>
    args.length === 1 || args[1]?.literal === '256'
      ? undefined
      : refuse('wrong-arguments', 'SHA2 takes 256 bits here: not every engine has the other sizes', 'SHA2(x, 256)', 1),
  duckdb: ([s]) => call('sha256', s as Sql),
  postgres: ([s]) => postgresHex(call('sha256', postgresBytes(s))),
  clickhouse: ([s]) => call('lower', call('hex', call('SHA256', s as Sql))),
  evaluate: ([s]) => createHash('sha256').update(bytes(s)).digest('hex'),
});

/** Strict: Node's own decoders skip what they do not understand. */
function decodedText(raw: Buffer, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw);
  } catch {
    throw new EvaluationError(`${name}: the bytes are no UTF-8 text`);
  }
}

function decoder(
  name: string,
  form: string,
  valid: RegExp,
  native: string,
  encoding: 'hex' | 'base64',
  examples: readonly Example[],
): ScalarRow {
  const decode = (value: string): string => {
    if (!valid.test(value)) throw new EvaluationError(`${name} needs ${form}`);
    return decodedText(Buffer.from(value, encoding), name);
  };
  const proven = ({ literal }: Arg): boolean => {
    if (typeof literal !== 'string') return literal === null;
    try {
      decode(literal);
      return true;
    } catch {
      return false;
    }
  };
  return textRow({
    name,
    summary: `The text that ${name.startsWith('HEX') ? 'HEX' : 'BASE64'}_ENCODE wrote.`,
    wanted: ['varchar'],
    raises: ([s]) =>
      s !== undefined && proven(s)
        ? undefined
        : { reason: `${name} fails on text that is not ${form} of UTF-8`, hint: 'decode it when the data is loaded' },
    duckdb: ([s]) => call('decode', call(native, s as Sql)),
    // Postgres would skip blanks.
    postgres: ([s]) => {
      const text = s as Sql;
      const decoded = call('convert_from', call('decode', text, str(encoding)), str('UTF8'));
      return caseWhen([
        { when: call('regexp_like', text, str(valid.source.replaceAll('\\/', '/'))), then: decoded },
        { when: postfix(text, 'IS NOT NULL'), then: raise(`${name} needs ${form}`, cast(token('NULL'), varchar)) },
      ]);
    },
    clickhouse: ([s]) => {
      const text = s as Sql;
      const decoded = call(encoding === 'hex' ? 'unhex' : 'tryBase64Decode', text);
      const shaped = call('match', text, str(valid.source.replaceAll('\\/', '/')));
      const fits = binary(shaped, 'AND', call('isValidUTF8', decoded));
      return caseWhen([
        { when: fits, then: decoded },
        { when: postfix(text, 'IS NOT NULL'), then: clickhouseRaise(`${name} needs ${form}`, varchar, prefix('NOT', fits)) },
      ]);
    },
    evaluate: ([s]) => decode(s as string),
    examples,
  });
}

const hexEncode = textRow({
  name: 'HEX_ENCODE',
  summary: 'The UTF-8 bytes in hexadecimal; in lower case if the second argument is 0.',
  wanted: ['varchar', 'integer'],
  optional: 1,
  limits: (args) =>
    args.length === 1 || args[1]?.literal === '0' || args[1]?.literal === '1'
      ? undefined
      : refuse('wrong-arguments', 'HEX_ENCODE takes the constant 0 or 1 for the case', undefined, 1),
  duckdb: ([s, letters]) => {
    const upper = call('hex', encoded(s as Sql));
    return letters?.kind === 'token' && letters.text === '0' ? call('lower', upper) : upper;
  },
  clickhouse: ([s, letters]) => {
    const upper = call('hex', s as Sql);
    return letters !== undefined && literalOf(letters) === '0' ? call('lower', upper) : upper;
  },
  postgres: ([s, letters]) => {
    const lower = postgresHex(postgresBytes(s));
    const small = letters === undefined ? undefined : whole(letters);
    return small?.kind === 'token' && small.text === '0' ? lower : call('upper', lower);
  },
  evaluate: ([s, letters]) => {
    const lower = bytes(s).toString('hex');
    return letters === 0n ? lower : lower.toUpperCase();
  },
  examples: [
    { sql: "HEX_ENCODE('Snowflake')", result: '536E6F77666C616B65', source: 'docs:hex_encode' },
    { sql: "HEX_ENCODE('Snowflake', 0)", result: '536e6f77666c616b65', source: 'docs:hex_encode' },
  ],
});

export const textHashRows: readonly ScalarRow[] = [
  hash('MD5', ['MD5_HEX'], 'md5', 'standard', [
    { sql: "MD5('Snowflake')", result: 'edf1439075a83a447fb8b630ddc9c8de', source: 'gold:slt.string.md5.1' },
  ]),
  hash('SHA1', ['SHA1_HEX'], 'sha1', ([s]) => call('lockstep_sha1', s as Sql), [
    { sql: "SHA1('AbCd0')", result: '9ddb991863d53b35a52c490db256207c776ab8d8', source: 'gold:slt.string.sha1.2' },
  ]),
  {
    ...sha2,
    examples: [
      {
        sql: "SHA2('AbCd0')",
        result: 'e1d8ba27889d6782008f495473278c4f071995c5549a976e4d4f93863ce93643',
        source: 'gold:slt.string.sha2.2',
      },
    ],
  },
  textRow(
    {
      name: 'OCTET_LENGTH',
      summary: 'Number of bytes in UTF-8.',
      wanted: ['varchar'],
      duckdb: ([s]) => call('octet_length', encoded(s as Sql)),
      postgres: ([s]) => numeric(call('octet_length', postgresBytes(s))),
      clickhouse: ([s]) => clickhouseWhole(call('length', s as Sql)),
      evaluate: ([s]) => BigInt(bytes(s).length),
    },
    lengthType,
  ),
  textRow(
    {
      name: 'BIT_LENGTH',
      summary: 'Number of bits in UTF-8.',
      wanted: ['varchar'],
      duckdb: ([s]) => binary(token(8), '*', call('octet_length', encoded(s as Sql))),
      postgres: ([s]) => numeric(binary(token(8), '*', call('octet_length', postgresBytes(s)))),
      clickhouse: ([s]) => clickhouseWhole(binary(token(8), '*', call('length', s as Sql))),
      evaluate: ([s]) => BigInt(8 * bytes(s).length),
    },
    lengthType,
  ),
  hexEncode,
  decoder('HEX_DECODE_STRING', 'pairs of hexadecimal digits', /^([0-9A-Fa-f]{2})*$/, 'from_hex', 'hex', []),
  textRow(
    {
      name: 'BASE64_ENCODE',
      summary: 'The UTF-8 bytes in Base64, in one line.',
      wanted: ['varchar'],
      duckdb: ([s]) => call('to_base64', encoded(s as Sql)),
      // Postgres breaks the line.
      postgres: ([s]) => call('replace', call('encode', postgresBytes(s), str('base64')), call('chr', token(10)), str('')),
      clickhouse: ([s]) => call('base64Encode', s as Sql),
      evaluate: ([s]) => bytes(s).toString('base64'),
      examples: [{ sql: "BASE64_ENCODE('Snowflake')", result: 'U25vd2ZsYWtl', source: 'docs:base64_encode' }],
    },
    varchar,
  ),
  decoder('BASE64_DECODE_STRING', 'Base64', /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, 'from_base64', 'base64', [
    { sql: "BASE64_DECODE_STRING('SEVMTE8=')", result: 'HELLO', source: 'docs:base64_encode' },
  ]),
];
