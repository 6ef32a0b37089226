import { describe, expect, test } from 'vitest';
import { integer, timestamp } from '../../compiler/sql-type.ts';
import { InternalError } from '../../runners/reference/index.ts';
import {
  aggregate,
  and,
  ask,
  asOf,
  at,
  type Chat,
  call,
  column,
  cte,
  feature,
  fromCte,
  inQuery,
  join,
  nothing,
  num,
  over,
  query,
  rows,
  scan,
  select,
  sort,
  subquery,
  text,
  wholeFrame,
} from './build.ts';

const e = column('c', 'E');
const n = column('c', 'N', integer);
const sentAt = column('c', 'SENT_AT', timestamp);
const since = (minutes: number) => call('>=', sentAt, call('DATEADD', text('minute'), num(-minutes), asOf));
const countPerEntity = feature(query(select({ E: e, N: aggregate('COUNT') }, { from: scan('c'), groupBy: [e] })), { groupsByEntity: true });
const countIn20 = feature(query(select({ E: e, N: aggregate('COUNT') }, { from: scan('c'), where: since(20), groupBy: [e] })), {
  groupsByEntity: true,
});

describe('time', () => {
  test('an event dated exactly at T is not seen; exactly at the lower bound it is', () => {
    const events = rows([
      ['1', 'a', 1, '10:00:00'],
      ['2', 'a', 1, '10:20:00'],
      ['3', 'a', 1, '10:20:00.000001'],
    ]);
    expect(ask(countIn20, events, ['a@10:20:00', 'a@10:20:00.000001', 'a@10:20:00.000002'])).toEqual([[1n], [1n], [2n]]);
    expect(ask({ ...countIn20, includeAsOf: true }, events, ['a@10:20:00', 'a@10:00:00'])).toEqual([[2n], [1n]]);
  });

  test('what arrived after T is known by event time, not by arrival', () => {
    const events = rows([
      ['1', 'a', 1, '10:00:00', '10:00:01'],
      ['2', 'a', 1, '10:00:00', '11:00:00'],
      ['3', 'a', 1, '10:00:00', null],
    ]);
    expect(ask(countPerEntity, events, ['a@10:30:00'])).toEqual([[3n]]);
    expect(ask(countPerEntity, events, ['a@10:30:00', 'a@11:00:00'], 'arrived')).toEqual([[1n], [2n]]);
  });

  test('quarantine: no key, no time, dated too far ahead of its arrival', () => {
    const events = rows([
      [null, 'a', 1, '10:00:00'],
      ['1', 'a', 1, null, '10:00:00'],
      ['2', 'a', 1, '10:05:00', '10:00:00'],
      ['3', 'a', 1, '10:05:00.000001', '10:00:00'],
    ]);
    expect(ask(countPerEntity, events, ['a@12:00:00'])).toEqual([[1n]]);
  });
});

describe('duplicates', () => {
  const sum = feature(query(select({ E: e, S: aggregate('SUM', [n]) }, { from: scan('c'), groupBy: [e] })), { groupsByEntity: true });

  test('of copies the first to arrive counts, then the least', () => {
    expect(
      ask(
        sum,
        rows([
          ['1', 'a', 1, '10:00:00', '10:02:00'],
          ['1', 'a', 9, '10:00:00', '10:01:00'],
        ]),
        ['a@12:00:00'],
      ),
    ).toEqual([[9n]]);
    expect(
      ask(
        sum,
        rows([
          ['1', 'a', 9, '10:00:00', null],
          ['1', 'a', 4, '10:00:00', '10:01:00'],
        ]),
        ['a@12:00:00'],
      ),
    ).toEqual([[4n]]);
    expect(
      ask(
        sum,
        rows([
          ['1', 'a', 9, '10:00:00'],
          ['1', 'a', 4, '10:00:00'],
          ['1', 'a', null, '10:00:00'],
        ]),
        ['a@12:00:00'],
      ),
    ).toEqual([[4n]]);
  });

  test('the same key at another time is another event', () => {
    expect(
      ask(
        sum,
        rows([
          ['1', 'a', 1, '10:00:00'],
          ['1', 'a', 2, '10:00:01'],
        ]),
        ['a@12:00:00'],
      ),
    ).toEqual([[3n]]);
  });
});

describe('tables', () => {
  const k = column('s', 'K');
  const value = feature(query(select({ E: k, V: column('s', 'V', integer) }, { from: scan('s', 'sellers') })));
  const history = feature(
    query(
      select(
        {
          E: k,
          N: aggregate('COUNT'),
          FROM_: aggregate('MAX', [column('s', 'VALID_FROM', timestamp)]),
          TO_: aggregate('MAX', [column('s', 'VALID_TO', timestamp)]),
        },
        { from: scan('s', 'sellers', 'history'), groupBy: [k] },
      ),
    ),
  );

  test('the last version before T, ties by version; a tombstone is no row', () => {
    const events = rows(
      [],
      [
        ['a', 1, 1, '10:00:00'],
        ['a', 3, 3, '11:00:00'],
        ['a', 2, 2, '11:00:00'],
        ['a', 0, 4, '12:00:00', true],
        ['a', 5, 5, '13:00:00'],
      ],
    );
    expect(ask(value, events, ['a@10:00:00', 'a@10:00:00.000001', 'a@11:30:00', 'a@12:30:00', 'a@14:00:00', 'b@14:00:00'])).toEqual([
      [null],
      [1n],
      [3n],
      [null],
      [5n],
      [null],
    ]);
  });

  test('a NULL version is the lowest; copies of a version are one', () => {
    expect(
      ask(
        value,
        rows(
          [],
          [
            ['a', 7, 1, '10:00:00'],
            ['a', 8, null, '10:00:00'],
          ],
        ),
        ['a@11:00:00'],
      ),
    ).toEqual([[7n]]);
    expect(
      ask(
        value,
        rows(
          [],
          [
            ['a', 7, 1, '10:00:00'],
            ['a', 6, 1, '10:00:00'],
          ],
        ),
        ['a@11:00:00'],
      ),
    ).toEqual([[6n]]);
  });

  test('history: a version ends where the next one begins, deleted or not', () => {
    const events = rows(
      [],
      [
        ['a', 1, 1, '10:00:00'],
        ['a', 0, 2, '12:00:00', true],
        ['a', 5, 3, '13:00:00'],
      ],
    );
    expect(ask(history, events, ['a@11:00:00', 'a@12:30:00', 'a@14:00:00'])).toEqual([
      [1n, at('10:00:00'), null],
      [1n, at('10:00:00'), at('12:00:00')],
      [2n, at('13:00:00'), at('12:00:00')],
    ]);
  });
});

describe('entities without a row', () => {
  const events = rows([
    ['1', 'a', 1, '10:00:00'],
    ['2', 'a', 2, '10:01:00'],
    ['3', 'b', 3, '10:02:00'],
  ]);

  test('a group of no rows counts 0 and sums NULL; the select list is evaluated on it', () => {
    const several = feature(
      query(
        select(
          {
            E: e,
            C: aggregate('COUNT'),
            S: aggregate('SUM', [n]),
            L: aggregate('LISTAGG', [column('c', 'ID'), text(',')]),
            U: call('UPPER', e),
          },
          { from: scan('c'), groupBy: [e] },
        ),
      ),
      { groupsByEntity: true },
    );
    expect(ask(several, events, ['z@12:00:00', 'a@09:00:00'])).toEqual([
      [0n, null, '', 'Z'],
      [0n, null, '', 'A'],
    ]);
  });

  test('HAVING drops a group, also one of no rows: defaults, not counts', () => {
    const atLeast2 = {
      ...countPerEntity,
      query: query(
        select({ E: e, N: aggregate('COUNT') }, { from: scan('c'), groupBy: [e], having: call('>=', aggregate('COUNT'), num(2)) }),
      ),
    };
    const output = countPerEntity.outputs.map((column) => ({ ...column, default: num(-1) as never }));
    expect(ask(atLeast2, events, ['a@12:00:00', 'b@12:00:00', 'z@12:00:00'])).toEqual([[2n], [null], [null]]);
    expect(ask({ ...atLeast2, outputs: output }, events, ['b@12:00:00', 'z@12:00:00'])).toEqual([[-1n], [-1n]]);
    const empty = {
      ...countPerEntity,
      query: query(
        select({ E: e, N: aggregate('COUNT') }, { from: scan('c'), groupBy: [e], having: call('<', aggregate('COUNT'), num(2)) }),
      ),
    };
    expect(ask(empty, events, ['a@12:00:00', 'b@12:00:00', 'z@12:00:00'])).toEqual([[null], [1n], [0n]]);
  });

  test('a NULL entity in the data is nobody asked for', () => {
    expect(ask(countPerEntity, rows([['1', null, 1, '10:00:00']]), ['null@12:00:00'])).toEqual([[0n]]);
  });

  test('two rows for one entity are a fault of the checker', () => {
    const twice = feature(query(select({ E: e, N: n }, { from: scan('c') })));
    expect(() => ask(twice, events, ['a@12:00:00'])).toThrow(InternalError);
  });

  test('without an entity there is one row', () => {
    const all = feature(query(select({ N: aggregate('COUNT') }, { from: scan('c'), groupBy: [] })), { entity: [], groupsByEntity: true });
    expect(ask(all, events, ['@12:00:00', '@09:00:00'])).toEqual([[3n], [0n]]);
  });
});

describe('where lifts go wrong', () => {
  const events = rows([
    ['1', 'a', 1, '10:00:00'],
    ['2', 'a', 2, '10:01:00'],
    ['3', 'b', 3, '10:02:00'],
    ['4', 'c', null, '11:00:00'],
  ]);
  const perEntity = cte('per', select({ E: e, N: aggregate('COUNT') }, { from: scan('c'), groupBy: [e] }));
  const [pe, pn] = [column('p', 'E'), column('p', 'N', integer)];

  test('a global total in a CTE counts all entities, at each instant apart', () => {
    const total = cte('total', select({ T: aggregate('COUNT') }, { from: scan('c'), groupBy: [] }));
    const share = feature(
      query(select({ E: pe, N: pn, T: column('t', 'T', integer) }, { from: join('cross', fromCte('p', perEntity), fromCte('t', total)) }), [
        perEntity,
        total,
      ]),
    );
    expect(ask(share, events, ['a@10:30:00', 'a@12:00:00', 'c@10:30:00'])).toEqual([
      [2n, 3n],
      [2n, 4n],
      [null, null],
    ]);
  });

  test('RANK across entities', () => {
    const ranked = feature(
      query(select({ E: pe, R: over('RANK', [], [], [sort(pn, true)]) }, { from: fromCte('p', perEntity) }), [perEntity]),
    );
    expect(ask(ranked, events, ['a@12:00:00', 'b@12:00:00', 'c@12:00:00', 'c@10:30:00'])).toEqual([[1n], [2n], [2n], [null]]);
  });

  test('a self-join that looks at other entities', () => {
    const others = select(
      { E: e, N: aggregate('COUNT', [column('o', 'E')], { distinct: true }) },
      {
        from: join('inner', scan('c'), scan('o'), and(call('<', n, column('o', 'N', integer)), call('<>', e, column('o', 'E')))),
        groupBy: [e],
      },
    );
    expect(ask(feature(query(others), { groupsByEntity: true }), events, ['a@12:00:00', 'b@12:00:00', 'a@10:01:30'])).toEqual([
      [1n],
      [0n],
      [0n],
    ]);
  });

  test('an entity that is computed from its column', () => {
    const lower = call('LOWER', e);
    const folded = feature(query(select({ E: lower, N: aggregate('COUNT') }, { from: scan('c'), groupBy: [lower] })), {
      groupsByEntity: true,
    });
    expect(
      ask(
        folded,
        rows([
          ['1', 'A', 1, '10:00:00'],
          ['2', 'a', 1, '10:00:00'],
        ]),
        ['a@12:00:00', 'A@12:00:00'],
      ),
    ).toEqual([[2n], [0n]]);
  });

  test('a global COUNT over an empty window, cross joined, is 0', () => {
    const recent = cte('recent', select({ T: aggregate('COUNT') }, { from: scan('c'), where: since(5), groupBy: [] }));
    const joined = feature(
      query(
        select({ E: pe, N: pn, T: column('t', 'T', integer) }, { from: join('cross', fromCte('p', perEntity), fromCte('t', recent)) }),
        [perEntity, recent],
      ),
    );
    expect(ask(joined, events, ['a@10:30:00'])).toEqual([[2n, 0n]]);
  });

  test('FULL JOIN of two CTEs keeps what only one side has', () => {
    const first = cte('first', select({ E: e, N: aggregate('COUNT') }, { from: scan('c'), where: call('<', n, num(2)), groupBy: [e] }));
    const second = cte('second', select({ E: e, N: aggregate('COUNT') }, { from: scan('c'), where: call('>=', n, num(2)), groupBy: [e] }));
    const [fe, se] = [column('f', 'E'), column('s', 'E')];
    const both = feature(
      query(
        select(
          { E: call('COALESCE', fe, se), F: column('f', 'N', integer), S: column('s', 'N', integer) },
          { from: join('full', fromCte('f', first), fromCte('s', second), call('=', fe, se)) },
        ),
        [first, second],
      ),
    );
    expect(ask(both, events, ['a@12:00:00', 'b@12:00:00', 'a@10:00:30'])).toEqual([
      [1n, 1n],
      [null, 1n],
      [1n, null],
    ]);
  });

  test('NOT IN: a NULL of a later instant does not empty an earlier one', () => {
    const list = query(select({ N: column('l', 'N', integer) }, { from: scan('l'), where: call('=', column('l', 'E'), text('c')) }));
    const outside = feature(
      query(select({ E: e, N: aggregate('COUNT') }, { from: scan('c'), where: inQuery(n, list, true), groupBy: [e] })),
      { groupsByEntity: true },
    );
    expect(ask(outside, events, ['a@10:30:00', 'a@12:00:00'])).toEqual([[2n], [0n]]);
  });

  test('duplicates and the order of the spine are kept', () => {
    expect(ask(countPerEntity, events, ['b@12:00:00', 'a@12:00:00', 'b@12:00:00', 'a@10:00:30'])).toEqual([[1n], [2n], [1n], [1n]]);
  });
});

describe('the rest of SELECT', () => {
  const many: readonly Chat[] = [
    ['1', 'a', 3, '10:00:00'],
    ['2', 'a', null, '10:01:00'],
    ['3', 'a', 3, '10:02:00'],
    ['4', 'a', 1, '10:10:00'],
    ['5', 'b', 8, '10:00:00'],
  ];

  test('LEFT JOIN keeps the row; a NULL key matches nothing', () => {
    const other = scan('o');
    const left = feature(
      query(
        select(
          { E: e, N: aggregate('COUNT'), M: aggregate('COUNT', [column('o', 'ID')]) },
          { from: join('left', scan('c'), other, call('=', n, column('o', 'N', integer))), groupBy: [e] },
        ),
      ),
      { groupsByEntity: true },
    );
    // 3 and 3 pair up four times, NULL and 1 stay: NULL without a partner, 1 with itself.
    expect(ask(left, rows(many), ['a@12:00:00'])).toEqual([[6n, 5n]]);
  });

  test('QUALIFY the latest, ties by key', () => {
    const latest = over('ROW_NUMBER', [], [e], [sort(n, true, false), sort(column('c', 'ID'))]);
    const one = feature(query(select({ E: e, ID: column('c', 'ID') }, { from: scan('c'), qualify: call('=', latest, num(1)) })));
    expect(ask(one, rows(many), ['a@12:00:00', 'b@12:00:00', 'a@10:01:00'])).toEqual([['1'], ['5'], ['1']]);
  });

  test('RANGE frames go by value, with peers, and leave NULL keys to themselves', () => {
    const frame = { unit: 'range', start: { kind: 'preceding', amount: '2', unit: null }, end: { kind: 'current-row' } } as const;
    const windowed = select({ E: column('c', 'ID'), S: over('COUNT', [], [e], [sort(n)], frame) }, { from: scan('c') });
    expect(ask(feature(query(windowed)), rows(many), ['1@12:00:00', '2@12:00:00', '3@12:00:00', '4@12:00:00', '5@12:00:00'])).toEqual([
      [3n],
      [1n],
      [3n],
      [1n],
      [1n],
    ]);
    const interval = {
      unit: 'range',
      start: { kind: 'preceding', amount: '2', unit: 'minute' },
      end: { kind: 'preceding', amount: '1', unit: 'minute' },
    } as const;
    const byTime = select({ E: column('c', 'ID'), S: over('COUNT', [], [e], [sort(sentAt)], interval) }, { from: scan('c') });
    expect(ask(feature(query(byTime)), rows(many), ['1@12:00:00', '2@12:00:00', '3@12:00:00', '4@12:00:00'])).toEqual([
      [0n],
      [1n],
      [2n],
      [0n],
    ]);
  });

  test('ROWS frames, and averages over windows cut off after three decimals', () => {
    const frame = {
      unit: 'rows',
      start: { kind: 'preceding', amount: '1', unit: null },
      end: { kind: 'following', amount: '1', unit: null },
    } as const;
    const windowed = select(
      { E: column('c', 'ID'), S: over('SUM', [n], [], [sort(column('c', 'ID'))], frame), A: over('AVG', [n], [], [], wholeFrame) },
      { from: scan('c') },
    );
    expect(ask(feature(query(windowed)), rows(many), ['1@12:00:00', '3@12:00:00', '5@12:00:00'])).toEqual([
      [3n, 3750n],
      [4n, 3750n],
      [9n, 3750n],
    ]);
  });

  test('windows over groups see aggregates', () => {
    const busiest = select({ E: e, R: over('DENSE_RANK', [], [], [sort(aggregate('COUNT'), true)]) }, { from: scan('c'), groupBy: [e] });
    expect(ask(feature(query(busiest)), rows(many), ['a@12:00:00', 'b@12:00:00', 'z@12:00:00'])).toEqual([[1n], [2n], [null]]);
  });

  test('MAX_BY takes the first of the order given, and a NULL beside it', () => {
    const order = [sort(column('c', 'SENT_AT', timestamp), true, false), sort(column('c', 'ID'))];
    const last = feature(
      query(select({ E: e, N: aggregate('MAX_BY', [n, sentAt], { orderBy: order }) }, { from: scan('c'), groupBy: [e] })),
      { groupsByEntity: true },
    );
    expect(ask(last, rows(many), ['a@12:00:00', 'a@10:01:30', 'z@12:00:00'])).toEqual([[1n], [null], [null]]);
  });

  test('DISTINCT, UNION ALL and scalar subqueries', () => {
    const distinct = query(select({ E: e, N: n }, { from: scan('c'), where: call('=', n, num(3)), distinct: true }));
    expect(ask(feature(distinct), rows(many), ['a@12:00:00', 'b@12:00:00'])).toEqual([[3n], [null]]);
    const b = select({ E: text('x'), N: num(1) });
    const union = { kind: 'union-all', branches: [distinct.body, b], columns: distinct.columns } as const;
    expect(ask(feature(query(union)), rows(many), ['a@12:00:00', 'x@12:00:00'])).toEqual([[3n], [1n]]);
    const none = subquery(query(select({ N: n }, { from: scan('c'), where: call('=', e, text('nobody')) })), integer);
    expect(ask(feature(query(select({ E: text('x'), N: none }))), rows(many), ['x@12:00:00'])).toEqual([[null]]);
  });

  test('IN is three-valued', () => {
    const list = (negated: boolean) =>
      feature(
        query(
          select(
            {
              E: column('c', 'ID'),
              B: {
                kind: 'in-list',
                argument: n,
                list: [num(3), nothing],
                negated,
                type: { kind: 'boolean' },
                nullable: true,
                span: asOf.span,
              },
            },
            { from: scan('c') },
          ),
        ),
      );
    expect(ask(list(false), rows(many), ['1@12:00:00', '2@12:00:00', '4@12:00:00'])).toEqual([[true], [null], [null]]);
    expect(ask(list(true), rows(many), ['1@12:00:00', '4@12:00:00'])).toEqual([[false], [null]]);
  });
});
