/** BINARY: where bytes come from. What text functions do with them is in bytes-forms.ts. */
import { createHash } from 'node:crypto';
import { call, caseWhen, cast, postfix, prefix, type Sql, str, token } from '../sql/tree.ts';
import { bytes } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { anyNullable, expectArgs, refuse } from './arguments.ts';
import { raise as clickhouseRaise } from './clickhouse-sql.ts';
import type { Arg, CallTypes, Example, Refusal, ScalarRow, Signature } from './define.ts';
import { EvaluationError } from './evaluation-error.ts';
import { raise } from './postgres-sql.ts';
import { textRow } from './text.ts';
import { hexPattern } from './text-forms.ts';

export const buffer = (value: Value | undefined): Buffer => Buffer.from(value as string, 'hex');
export const ofBuffer = (raw: Buffer): string => raw.toString('hex').toUpperCase();

type Format = 'HEX' | 'UTF-8' | 'BASE64';

/** HEX where none is given, which is the default of BINARY_INPUT_FORMAT and BINARY_OUTPUT_FORMAT. */
export function bytesFormat(arg: Arg | undefined): Format | undefined {
  if (arg === undefined) return 'HEX';
  const name = typeof arg.literal === 'string' ? arg.literal.toUpperCase() : '';
  return name === 'UTF8' ? 'UTF-8' : name === 'HEX' || name === 'UTF-8' || name === 'BASE64' ? name : undefined;
}

const formatOf = ({ args }: CallTypes): Format => bytesFormat(args[1]) ?? 'HEX';

const base64Pattern = '([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?';

interface Form {
  /** Texts that have it; undefined: each. */
  readonly pattern?: string;
  readonly duckdb: (text: Sql) => Sql;
  readonly postgres: (text: Sql) => Sql;
  readonly clickhouse: (text: Sql) => Sql;
  readonly read: (text: string) => Buffer;
}

const forms: Readonly<Record<Format, Form>> = {
  HEX: {
    pattern: hexPattern,
    duckdb: (text) => call('from_hex', text),
    postgres: (text) => call('decode', text, str('hex')),
    clickhouse: (text) => call('unhex', text),
    read: (text) => Buffer.from(text, 'hex'),
  },
  'UTF-8': {
    duckdb: (text) => call('encode', text),
    postgres: (text) => call('convert_to', text, str('UTF8')),
    clickhouse: (text) => text,
    read: (text) => Buffer.from(text, 'utf8'),
  },
  BASE64: {
    pattern: base64Pattern,
    duckdb: (text) => call('from_base64', text),
    postgres: (text) => call('decode', text, str('base64')),
    // The other raises, also where its branch is not taken.
    clickhouse: (text) => call('tryBase64Decode', text),
    read: (text) => Buffer.from(text, 'base64'),
  },
};

/** undefined: the text is not in this form. */
function readBytes(text: string, format: Format): string | undefined {
  const { pattern, read } = forms[format];
  return pattern === undefined || new RegExp(`^(${pattern})$`).test(text) ? ofBuffer(read(text)) : undefined;
}

const shapedSql = (text: Sql, test: Sql | undefined, value: Sql, otherwise: Sql | undefined): Sql => {
  if (test === undefined) return value;
  const fits = { when: test, then: value };
  return caseWhen(otherwise === undefined ? [fits] : [fits, { when: postfix(text, 'IS NOT NULL'), then: otherwise }]);
};

function toBinary(name: 'TO_BINARY' | 'TRY_TO_BINARY', summary: string, examples: readonly Example[]): ScalarRow {
  const tried = name === 'TRY_TO_BINARY';
  const resolve = (args: readonly Arg[]): Signature | Refusal => {
    const refusal = expectArgs(name, args, ['varchar', 'varchar'], 1);
    if (refusal) return refusal;
    const format = bytesFormat(args[1]);
    if (format === undefined || (tried && format === 'BASE64'))
      return refuse(
        'wrong-arguments',
        tried ? `${name} takes the constant 'HEX' or 'UTF-8'` : `${name} takes the constant 'HEX', 'UTF-8' or 'BASE64'`,
        tried && format === 'BASE64' ? 'which texts Snowflake takes for Base64 is not documented' : undefined,
        1,
      );
    const literal = args[0]?.literal;
    const sure = format === 'UTF-8' || (typeof literal === 'string' && readBytes(literal, format) !== undefined);
    if (sure || tried) return { type: bytes, nullable: !sure || anyNullable(args) };
    return {
      type: bytes,
      nullable: anyNullable(args),
      mayRaise: { reason: `${name} fails on text that is not ${format}`, hint: `TRY_TO_BINARY(x, 'HEX'), or TO_BINARY(x, 'UTF-8')` },
    };
  };
  return {
    kind: 'scalar',
    name,
    summary,
    nulls: 'propagate',
    resolve,
    sql: {
      standard: ([text], types) => call(name, text as Sql, str(formatOf(types))),
      duckdb: ([text], types) => {
        const { pattern, duckdb } = forms[formatOf(types)];
        const test = pattern === undefined ? undefined : call('regexp_full_match', text as Sql, str(pattern));
        return shapedSql(text as Sql, test, duckdb(text as Sql), tried ? undefined : call('error', str(`text is not ${formatOf(types)}`)));
      },
      postgres: ([text], types) => {
        const { pattern, postgres } = forms[formatOf(types)];
        const test = pattern === undefined ? undefined : call('regexp_like', text as Sql, str(`^(${pattern})$`));
        const error = raise(`text is not ${formatOf(types)}`, cast(token('NULL'), bytes));
        return shapedSql(text as Sql, test, postgres(text as Sql), tried ? undefined : error);
      },
      clickhouse: ([text], types) => {
        const { pattern, clickhouse } = forms[formatOf(types)];
        const test = pattern === undefined ? undefined : call('match', text as Sql, str(`^(?:${pattern})$`));
        const error = test && clickhouseRaise(`text is not ${formatOf(types)}`, bytes, prefix('NOT', test));
        return shapedSql(text as Sql, test, clickhouse(text as Sql), tried ? undefined : error);
      },
    },
    evaluate: ([text], types) => {
      const read = readBytes(text as string, formatOf(types));
      if (read !== undefined || tried) return read ?? null;
      throw new EvaluationError(`text is not ${formatOf(types)}`);
    },
    examples,
  };
}

const clickhouseDigests: Readonly<Record<string, string>> = { MD5_BINARY: 'MD5', SHA1_BINARY: 'SHA1', SHA2_BINARY: 'SHA256' };

const digest = (name: string, algorithm: string, postgres: (text: Sql) => Sql, examples: readonly Example[]): ScalarRow =>
  textRow(
    {
      name,
      summary: `The ${algorithm.toUpperCase()} hash of the UTF-8 bytes, as bytes.`,
      wanted: name === 'SHA2_BINARY' ? ['varchar', 'integer'] : ['varchar'],
      ...(name === 'SHA2_BINARY' ? { optional: 1 } : {}),
      limits: (args) =>
        args.length === 1 || args[1]?.literal === '256'
          ? undefined
          : refuse('wrong-arguments', `${name} takes 256 bits here: not every engine has the other sizes`, `${name}(x, 256)`, 1),
      duckdb: ([text]) => call('from_hex', call(algorithm, text as Sql)),
      postgres: ([text]) => postgres(text as Sql),
      // A cast from its bytes of fixed length would take zeros at the end away.
      clickhouse: ([text]) => call('unhex', call('hex', call(clickhouseDigests[name] as string, text as Sql))),
      evaluate: ([text]) =>
        ofBuffer(
          createHash(algorithm)
            .update(text as string, 'utf8')
            .digest(),
        ),
      examples,
    },
    bytes,
  );

const fromHex = (hex: Sql): Sql => call('decode', hex, str('hex'));

export const bytesRows: readonly ScalarRow[] = [
  toBinary('TO_BINARY', "The bytes that a text stands for: in 'HEX' (the default), 'BASE64', or its own in 'UTF-8'.", [
    { sql: "TO_BINARY('SNOW', 'utf-8')", result: '534E4F57', source: 'gold:slt.cast.to_binary.3' },
  ]),
  toBinary('TRY_TO_BINARY', 'The same, and NULL where the text is not in that form.', []),
  digest('MD5_BINARY', 'md5', (text) => fromHex(call('md5', text)), [
    { sql: "MD5_BINARY('Snowflake')", result: 'EDF1439075A83A447FB8B630DDC9C8DE', source: 'gold:slt.string.md5_binary.1' },
  ]),
  digest('SHA1_BINARY', 'sha1', (text) => fromHex(call('lockstep_sha1', text)), []),
  digest('SHA2_BINARY', 'sha256', (text) => call('sha256', call('convert_to', text, str('UTF8'))), []),
];
