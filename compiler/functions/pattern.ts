/** LIKE and ILIKE. The pattern is a constant, so that every engine gets it with an escape of its own. */
import { type Sql, str } from '../sql/tree.ts';
import { boolean } from '../sql-type.ts';
import { anyNullable, expectArgs, refuse } from './arguments.ts';
import { clickhousePattern } from './clickhouse-text.ts';
import type { Arg, CallTypes, Refusal, ScalarRow, Signature } from './define.ts';
import { collated } from './postgres-sql.ts';

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

function matcher({ args }: CallTypes, insensitive: boolean): RegExp {
  const escape = args[2]?.literal as string | undefined;
  const source = (tokens(String(args[1]?.literal), escape) ?? [])
    .map((token) => (token === '%' ? '[^]*' : token === '_' ? '[^]' : token.character.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')))
    .join('');
  return new RegExp(`^${source}$`, insensitive ? 'iu' : 'u');
}

const row = (name: string, operator: 'LIKE' | 'ILIKE', negated: boolean): ScalarRow => {
  const insensitive = operator === 'ILIKE';
  return {
    kind: 'scalar',
    name,
    summary: `${negated ? 'Does not match' : 'Matches'} a pattern as a whole${insensitive ? ', in any case' : ''}; % is any text, _ any character.`,
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
      // Without ESCAPE a backslash is one in Postgres; which letters ILIKE takes for the same depends on the collation.
      postgres: ([argument, pattern, escape]) => ({
        kind: 'like',
        argument: insensitive ? collated(argument as Sql) : (argument as Sql),
        pattern: pattern as Sql,
        operator: name,
        escape: escape ?? str(''),
      }),
      // A backslash is the escape there, in Snowflake nothing is unless it is said.
      clickhouse: ([argument], { args }) => ({
        kind: 'like',
        argument: argument as Sql,
        pattern: clickhousePattern(tokens(String(args[1]?.literal), args[2]?.literal as string | undefined) ?? []),
        operator: name,
        escape: null,
      }),
    },
    evaluate: ([text], types) => matcher(types, insensitive).test(text as string) !== negated,
    examples: [],
  };
};

export const patternRows: readonly ScalarRow[] = [
  row('LIKE', 'LIKE', false),
  row('NOT LIKE', 'LIKE', true),
  row('ILIKE', 'ILIKE', false),
  row('NOT ILIKE', 'ILIKE', true),
];
