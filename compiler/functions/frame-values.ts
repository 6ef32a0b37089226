/** The value of the first, last or n-th row of a frame; the frame is the whole partition unless it is stated. */
import { call, cast, type Sql, token } from '../sql/tree.ts';
import type { Value } from '../value.ts';
import { arity, digitsOf, refuse } from './arguments.ts';
import type { Arg, Refusal, Signature, WindowRow } from './define.ts';
import { ignoringNulls } from './ignore-nulls.ts';
import { knownValues, typed, whole } from './postgres-sql.ts';

type Name = 'FIRST_VALUE' | 'LAST_VALUE' | 'NTH_VALUE';

function resolve(name: Name, args: readonly Arg[], framed: boolean): Signature | Refusal {
  const wrong = arity(name, args, name === 'NTH_VALUE' ? 2 : 1);
  if (wrong) return wrong;
  const [x, n] = args as [Arg, Arg?];
  if (x.type.kind === 'null') return refuse('type-mismatch', `${name} of a bare NULL has no type`, 'write CAST(NULL AS …)', 0);
  if (n && (typeof n.literal !== 'string' || !/^[1-9]\d{0,3}$/.test(n.literal) || Number(n.literal) > 1000))
    return refuse('wrong-arguments', 'NTH_VALUE needs a constant from 1 to 1000', undefined, 1);
  return { type: x.type, nullable: framed || x.nullable, ...(x.type.kind === 'number' ? { digits: digitsOf(x) } : {}) };
}

const which: Readonly<Record<Name, (values: readonly Value[], n: number) => Value | undefined>> = {
  FIRST_VALUE: (values) => values[0],
  LAST_VALUE: (values) => values.at(-1),
  NTH_VALUE: (values, n) => values[n - 1],
};

const titles: Readonly<Record<Name, string>> = { FIRST_VALUE: 'first', LAST_VALUE: 'last', NTH_VALUE: 'n-th' };

function row(name: Name, ignoreNulls: boolean): WindowRow {
  return {
    kind: 'window',
    name: ignoreNulls ? ignoringNulls(name) : name,
    summary: `The value of the ${titles[name]} row of the frame${ignoreNulls ? ' that has one' : ', NULL or not'}; without a frame, of the whole partition.`,
    ordering: 'required',
    tiesMatter: true,
    // A frame may be empty, have fewer rows, or nothing but NULLs.
    resolve: (args) => resolve(name, args, name === 'NTH_VALUE' || ignoreNulls),
    sql: {
      standard: (args, _, over) => over({ ...call(name, ...args), ...(ignoreNulls ? { ignoreNulls: 'behind' as const } : {}) } as Sql),
      duckdb: (args, _, over) => over({ ...call(name, ...args), ...(ignoreNulls ? { ignoreNulls: 'inside' as const } : {}) } as Sql),
      postgres: ([x, n], { args }, over) => {
        if (!ignoreNulls) return over(call(name, typed(x as Sql), ...(n === undefined ? [] : [whole(n)])));
        return call(
          'lockstep_element',
          over(knownValues(x as Sql)),
          token(n !== undefined ? Number(args[1]?.literal) : name === 'LAST_VALUE' ? -1 : 1),
        );
      },
      clickhouse: ([x], { args, type }, over) => {
        const value = cast(x as Sql, type);
        if (name !== 'NTH_VALUE') return over(call(`${name.toLowerCase()}${ignoreNulls ? '' : '_respect_nulls'}`, value));
        const n = token(Number(args[1]?.literal));
        if (ignoreNulls) return call('arrayElementOrNull', over(call('groupArray', value)), n);
        return call('tupleElement', call('arrayElement', over(call('groupArray', call('tuple', value))), n), token(1));
      },
    },
    frame: (rows, { args }) => {
      const values = rows.map(([x]) => x as Value).filter((x) => !ignoreNulls || x !== null);
      return which[name](values, Number(args[1]?.literal ?? 1)) ?? null;
    },
    examples: [],
  };
}

export const frameValueRows: readonly WindowRow[] = (['FIRST_VALUE', 'LAST_VALUE', 'NTH_VALUE'] as const).flatMap((name) => [
  row(name, false),
  row(name, true),
]);
