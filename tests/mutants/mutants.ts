/** Faults as a compiler, a store or a staging model might have them: one edit of one file each. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly find: string | RegExp;
  readonly replace: string;
}

/**
 * Left out because they change no answer: pushing an entity through groups that do not contain it (the value is a function
 * of the group keys), and into the padded side of a left join (an entity is never NULL, so padded rows are never asked for).
 */
export const mutants: readonly Mutant[] = [
  {
    name: 'edge: events dated exactly at T are seen',
    file: 'compiler/plan/scan.ts',
    find: "const before = builder.includeAsOf ? '<=' : '<';",
    replace: "const before = '<=';",
  },
  {
    name: 'edge: include_as_of is forgotten',
    file: 'compiler/plan/scan.ts',
    find: "const before = builder.includeAsOf ? '<=' : '<';",
    replace: "const before = '<';",
  },
  {
    name: 'table: a version ends a moment too early',
    file: 'compiler/plan/scan.ts',
    find: "const after = builder.includeAsOf ? '>' : '>=';",
    replace: "const after = '>';",
  },
  {
    name: 'table: deleted versions stay',
    file: 'compiler/plan/scan.ts',
    find: 'source.deleted === null ?',
    replace: 'source.deleted !== null ?',
  },
  {
    name: 'history: valid_to knows the future',
    file: 'compiler/plan/scan.ts',
    find: "from.mode === 'history' && name === validTo ?",
    replace: 'false ?',
  },
  {
    name: 'group key: T is not grouped by',
    file: 'compiler/plan/lift.ts',
    find: 'groupBy: select.groupBy === null ? null : [lifted.asOf, ...select.groupBy.map(lifted.rewrite)],',
    replace:
      'groupBy: select.groupBy === null ? null : [...select.groupBy.map(lifted.rewrite), lifted.asOf].slice(0, Math.max(1, select.groupBy.length)),',
  },
  {
    name: 'window: T is not partitioned by',
    file: 'compiler/plan/lift.ts',
    find: '{ ...x, partitionBy: [base.asOf, ...x.partitionBy] }',
    replace: 'x',
  },
  {
    name: 'join: T is not equated',
    file: 'compiler/plan/lift.ts',
    find: 'on: [equals(left.asOf, right.asOf), ...conjunctsOf(from.on).map(own)]',
    replace: 'on: conjunctsOf(from.on).length === 0 ? [equals(left.asOf, right.asOf)] : conjunctsOf(from.on).map(own)',
  },
  {
    name: 'join: T of a FULL JOIN is the left one',
    file: 'compiler/plan/lift.ts',
    find: "from.join === 'full'",
    replace: "from.join === 'cross' && false",
  },
  {
    name: 'empty: an absent count is NULL',
    file: 'compiler/plan/split-aggregates.ts',
    find: 'if (row.empty === null) return column;',
    replace: 'return column;',
  },
  {
    name: 'empty: an aggregate without GROUP BY has no row where nothing was seen',
    file: 'compiler/plan/lift.ts',
    find: 'if (keys.length === 0) {',
    replace: 'if (keys.length < 0) {',
  },
  {
    name: 'NOT IN: NULLs of the list are overlooked',
    file: 'compiler/plan/subqueries.ts',
    find: "callOf('<', [asColumn(s, 'KNOWN_ROWS', integer, true), all])",
    replace: "callOf('>', [asColumn(s, 'KNOWN_ROWS', integer, true), all])",
  },
  {
    name: 'scalar subquery: joined without T',
    file: 'compiler/plan/subqueries.ts',
    find: 'on: [sameInstant, ...on(relation)]',
    replace: 'on: [sameInstant, ...on(relation)].slice(on(relation).length > 0 ? 1 : 0)',
  },
  {
    name: 'pushdown: through windows that do not contain the entity',
    file: 'compiler/plan/push-entity.ts',
    find: "if (x.kind === 'window' && !x.partitionBy.some((p) => exprKey(p) === key)) ok = false;",
    replace: '',
  },
  {
    name: 'pushdown: several readers, one is asked',
    file: 'compiler/plan/push-entity.ts',
    find: 'known === undefined ? wanted : known === null ? null : intersection(known, wanted)',
    replace: 'known === undefined ? wanted : known',
  },
  {
    name: 'conditions: moved below the padding of a left join',
    file: 'compiler/plan/from-leaves.ts',
    find: "return from.join === 'left' ? left :",
    replace: "return from.join === 'left' && false ? left :",
  },
  {
    name: 'buckets: one instead of two',
    file: 'compiler/emit/plan-sql.ts',
    find: '(SELECT 0 AS back UNION ALL SELECT 1)',
    replace: '(SELECT 0 AS back)',
  },
  {
    name: 'buckets: half as long as the window',
    file: 'compiler/plan/time-buckets.ts',
    find: '{ size: body.lookback }',
    replace: '{ size: (BigInt(body.lookback) / 2n || 1n).toString() }',
  },
  {
    name: 'running windows: the question comes after events of its instant',
    file: 'compiler/plan/running-windows.ts',
    find: 'whole, true), !inclusive)',
    replace: 'whole, true), inclusive)',
  },
  {
    name: 'running windows: absent groups become rows',
    file: 'compiler/plan/running-windows.ts',
    find: 'where: [isQuestion, somethingSeen,',
    replace: 'where: [isQuestion,',
  },
  {
    name: 'frame: ROWS for RANGE',
    file: 'compiler/emit/expression.ts',
    find: '${frame.unit.toUpperCase()} BETWEEN',
    replace: 'ROWS BETWEEN',
  },
  {
    name: 'order: NULLs where the engine likes',
    file: 'compiler/emit/print.ts',
    find: " NULLS ${k.nullsFirst ? 'FIRST' : 'LAST'}",
    replace: '',
  },
  { name: 'order: DESC is lost', file: 'compiler/emit/print.ts', find: "${k.descending ? ' DESC' : ''}", replace: '' },
  {
    name: 'precedence: a - (b - c) loses its parentheses',
    file: 'compiler/emit/print.ts',
    find: 'p(sql.right, associative ? own : own + 1)',
    replace: 'p(sql.right, own)',
  },
  {
    name: 'scale: quotients are cut instead of rounded',
    file: 'compiler/functions/duckdb-prelude.ts',
    find: '(2 * abs(n) + abs(d))',
    replace: '(2 * abs(n))',
  },
  {
    name: 'dedupe: the last copy counts in staging',
    file: 'compiler/artifacts/staging.ts',
    find: 'descending: false,\n    nullsFirst: false,',
    replace: 'descending: true,\n    nullsFirst: true,',
  },
  {
    name: 'dedupe: identity without the event time in staging',
    file: 'compiler/artifacts/staging.ts',
    find: 'clean(source, raw, [...new Set([...source.key, source.eventTime])], dialect)',
    replace: 'clean(source, raw, [...new Set([...source.key])], dialect)',
  },
  {
    name: 'quarantine: skew is not looked at in staging',
    file: 'compiler/artifacts/staging.ts',
    find: 'source.ingestTime !== null ? [...missing, tooFarAhead(',
    replace: 'source.ingestTime === null ? [...missing, tooFarAhead(',
  },
  {
    name: 'store: a later copy replaces the first',
    file: 'runners/stream/store.ts',
    find: 'const less = `(${a(c)} < ${b(c)}',
    replace: 'const less = `(${a(c)} > ${b(c)}',
  },
  {
    name: 'store: an event without key is kept',
    file: 'runners/stream/store.ts',
    find: 'if (source.key.some((k) => at(k) === null)) return true;',
    replace: '',
  },
  {
    name: 'store: the latest version comes first',
    file: 'runners/stream/store.ts',
    find: 'const versionOrder = [quoted(source.updatedAt),',
    replace: 'const versionOrder = [`${quoted(source.updatedAt)} DESC`,',
  },
  {
    name: 'defaults: for NULL values too',
    file: 'compiler/emit/plan-sql.ts',
    find: 'caseWhen([{ when: absent, then: literalSql(o.whenAbsent.text',
    replace: 'caseWhen([{ when: isNull(value), then: literalSql(o.whenAbsent.text',
  },
  {
    name: 'HAVING: dropped groups come back',
    file: 'compiler/plan/lift.ts',
    find: 'where: select.having === null ? [] : conjunctsOf(after(select.having)),',
    replace: 'where: [],',
  },
  {
    name: 'QUALIFY is lost',
    file: 'compiler/plan/lift.ts',
    find: 'qualify: select.qualify === null ? null : lifted.rewrite(select.qualify),',
    replace: 'qualify: null,',
  },
  { name: 'DISTINCT is lost', file: 'compiler/plan/lift.ts', find: 'distinct: select.distinct,', replace: 'distinct: false,' },
  {
    name: 'ties: the stream key is not appended',
    file: 'compiler/check/ordering.ts',
    find: 'return [...keys, ...appended.map(',
    replace: 'return [...keys, ...appended.slice(0, 0).map(',
  },
  {
    name: 'spine: rows out of order',
    file: 'runners/batch/evaluate.ts',
    find: 'ORDER BY spine.ordinal',
    replace: 'ORDER BY spine.as_of, spine.ordinal',
  },
  {
    name: 'correlated: NULL does not meet NULL',
    file: 'compiler/plan/correlated.ts',
    find: "callOf(outer.nullable ? 'IS NOT DISTINCT FROM' : '=', [",
    replace: "callOf('=', [",
  },
  {
    name: 'correlated: windows run over the rows of all outer values',
    file: 'compiler/plan/correlated.ts',
    find: 'qualify: own.qualify === null ? null : partitioned(own.qualify, carried),',
    replace: 'qualify: own.qualify,',
  },
  {
    name: 'correlated: no group of no rows',
    file: 'compiler/plan/correlated.ts',
    find: 'const always = own.groupBy !== null && own.groupBy.length === 0;',
    replace: 'const always = false;',
  },
  {
    name: 'correlated IN: counts of all outer values together',
    file: 'compiler/plan/subqueries.ts',
    find: "join(stats, 'LISTED_COUNTS', (r) => sameKeys(keys, r))",
    replace: "join(stats, 'LISTED_COUNTS', (r) => sameKeys(keys.slice(1), r))",
  },
  {
    name: 'correlated EXISTS: joined on T alone',
    file: 'compiler/plan/subqueries.ts',
    find: "join(distinct, 'EXISTING', (r) => sameKeys(keys, r))",
    replace: "join(distinct, 'EXISTING', (r) => sameKeys(keys.slice(1), r))",
  },
  {
    name: 'asof: rows that meet nothing are dropped',
    file: 'compiler/emit/statement.ts',
    find: "sides('ASOF LEFT JOIN')",
    replace: "sides('ASOF JOIN')",
  },
  {
    name: 'asof: treated as an inner join when conditions move',
    file: 'compiler/plan/from-leaves.ts',
    find: "from.join === 'left' || from.join === 'asof' ? left :",
    replace: "from.join === 'left' ? left :",
  },
  {
    name: 'set operations: EXCEPT takes rows of either side',
    file: 'compiler/check/set-operation.ts',
    find: "call('=', [highest, literal('0')])",
    replace: "call('=', [lowest, literal('0')])",
  },
  {
    name: 'set operations: UNION keeps copies',
    file: 'compiler/check/set-operation.ts',
    find: 'items, distinct: true, columns: union.columns',
    replace: 'items, distinct: false, columns: union.columns',
  },
  {
    name: 'frame: PRECEDING and FOLLOWING change places',
    file: 'compiler/emit/expression.ts',
    find: '${bound.kind.toUpperCase()}`;',
    replace: "${bound.kind === 'preceding' ? 'FOLLOWING' : 'PRECEDING'}`;",
  },
  {
    name: 'IGNORE NULLS is lost',
    file: 'compiler/emit/print.ts',
    find: "sql.ignoreNulls === 'inside' ? ' IGNORE NULLS' : ''",
    replace: "''",
  },
  {
    name: 'change events: compared with the first value, not with the one before',
    file: 'compiler/functions/duckdb-prelude.ts',
    find: 'l[i] IS DISTINCT FROM l[i - 1]',
    replace: 'l[i] IS DISTINCT FROM l[1]',
  },
  {
    name: 'weeks begin on the day of the difference',
    file: 'compiler/functions/time-shift.ts',
    find: "if (part !== 'week') return call('date_diff'",
    replace: "if (part !== 'never') return call('date_diff'",
  },
  {
    name: 'month end: ADD_MONTHS clips and no more',
    file: 'compiler/functions/time-shift.ts',
    find: "binary(day(x as Sql), '=', call('last_day', day(x as Sql)))",
    replace: "token('FALSE')",
  },
  {
    name: 'extremes: GREATEST skips NULLs',
    file: 'compiler/functions/conditional.ts',
    find: 'duckdb: (args, types) => extremeUnlessNull(name, args, types),',
    replace: 'duckdb: (args) => call(name, ...args),',
  },
  {
    name: 'Postgres: quotients cut instead of rounded',
    file: 'compiler/functions/postgres-prelude.ts',
    find: "SELECT round(div(n * ('1e' || (scale + 1))::numeric, d)",
    replace: "SELECT trunc(div(n * ('1e' || (scale + 1))::numeric, d)",
  },
  {
    name: 'Postgres: words of regular expressions are those of Unicode',
    file: 'compiler/functions/regexp.ts',
    find: 'row.postgres(collated(rest), regexp, types, text as Sql)',
    replace: 'row.postgres(rest, regexp, types, text as Sql)',
  },
  {
    name: 'Postgres: a percentile takes the value below its share',
    file: 'compiler/functions/postgres-prelude.ts',
    find: 'greatest(1, (p * count(*) + 999) / 1000)',
    replace: 'greatest(1, (p * count(*)) / 1000)',
  },
  {
    name: 'Postgres: halves go up where they should go to the even neighbour',
    file: 'compiler/functions/postgres-prelude.ts',
    find: 'abs(u - trunc(u)) > 0.5 OR (abs(u - trunc(u)) = 0.5 AND mod(trunc(u), 2) <> 0)',
    replace: 'abs(u - trunc(u)) >= 0.5',
  },
  {
    name: 'Postgres: bits of negative numbers are those of their size',
    file: 'compiler/functions/postgres-prelude.ts',
    find: 'SELECT lockstep_floor_to(x, 1125899906842624) AS low',
    replace: 'SELECT div(x, 1125899906842624) * 1125899906842624 AS low',
  },
  {
    name: 'Postgres: QUALIFY is forgotten',
    file: 'compiler/emit/statement.ts',
    find: "where: [name('QUALIFIED', kept)],",
    replace: 'where: [],',
  },
];
