/** LIKE and ILIKE. The pattern is a constant, so that every engine gets it with an escape of its own. */
import { type Sql, str } from '../sql/tree.ts';
import { boolean } from '../sql-type.ts';
import { anyNullable, expectArgs, refuse } from './arguments.ts';
import { clickhouseCase, escapedPattern } from './clickhouse-text.ts';
import type { Arg, CallTypes, Refusal, ScalarRow, Signature } from './define.ts';
import { inLower } from './letter-case.ts';
import { duckdbCase, postgresCase } from './text.ts';

/** A literal character, or one of the two wildcards. */
type Token = { readonly character: string } | '%' | '_';

function tokens(pattern: string, escape: string | undefined): readonly Token[] | undefined {
  const result: Token[] = [];
  const characters = [...pattern];
  for (let i = 0; i < characters.length; i++) {
    const c = characters[i] as string;
    if (c === escape) {
      const escaped = characters[++i];
      if (escaped === undefined) return undefined;
      result.push({ character: escaped });
    } else result.push(c === '%' || c === '_' ? c : { character: c });
  }
  return result;
}

function resolve(name: string, insensitive: boolean, args: readonly Arg[]): Signature | Refusal {
  const refusal = expectArgs(name, args, ['varchar', 'varchar', 'varchar'], 1);
  if (refusal) return refusal;
  const [, pattern, escape] = args as [Arg, Arg, Arg?];
  if (typeof pattern.literal !== 'string')
    return refuse('wrong-arguments', `${name} needs a constant pattern`, 'CONTAINS, STARTSWITH and ENDSWITH take any text', 1);
  if (escape && (typeof escape.literal !== 'string' || [...escape.literal].length !== 1))
    return refuse('wrong-arguments', 'ESCAPE needs one constant character', undefined, 2);
  if (tokens(pattern.literal, escape?.literal as string | undefined) === undefined)
    return refuse('wrong-arguments', `the pattern '${pattern.literal}' ends with its escape character`, undefined, 1);
  if (insensitive && !/^[\x00-\x7f]*$/.test(pattern.literal))
    return refuse('wrong-arguments', `${name} outside ASCII differs between engines`, 'use an ASCII pattern, or LIKE', 1);
  return { type: boolean, nullable: anyNullable(args) };
}

/** In the lower case that texts are brought to where case does not count. */
function tokensOf({ args }: CallTypes, insensitive: boolean): readonly Token[] {
  const found = tokens(String(args[1]?.literal), args[2]?.literal as string | undefined) ?? [];
  return insensitive ? found.map((one) => (typeof one === 'string' ? one : { character: inLower(one.character) })) : found;
}

function matcher(types: CallTypes, insensitive: boolean): RegExp {
  const source = tokensOf(types, insensitive)
    .map((token) => (token === '%' ? '[^]*' : token === '_' ? '[^]' : token.character.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')))
    .join('');
  return new RegExp(`^${source}$`, 'u');
}

const row = (name: string, operator: 'LIKE' | 'ILIKE', negated: boolean): ScalarRow => {
  const insensitive = operator === 'ILIKE';
  const like = negated ? 'NOT LIKE' : 'LIKE';
  /** The escape that an author wrote may be a letter, so where one is needed it is a backslash. */
  const inLowerCase = (argument: Sql, types: CallTypes, none: Sql | null): Sql => {
    const [, , escape] = types.args;
    const found = tokensOf(types, true);
    const plain = str(found.map((one) => (typeof one === 'string' ? one : one.character)).join(''));
    const [pattern, by] = escape === undefined ? [plain, none] : [escapedPattern(found), str('\\')];
    return { kind: 'like', argument, pattern, operator: like, escape: by };
  };
  return {
    kind: 'scalar',
    name,
    summary: `${negated ? 'Does not match' : 'Matches'} a pattern as a whole${insensitive ? ', both in lower case (as LOWER has it)' : ''}; % is any text, _ any character.`,
    nulls: 'propagate',
    resolve: (args) => resolve(name, insensitive, args),
    sql: {
      standard: ([argument, pattern, escape]) => ({
        kind: 'like',
        argument: argument as Sql,
        pattern: pattern as Sql,
        operator: name,
        escape: escape ?? null,
      }),
      ...(insensitive && { duckdb: ([argument], types) => inLowerCase(duckdbCase('lower', argument as Sql), types, null) }),
      // Without ESCAPE a backslash is one in Postgres.
      postgres: ([argument, pattern, escape], types) =>
        insensitive
          ? inLowerCase(postgresCase('lower', argument as Sql), types, str(''))
          : { kind: 'like', argument: argument as Sql, pattern: pattern as Sql, operator: like, escape: escape ?? str('') },
      // A backslash is the escape there, in Snowflake nothing is unless it is said.
      clickhouse: ([argument], types) => ({
        kind: 'like',
        argument: insensitive ? clickhouseCase('lower', argument as Sql) : (argument as Sql),
        pattern: escapedPattern(tokensOf(types, insensitive)),
        operator: like,
        escape: null,
      }),
    },
    evaluate: ([text], types) => matcher(types, insensitive).test(insensitive ? inLower(text) : (text as string)) !== negated,
    examples: [],
  };
};

export const patternRows: readonly ScalarRow[] = [
  row('LIKE', 'LIKE', false),
  row('NOT LIKE', 'LIKE', true),
  row('ILIKE', 'ILIKE', false),
  row('NOT ILIKE', 'ILIKE', true),
];
