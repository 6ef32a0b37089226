/** Running numbers of events: sessions and episodes are counted with them. */
import { call, caseWhen, type Sql, token } from '../sql/tree.ts';
import { boolean, number } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { arity, expectArgs, refuse } from './arguments.ts';
import { whole } from './clickhouse-sql.ts';
import { compareValues } from './compare-values.ts';
import { countDigits } from './counts.ts';
import type { Arg, WindowRow } from './define.ts';
import { numeric, typed } from './postgres-sql.ts';

const upToHere = (fn: Sql): Sql => (fn.kind === 'over' ? { ...fn, frame: 'ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW' } : fn);

const trueEvent: WindowRow = {
  kind: 'window',
  name: 'CONDITIONAL_TRUE_EVENT',
  summary: 'How many rows up to this one have a TRUE condition.',
  ordering: 'required',
  tiesMatter: true,
  resolve: (args) => {
    const wrong = arity('CONDITIONAL_TRUE_EVENT', args, 1);
    if (wrong) return wrong;
    const [x] = args as [Arg];
    if (x.type.kind !== 'number') {
      const refusal = expectArgs('CONDITIONAL_TRUE_EVENT', args, ['boolean']);
      if (refusal) return refusal;
    }
    return { type: number(18), nullable: false, digits: countDigits, params: [boolean] };
  },
  sql: {
    standard: ([x], _, over) => over(call('CONDITIONAL_TRUE_EVENT', x as Sql)),
    duckdb: ([x], _, over) => upToHere(over(call('SUM', caseWhen([{ when: x as Sql, then: token(1) }], token(0))))),
    postgres: ([x], _, over) => numeric(upToHere(over({ kind: 'call', name: 'COUNT', args: [token('*')], filter: x as Sql }))),
    clickhouse: ([x], _, over) => whole(upToHere(over(call('countIf', x as Sql)))),
  },
  evaluate: (rows) => {
    let count = 0n;
    return rows.map(([x]): Value => (x === true ? ++count : count));
  },
  examples: [],
};

const changeEvent: WindowRow = {
  kind: 'window',
  name: 'CONDITIONAL_CHANGE_EVENT',
  summary: 'How many times up to this row the value differs from that of the row before, which neither to nor from NULL it does.',
  ordering: 'required',
  tiesMatter: true,
  resolve: (args) => {
    const refusal = expectArgs('CONDITIONAL_CHANGE_EVENT', args, ['any']);
    if (refusal) return refusal;
    const [x] = args as [Arg];
    if (x.type.kind === 'float')
      return refuse('float-taint', 'CONDITIONAL_CHANGE_EVENT compares, and FLOATs one bit apart differ', 'cast it to NUMBER(38,s)', 0);
    return { type: number(18), nullable: false, digits: countDigits };
  },
  sql: {
    standard: ([x], _, over) => over(call('CONDITIONAL_CHANGE_EVENT', x as Sql)),
    // No window stands inside another, so the values so far are compared as a list.
    duckdb: ([x], _, over) => call('lockstep_differences', upToHere(over(call('list', x as Sql)))),
    postgres: ([x], _, over) => call('lockstep_differences', upToHere(over(call('array_agg', typed(x as Sql))))),
    clickhouse: ([x], _, over) => {
      const values = upToHere(over(call('groupArray', call('tuple', x as Sql))));
      const differs = token('(a, b) -> ifNull(a.1 <> b.1, FALSE)');
      return whole(call('arrayCount', differs, call('arrayPopFront', values), call('arrayPopBack', values)));
    },
  },
  evaluate: (rows) => {
    let count = 0n;
    return rows.map(([x], i): Value => {
      const before = rows[i - 1]?.[0] as Value;
      const value = x as Value;
      const differs = i > 0 && value !== null && before !== null && compareValues(value, before) !== 0;
      return differs ? ++count : count;
    });
  },
  examples: [],
};

export const eventRows: readonly WindowRow[] = [trueEvent, changeEvent];
